"""The catalog's relations as the guard looks them up: by schema and name, with marked columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic.catalog import Dimension, Entity, Model, SemanticCatalog, SemanticModel

_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True)
class ReadableRelation:
    """A relation of the catalog. Column names are in lower case.

    `complete`: it has no columns but these. `sensitive` are the columns marked on the model, on a
    dimension or entity over it, or on a model that it is built from.
    """

    model: Model
    columns: frozenset[str]
    sensitive: frozenset[str]
    complete: bool


class Relations:
    """All relations of a catalog, found as the dialect would find them."""

    def __init__(self, catalog: SemanticCatalog, dialect: str) -> None:
        """Index the catalog; nothing of it is copied."""
        self.folds_quoted = dialect == "duckdb"
        self._catalog, self._dialect = catalog, dialect
        marked = _marked_columns(catalog, dialect)
        self._by_name: dict[tuple[str, str], ReadableRelation] = {}
        for model in catalog.models.values():
            relation = ReadableRelation(
                model,
                frozenset(c.name.lower() for c in model.columns),
                frozenset(model.sensitive_columns)
                | frozenset(c.name.lower() for c in model.columns if c.sensitive)
                | marked.get(model.name, frozenset()),
                model.columns_complete,
            )
            key = self._key(model.relation.schema, model.relation.identifier)
            known = self._by_name.get(key)
            # Two nodes over one relation (a source over another project's model): all marks hold.
            self._by_name[key] = relation if known is None else _merged(known, relation)

    def __iter__(self) -> Iterator[ReadableRelation]:
        return iter(self._by_name.values())

    def find(self, table: exp.Table) -> ReadableRelation | None:
        """The relation that a schema-qualified table is; None when the catalog has none."""
        found = self._by_name.get((self.folded(table.args["db"]), self.folded(table.this)))
        database = table.args.get("catalog")
        if found is None or database is None:
            return found
        wanted = found.model.relation.database or ""
        wanted = wanted.translate(_ASCII_LOWER) if self.folds_quoted else wanted
        return found if self.folded(database) == wanted else None

    @cached_property
    def expression_columns(self) -> Mapping[str, frozenset[str]]:
        """Columns that the project's own dimensions, entities and measures read, by model."""
        found: dict[str, frozenset[str]] = {}
        for model in self._catalog.semantic_models.values():
            columns = _columns(_open_expressions(model), self._dialect)
            found[model.model] = found.get(model.model, frozenset()) | columns
        return found

    def folded(self, identifier: exp.Identifier) -> str:
        """The name that the warehouse looks for: Postgres folds what is not quoted, DuckDB all."""
        name = str(identifier.this)
        if identifier.args.get("quoted") and not self.folds_quoted:
            return name
        return name.translate(_ASCII_LOWER)

    def _key(self, schema: str, name: str) -> tuple[str, str]:
        if self.folds_quoted:
            return schema.translate(_ASCII_LOWER), name.translate(_ASCII_LOWER)
        return schema, name


def _merged(first: ReadableRelation, second: ReadableRelation) -> ReadableRelation:
    # The stricter model decides who may read it: private before protected, a source before all.
    strict = max(first, second, key=lambda r: (r.model.resource_type == "source",
                                               r.model.access == "private"))  # fmt: skip
    return ReadableRelation(
        strict.model,
        first.columns | second.columns,
        first.sensitive | second.sensitive,
        first.complete and second.complete,
    )


def _marked_columns(catalog: SemanticCatalog, dialect: str) -> dict[str, frozenset[str]]:
    """Columns below sensitive dimensions and entities, by model.

    Of an expression over several columns those stay readable that an element without a mark reads.
    """
    marked: dict[str, frozenset[str]] = {}
    for semantic_model in catalog.semantic_models.values():
        elements: tuple[Dimension | Entity, ...] = (
            *semantic_model.dimensions,
            *semantic_model.entities,
        )
        hidden = _columns((e.expr for e in elements if e.sensitive), dialect)
        plain = frozenset(e.column.lower() for e in elements if e.sensitive and e.column)
        if hidden:
            found = plain | (hidden - _columns(_open_expressions(semantic_model), dialect))
            marked[semantic_model.model] = marked.get(semantic_model.model, frozenset()) | found
    return marked


def _open_expressions(semantic_model: SemanticModel) -> Iterator[str]:
    yield from (d.expr for d in semantic_model.dimensions if not d.sensitive)
    yield from (e.expr for e in semantic_model.entities if not e.sensitive)
    yield from (m.expr for m in semantic_model.measures)


def _columns(expressions: Iterable[str], dialect: str) -> frozenset[str]:
    found: set[str] = set()
    for text in expressions:
        try:
            tree = sqlglot.parse_one(text, dialect=dialect)
        except SqlglotError:
            continue  # it cannot be compiled either
        found |= {c.name.lower() for c in tree.find_all(exp.Column)}
    return frozenset(found)
