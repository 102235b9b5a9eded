"""A typed query becomes SQL: MetricFlow's, with calculations around it as a sqlglot tree.

The order of the stages is the meaning: figures of the earlier period, shares, running totals and
moving averages are of all groups; then conditions on results drop groups; ranks are among those
left; `keep`, order and limit come last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlglot import exp

from semantic.catalog import SemanticCatalog
from translator.compile import calculations
from translator.compile.comparison import compare
from translator.compile.identifiers import column, identifier
from translator.compile.listing import listing
from translator.compile.literals import literal_expression
from translator.compile.metricflow import MetricFlowCompiler
from translator.compile.periods import calendar_grain, moved, starts_period
from translator.compile.refs import dbt_form, models_of
from translator.compile.rows import MetricRows, RowsRequest
from translator.compile.stages import Stages, with_columns
from translator.compile.traits import is_summable
from translator.compile.where import metric_condition
from translator.query import (
    Calculation,
    CalculationKind,
    GroupByItem,
    MetricFilter,
    Offset,
    OrderByItem,
    SemanticQuery,
    TimeRange,
)


@dataclass(frozen=True)
class CompiledSql:
    """SQL in two forms: `sql` runs as it is, `dbt_sql` has `{{ ref('…') }}` for use in dbt.

    `columns` are the output's names in order; `models` the names of the dbt models read.
    """

    sql: str
    dbt_sql: str
    dialect: str
    columns: tuple[str, ...]
    models: tuple[str, ...]


class Compiler:
    """Compiles the queries of one catalog. Safe to use from several threads."""

    def __init__(self, catalog: SemanticCatalog, metricflow: MetricFlowCompiler) -> None:
        """Keep both."""
        self.catalog = catalog
        self.metricflow = metricflow
        self._rows = MetricRows(catalog, metricflow)
        self._dialect = catalog.adapter_type

    def compile(self, query: SemanticQuery) -> CompiledSql:
        """Compile one query that `validate` found nothing wrong with.

        Raises:
            QueryError: it cannot be expressed; issues say why.
        """
        stages = self._stages(query)
        columns = stages.columns
        tree = stages.finish(_order(query), query.limit)
        return CompiledSql(
            sql=tree.sql(dialect=self._dialect, pretty=True),
            dbt_sql=dbt_form(tree, self.catalog, self._dialect),
            dialect=self._dialect,
            columns=columns,
            models=models_of(tree, self.catalog),
        )

    def _stages(self, query: SemanticQuery) -> Stages:
        stages = Stages(self._dialect)
        if not query.metrics:
            keys = (g.qualified_name for g in query.group_by)
            stages.add("listed", listing(query, self.catalog, self._rows), keys)
            return stages
        request = _request(query)
        self._metrics(stages, query, request)
        kinds = {c.kind for c in query.calculations}
        if CalculationKind.PERIOD_OVER_PERIOD in kinds:
            compare(stages, query, request, self._rows)
        if kinds - {CalculationKind.RANK, CalculationKind.MOVING_AVERAGE}:
            self._calculate(stages, query, request)
        self._rank(stages, query)
        if stages.columns != _output(query):
            stages.add("ordered", stages.select(_output(query)), _output(query))
        return stages

    def _metrics(self, stages: Stages, query: SemanticQuery, request: RowsRequest) -> None:
        """The metrics by group, and moving averages, which need rows from before the range."""
        averages = _of_kind(query, CalculationKind.MOVING_AVERAGE)
        time = time_item(query)
        if not averages or time is None:
            stages.add("metrics", self._rows.rows(request), request.columns)
            return
        before = _history(averages, query, time)
        history = replace(request, time_range=before) if before else request
        stages.add("history" if before else "metrics", self._rows.rows(history), request.columns)
        names = (*request.columns, *(c.columns[0] for c in averages))
        values = {
            c.columns[0]: calculations.moving_average(c, time, stages.name, self._dialect)
            for c in averages
        }
        stages.add("averaged", stages.select(names, values), names)
        if before is not None and query.time_range is not None:
            assert query.time_range.start is not None
            in_range = exp.GTE(
                this=stages.column(time.qualified_name),
                expression=literal_expression(query.time_range.start),
            )
            stages.add("metrics", stages.select(names).where(in_range), names)

    def _calculate(self, stages: Stages, query: SemanticQuery, request: RowsRequest) -> None:
        values: dict[str, exp.Expr] = {}
        joins: list[tuple[str, tuple[GroupByItem, ...]]] = []
        time = time_item(query)
        for c in query.calculations:
            name = c.columns[0]
            if c.kind is CalculationKind.PERIOD_OVER_PERIOD:
                now, before = stages.column(c.metric), stages.column(name)
                values[name] = before
                change = exp.Sub(this=now, expression=before.copy())
                values[c.columns[1]] = change
                values[c.columns[2]] = calculations.divided(
                    exp.Paren(this=change.copy()), before.copy()
                )
            elif c.kind is CalculationKind.RUNNING_TOTAL and time is not None:
                values[name] = calculations.running_total(c, time, stages.name, self._dialect)
            elif c.kind is CalculationKind.SHARE_OF_TOTAL:
                if is_summable(c.metric, self.catalog):
                    values[name] = calculations.share(c, stages.name, self._dialect)
                else:
                    table = self._total(stages, c, request)
                    joins.append((table, c.partition_by))
                    total = column(c.metric, table, self._dialect)
                    values[name] = calculations.divided(stages.column(c.metric), total)
        known = {*stages.columns, *values}
        names = tuple(n for n in _output(query) if n in known)
        source = exp.select().from_(exp.Table(this=identifier(stages.name, self._dialect)))
        for table, partition in joins:
            source = self._join_total(source, stages, table, partition)
        stages.add("calculated", with_columns(source, stages, names, values), names)

    def _total(self, stages: Stages, calculation: Calculation, request: RowsRequest) -> str:
        """The metric over each whole partition, where the parts do not add up to it."""
        whole = replace(request, metrics=(calculation.metric,), group_by=calculation.partition_by)
        return stages.beside(f"total_{calculation.metric}", self._rows.rows(whole))

    def _join_total(
        self, select: exp.Select, stages: Stages, table: str, partition: Iterable[GroupByItem]
    ) -> exp.Select:
        same = [
            exp.NullSafeEQ(
                this=stages.column(g.qualified_name),
                expression=column(g.qualified_name, table, self._dialect),
            )
            for g in partition
        ]
        target = exp.Table(this=identifier(table, self._dialect))
        if not same:
            return select.join(target, join_type="cross")
        return select.join(target, on=exp.and_(*same), join_type="left")

    def _rank(self, stages: Stages, query: SemanticQuery) -> None:
        having = [h for h in query.having if h.entity is None]
        ranks = _of_kind(query, CalculationKind.RANK)
        if not having and not ranks:
            return
        values = {c.columns[0]: calculations.rank(c, stages.name, self._dialect) for c in ranks}
        known = {*stages.columns, *values}
        names = tuple(n for n in _output(query) if n in known)
        select = stages.select(names, values)
        for condition in having:
            select = select.where(self._having(stages, condition), copy=False)
        stages.add("ranked" if ranks else "filtered", select, names)
        kept = [c for c in ranks if c.keep is not None]
        if kept:
            best = stages.select(names)
            for c in kept:
                limit = exp.Literal.number(c.keep or 0)
                best = best.where(
                    exp.LTE(this=stages.column(c.columns[0]), expression=limit), copy=False
                )
            stages.add("best", best, names)

    def _having(self, stages: Stages, condition: MetricFilter) -> exp.Expr:
        return metric_condition(stages.column(condition.metric), condition, self.catalog)


def time_item(query: SemanticQuery) -> GroupByItem | None:
    """The time that a query is grouped by: `metric_time` if there are several."""
    times = [g for g in query.group_by if g.grain]
    return next((g for g in times if g.name == "metric_time"), times[0] if times else None)


def _request(query: SemanticQuery) -> RowsRequest:
    return RowsRequest(
        metrics=query.metrics,
        group_by=query.group_by,
        where=query.where,
        entity_filters=tuple(h for h in query.having if h.entity is not None),
        time_range=query.time_range,
    )


def _of_kind(query: SemanticQuery, kind: CalculationKind) -> list[Calculation]:
    return [c for c in query.calculations if c.kind is kind]


def _history(
    averages: list[Calculation], query: SemanticQuery, time: GroupByItem
) -> TimeRange | None:
    """The range with the periods before it that its first averages need, None if it needs none.

    A range that begins within a period has none: its first figure is of a part of the period, and
    must stay so.
    """
    time_range, grain = query.time_range, time.grain or "day"
    widest = max(c.window or 1 for c in averages)
    if (
        time_range is None
        or time_range.start is None
        or time.name != "metric_time"
        or widest < 2
        or grain == "hour"
        or not starts_period(time_range.start, calendar_grain(grain))
    ):
        return None
    try:
        start = moved(time_range.start, Offset(widest - 1, grain))
    except ValueError:
        return None
    return replace(time_range, start=start)


def _output(query: SemanticQuery) -> tuple[str, ...]:
    """Names of the output columns: groups, then each metric with its calculations."""
    names = [g.qualified_name for g in query.group_by]
    for metric in query.metrics:
        names.append(metric)
        names += [n for c in query.calculations if c.metric == metric for n in c.columns]
    return tuple(names)


def _order(query: SemanticQuery) -> tuple[OrderByItem, ...]:
    """The order asked for, then the groups, so that equal rows and limits come out the same."""
    order = list(query.order_by)
    if not order:
        for c in _of_kind(query, CalculationKind.RANK):
            if c.keep is not None:
                order += [OrderByItem(g.qualified_name) for g in c.partition_by]
                order.append(OrderByItem(c.columns[0]))
    order += [OrderByItem(g.qualified_name) for g in query.group_by]
    first: dict[str, OrderByItem] = {}
    for item in order:
        first.setdefault(item.name, item)
    return tuple(first.values())
