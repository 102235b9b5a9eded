"""The rows of a metric query before any calculation: MetricFlow's SQL as a tree.

MetricFlow plans most queries in one piece. What it cannot plan, or plans wrongly, is cut here into
pieces that it plans right:

- a metric that accumulates or looks back has no value without a time: a query without a time gets
  its value at the end of the range, or over the one period that the range is;
- metrics that MetricFlow does not join are planned one by one and joined here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic.catalog import SemanticCatalog
from semantic.errors import QueryError
from translator.compile.identifiers import aliased, column, identifier, quote_keywords
from translator.compile.metricflow import MetricFlowCompiler
from translator.compile.periods import CALENDAR_GRAINS, period_start, starts_period, whole_period
from translator.compile.traits import finest_grain, is_cumulative, is_windowed, offset_grains
from translator.compile.where import entity_filter_text, time_range_texts, where_text
from translator.elements import metric_elements
from translator.query import (
    METRIC_TIME,
    GroupByItem,
    MetricFilter,
    QueryIssue,
    TimeRange,
    WhereFilter,
)


@dataclass(frozen=True)
class RowsRequest:
    """Metrics by group, over filtered rows of a range of time."""

    metrics: tuple[str, ...]
    group_by: tuple[GroupByItem, ...] = ()
    where: tuple[WhereFilter, ...] = ()
    entity_filters: tuple[MetricFilter, ...] = ()
    time_range: TimeRange | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the output, in order."""
        return (*(g.qualified_name for g in self.group_by), *self.metrics)


@dataclass(frozen=True)
class _Part:
    """Metrics that MetricFlow plans together. `hidden` is grouped by and then left out."""

    request: RowsRequest
    hidden: GroupByItem | None = None


class MetricRows:
    """Makes the rows of metric queries over one catalog."""

    def __init__(self, catalog: SemanticCatalog, metricflow: MetricFlowCompiler) -> None:
        """Keep both."""
        self._catalog = catalog
        self._metricflow = metricflow
        self._dialect = catalog.adapter_type

    def rows(self, request: RowsRequest) -> exp.Query:
        """A query with the columns of `request`, one row a group.

        Raises:
            QueryError: it cannot be expressed; issues say why.
        """
        trees = []
        for part in self._parts(request):
            try:
                trees.append((part.request.metrics, self._plan(part)))
            except QueryError:
                metrics = part.request.metrics
                if len(metrics) == 1:
                    raise
                for metric in metrics:
                    alone = replace(part, request=replace(part.request, metrics=(metric,)))
                    trees.append(((metric,), self._plan(alone)))
        if len(trees) == 1:
            return in_order(trees[0][1], request.columns, self._dialect)
        return self._join(request, trees)

    def _parts(self, request: RowsRequest) -> list[_Part]:
        groups: dict[tuple[TimeRange | None, GroupByItem | None], list[str]] = {}
        for metric in request.metrics:
            groups.setdefault(self._way(metric, request), []).append(metric)
        return [
            _Part(replace(request, metrics=tuple(metrics), time_range=time_range), hidden)
            for (time_range, hidden), metrics in groups.items()
        ]

    def _way(
        self, metric: str, request: RowsRequest
    ) -> tuple[TimeRange | None, GroupByItem | None]:
        """The range of rows to ask MetricFlow for, and the time to group by unseen, if any."""
        time_range = self._whole_rows(metric, request)
        if self._has_time(metric, request.group_by):
            return time_range, None
        grains = offset_grains(metric, self._catalog)
        if grains:
            return time_range, replace(METRIC_TIME, grain=self._one_period(metric, request, grains))
        if not is_cumulative(metric, self._catalog):
            return time_range, None
        if time_range is None or time_range.end is None:
            if time_range is None and not is_windowed(metric, self._catalog):
                return None, None
            raise _refusal(
                "missing_time",
                f"'{metric}' accumulates over time: it needs a period that ends, or a time grain.",
                "Ask up to a day, or by month.",
            )
        grain = finest_grain(metric, self._catalog)
        last = period_start(time_range.end - timedelta(days=1), grain)
        return TimeRange(last, time_range.end), replace(METRIC_TIME, grain=grain)

    def _whole_rows(self, metric: str, request: RowsRequest) -> TimeRange | None:
        """The range, with the period that its start cuts where rows are coarser than days."""
        time_range = request.time_range
        if time_range is None or time_range.start is None:
            return time_range
        grain = finest_grain(metric, self._catalog)
        return replace(time_range, start=period_start(time_range.start, grain))

    def _has_time(self, metric: str, group_by: Iterable[GroupByItem]) -> bool:
        own = self._catalog.metrics[metric].time_dimension
        elements = metric_elements((metric,), self._catalog)
        for item in group_by:
            element = elements.get(item.element_name)
            if item.grain is None or element is None:
                continue
            if element.dimension is None or element.dimension.key == own:
                return True
        return False

    def _one_period(self, metric: str, request: RowsRequest, offsets: Sequence[str]) -> str:
        """The grain of which the range is one period, no coarser than the metric looks back."""
        for grain in reversed(CALENDAR_GRAINS[: CALENDAR_GRAINS.index(offsets[0]) + 1]):
            if whole_period(request.time_range, grain):
                return grain
        raise _refusal(
            "missing_time",
            f"'{metric}' compares one {offsets[0]} with another: it needs a time grain, or exactly "
            f"one {offsets[0]} as its period.",
            f"Ask by {offsets[0]}, or for one {offsets[0]}.",
        )

    def _plan(self, part: _Part) -> exp.Query:
        request = part.request
        elements = metric_elements(request.metrics, self._catalog)
        where = [where_text(w, elements, self._dialect) for w in request.where]
        where += [
            entity_filter_text(f, self._catalog, self._dialect) for f in request.entity_filters
        ]
        where += time_range_texts(request.time_range, self._range_grain(request), self._dialect)
        group_by = (*request.group_by, *((part.hidden,) if part.hidden else ()))
        tree = self._parse(self._metricflow.sql(request.metrics, group_by, where))
        return self._without_hidden(tree, request) if part.hidden else tree

    def _range_grain(self, request: RowsRequest) -> str:
        """The grain at which the range is compared: the finest that all metrics have.

        Raises:
            QueryError: the range cuts periods of that grain, so that the metrics are better planned
                one by one.
        """
        grains = {finest_grain(m, self._catalog) for m in request.metrics}
        coarsest = max(
            grains, key=lambda g: CALENDAR_GRAINS.index(g) if g in CALENDAR_GRAINS else 0
        )
        time_range = request.time_range
        if len(grains) > 1 and time_range is not None:
            bounds = (time_range.start, time_range.end)
            if not all(starts_period(b, coarsest) for b in bounds):
                raise QueryError("These metrics have different times.")
        return coarsest

    def _parse(self, sql: str) -> exp.Query:
        try:
            tree = sqlglot.parse_one(sql, dialect=self._dialect)
        except SqlglotError as error:
            raise _refusal(
                "unreadable_sql",
                f"The project's SQL cannot be read: {str(error).splitlines()[0]}",
                "Simplify the expr of the measures and dimensions that the query uses.",
            ) from None
        if not isinstance(tree, exp.Query):
            raise _refusal("unreadable_sql", "MetricFlow gave no query.", "Ask differently.")
        for node in tree.walk():
            node.pop_comments()  # MetricFlow's notes on its plan say nothing to a reader of SQL
        quote_keywords(tree, self._dialect)
        return tree

    def _without_hidden(self, tree: exp.Query, request: RowsRequest) -> exp.Query:
        """The rows without the hidden time; as it has one value only, groups stay apart."""
        select = exp.select().from_(tree.subquery("at_one_time"))
        for name in request.columns:
            value: exp.Expr = column(name, "at_one_time", self._dialect)
            if not request.group_by:
                value = exp.Max(this=value)  # one row, also where there is none
            select = select.select(aliased(value, name, self._dialect), copy=False)
        return select

    def _join(
        self, request: RowsRequest, trees: list[tuple[tuple[str, ...], exp.Query]]
    ) -> exp.Query:
        names = [f"part_{number}" for number in range(1, len(trees) + 1)]
        metrics = [(m, name) for (ms, _), name in zip(trees, names, strict=True) for m in ms]
        by_name = dict(metrics)
        keys = [g.qualified_name for g in request.group_by]
        select, key_trees = full_join(names, keys, self._dialect)
        for key, tree in key_trees.items():
            select = select.select(aliased(tree, key, self._dialect), copy=False)
        for metric in request.metrics:
            value: exp.Expr = column(metric, by_name[metric], self._dialect)
            if keys:
                value = exp.Max(this=value)
            select = select.select(aliased(value, metric, self._dialect), copy=False)
        for name, (_, tree) in zip(names, trees, strict=True):
            select = select.with_(name, as_=tree, copy=False)
        return select


