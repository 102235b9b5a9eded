"""What is wrong with a query, before anything is compiled."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from semantic.catalog import GroupByElement, SemanticCatalog
from translator.query import (
    CalculationKind,
    GroupByItem,
    MetricFilter,
    Operator,
    QueryIssue,
    SemanticQuery,
    WhereFilter,
)

_NO_VALUES = {Operator.IS_NULL, Operator.IS_NOT_NULL}
_MANY_VALUES = {Operator.IN, Operator.NOT_IN}


def validate(query: SemanticQuery, catalog: SemanticCatalog) -> tuple[QueryIssue, ...]:
    """Every issue of a query with suggestions, best first; empty if there is none."""
    issues: list[QueryIssue] = []
    if not query.metrics and not query.group_by:
        issues.append(QueryIssue("empty_query", "The query names no metric and nothing to list."))
    for name in query.metrics:
        if name not in catalog.metrics:
            issues.append(_unknown("metric", name, catalog.metrics))
    if issues:
        return tuple(issues)
    elements = {e.qualified_name: e for e in _elements(query, catalog)}
    for item in query.group_by:
        issues.extend(_item_issues(item, elements, query, catalog))
    for condition in query.where:
        issues.extend(_item_issues(condition.item, elements, query, catalog))
        issues.extend(_arity(condition))
    for having in query.having:
        if having.metric not in catalog.metrics:
            issues.append(_unknown("metric", having.metric, catalog.metrics))
        elif having.entity is None and having.metric not in query.metrics:
            issues.append(
                QueryIssue(
                    "having_not_shown",
                    f"A condition on '{having.metric}' needs the metric in the query.",
                    (having.metric,),
                )
            )
        issues.extend(_arity(having))
    issues.extend(_shape(query))
    return tuple(issues)


def _elements(query: SemanticQuery, catalog: SemanticCatalog) -> Iterable[GroupByElement]:
    if query.metrics:
        return catalog.group_bys(query.metrics)
    return (e for elements in catalog.list_group_bys.values() for e in elements)


def _item_issues(
    item: GroupByItem,
    elements: dict[str, GroupByElement],
    query: SemanticQuery,
    catalog: SemanticCatalog,
) -> Iterable[QueryIssue]:
    element = elements.get(item.element_name)
    if element is None:
        having_it = [
            m
            for m, reachable in catalog.group_bys_by_metric.items()
            if any(e.qualified_name == item.element_name for e in reachable)
        ]
        if having_it:
            metrics = ", ".join(query.metrics)
            yield QueryIssue(
                "unreachable_dimension",
                f"'{item.element_name}' cannot be reached from {metrics}; "
                f"it can from {', '.join(having_it[:5])}.",
                tuple(having_it[:5]),
            )
        else:
            yield _unknown("dimension", item.element_name, elements)
        return
    if (element.dimension and element.dimension.sensitive) or (
        element.entity and element.entity.sensitive
    ):
        yield QueryIssue(
            "sensitive", f"'{item.element_name}' is marked sensitive and is not used in answers."
        )
    if item.grain and item.grain not in element.grains:
        known = ", ".join(element.grains) or "none, as it is not a time dimension"
        yield QueryIssue(
            "unknown_grain",
            f"'{item.element_name}' has no grain '{item.grain}' (it has: {known}).",
            element.grains,
        )


def _unknown(kind: str, name: str, known: Iterable[str]) -> QueryIssue:
    near = tuple(difflib.get_close_matches(name, list(known), 3, 0.5))
    tail = f"; did you mean '{near[0]}'?" if near else "."
    return QueryIssue(f"unknown_{kind}", f"There is no {kind} '{name}'{tail}", near)


def _arity(condition: WhereFilter | MetricFilter) -> Iterable[QueryIssue]:
    count, operator = len(condition.values), condition.operator
    wanted = (
        count == 0
        if operator in _NO_VALUES
        else count >= 1
        if operator in _MANY_VALUES
        else count == 1
    )
    if not wanted:
        yield QueryIssue("values", f"'{operator.value}' does not take {count} values.")
    if isinstance(condition, MetricFilter) and any(isinstance(v, str) for v in condition.values):
        yield QueryIssue("values", f"'{condition.metric}' is compared with numbers, not with text.")


def _shape(query: SemanticQuery) -> Iterable[QueryIssue]:
    output = {g.qualified_name for g in query.group_by} | set(query.metrics)
    has_time = any(g.name == "metric_time" and g.grain for g in query.group_by)
    for calculation in query.calculations:
        if calculation.metric not in query.metrics:
            yield QueryIssue(
                "calculation",
                f"A calculation on '{calculation.metric}' needs it among the metrics.",
            )
        output |= set(calculation.columns)
        if (
            calculation.kind in {CalculationKind.RUNNING_TOTAL, CalculationKind.MOVING_AVERAGE}
            and not has_time
        ):
            yield QueryIssue(
                "calculation", f"A {calculation.kind.value} needs a time grain, such as month."
            )
        if calculation.kind is CalculationKind.PERIOD_OVER_PERIOD and calculation.offset is None:
            yield QueryIssue("calculation", "A comparison with an earlier period needs an offset.")
        for item in calculation.partition_by:
            if item not in query.group_by:
                yield QueryIssue(
                    "calculation",
                    f"'{item.qualified_name}' partitions a calculation but is not grouped by.",
                )
    for order in query.order_by:
        if order.name not in output:
            yield _unknown("order_by column", order.name, output)
    if query.limit is not None and query.limit < 1:
        yield QueryIssue("limit", f"The limit must be at least 1, not {query.limit}.")
    time = query.time_range
    if time and time.start and time.end and time.start >= time.end:
        yield QueryIssue(
            "time_range", f"The period ends ({time.end}) before it starts ({time.start})."
        )
