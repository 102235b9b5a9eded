"""Which models' rows a question may be about, and what their columns are called.

Every readable model is pictured as a semantic model of its own, one dimension a column, so that the
planner's vocabulary and matcher serve here as well. Names come from models, columns and, where a
semantic model stands on a model, from its entities and dimensions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from semantic.catalog import (
    Column,
    Dimension,
    DimensionType,
    Entity,
    EntityType,
    Model,
    SemanticCatalog,
    SemanticModel,
)
from translator.checks.sql import Unreadable, expression
from translator.guard import AD_HOC
from translator.guard.functions import AGGREGATES, ALLOWED_NODES
from translator.planning.embedded.lexicon import Lexicon
from translator.planning.embedded.relational.query import RowColumn
from translator.planning.embedded.text import identifier_words

_LAYERS = frozenset({"stg", "staging", "int", "intermediate", "base", "raw", "src", "source"})
_KINDS = frozenset({"dim", "fct", "fact", "facts", "mart", "marts", "dimension", "d", "f", "tbl"})
_SPINES = frozenset({"spine"})
_NUMBERS = re.compile(
    r"(big|small|tiny|huge)?int|integer|numeric|decimal|number|double|real|float|money", re.I
)
_TYPES = (
    ("timestamp", re.compile(r"timestamp|datetime", re.I)),
    ("date", re.compile(r"date\b", re.I)),
    ("boolean", re.compile(r"bool", re.I)),
    ("number", _NUMBERS),
    ("text", re.compile(r"text|char|string|uuid|json", re.I)),
)


@dataclass(frozen=True)
class Rows:
    """Readable models and columns of one project.

    `picture` has each readable model as a semantic model of the model's name; an entity of it
    stands for the model's rows (`homes`: entity → model). `dates` is what a period means for rows
    of a model where the project says so, or where there is but one date.
    """

    picture: SemanticCatalog
    columns: Mapping[str, Mapping[str, RowColumn]]
    homes: Mapping[str, str]
    dates: Mapping[str, RowColumn]
    values: Mapping[str, tuple[str, ...]]
    hidden: Mapping[str, frozenset[str]]
    """For each model the words of columns that may not be read: no description explains them."""

    def column(self, key: str) -> RowColumn | None:
        """The column of a picture's dimension key, `model.dimension`."""
        model, _, name = key.partition(".")
        return self.columns.get(model, {}).get(name)

    def physical(self, model: str, column: str) -> RowColumn | None:
        """The column of that name in the warehouse."""
        return next(
            (
                c
                for c in self.columns.get(model, {}).values()
                if c.expr is None and c.column.lower() == column.lower()
            ),
            None,
        )


def readable_models(catalog: SemanticCatalog) -> list[Model]:
    """Models whose rows people may ask about: what is built last, and what has a semantic model."""
    told = {s.model for s in catalog.semantic_models.values()}
    used = {parent for m in catalog.models.values() for parent in m.depends_on}
    found = []
    for model in catalog.models.values():
        words = set(identifier_words(model.name))
        if AD_HOC.denial(model) or "." in model.name or words & _SPINES:
            continue
        early = model.resource_type != "model" or bool(words & _LAYERS)
        if model.name in told or not early or model.unique_id not in used:
            found.append(model)
    return found


def build_rows(
    catalog: SemanticCatalog, lexicon: Lexicon, values: Mapping[str, Iterable[str]]
) -> Rows:
    """Picture the readable models; `values` are those of the catalog's dimensions by key."""
    pictures: dict[str, SemanticModel] = {}
    columns: dict[str, Mapping[str, RowColumn]] = {}
    homes: dict[str, str] = {}
    dates: dict[str, RowColumn] = {}
    known: dict[str, tuple[str, ...]] = {}
    hidden: dict[str, frozenset[str]] = {}
    for model in sorted(readable_models(catalog), key=lambda m: m.name):
        drawn = _Picture(catalog, lexicon, model, homes)
        drawn.draw()
        if not drawn.columns:
            continue
        pictures[model.name] = drawn.semantic_model()
        columns[model.name] = drawn.columns
        homes[drawn.entity] = model.name
        hidden[model.name] = drawn.hidden_words()
        found = drawn.date()
        if found is not None:
            dates[model.name] = found
        for own, theirs in drawn.origins.items():
            stored = dict.fromkeys(v for key in theirs for v in values.get(key, ()))
            if stored:
                known[f"{model.name}.{own}"] = tuple(stored)
    picture = replace(
        catalog,
        metrics={},
        semantic_models=pictures,
        saved_queries={},
        group_bys_by_metric={},
        list_group_bys={},
    )
    return Rows(picture, columns, homes, dates, known, hidden)


