"""Changes of a typed query by one step each: what the controls do.

Every function gives a query back in which nothing refers to what is gone: an order by a column that
is no more, a calculation on a grain that was removed. None of them asks a planner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from translator.query import (
    METRIC_TIME,
    Calculation,
    CalculationKind,
    GroupByItem,
    Offset,
    OrderByItem,
    SemanticQuery,
    TimeRange,
    WhereFilter,
)

_T = TypeVar("_T")
_ALONG_TIME = {CalculationKind.RUNNING_TOTAL, CalculationKind.MOVING_AVERAGE}


def time_item(query: SemanticQuery) -> GroupByItem | None:
    """What the query is grouped by along time: `metric_time`, else its first date."""
    times = [g for g in query.group_by if g.grain]
    return next((g for g in times if g.name == METRIC_TIME.name), times[0] if times else None)


def with_grain(query: SemanticQuery, grain: str | None) -> SemanticQuery:
    """Grouped by time at `grain`; None takes time away."""
    now = time_item(query)
    if now is None:
        if grain is None:
            return query
        items = (replace(METRIC_TIME, grain=grain), *query.group_by)
        # Along time, rows are read in its order and all of them.
        return _tidy(replace(query, group_by=items, order_by=(), limit=None))
    changed = replace(now, grain=grain) if grain else None
    items = tuple(
        item for item in (changed if g == now else g for g in query.group_by) if item is not None
    )
    partitions = tuple(
        replace(
            c,
            partition_by=tuple(
                item
                for item in (changed if g == now else g for g in c.partition_by)
                if item is not None
            ),
        )
        for c in query.calculations
    )
    orders = tuple(
        replace(o, name=changed.qualified_name)
        if changed is not None and o.name == now.qualified_name
        else o
        for o in query.order_by
    )
    return _tidy(replace(query, group_by=items, calculations=partitions, order_by=orders))


def with_period(query: SemanticQuery, period: TimeRange | None) -> SemanticQuery:
    """Over another period; None is all time."""
    return _tidy(replace(query, time_range=period))


def with_group_by(query: SemanticQuery, items: Sequence[GroupByItem]) -> SemanticQuery:
    """Grouped by time as before, and by `items`."""
    kept = tuple(g for g in query.group_by if g.grain or g.date_part)
    new = tuple(i for i in items if i not in kept)
    return _tidy(replace(query, group_by=(*kept, *new)))


def without_group_by(query: SemanticQuery, position: int) -> SemanticQuery:
    """Without one group by item."""
    return _tidy(replace(query, group_by=_without(query.group_by, position)))


def with_metrics(query: SemanticQuery, metrics: Sequence[str]) -> SemanticQuery:
    """With other metrics, at least one."""
    return _tidy(replace(query, metrics=tuple(metrics)))


def with_filter(query: SemanticQuery, condition: WhereFilter) -> SemanticQuery:
    """With one more condition."""
    if condition in query.where:
        return query
    return replace(query, where=(*query.where, condition))


def without_filter(query: SemanticQuery, position: int) -> SemanticQuery:
    """Without one condition: those of `where` count first, then those of `having`."""
    rows = len(query.where)
    if position < rows:
        return replace(query, where=_without(query.where, position))
    return replace(query, having=_without(query.having, position - rows))


def with_top(query: SemanticQuery, count: int | None, ascending: bool = False) -> SemanticQuery:
    """The `count` rows with the most (or least) of the first metric; None shows all rows."""
    calculations = tuple(
        c for c in query.calculations if not (c.kind is CalculationKind.RANK and c.keep)
    )
    query = _tidy(replace(query, calculations=calculations))
    if count is None:
        return replace(query, limit=None)
    order = (OrderByItem(query.metrics[0], descending=not ascending),)
    return replace(query, limit=count, order_by=order)


def with_comparison(query: SemanticQuery, offset: Offset | None) -> SemanticQuery:
    """Each metric beside its value `offset` earlier; None compares with nothing."""
    others = tuple(
        c for c in query.calculations if c.kind is not CalculationKind.PERIOD_OVER_PERIOD
    )
    new = (
        tuple(
            Calculation(CalculationKind.PERIOD_OVER_PERIOD, metric, offset)
            for metric in query.metrics
        )
        if offset
        else ()
    )
    return _tidy(replace(query, calculations=(*others, *new)))


def with_share(query: SemanticQuery, share: bool) -> SemanticQuery:
    """With each row's share of the total, or without."""
    others = tuple(c for c in query.calculations if c.kind is not CalculationKind.SHARE_OF_TOTAL)
    new = (
        tuple(Calculation(CalculationKind.SHARE_OF_TOTAL, metric) for metric in query.metrics)
        if share
        else ()
    )
    return _tidy(replace(query, calculations=(*others, *new)))


def without_calculation(query: SemanticQuery, position: int) -> SemanticQuery:
    """Without one calculation."""
    return _tidy(replace(query, calculations=_without(query.calculations, position)))


def _tidy(query: SemanticQuery) -> SemanticQuery:
    calculations = []
    timed = any(g.grain for g in query.group_by)
    for calculation in query.calculations:
        if calculation.metric not in query.metrics:
            continue
        if calculation.kind in _ALONG_TIME and not timed:
            continue
        if calculation.kind is CalculationKind.PERIOD_OVER_PERIOD and not (
            timed or _bounded(query.time_range)
        ):
            continue
        parts = tuple(g for g in calculation.partition_by if g in query.group_by)
        calculations.append(replace(calculation, partition_by=parts))
    columns = {
        *query.metrics,
        *(g.qualified_name for g in query.group_by),
        *(name for c in calculations for name in c.columns),
    }
    return replace(
        query,
        calculations=tuple(calculations),
        order_by=tuple(o for o in query.order_by if o.name in columns),
        having=tuple(h for h in query.having if h.entity or h.metric in query.metrics),
        # One row needs no limit, and would say that something was left out.
        limit=query.limit if query.group_by else None,
    )


def _bounded(period: TimeRange | None) -> bool:
    return period is not None and period.start is not None and period.end is not None


def _without(items: tuple[_T, ...], position: int) -> tuple[_T, ...]:
    return (*items[:position], *items[position + 1 :])
