"""A typed query becomes SQL: MetricFlow's, with calculations around it as a sqlglot tree."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlglot
from sqlglot import exp

from semantic.catalog import SemanticCatalog
from semantic.errors import QueryError
from translator.compile.calculations import calculation_columns, shift
from translator.compile.literals import literal_expression
from translator.compile.metricflow import MetricFlowCompiler
from translator.compile.refs import dbt_form, models_of
from translator.query import (
    Calculation,
    CalculationKind,
    MetricFilter,
    Operator,
    QueryIssue,
    SemanticQuery,
    TimeRange,
)

_COMPARE: dict[Operator, type[exp.Binary]] = {
    Operator.EQ: exp.EQ,
    Operator.NE: exp.NEQ,
    Operator.LT: exp.LT,
    Operator.LE: exp.LTE,
    Operator.GT: exp.GT,
    Operator.GE: exp.GTE,
}


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
    """Compiles the queries of one catalog."""

    def __init__(self, catalog: SemanticCatalog, metricflow: MetricFlowCompiler) -> None:
        """Keep both."""
        self.catalog = catalog
        self.metricflow = metricflow

    def compile(self, query: SemanticQuery) -> CompiledSql:
        """Compile one query.

        Raises:
            QueryError: it cannot be expressed; issues say why.
        """
        dialect = self.catalog.adapter_type
        tree = self._tree(query)
        columns = tuple(e.alias_or_name for e in tree.selects)
        sql = tree.sql(dialect=dialect, pretty=True)
        return CompiledSql(
            sql=sql,
            dbt_sql=dbt_form(tree, self.catalog, dialect),
            dialect=dialect,
            columns=columns,
            models=models_of(tree, self.catalog),
        )

    def _tree(self, query: SemanticQuery) -> exp.Select:
        keys = [g.qualified_name for g in query.group_by]
        base = self._base(query, query.time_range)
        ctes: dict[str, exp.Query] = {"metrics": base}
        source = exp.to_table("metrics")
        select = exp.Select().from_(source)
        for key in keys:
            select = select.select(_column("metrics", key).as_(key, quoted=True))
        for metric in query.metrics:
            value = _column("metrics", metric)
            select = select.select(value.as_(metric, quoted=True))
            for calculation in (c for c in query.calculations if c.metric == metric):
                if calculation.kind is CalculationKind.PERIOD_OVER_PERIOD:
                    select = self._earlier(query, calculation, ctes, select, keys)
                else:
                    for name, expression in calculation_columns(calculation, query):
                        select = select.select(expression.as_(name, quoted=True))
        for condition in query.having:
            if condition.entity is None:
                select = select.where(_having(condition))
        keep = [c for c in query.calculations if c.kind is CalculationKind.RANK and c.keep]
        if keep:
            ctes["ranked"] = select
            names = [e.alias_or_name for e in select.selects]
            select = exp.Select().from_(exp.to_table("ranked"))
            for name in names:
                select = select.select(_column("ranked", name).as_(name, quoted=True))
            for calculation in keep:
                rank = _column("ranked", calculation.columns[0])
                select = select.where(
                    exp.LTE(this=rank, expression=exp.Literal.number(calculation.keep or 1))
                )
        output = {e.alias_or_name for e in select.selects}
        for order in query.order_by:
            if order.name in output:
                ordered = exp.Ordered(
                    this=exp.column(order.name, quoted=True),
                    desc=order.descending,
                    nulls_first=False,
                )
                select = select.order_by(ordered)
        if query.limit is not None:
            select = select.limit(query.limit)
        for name, cte in ctes.items():
            select = select.with_(name, as_=cte)
        return select

    def _base(self, query: SemanticQuery, time_range: TimeRange | None) -> exp.Query:
        text = self.metricflow.sql(
            query.metrics,
            query.group_by,
            query.where,
            tuple(h for h in query.having if h.entity is not None),
            time_range,
        )
        tree = sqlglot.parse_one(text, dialect=self.catalog.adapter_type)
        if not isinstance(tree, exp.Query):
            raise QueryError("MetricFlow gave no query.", "Please report this.")
        return tree

    def _earlier(
        self,
        query: SemanticQuery,
        calculation: Calculation,
        ctes: dict[str, exp.Query],
        select: exp.Select,
        keys: list[str],
    ) -> exp.Select:
        """Join the same figures of the earlier period: by calendar, so that gaps stay gaps."""
        assert calculation.offset is not None
        time_item = next((g for g in query.group_by if g.name == "metric_time"), None)
        if query.time_range is None and (time_item is None or not time_item.grain):
            message = "A comparison with an earlier period needs a period or a time grain."
            raise QueryError(
                message, "Add a period, such as 'last month'.", (QueryIssue("no_period", message),)
            )
        earlier = shift(query.time_range, calculation.offset)
        name = f"earlier_{len(ctes)}"
        ctes[name] = self._base(replace(query, metrics=(calculation.metric,)), earlier)
        conditions: list[exp.Expression] = []
        for item in query.group_by:
            key = item.qualified_name
            left, right = _column("metrics", key), _column(name, key)
            if item.name == "metric_time" and item.grain:
                interval = exp.Interval(
                    this=exp.Literal.string(str(calculation.offset.count)),
                    unit=exp.var(calculation.offset.grain.upper()),
                )
                if calculation.offset.grain == "quarter":
                    interval = exp.Interval(
                        this=exp.Literal.string(str(3 * calculation.offset.count)),
                        unit=exp.var("MONTH"),
                    )
                conditions.append(
                    exp.EQ(this=left, expression=exp.Add(this=right, expression=interval))
                )
            else:
                conditions.append(exp.NullSafeEQ(this=left, expression=right))
        on = exp.and_(*conditions) if conditions else exp.true()
        select = select.join(exp.to_table(name), on=on, join_type="left")
        now, before = _column("metrics", calculation.metric), _column(name, calculation.metric)
        change = exp.Sub(this=now, expression=before)
        percent = exp.Div(
            this=exp.cast(exp.paren(change.copy()), "double"),
            expression=exp.Nullif(this=before.copy(), expression=exp.Literal.number(0)),
        )
        for column, expression in zip(calculation.columns, (before, change, percent), strict=True):
            select = select.select(expression.as_(column, quoted=True))
        return select


def _column(table: str, name: str) -> exp.Column:
    return exp.column(name, table=table, quoted=True)


def _having(condition: MetricFilter) -> exp.Condition:
    column = _column("metrics", condition.metric)
    if condition.operator is Operator.IS_NULL:
        return exp.Is(this=column, expression=exp.null())
    if condition.operator is Operator.IS_NOT_NULL:
        return exp.not_(exp.Is(this=column, expression=exp.null()))
    if condition.operator in {Operator.IN, Operator.NOT_IN}:
        found = exp.In(this=column, expressions=[literal_expression(v) for v in condition.values])
        return found if condition.operator is Operator.IN else exp.not_(found)
    return _COMPARE[condition.operator](
        this=column, expression=literal_expression(condition.values[0])
    )
