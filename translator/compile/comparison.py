"""Period over period: the same figures of the earlier period, beside the ones of now.

By calendar and not by the row before: a period without rows stays empty.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlglot import exp

from semantic.errors import QueryError
from translator.compile.identifiers import column, identifier
from translator.compile.periods import interval, moved, shift
from translator.compile.rows import MetricRows, RowsRequest, full_join
from translator.compile.stages import Stages, with_columns
from translator.query import (
    Calculation,
    CalculationKind,
    GroupByItem,
    Offset,
    QueryIssue,
    SemanticQuery,
    WhereFilter,
)


def compare(stages: Stages, query: SemanticQuery, request: RowsRequest, rows: MetricRows) -> None:
    """Add the stage with each compared metric's `M__previous`.

    Raises:
        QueryError: there is no period to compare with.
    """
    by_offset: dict[Offset, list[Calculation]] = {}
    for calculation in query.calculations:
        if calculation.kind is CalculationKind.PERIOD_OVER_PERIOD:
            assert calculation.offset is not None
            by_offset.setdefault(calculation.offset, []).append(calculation)
    for offset, compared in by_offset.items():
        _compare(stages, query, request, rows, offset, compared)


def _compare(
    stages: Stages,
    query: SemanticQuery,
    request: RowsRequest,
    rows: MetricRows,
    offset: Offset,
    compared: list[Calculation],
) -> None:
    dialect = stages.dialect
    times = [g for g in query.group_by if g.grain]
    time = next((g for g in times if g.name == "metric_time"), times[0] if times else None)
    earlier = replace(
        _earlier_request(request, time, offset), metrics=tuple(c.metric for c in compared)
    )
    if time is None and (query.time_range is None or earlier == request):
        message = "A comparison with an earlier period needs a period or a time grain."
        raise QueryError(
            message, "Add a period, such as 'last month'.", (QueryIssue("no_period", message),)
        )
    table = stages.beside(f"earlier_{offset.count}_{offset.grain}", rows.rows(earlier))
    names = (*stages.columns, *(c.columns[0] for c in compared))
    values: dict[str, exp.Expr] = {c.columns[0]: column(c.metric, table, dialect) for c in compared}
    keys = [g.qualified_name for g in query.group_by]
    if time is not None:
        select = _beside_its_period(stages, table, query.group_by, time, offset)
    else:
        # Groups that only one of the two periods has are shown as well.
        select, key_trees = full_join((stages.name, table), keys, dialect)
        if keys:
            values = {name: exp.Max(this=value) for name, value in values.items()}
            values |= {n: exp.Max(this=stages.column(n)) for n in stages.columns if n not in keys}
        values |= key_trees
    stages.add("compared", with_columns(select, stages, names, values), names)


def _beside_its_period(
    stages: Stages, table: str, group_by: tuple[GroupByItem, ...], time: GroupByItem, offset: Offset
) -> exp.Select:
    """Each row with the row of its group in the period `offset` before, if there is one."""
    count, unit = interval(offset)
    conditions: list[exp.Expr] = []
    for item in group_by:
        now = stages.column(item.qualified_name)
        before = column(item.qualified_name, table, stages.dialect)
        if item == time:
            # Taken off now and not added to before: two days never lead to one, only one to two.
            step = exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(unit))
            conditions.append(exp.EQ(this=before, expression=exp.Sub(this=now, expression=step)))
        else:
            conditions.append(exp.NullSafeEQ(this=before, expression=now))
    select = exp.select().from_(exp.Table(this=identifier(stages.name, stages.dialect)))
    target = exp.Table(this=identifier(table, stages.dialect))
    return select.join(target, on=exp.and_(*conditions), join_type="left")


def _earlier_request(request: RowsRequest, time: GroupByItem | None, offset: Offset) -> RowsRequest:
    """The rows of the earlier period, also where the range is a filter on a date."""
    try:
        where = tuple(
            _moved_filter(w, offset)
            if time is not None and w.item.element_name == time.element_name
            else w
            for w in request.where
        )
        return replace(request, time_range=shift(request.time_range, offset), where=where)
    except ValueError as error:
        message = f"There is no earlier period: {error}."
        raise QueryError(
            message, "Compare over less.", (QueryIssue("no_period", message),)
        ) from None


def _moved_filter(where: WhereFilter, offset: Offset) -> WhereFilter:
    if where.item.date_part:
        return where
    values = tuple(moved(v, offset) if isinstance(v, date) else v for v in where.values)
    return replace(where, values=values)
