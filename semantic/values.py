"""The values that dimensions hold, read from the warehouse within bounds and kept in a cache file.

Questions name values ("in Bavaria", "for Nordwind"), so the planner has to know them. Sensitive
dimensions are never read, nor are times, numbers and booleans, which questions compare instead.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic.catalog import Dimension, DimensionType, Model, Relation, SemanticCatalog
from semantic.errors import MetricSpeakError, ServiceDownError
from semantic.value_cache import CachedValues, read_value_cache, write_value_cache
from semantic.value_index import DimensionValues, ValueIndex

__all__ = [
    "DimensionValues",
    "ValueIndex",
    "ValueLimits",
    "ValueRunner",
    "distinct_values",
    "read_values",
    "readable_dimensions",
]

CACHE_FILE = "values.json"
_NOT_TEXT = (
    "int",
    "serial",
    "numeric",
    "decimal",
    "number",
    "float",
    "double",
    "real",
    "money",
    "bool",
    "date",
    "time",
    "interval",
    "json",
    "bytea",
    "blob",
    "array",
    "variant",
    "struct",
)


class ValueRunner(Protocol):
    """What reading values needs of a warehouse."""

    @property
    def dialect(self) -> str:
        """The name that sqlglot has for the warehouse's SQL."""
        ...

    def rows(self, query: exp.Query, timeout_seconds: float) -> list[tuple[Any, ...]]:
        """Run a query, read-only.

        Raises:
            MetricSpeakError: It failed (`ServiceDownError`: nothing can be run at all).
        """
        ...

    def data_version(self, relation: Relation) -> str | None:
        """Something that changes whenever the relation's rows do; None when that is not known."""
        ...


@dataclass(frozen=True)
class ValueLimits:
    """Bounds of reading. A dimension that meets one is kept as far as it was read.

    Attributes:
        values: Distinct values of one dimension.
        characters: The longest value kept; longer ones are texts, which no question names.
        total_bytes: All values together.
        seconds: The whole reading.
        unknown_age_seconds: How long values are kept where the warehouse cannot tell whether the
            data changed.
    """

    values: int = 2_000
    characters: int = 200
    total_bytes: int = 8_000_000
    seconds: float = 20.0
    unknown_age_seconds: float = 3_600.0


def readable_dimensions(catalog: SemanticCatalog) -> tuple[Dimension, ...]:
    """Dimensions whose values may be read and can be named in a question."""
    return tuple(
        dimension
        for dimension in catalog.dimensions.values()
        if dimension.type is DimensionType.CATEGORICAL
        and not dimension.sensitive
        and not _is_known_not_text(dimension)
    )


def _is_known_not_text(dimension: Dimension) -> bool:
    return any(word in (dimension.data_type or "").lower() for word in _NOT_TEXT)


def read_values(
    catalog: SemanticCatalog,
    runner: ValueRunner,
    limits: ValueLimits | None = None,
    cache_folder: Path | None = None,
) -> ValueIndex:
    """Values of every readable dimension: from the cache where the data is unchanged, else read.

    Never raises for what a warehouse or a disk does: what fails is recorded and left out.

    Args:
        catalog: Tells which dimensions there are.
        runner: Runs the queries.
        limits: Bounds of the reading.
        cache_folder: Where the cache file is (`semantic.project.cache_dir`); None for no cache.
    """
    return _Reading(catalog, runner, limits or ValueLimits(), cache_folder).run()


