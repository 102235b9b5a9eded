"""Calculations over the rows of a metric query, as window expressions."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, timedelta

from sqlglot import exp

from translator.query import Calculation, CalculationKind, Offset, SemanticQuery, TimeRange

_UNITS = {
    "hour": (1, "HOUR"), "day": (1, "DAY"), "week": (7, "DAY"),
    "month": (1, "MONTH"), "quarter": (3, "MONTH"), "year": (12, "MONTH"),
}  # fmt: skip


def calculation_columns(
    calculation: Calculation, query: SemanticQuery
) -> Iterator[tuple[str, exp.Expression]]:
    """Name and expression of each column that a calculation adds to the CTE `metrics`."""
    value = _column(calculation.metric)
    partition: list[exp.Expression] = [_column(g.qualified_name) for g in calculation.partition_by]
    time = next((g for g in query.group_by if g.name == "metric_time"), None)
    name = calculation.columns[0]
    if calculation.kind is CalculationKind.SHARE_OF_TOTAL:
        total = exp.Window(this=exp.Sum(this=value.copy()), partition_by=partition)
        yield (
            name,
            exp.Div(
                this=exp.cast(value, "double"),
                expression=exp.Nullif(this=total, expression=exp.Literal.number(0)),
            ),
        )
    elif calculation.kind is CalculationKind.RANK:
        order = exp.Order(
            expressions=[exp.Ordered(this=value, desc=not calculation.ascending, nulls_first=False)]
        )
        yield name, exp.Window(this=exp.Anonymous(this="RANK"), partition_by=partition, order=order)
    elif time is not None:
        order = exp.Order(
            expressions=[exp.Ordered(this=_column(time.qualified_name), nulls_first=False)]
        )
        if calculation.kind is CalculationKind.RUNNING_TOTAL:
            spec = exp.WindowSpec(
                kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"
            )
            yield (
                name,
                exp.Window(
                    this=exp.Sum(this=value), partition_by=partition, order=order, spec=spec
                ),
            )
        elif calculation.kind is CalculationKind.MOVING_AVERAGE:
            width = max(1, calculation.window or 3)
            # By calendar, not by rows: a period without a row must not stretch the window.
            count, unit = _UNITS.get(time.grain or "day", (1, "DAY"))
            spec = exp.WindowSpec(
                kind="RANGE",
                start=exp.Interval(
                    this=exp.Literal.string(str((width - 1) * count)), unit=exp.var(unit)
                ),
                start_side="PRECEDING",
                end="CURRENT ROW",
            )
            yield (
                name,
                exp.Window(
                    this=exp.Avg(this=value), partition_by=partition, order=order, spec=spec
                ),
            )


def shift(time_range: TimeRange | None, offset: Offset) -> TimeRange | None:
    """The range `offset` earlier; whole months stay whole months."""
    if time_range is None:
        return None
    return TimeRange(_back(time_range.start, offset), _back(time_range.end, offset))


def _back(day: date | None, offset: Offset) -> date | None:
    if day is None:
        return None
    if offset.grain in {"day", "week"}:
        return day - timedelta(days=offset.count * (7 if offset.grain == "week" else 1))
    months = offset.count * {"month": 1, "quarter": 3, "year": 12}.get(offset.grain, 1)
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _column(name: str) -> exp.Column:
    return exp.column(name, table="metrics", quoted=True)