def full_join(
    names: Sequence[str], keys: Sequence[str], dialect: str
) -> tuple[exp.Select, dict[str, exp.Expr]]:
    """A full join of tables on `keys` as MetricFlow writes it, and the joined keys.

    Rows whose key is NULL find no partner in the join; the grouping brings them together, so each
    other column has to be an aggregate. (Postgres has no full join on IS NOT DISTINCT FROM.)
    """
    select = exp.select().from_(exp.Table(this=identifier(names[0], dialect)))
    key_trees: dict[str, exp.Expr] = {k: column(k, names[0], dialect) for k in keys}
    for name in names[1:]:
        table = exp.Table(this=identifier(name, dialect))
        if not keys:
            select = select.join(table, join_type="cross")
            continue
        same = [exp.EQ(this=key_trees[k].copy(), expression=column(k, name, dialect)) for k in keys]
        select = select.join(table, on=exp.and_(*same), join_type="full outer")
        for key in keys:
            found = key_trees[key]
            more = column(key, name, dialect)
            if isinstance(found, exp.Coalesce):
                key_trees[key] = exp.Coalesce(
                    this=found.this.copy(),
                    expressions=[*(e.copy() for e in found.expressions), more],
                )
            else:
                key_trees[key] = exp.Coalesce(this=found, expressions=[more])
    if keys:
        select = select.group_by(*(tree.copy() for tree in key_trees.values()))
    return select, key_trees


def in_order(tree: exp.Query, columns: Sequence[str], dialect: str) -> exp.Query:
    """The query with exactly these columns, in this order.

    Raises:
        QueryError: it lacks one.
    """
    found = {e.alias_or_name.lower(): e for e in tree.selects}
    missing = [c for c in columns if c.lower() not in found]
    if missing:
        raise _refusal(
            "metricflow", f"MetricFlow gave no column '{missing[0]}'.", "Ask differently."
        )
    if isinstance(tree, exp.Select):
        tree.set("expressions", [found[c.lower()] for c in columns])
        return tree
    select = exp.select().from_(tree.subquery("rows"))
    return select.select(*(column(c, "rows", dialect) for c in columns))


def _refusal(kind: str, message: str, hint: str) -> QueryError:
    return QueryError("The query cannot be compiled.", hint, (QueryIssue(kind, message),))
