"""What the project counts as a row of something: "orders" are what the metric Orders counts.

A question about customers without orders means by "orders" what every other question means by it:
where a count metric bears the name that was said, its filters hold for the rows spoken of as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from semantic.catalog import Metric, MetricType, SemanticCatalog
from translator.checks.filter_text import Call, filter_tree
from translator.planning.embedded.lexicon import Lexicon
from translator.planning.embedded.relational.draft import NotRelational
from translator.planning.embedded.relational.query import Attribute, Condition, RowColumn
from translator.planning.embedded.relational.rows import Rows
from translator.planning.embedded.text import identifier_words
from translator.query import Operator, Value
from translator.sql_words import conjuncts

_COUNTED = frozenset({"number", "count", "of", "total"})
_OPERATORS: dict[type[exp.Expr], Operator] = {
    exp.EQ: Operator.EQ,
    exp.NEQ: Operator.NE,
    exp.LT: Operator.LT,
    exp.LTE: Operator.LE,
    exp.GT: Operator.GT,
    exp.GTE: Operator.GE,
}


@dataclass(frozen=True)
class Definition:
    """The conditions of the metrics that count such rows, and what the first is called."""

    conditions: tuple[Condition, ...]
    label: str
    metrics: frozenset[str]


class GovernedRows:
    """Definitions of one project's rows."""

    def __init__(self, catalog: SemanticCatalog, rows: Rows, lexicon: Lexicon) -> None:
        """Keep what they are read from."""
        self._catalog = catalog
        self._rows = rows
        self._lexicon = lexicon

    def definition(self, model: str, said: Iterable[str]) -> Definition | None:
        """What counts as a row of `model`, by the metric called as was said; None without one.

        Args:
            model: the model whose rows are spoken of.
            said: lemmas of the words that named them.

        Raises:
            NotRelational: a metric of that name has filters that cannot be put on the rows.
        """
        words = frozenset(said) - _COUNTED
        found = [m for m in self._counts(model) if words in self._names(m)]
        if not found:
            return None
        plain = [m for m in found if not m.filters]
        if plain:
            return Definition((), plain[0].label or plain[0].name, frozenset(m.name for m in plain))
        if len({m.filters for m in found}) > 1:
            raise NotRelational("several metrics count these rows, each in its own way")
        conditions = tuple(c for text in found[0].filters for c in self._conditions(model, text))
        label = found[0].label or found[0].name
        return Definition(conditions, label, frozenset(m.name for m in found))

    def counts_by(self, model: str, column: RowColumn, said: Iterable[str]) -> bool:
        """Whether a metric called as was said counts the rows by this date."""
        words = frozenset(said) - _COUNTED
        for metric in self._counts(model):
            anchors = {self._catalog.measures[m].agg_time_dimension for m in metric.measures}
            dated = [self._attribute(model, a) for a in anchors]
            if words in self._names(metric) and any(a and a.column == column for a in dated):
                return True
        return False

    def _counts(self, model: str) -> Iterator[Metric]:
        told = {s.name for s in self._catalog.semantic_models.values() if s.model == model}
        for metric in self._catalog.metrics.values():
            measures = [self._catalog.measures.get(m) for m in metric.measures]
            if metric.type is MetricType.SIMPLE and all(
                m is not None
                and m.semantic_model in told
                and (m.agg == "count" or (m.agg == "sum" and m.expr.strip() == "1"))
                for m in measures
            ):
                yield metric

    def _names(self, metric: Metric) -> set[frozenset[str]]:
        return {
            frozenset(self._lexicon.lemma(w) for w in identifier_words(name)) - _COUNTED
            for name in (metric.name, metric.label or "", *metric.synonyms)
        }

    def _conditions(self, model: str, text: str) -> Iterator[Condition]:
        attributes: dict[str, Attribute] = {}

        def column_for(call: Call) -> exp.Expr | None:
            name = call.name.rpartition("__")[2]
            attribute = self._attribute(model, name) if call.kind == "Dimension" else None
            if attribute is None:
                return None
            attributes[name] = attribute
            return exp.column(name)

        tree = filter_tree(text, self._catalog.adapter_type, column_for)
        if tree is None:
            raise NotRelational("what counts as such a row cannot be told")
        for part in conjuncts(tree.unnest()):
            condition = _condition(part.unnest(), attributes)
            if condition is None:
                raise NotRelational("what counts as such a row cannot be told")
            yield condition

    def _attribute(self, model: str, name: str) -> Attribute | None:
        """The column behind a dimension of a semantic model on the model."""
        for semantic_model in self._catalog.semantic_models.values():
            for dimension in semantic_model.dimensions:
                if semantic_model.model == model and dimension.name == name:
                    column = (
                        self._rows.physical(model, dimension.column)
                        if dimension.column
                        else self._rows.columns[model].get(name)
                    )
                    return None if column is None else Attribute((), column)
        return None


def _condition(part: exp.Expr, attributes: dict[str, Attribute]) -> Condition | None:
    """One comparison of a column with what is written out."""
    if isinstance(part, exp.Column):
        return Condition(attributes[part.name], Operator.EQ, (True,))
    if isinstance(part, exp.Not):
        inner = _condition(part.this.unnest(), attributes)
        if inner is None or inner.operator not in _NEGATED:
            return None
        return Condition(inner.attribute, _NEGATED[inner.operator], inner.values)
    if isinstance(part, exp.Is) and isinstance(part.this, exp.Column):
        if isinstance(part.expression, exp.Null):
            return Condition(attributes[part.this.name], Operator.IS_NULL)
        if isinstance(part.expression, exp.Boolean):
            return Condition(attributes[part.this.name], Operator.EQ, (bool(part.expression.this),))
        return None
    if isinstance(part, exp.In) and isinstance(part.this, exp.Column):
        values = [_value(v) for v in part.expressions]
        if part.args.get("query") or not values or None in values:
            return None
        known = tuple(v for v in values if v is not None)
        return Condition(attributes[part.this.name], Operator.IN, known)
    operator = _OPERATORS.get(type(part))
    if operator is None or not isinstance(part.this, exp.Column):
        return None
    value = _value(part.expression)
    return None if value is None else Condition(attributes[part.this.name], operator, (value,))


_NEGATED = {
    Operator.EQ: Operator.NE,
    Operator.NE: Operator.EQ,
    Operator.IN: Operator.NOT_IN,
    Operator.IS_NULL: Operator.IS_NOT_NULL,
}


def _value(tree: exp.Expr) -> Value | None:
    if isinstance(tree, exp.Boolean):
        return bool(tree.this)
    if isinstance(tree, exp.Literal):
        if tree.is_string:
            return str(tree.this)
        number = float(tree.this)
        return int(number) if number == int(number) else number
    return None
