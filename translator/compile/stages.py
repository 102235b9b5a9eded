"""A query built in stages: each a common table expression over the one before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp

from translator.compile.identifiers import aliased, column, identifier
from translator.query import OrderByItem


class Stages:
    """Named stages and the tables beside them; the last stage is the query itself."""

    def __init__(self, dialect: str) -> None:
        """Start without any."""
        self.dialect = dialect
        self._tables: list[tuple[str, exp.Query]] = []
        self._last: tuple[str, exp.Query] | None = None
        self.columns: tuple[str, ...] = ()

    def add(self, name: str, tree: exp.Query, columns: Iterable[str]) -> None:
        """Put a stage over the ones before."""
        if self._last is not None:
            self._tables.append(self._last)
        self._last = (name, tree)
        self.columns = tuple(columns)

    def beside(self, name: str, tree: exp.Query) -> str:
        """Put a table beside the stages, for the next one to join; its name."""
        self._tables.append((name, tree))
        return name

    @property
    def name(self) -> str:
        """The last stage's name."""
        assert self._last is not None
        return self._last[0]

    def column(self, name: str) -> exp.Column:
        """A column of the last stage."""
        return column(name, self.name, self.dialect)

    def select(
        self, columns: Iterable[str], expressions: Mapping[str, exp.Expr] | None = None
    ) -> exp.Select:
        """From the last stage: `columns`, those in `expressions` computed."""
        table = exp.Table(this=identifier(self.name, self.dialect))
        return with_columns(exp.select().from_(table), self, columns, expressions or {})

    def finish(self, order_by: Iterable[OrderByItem], limit: int | None) -> exp.Query:
        """The whole query, ordered and limited."""
        assert self._last is not None
        tree = self._last[1]
        for item in order_by:
            ordered = exp.Ordered(
                this=column(item.name, None, self.dialect), desc=item.descending, nulls_first=False
            )
            tree = tree.order_by(ordered, copy=False)
        if limit is not None:
            tree = tree.limit(limit, copy=False)
        for name, table in reversed(self._tables):
            # Before any table that MetricFlow's own query defines, as those may not know these.
            tree = _with_first(tree, identifier(name, self.dialect), table)
        return tree


def with_columns(
    select: exp.Select,
    stages: Stages,
    columns: Iterable[str],
    expressions: Mapping[str, exp.Expr],
) -> exp.Select:
    """Add output columns to a select over the last stage."""
    for name in columns:
        value = expressions.get(name)
        tree = stages.column(name) if value is None else value
        select = select.select(aliased(tree, name, stages.dialect), copy=False)
    return select


def _with_first(tree: exp.Query, name: exp.Identifier, table: exp.Query) -> exp.Query:
    cte = exp.CTE(this=table, alias=exp.TableAlias(this=name))
    found = tree.args.get("with_")
    if found is None:
        tree.set("with_", exp.With(expressions=[cte]))
    else:
        found.set("expressions", [cte, *found.expressions])
    return tree
