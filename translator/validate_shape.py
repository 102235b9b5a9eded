"""What is wrong with how the parts of a query go together: calculations, order, limit, period."""

from __future__ import annotations

from collections.abc import Iterable

from semantic.catalog import SemanticCatalog
from translator.compile.periods import CALENDAR_GRAINS, calendar_grain
from translator.compile.traits import is_summable, offset_grains
from translator.query import Calculation, CalculationKind, QueryIssue, SemanticQuery
from translator.suggestions import nearest

_ALONG_TIME = {CalculationKind.RUNNING_TOTAL, CalculationKind.MOVING_AVERAGE}
# Periods whose starts lie on starts of the other's: a comparison would otherwise find nothing.
_MULTIPLES = {
    "hour": {"hour": 1, "day": 1, "week": 1, "month": 1, "quarter": 1, "year": 1},
    "day": {"day": 1, "week": 1, "month": 1, "quarter": 1, "year": 1},
    "week": {"day": 7, "week": 1},
    "month": {"month": 1, "quarter": 1, "year": 1},
    "quarter": {"month": 3, "quarter": 1, "year": 1},
    "year": {"month": 12, "quarter": 4, "year": 1},
}


def shape_issues(query: SemanticQuery, catalog: SemanticCatalog) -> Iterable[QueryIssue]:
    """Issues of the query as a whole."""
    output = [g.qualified_name for g in query.group_by] + list(query.metrics)
    for calculation in query.calculations:
        if calculation.metric not in query.metrics:
            yield QueryIssue(
                "calculation",
                f"A calculation on '{calculation.metric}' needs it among the metrics.",
            )
            continue
        output += calculation.columns
        yield from _calculation_issues(calculation, query, catalog)
    yield from _offset_metric_issues(query, catalog)
    for order in query.order_by:
        if order.name not in output:
            near = nearest(order.name, {name: (name,) for name in output})
            mean = f"; did you mean '{near[0]}'?" if near else "."
            yield QueryIssue(
                "unknown_order_by",
                f"There is no column '{order.name}' to order by{mean}",
                near,
            )
    if query.limit is not None and query.limit < 1:
        yield QueryIssue("limit", f"The limit must be at least 1, not {query.limit}.")
    time = query.time_range
    if time and time.start and time.end and time.start >= time.end:
        yield QueryIssue(
            "time_range", f"The period ends ({time.end}) before it starts ({time.start})."
        )


def _calculation_issues(
    calculation: Calculation, query: SemanticQuery, catalog: SemanticCatalog
) -> Iterable[QueryIssue]:
    kind = calculation.kind
    words = kind.value.replace("_", " ")
    times = [g for g in query.group_by if g.grain]
    if kind in _ALONG_TIME and not times:
        yield QueryIssue("calculation", f"A {words} needs a time grain, such as month.")
    if kind is CalculationKind.RUNNING_TOTAL and not is_summable(calculation.metric, catalog):
        yield QueryIssue(
            "calculation",
            f"A running total of '{calculation.metric}' would add up what is not a sum or a count: "
            "define a cumulative metric for it.",
        )
    if kind is CalculationKind.MOVING_AVERAGE and any(g.grain not in _MULTIPLES for g in times):
        yield QueryIssue(
            "calculation",
            "A moving average needs a calendar grain, not one of the time spine's own.",
            tuple(_MULTIPLES),
        )
    if kind is CalculationKind.MOVING_AVERAGE and calculation.window is None:
        yield QueryIssue("calculation", "A moving average needs a number of periods as its window.")
    if kind is CalculationKind.PERIOD_OVER_PERIOD:
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


def _offset_issues(calculation: Calculation, query: SemanticQuery) -> Iterable[QueryIssue]:
    offset = calculation.offset
    if offset is None:
        yield QueryIssue("calculation", "A comparison with an earlier period needs an offset.")
        return
    grain = calendar_grain(offset.grain)
    if offset.count < 1 or grain not in _MULTIPLES["day"]:
        yield QueryIssue(
            "calculation",
            f"A comparison with {offset.count} {offset.grain} earlier cannot be made.",
            tuple(_MULTIPLES["day"]),
        )
        return
    for item in query.group_by:
        if item.grain is None:
            continue
        known = _MULTIPLES.get(calendar_grain(item.grain), {})
        multiple = known.get(grain)
        if multiple is None or offset.count % multiple:
            yield QueryIssue(
                "calculation",
                f"Figures by {item.grain} cannot be compared with those {offset.count} "
                f"{offset.grain} earlier, as these do not start on the same days.",
                tuple(known),
            )


def _offset_metric_issues(query: SemanticQuery, catalog: SemanticCatalog) -> Iterable[QueryIssue]:
    """A metric that looks back a month says nothing by year: no year begins a month before one."""
    for metric in query.metrics:
        offsets = offset_grains(metric, catalog)
        for item in query.group_by:
            if not offsets or item.name != "metric_time" or not item.grain:
                continue
            grain = calendar_grain(item.grain)
            finest = CALENDAR_GRAINS.index(offsets[0])
            if grain in CALENDAR_GRAINS and CALENDAR_GRAINS.index(grain) > finest:
                yield QueryIssue(
                    "unknown_grain",
                    f"'{metric}' looks back one {offsets[0]}, so it cannot be shown by {grain}.",
                    CALENDAR_GRAINS[: finest + 1],
                )
