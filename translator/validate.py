"""What is wrong with a query, before anything is compiled."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from semantic.catalog import GroupByElement, SemanticCatalog
from translator.query import (
    Calculation,
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
_TEXT_OPERATORS = {Operator.CONTAINS, Operator.NOT_CONTAINS, Operator.STARTS_WITH}
_DATE_PARTS = ("year", "quarter", "month", "day", "dow", "doy")
# Periods whose starts lie on starts of the other's: a comparison would otherwise find nothing.
_MULTIPLES = {
    "hour": {"hour": 1, "day": 1, "week": 1, "month": 1, "quarter": 1, "year": 1},
    "day": {"day": 1, "week": 1, "month": 1, "quarter": 1, "year": 1},
    "week": {"day": 7, "week": 1},
    "month": {"month": 1, "quarter": 1, "year": 1},
    "quarter": {"month": 3, "quarter": 1, "year": 1},
    "year": {"month": 12, "quarter": 4, "year": 1},
}


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
    issues.extend(_twice([*query.metrics, *(g.qualified_name for g in query.group_by)]))
    issues.extend(_list_issues(query, catalog))
    elements = {e.qualified_name: e for e in _elements(query, catalog)}
    for item in query.group_by:
        issues.extend(_item_issues(item, elements, query, catalog))
        issues.extend(_grain_missing(item, elements))
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
            metrics = ", ".join(query.metrics) or "a list without metrics"
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
    if item.date_part and item.date_part not in _DATE_PARTS:
        yield QueryIssue(
            "unknown_grain",
            f"A date has no part '{item.date_part}' (it has: {', '.join(_DATE_PARTS)}).",
            _DATE_PARTS,
        )
    if item.date_part and not element.is_time:
        yield QueryIssue(
            "unknown_grain", f"'{item.element_name}' has no parts, as it is not a time dimension."
        )
    if item.grain and item.grain not in element.grains:
        known = ", ".join(element.grains) or "none, as it is not a time dimension"
        yield QueryIssue(
            "unknown_grain",
            f"'{item.element_name}' has no grain '{item.grain}' (it has: {known}).",
            element.grains,
        )


def _grain_missing(item: GroupByItem, elements: dict[str, GroupByElement]) -> Iterable[QueryIssue]:
    """MetricFlow would choose a grain itself, and name the column after it."""
    element = elements.get(item.element_name)
    if element is not None and element.is_time and not item.grain and not item.date_part:
        yield QueryIssue(
            "missing_grain",
            f"Grouping by '{item.element_name}' needs a grain: {', '.join(element.grains)}.",
            tuple(f"{item.element_name}__{grain}" for grain in element.grains),
        )


def _twice(names: list[str]) -> Iterable[QueryIssue]:
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield QueryIssue("duplicate", f"'{name}' is asked for twice.", (name,))


def _list_issues(query: SemanticQuery, catalog: SemanticCatalog) -> Iterable[QueryIssue]:
    if query.metrics:
        return
    if query.time_range is not None:
        yield QueryIssue("time_range", "A list without metrics has no period to be limited to.")
    names = {g.element_name for g in query.group_by}
    names |= {c.item.element_name for c in query.where}
    known = {e.qualified_name for found in catalog.list_group_bys.values() for e in found}
    together = any(
        names <= {e.qualified_name for e in found} for found in catalog.list_group_bys.values()
    )
    if names <= known and not together:
        listed = ", ".join(f"'{n}'" for n in sorted(names))
        yield QueryIssue(
            "unreachable_dimension", f"{listed} cannot be listed together without a metric."
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
    if isinstance(condition, MetricFilter) and operator in _TEXT_OPERATORS:
        yield QueryIssue("values", f"'{operator.value}' compares text, not a metric.")
    if isinstance(condition, MetricFilter) and any(isinstance(v, str) for v in condition.values):
        yield QueryIssue("values", f"'{condition.metric}' is compared with numbers, not with text.")


def _offset_issues(calculation: Calculation, query: SemanticQuery) -> Iterable[QueryIssue]:
    offset = calculation.offset
    if offset is None:
        yield QueryIssue("calculation", "A comparison with an earlier period needs an offset.")
        return
    if offset.count < 1 or offset.grain not in _MULTIPLES["day"]:
        yield QueryIssue(
            "calculation",
            f"A comparison with {offset.count} {offset.grain} earlier cannot be made.",
            tuple(_MULTIPLES["day"]),
        )
        return
    for item in query.group_by:
        if item.name != "metric_time" or item.grain is None:
            continue
        multiple = _MULTIPLES.get(item.grain, {}).get(offset.grain)
        if multiple is None or offset.count % multiple:
            yield QueryIssue(
                "calculation",
                f"Figures by {item.grain} cannot be compared with those {offset.count} "
                f"{offset.grain} earlier, as these do not start on the same days.",
                tuple(_MULTIPLES.get(item.grain, {})),
            )


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
        if calculation.kind is CalculationKind.MOVING_AVERAGE and any(
            g.name == "metric_time" and g.grain and g.grain not in _MULTIPLES
            for g in query.group_by
        ):
            yield QueryIssue(
                "calculation",
                "A moving average needs a calendar grain, not one of the time spine's own.",
                tuple(_MULTIPLES),
            )
        if calculation.kind is CalculationKind.PERIOD_OVER_PERIOD:
            yield from _offset_issues(calculation, query)
        for name, number in (("keep", calculation.keep), ("window", calculation.window)):
            if number is not None and number < 1:
                yield QueryIssue("calculation", f"'{name}' must be at least 1, not {number}.")
        for item in calculation.partition_by:
            if item not in query.group_by:
                yield QueryIssue(
                    "calculation",
                    f"'{item.qualified_name}' partitions a calculation but is not grouped by.",
                )
    yield from _twice([name for c in query.calculations for name in c.columns])
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