class _Reading:
    """One pass over all dimensions."""

    def __init__(
        self,
        catalog: SemanticCatalog,
        runner: ValueRunner,
        limits: ValueLimits,
        cache_folder: Path | None,
    ) -> None:
        self._catalog = catalog
        self._runner = runner
        self._limits = limits
        self._cache_path = cache_folder / CACHE_FILE if cache_folder else None
        self._models = {model.unique_id: model for model in catalog.models.values()}
        self._versions: dict[str, str | None] = {}
        self._failures: dict[str, str] = {}
        self._down: str | None = None
        self._bytes = 0
        self._deadline = time.monotonic() + limits.seconds

    def run(self) -> ValueIndex:
        old = read_value_cache(self._cache_path) if self._cache_path else {}
        new: dict[str, CachedValues] = {}
        late = 0
        for dimension in readable_dimensions(self._catalog):
            known = old.get(dimension.key)
            if known is not None and known.definition != self._definition(dimension):
                known = None
            entry = self._current(dimension, known)
            if entry is None and self._down is None and time.monotonic() >= self._deadline:
                late += 1
            # Old values serve better than none while the warehouse is down or slow.
            entry = entry or known
            if entry is not None:
                self._bytes += sum(len(value) for value in entry.values)
                new[dimension.key] = entry
        return ValueIndex(
            dimensions={
                key: DimensionValues(entry.values, entry.complete, entry.indexed_at)
                for key, entry in new.items()
                if entry.is_text
            },
            failures=self._failures,
            warnings=tuple(self._warnings(late, old, new)),
        )

    def _warnings(
        self, late: int, old: Mapping[str, CachedValues], new: Mapping[str, CachedValues]
    ) -> Iterator[str]:
        if self._down:
            yield f"The values of dimensions cannot be read: {self._down}"
        if late:
            yield (
                f"{late} dimensions were not read within {self._limits.seconds:g} seconds; "
                "the next run goes on with them."
            )
        if self._cache_path and new != old:
            problem = write_value_cache(self._cache_path, new)
            if problem:
                yield f"The values of dimensions cannot be kept for the next run: {problem}"

    def _current(self, dimension: Dimension, known: CachedValues | None) -> CachedValues | None:
        """Values as they are now; None when they cannot be had."""
        model = self._model(dimension)
        if self._down is not None or model is None or time.monotonic() >= self._deadline:
            return None
        try:
            version = self._version(model, ())
            if known is not None and self._is_valid(known, version):
                return known
            return self._read(dimension, model, version)
        except ServiceDownError as error:
            self._down = error.message
        except MetricSpeakError as error:
            self._failures[dimension.key] = error.message
        except SqlglotError as error:
            self._failures[dimension.key] = f"its expr cannot be read: {error}".splitlines()[0]
        return None

    def _is_valid(self, known: CachedValues, version: str | None) -> bool:
        if version is not None:
            return known.version == version
        try:
            age = datetime.now(UTC) - datetime.fromisoformat(known.indexed_at)
        except (ValueError, TypeError):
            return False
        return 0 <= age.total_seconds() < self._limits.unknown_age_seconds

    def _model(self, dimension: Dimension) -> Model | None:
        return self._catalog.models.get(
            self._catalog.semantic_models[dimension.semantic_model].model
        )

    def _version(self, model: Model, below: tuple[str, ...]) -> str | None:
        """The version of a model's rows; a view has that of everything it is built from."""
        if model.unique_id not in self._versions:
            found = self._runner.data_version(model.relation)
            parents = [self._models[p] for p in model.depends_on if p in self._models]
            if found is None and parents and model.unique_id not in below:
                path = (*below, model.unique_id)
                versions = [self._version(parent, path) for parent in parents]
                known = [version for version in versions if version is not None]
                found = "+".join(known) if len(known) == len(versions) else None
            self._versions[model.unique_id] = found
        return self._versions[model.unique_id]

    def _definition(self, dimension: Dimension) -> str:
        model = self._model(dimension)
        relation = model.relation if model else Relation(None, "", "")
        return repr((relation.database, relation.schema, relation.identifier, dimension.expr))

    def _read(self, dimension: Dimension, model: Model, version: str | None) -> CachedValues:
        query = distinct_values(
            dimension, model.relation, self._limits.values + 1, self._runner.dialect
        )
        rows = self._runner.rows(query, max(0.1, self._deadline - time.monotonic()))
        texts = [row[0] for row in rows if isinstance(row[0], str)]
        kept: list[str] = []
        room = self._limits.total_bytes - self._bytes
        for value in sorted(set(texts))[: self._limits.values]:
            room -= len(value.encode("utf-8", "surrogatepass"))
            if room < 0:
                break
            if len(value) <= self._limits.characters:
                kept.append(value)
        return CachedValues(
            definition=self._definition(dimension),
            version=version,
            values=tuple(kept),
            complete=len(kept) == len(rows),
            indexed_at=datetime.now(UTC).isoformat(timespec="seconds"),
            is_text=bool(texts) or not rows,
        )


def distinct_values(
    dimension: Dimension, relation: Relation, limit: int, dialect: str
) -> exp.Select:
    """The query for a dimension's distinct values, as a tree.

    Raises:
        SqlglotError: The dimension's `expr` is not an expression.
    """
    parsed = sqlglot.parse(dimension.expr, read=dialect)
    if len(parsed) != 1 or not isinstance(parsed[0], exp.Condition | exp.Column | exp.Paren):
        raise SqlglotError("it is not one expression")
    expression = parsed[0]
    table = exp.table_(
        exp.to_identifier(relation.identifier, quoted=True),
        db=exp.to_identifier(relation.schema, quoted=True) if relation.schema else None,
        catalog=exp.to_identifier(relation.database, quoted=True) if relation.database else None,
    )
    return (
        exp.select(exp.alias_(expression.copy(), "value"))
        .distinct()
        .from_(table)
        .where(exp.Not(this=exp.Is(this=exp.paren(expression.copy()), expression=exp.null())))
        .limit(limit)
    )