class _Picture:
    """One model as a semantic model."""

    def __init__(
        self, catalog: SemanticCatalog, lexicon: Lexicon, model: Model, homes: Mapping[str, str]
    ) -> None:
        self.catalog = catalog
        self.lexicon = lexicon
        self.model = model
        self.told = [s for s in catalog.semantic_models.values() if s.model == model.name]
        self.entity, self.label, self.synonyms = self._noun(homes)
        self.columns: dict[str, RowColumn] = {}
        self.dimensions: dict[str, Dimension] = {}
        self.origins: dict[str, list[str]] = {}

    def _noun(self, homes: Mapping[str, str]) -> tuple[str, str | None, tuple[str, ...]]:
        """What one row is called: by the primary entity, else by the model's name."""
        words = identifier_words(self.model.name)
        plain = [w for w in words if w not in _KINDS | _LAYERS] or words
        names: dict[str, None] = {}
        entity: str | None = None
        for semantic_model in self.told:
            entity = entity or semantic_model.primary_entity
            for text in (semantic_model.label, *semantic_model.synonyms):
                names.update({text: None} if text else {})
            names[" ".join(identifier_words(semantic_model.name))] = None
            for own in semantic_model.entities:
                if own.name == semantic_model.primary_entity:
                    names.update(dict.fromkeys((*((own.label,) if own.label else ()),)))
                    names.update(dict.fromkeys(own.synonyms))
        entity = entity or self.lexicon.lemma_phrase(" ".join(plain)).replace(" ", "_")
        if not self.told:
            names[" ".join(plain)] = None
        if entity in homes:
            entity = self.model.name
        return entity, None, tuple(names)

    def draw(self) -> None:
        """Collect what may be read."""
        hidden = self._hidden()
        for column in self.model.columns:
            if not column.sensitive and column.name.lower() not in hidden:
                self._add_column(column)
        for semantic_model in self.told:
            for entity in semantic_model.entities:
                if entity.column and entity.column.lower() not in hidden:
                    self._key(entity.column)
            for dimension in semantic_model.dimensions:
                if not dimension.sensitive and (dimension.column or "").lower() not in hidden:
                    self._add_dimension(dimension, hidden)

    def _hidden(self) -> set[str]:
        hidden = set(self.model.sensitive_columns)
        for semantic_model in self.told:
            told: list[Dimension | Entity] = [*semantic_model.dimensions]
            for own in (*told, *semantic_model.entities):
                if own.sensitive and own.column:
                    hidden.add(own.column.lower())
        return hidden

    def hidden_words(self) -> frozenset[str]:
        """Lemmas of what must not be read."""
        names = self._hidden()
        return frozenset(self.lexicon.lemma(w) for n in names for w in identifier_words(n))

    def _add_column(self, column: Column) -> None:
        key = column.name.lower() in {k.lower() for k in self.model.primary_key}
        kind = _kind(column.data_type)
        self.columns[column.name] = RowColumn(
            self.model.name,
            column.name,
            column.name,
            kind,
            quoted=column.quoted,
            key=key or column.references is not None,
            label=column.label or "",
        )
        self.dimensions[column.name] = Dimension(
            name=column.name,
            type=_type(kind),
            semantic_model=self.model.name,
            expr=column.name,
            column=column.name,
            data_type=column.data_type,
            label=column.label,
            description=column.description,
            synonyms=column.synonyms,
            accepted_values=column.accepted_values,
            value_labels=column.value_labels,
        )

    def _key(self, name: str) -> None:
        """A key that only a semantic model knows of."""
        own = next((c for c in self.columns.values() if c.column.lower() == name.lower()), None)
        if own is not None:
            self.columns[own.name] = replace(own, key=True)
            return
        self._add_column(Column(name))
        self.columns[name] = replace(self.columns[name], key=True)

    def _add_dimension(self, dimension: Dimension, hidden: set[str]) -> None:
        own = next(
            (
                c
                for c in self.columns.values()
                if dimension.column and c.column.lower() == dimension.column.lower()
            ),
            None,
        )
        kind = _kind(dimension.data_type)
        if dimension.type is DimensionType.TIME and kind not in {"date", "timestamp"}:
            kind = "timestamp" if dimension.grain in {"hour", "minute", "second"} else "date"
        if own is None:
            name = dimension.name
            expr = None if dimension.column else dimension.expr
            if expr is not None and not _plain_expression(expr, self.catalog, hidden):
                return
            if name in self.columns:
                return
            column = dimension.column or name
            self.columns[name] = RowColumn(self.model.name, name, column, kind, expr)
            self.dimensions[name] = replace(dimension, semantic_model=self.model.name)
        else:
            name = own.name
            known = self.dimensions[name]
            words = (dimension.label or "", " ".join(identifier_words(dimension.name)))
            synonyms = (*known.synonyms, *(w for w in words if w), *dimension.synonyms)
            self.columns[name] = replace(
                own, kind=own.kind or kind, label=own.label or dimension.label or ""
            )
            self.dimensions[name] = replace(
                known,
                type=_type(self.columns[name].kind),
                data_type=known.data_type or dimension.data_type,
                label=known.label or dimension.label,
                description=known.description or dimension.description,
                synonyms=tuple(dict.fromkeys(synonyms)),
                accepted_values=known.accepted_values or dimension.accepted_values,
                value_labels=known.value_labels or dimension.value_labels,
            )
        self.origins.setdefault(name, []).append(dimension.key)

    def semantic_model(self) -> SemanticModel:
        """The picture."""
        entity = Entity(
            self.entity,
            EntityType.PRIMARY,
            self.model.name,
            self.entity,
            label=self.label,
            synonyms=self.synonyms,
        )
        return SemanticModel(
            self.model.name,
            self.model.name,
            self.entity,
            # Owners of attributes ("customer city") are told by the entity's words, not by "dim".
            label=" ".join(dict.fromkeys((*identifier_words(self.entity),))),
            description=self.model.description,
            entities=(entity,),
            dimensions=tuple(self.dimensions.values()),
        )

    def date(self) -> RowColumn | None:
        """What a period means for these rows, where only one date can be meant."""
        anchors = Counter(
            m.agg_time_dimension for s in self.told for m in s.measures if m.agg_time_dimension
        )
        counted: Counter[str] = Counter()
        for own, theirs in self.origins.items():
            counted[own] = max(anchors[key.partition(".")[2]] for key in theirs)
        dated = [c for c in self.columns.values() if c.kind in {"date", "timestamp"}]
        first = counted.most_common(2)
        if first and first[0][1] and (len(first) == 1 or first[0][1] > first[1][1]):
            return self.columns[first[0][0]]
        return dated[0] if len(dated) == 1 else None


def _plain_expression(text: str, catalog: SemanticCatalog, hidden: set[str]) -> bool:
    """Whether an expression computes one value from columns of its row that may be read."""
    try:
        tree = expression(text, catalog.adapter_type)
    except Unreadable:
        return False
    return all(
        type(node) in ALLOWED_NODES
        and not isinstance(node, (*AGGREGATES, exp.Window, exp.Subquery, exp.Star))
        and not (isinstance(node, exp.Column) and node.name.lower() in hidden)
        for node in tree.walk()
    )


def _kind(data_type: str | None) -> str:
    for kind, pattern in _TYPES:
        if data_type and pattern.match(data_type):
            return kind
    return ""


def _type(kind: str) -> DimensionType:
    return DimensionType.TIME if kind in {"date", "timestamp"} else DimensionType.CATEGORICAL
