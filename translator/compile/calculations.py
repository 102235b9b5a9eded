"""Calculations over the rows of a metric query, as window expressions over one table."""

from __future__ import annotations

from sqlglot import exp

from translator.compile.identifiers import column
from translator.compile.periods import interval
from translator.compile.periods import shift as shift
from translator.query import Calculation, GroupByItem, Offset


def divided(numerator: exp.Expr, denominator: exp.Expr) -> exp.Expr:
    """A ratio as a floating-point number, NULL where the denominator is 0."""
    return exp.Div(
        this=exp.cast(numerator, "double"),
        expression=exp.Nullif(this=denominator, expression=exp.Literal.number(0)),
    )


def share(calculation: Calculation, table: str, dialect: str) -> exp.Expr:
    """The part of the sum over the partition."""
    value = column(calculation.metric, table, dialect)
    total = exp.Window(
        this=exp.Sum(this=value.copy()), partition_by=_partition(calculation, table, dialect)
    )
    return divided(value, total)


def rank(calculation: Calculation, table: str, dialect: str) -> exp.Expr:
    """1 for the first; equal values share a rank, rows without a value come last."""
    value = column(calculation.metric, table, dialect)
    order = exp.Order(
        expressions=[exp.Ordered(this=value, desc=not calculation.ascending, nulls_first=False)]
    )
    return exp.Window(
        this=exp.Anonymous(this="RANK"),
        partition_by=_partition(calculation, table, dialect),
        order=order,
    )


def running_total(
    calculation: Calculation, time: GroupByItem, table: str, dialect: str
) -> exp.Expr:
    """The sum up to and with each period, over all rows of the partition in these periods."""
    return exp.Window(
        this=exp.Sum(this=column(calculation.metric, table, dialect)),
        partition_by=_partition(calculation, table, dialect),
        order=_by_time(time, table, dialect),
    )


def moving_average(
    calculation: Calculation, time: GroupByItem, table: str, dialect: str
) -> exp.Expr:
    """The average over the last calendar periods, of those that have rows.

    A window of RANGE, not ROWS: a period without rows must not stretch the window.
    """
    width = calculation.window or 1
    count, unit = interval(Offset(width - 1, time.grain or "day"))
    spec = exp.WindowSpec(
        kind="RANGE",
        start=exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(unit)),
        start_side="PRECEDING",
        end="CURRENT ROW",
    )
    return exp.Window(
        this=exp.Avg(this=column(calculation.metric, table, dialect)),
        partition_by=_partition(calculation, table, dialect),
        order=_by_time(time, table, dialect),
        spec=spec,
    )


def _by_time(time: GroupByItem, table: str, dialect: str) -> exp.Order:
    return exp.Order(
        expressions=[
            exp.Ordered(this=column(time.qualified_name, table, dialect), nulls_first=False)
        ]
    )


def _partition(calculation: Calculation, table: str, dialect: str) -> list[exp.Expr]:
    return [column(g.qualified_name, table, dialect) for g in calculation.partition_by]
