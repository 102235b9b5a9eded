"""A metric's total derived a second time, straight from the measure's model.

Not by MetricFlow and without any join: a condition on another model is a semi-join (`key IN (SELECT
…)`), which can neither multiply rows nor lose those without a match. So what a join does to the
figures of an answer shows when both are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from semantic.catalog import (
    EntityType,
    GroupByElement,
    Measure,
    Metric,
    MetricType,
    SemanticCatalog,
    SemanticModel,
)
from semantic.errors import QueryError
from translator.checks.filter_text import Call, filter_tree
from translator.checks.inquiry import Inquiry
from translator.checks.paths import Join, path_to
from translator.checks.sql import Unreadable, expression, is_null, model_of, table
from translator.compile.filters import filter_condition
from translator.compile.literals import literal_expression
from translator.compile.periods import period_start
from translator.compile.traits import finest_grain
from translator.elements import day_grain, metric_elements
from translator.query import GroupByItem, Operator, SemanticQuery

KIND = "reconciliation"
_PATH = "path"
# A condition that one of these is part of may hold where a join finds no row.
_MEETS_NULL = (exp.Is, exp.Coalesce, exp.Case, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Anonymous)
_NOT_ADDITIVE = {
    "count_distinct": "it counts distinct values, and one value may be in several groups",
    "average": "averages do not add up",
    "median": "medians do not add up",
    "percentile": "percentiles do not add up",
    "min": "the smallest values do not add up",
    "max": "the largest values do not add up",
}
_TYPES = {
    MetricType.RATIO: "ratios do not add up",
    MetricType.DERIVED: "it is computed from other metrics",
    MetricType.CUMULATIVE: "it accumulates over time",
    MetricType.CONVERSION: "it is a rate of conversion",
}


class NotApplicable(Exception):
    """Why a total cannot be derived again, in words that follow 'as'."""


@dataclass(frozen=True)
class _Derivation:
    metric: Metric
    measure: Measure
    start: SemanticModel
    catalog: SemanticCatalog

    @property
    def dialect(self) -> str:
        return self.catalog.adapter_type


def why_not_additive(metric: Metric) -> str | None:
    """Why a breakdown of the metric need not add up; None if it has to."""
    if metric.type in _TYPES:
        return _TYPES[metric.type]
    if metric.non_additive_dimension:
        return f"it is not added up over {metric.non_additive_dimension.replace('_', ' ')}"
    if not metric.additive:
        return _NOT_ADDITIVE.get(metric.agg or "", f"its aggregation {metric.agg} does not add up")
    return None


def total_inquiry(name: str, query: SemanticQuery, catalog: SemanticCatalog) -> Inquiry:
    """The query for one metric's total over all that `query` counts.

    Raises:
        NotApplicable: parts of the metric do not add up, or it cannot be derived so.
    """
    metric = catalog.metrics[name]
    reason = why_not_additive(metric)
    if reason:
        raise NotApplicable(reason)
    measures = [catalog.measures[m] for m in metric.measures if m in catalog.measures]
    if len(measures) != 1:
        raise NotApplicable("it has several measures")
    start = catalog.semantic_models[measures[0].semantic_model]
    derivation = _Derivation(metric, measures[0], start, catalog)
    try:
        model = model_of(start, catalog)
        select = exp.select(_aggregate(derivation)).from_(table(model))
        for condition in _conditions(query, derivation):
            select = select.where(condition, copy=False)
    except Unreadable as error:
        raise NotApplicable(str(error)) from None
    except QueryError as error:
        raise NotApplicable(error.message.rstrip(".")) from None
    return Inquiry(KIND, name, select, (model,))


def _aggregate(d: _Derivation) -> exp.Expr:
    value = expression(d.measure.expr, d.dialect)
    if d.measure.agg == "count":
        return exp.Count(this=value)
    if d.measure.agg == "sum_boolean":
        one, zero = exp.Literal.number(1), exp.Literal.number(0)
        value = exp.Case(ifs=[exp.If(this=value, true=one)], default=zero)
    return exp.Sum(this=value)


def _conditions(query: SemanticQuery, d: _Derivation) -> Iterator[exp.Expr]:
    if any(h.entity is not None for h in query.having):
        raise NotApplicable("a condition on each entity's own figure is not derived again")
    elements = metric_elements(query.metrics, d.catalog)
    for where in query.where:
        element = elements[where.item.element_name]
        joins = _static(path_to(element, d.start, d.catalog))
        value = _value(where.item, element, d)
        if where.operator is Operator.IS_NULL and joins:
            filled = exp.Not(this=exp.Is(this=value, expression=exp.Null()))
            found = _semi_join(joins, filled, d)
            key = expression(joins[0].left_key.expr, d.dialect)
            yield exp.or_(is_null(key), exp.Not(this=exp.paren(found)))
        else:
            yield _semi_join(joins, filter_condition(value, where, element), d)
    yield from _range(query, d)
    for text in d.metric.filters:
        yield from _hidden(text, d)


def _range(query: SemanticQuery, d: _Derivation) -> Iterator[exp.Expr]:
    if query.time_range is None:
        return
    grains = {finest_grain(m, d.catalog) for m in query.metrics}
    if len(grains) > 1:
        raise NotApplicable("the metrics have different times")
    grain = grains.pop()
    time = _time(d)
    if grain != "day":
        time = exp.TimestampTrunc(this=time, unit=exp.var(grain.upper()))
    if query.time_range.start is not None:
        start = literal_expression(period_start(query.time_range.start, grain))
        yield exp.GTE(this=time.copy(), expression=start)
    if query.time_range.end is not None:
        yield exp.LT(this=time.copy(), expression=literal_expression(query.time_range.end))


def _time(d: _Derivation) -> exp.Expr:
    for dimension in d.start.dimensions:
        if dimension.name == d.measure.agg_time_dimension:
            return expression(dimension.expr, d.dialect)
    raise NotApplicable("its time dimension is not known")


def _value(item: GroupByItem, element: GroupByElement, d: _Derivation) -> exp.Expr:
    if element.entity is not None:
        return expression(element.entity.expr, d.dialect)
    is_metric_time = element.dimension is None
    value = _time(d) if is_metric_time else expression(element.dimension.expr, d.dialect)  # type: ignore[union-attr]
    if not element.is_time:
        return value
    if item.date_part:
        part = {"dow": "isodow"}.get(item.date_part, item.date_part)
        return exp.Extract(this=exp.var(part), expression=value)
    grain = item.grain or day_grain(element)
    if grain in d.catalog.custom_grains:
        raise NotApplicable(f"its filter is by {grain.replace('_', ' ')}")
    return exp.TimestampTrunc(this=value, unit=exp.var(grain.upper()))


def _hidden(text: str, d: _Derivation) -> Iterator[exp.Expr]:
    """A filter of the metric, each of its conditions on the model that it looks at."""
    elements = metric_elements((d.metric.name,), d.catalog)
    paths: dict[str, tuple[Join, ...]] = {}

    def column_for(call: Call) -> exp.Expr | None:
        element = elements.get(call.name)
        if element is None or call.kind == "Metric":
            return None
        value = _value(GroupByItem(element.name, element.entity_path, call.grain), element, d)
        joins = _static(path_to(element, d.start, d.catalog))
        mark = f"path_{len(paths)}"
        paths[mark] = joins
        marked = exp.paren(value)
        marked.meta[_PATH] = mark
        return marked

    tree = filter_tree(text, d.dialect, column_for)
    if tree is None:
        raise NotApplicable("its filter cannot be derived again")
    for condition in _conjuncts(tree):
        marked = (node.meta.get(_PATH) for node in condition.find_all(exp.Paren))
        used = {paths[mark] for mark in marked if mark is not None}
        condition = condition.copy()
        joined = [path for path in used if path]
        if not joined:
            yield exp.paren(condition)
        elif len(used) > 1 or condition.find(*_MEETS_NULL):
            raise NotApplicable("its filter looks at several models")
        else:
            yield _semi_join(joined[0], exp.paren(condition), d)


def _conjuncts(tree: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions that have to hold together."""
    if isinstance(tree, exp.Paren) and _PATH not in tree.meta:
        yield from _conjuncts(tree.this)
    elif isinstance(tree, exp.And):
        yield from _conjuncts(tree.this)
        yield from _conjuncts(tree.expression)
    else:
        yield tree


def _static(joins: tuple[Join, ...]) -> tuple[Join, ...]:
    if any(EntityType.NATURAL in {j.left_key.type, j.right_key.type} for j in joins):
        raise NotApplicable("a filter holds only for the time of each row")
    return joins


def _semi_join(joins: tuple[Join, ...], condition: exp.Expr, d: _Derivation) -> exp.Expr:
    """`condition` on the last joined model, as a condition on the keys of the first."""
    for join in reversed(joins):
        right_key = expression(join.right_key.expr, d.dialect)
        inner = exp.select(right_key).from_(table(model_of(join.right, d.catalog)))
        inner = inner.where(condition).where(exp.Not(this=is_null(right_key)))
        left_key = expression(join.left_key.expr, d.dialect)
        condition = exp.In(this=left_key, query=inner.subquery())
    return condition
