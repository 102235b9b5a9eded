"""A relational query as SQL over models: a tree of typed parts, fan-out safe by construction.

Only steps to the one row that a row belongs to are joined. Rows of other models are tested with
EXISTS, or counted by key in a subquery before they are joined, so that nothing is ever repeated.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from semantic.catalog import SemanticCatalog
from translator.checks.sql import expression, table
from translator.compile.conditions import condition
from translator.compile.identifiers import identifier
from translator.compile.literals import literal_expression
from translator.compile.refs import dbt_form
from translator.plan import ModelQuery
from translator.planning.embedded.relational.query import (
    Aggregate,
    AggregateKind,
    Attribute,
    Condition,
    Existence,
    Period,
    Rank,
    RelationalQuery,
    RowColumn,
    Step,
)
from translator.planning.embedded.relational.rows import Rows
from translator.query import Operator

_SECONDS_A_DAY = 86_400
_FUNCTIONS: dict[AggregateKind, type[exp.Func]] = {
    AggregateKind.AVERAGE: exp.Avg,
    AggregateKind.MIN: exp.Min,
    AggregateKind.MAX: exp.Max,
}


def write_sql(
    query: RelationalQuery, description: str, catalog: SemanticCatalog, rows: Rows
) -> ModelQuery:
    """The query over `ref()`s.

    Raises:
        QueryError: a value cannot be written safely.
    """
    tree = _Writer(catalog, rows).query(query)
    return ModelQuery(dbt_form(tree, catalog, catalog.adapter_type), description)


class _Names:
    """Names that are used once."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def free(self, *wanted: str) -> str:
        """The first of `wanted` that is free, else the last with a number."""
        for name in wanted:
            if name.lower() not in self._used:
                break
        else:
            number = 2
            while f"{wanted[-1]}_{number}".lower() in self._used:
                number += 1
            name = f"{wanted[-1]}_{number}"
        self._used.add(name.lower())
        return name


class _Source:
    """Rows of a model and, joined to them, the rows that they belong to."""

    def __init__(self, writer: _Writer, model: str) -> None:
        self._writer = writer
        self.alias = writer.names.free(model)
        self._aliases: dict[tuple[Step, ...], str] = {(): self.alias}
        self.select = exp.Select().from_(writer.table(model, self.alias), copy=False)

    def attribute(self, attribute: Attribute, join_type: str = "left") -> exp.Expr:
        """A column of the row, or of one it belongs to, which is joined if it was not yet."""
        return self._writer.column(attribute.column, self.alias_of(attribute.path, join_type))

    def alias_of(self, path: tuple[Step, ...], join_type: str = "left") -> str:
        """The alias of the row at the end of a path."""
        if path in self._aliases:
            return self._aliases[path]
        step = path[-1]
        before = self.alias_of(path[:-1], join_type)
        alias = self._writer.names.free(step.parent)
        same = exp.EQ(
            this=self._writer.column(step.child_column, before),
            expression=self._writer.column(step.parent_column, alias),
        )
        self.select.join(
            self._writer.table(step.parent, alias), on=same, join_type=join_type, copy=False
        )
        self._aliases[path] = alias
        return alias

    def where(self, *conditions: exp.Expr) -> None:
        """Keep only rows that meet them."""
        for one in conditions:
            self.select.where(one, copy=False)


class _Writer:
    """Writes one query."""

    def __init__(self, catalog: SemanticCatalog, rows: Rows) -> None:
        self.catalog = catalog
        self.rows = rows
        self.dialect = catalog.adapter_type
        self.names = _Names()

    def table(self, model: str, alias: str) -> exp.Table:
        found = table(self.catalog.models[model])
        found.set("alias", exp.TableAlias(this=identifier(alias, self.dialect)))
        return found

    def column(self, column: RowColumn, alias: str) -> exp.Expr:
        owner = identifier(alias, self.dialect)
        if column.expr is None:
            return exp.Column(this=self._name(column), table=owner)
        tree = expression(column.expr, self.dialect)
        for inner in list(tree.find_all(exp.Column)):
            inner.set("table", owner.copy())
        return exp.Paren(this=tree)

    def _name(self, column: RowColumn) -> exp.Identifier:
        # What YAML writes with capitals is `orderid` in the warehouse unless it says `quote: true`.
        plain = column.column.replace("_", "a").isalnum() and column.column.isascii()
        if plain and not column.quoted and not column.column[0].isdigit():
            return (
                identifier(column.column.lower(), self.dialect)
                if self._folds()
                else (exp.to_identifier(column.column))
            )
        return exp.to_identifier(column.column, quoted=True)

    def _folds(self) -> bool:
        return self.dialect in {"postgres", "duckdb", "redshift"}

    def query(self, query: RelationalQuery) -> exp.Select:
        source = _Source(self, query.subject)
        counted = self._restrict(source, query)
        if query.aggregate is not None:
            return self._aggregate(source, query, query.aggregate)
        outputs = _Names()
        shown: list[tuple[exp.Expr, str]] = []
        for attribute in dict.fromkeys(query.attributes):
            name = attribute.column.name.lower()
            owner = attribute.path[-1].parent if attribute.path else query.subject
            shown.append((source.attribute(attribute), outputs.free(name, f"{owner}_{name}")))
        for tree, model in counted:
            shown.append((tree, outputs.free(self._count_name(model))))
        for tree, name in shown:
            source.select.select(self._aliased(tree.copy(), name), copy=False)
        if query.rank is not None:
            return self._ranked(source, query.rank, [name for _, name in shown], outputs)
        for sort in query.sort:
            source.select.order_by(
                _ordered(source.attribute(sort.attribute), sort.descending), copy=False
            )
        if not query.sort and shown:
            source.select.order_by(exp.Literal.number(1), copy=False)
        return source.select

    def _restrict(self, source: _Source, query: RelationalQuery) -> list[tuple[exp.Expr, str]]:
        """Put every condition on the rows; gives counts of related rows, to be shown."""
        self._conditions(source, query.conditions, query.periods)
        counted = []
        for existence in query.existences:
            if existence.is_test:
                source.where(self._exists(source, existence))
                continue
            number = self._counted(source, existence)
            value = literal_expression(existence.count)
            source.where(condition(number, existence.operator, [value]))
            counted.append((number, existence.model))
        return counted

    def _conditions(
        self,
        source: _Source,
        conditions: Iterable[Condition],
        periods: Iterable[Period],
        join_type: str = "left",
    ) -> None:
        for one in conditions:
            values = [literal_expression(v) for v in one.values]
            source.where(
                condition(source.attribute(one.attribute, join_type), one.operator, values)
            )
        for period in periods:
            subject = source.attribute(period.attribute, join_type)
            if period.start is not None:
                source.where(
                    condition(subject.copy(), Operator.GE, [literal_expression(period.start)])
                )
            if period.end is not None:
                source.where(
                    condition(subject.copy(), Operator.LT, [literal_expression(period.end)])
                )

    def _related(self, existence: Existence) -> tuple[_Source, exp.Expr]:
        """Rows of the other model, and the column that says which row they belong to."""
        related = _Source(self, existence.model)
        last = existence.path[-1]
        alias = related.alias_of(existence.path[:-1], "inner")
        self._conditions(related, existence.conditions, existence.periods, "left")
        return related, self.column(last.child_column, alias)

    def _exists(self, source: _Source, existence: Existence) -> exp.Expr:
        related, key = self._related(existence)
        own = self.column(existence.path[-1].parent_column, source.alias)
        related.select.select(exp.Literal.number(1), copy=False)
        related.where(exp.EQ(this=key, expression=own))
        tree: exp.Expr = exp.Exists(this=related.select)
        return exp.Not(this=tree) if existence.wants_none else tree

    def _counted(self, source: _Source, existence: Existence) -> exp.Expr:
        """The number of related rows, counted by key before it is joined."""
        related, key = self._related(existence)
        related.select.select(self._aliased(key.copy(), "belongs_to"), copy=False)
        related.select.select(self._aliased(exp.Count(this=exp.Star()), "row_count"), copy=False)
        related.select.group_by(key, copy=False)
        alias = self.names.free(f"counted_{existence.model}")
        same = exp.EQ(
            this=self.column(existence.path[-1].parent_column, source.alias),
            expression=self._of("belongs_to", alias),
        )
        source.select.join(
            exp.Subquery(
                this=related.select,
                alias=exp.TableAlias(this=identifier(alias, self.dialect)),
            ),
            on=same,
            join_type="left",
            copy=False,
        )
        return exp.Coalesce(this=self._of("row_count", alias), expressions=[exp.Literal.number(0)])

    def _aggregate(
        self, source: _Source, query: RelationalQuery, aggregate: Aggregate
    ) -> exp.Select:
        outputs = _Names()
        for attribute in query.group_by:
            tree = source.attribute(attribute)
            name = outputs.free(attribute.column.name.lower())
            source.select.select(self._aliased(tree.copy(), name), copy=False)
            source.select.group_by(tree, copy=False)
        figure, name = self._figure(source, query, aggregate)
        source.select.select(self._aliased(figure, outputs.free(name)), copy=False)
        if query.group_by:
            order = figure.copy()
            source.select.order_by(_ordered(order, True), copy=False)
        return source.select

    def _figure(
        self, source: _Source, query: RelationalQuery, aggregate: Aggregate
    ) -> tuple[exp.Expr, str]:
        if aggregate.attribute is None:
            return exp.Count(this=exp.Star()), self._count_name(query.subject)
        value = source.attribute(aggregate.attribute)
        name = f"{aggregate.kind.value}_{aggregate.attribute.column.name.lower()}"
        if aggregate.since is not None:
            value = _days(source.attribute(aggregate.since), value)
            name = f"{aggregate.kind.value}_days"
        return _FUNCTIONS[aggregate.kind](this=value), name

    def _ranked(self, source: _Source, rank: Rank, shown: list[str], outputs: _Names) -> exp.Select:
        """The first rows by position; those that share one are all kept: none is chosen blindly."""
        order = source.attribute(rank.order)
        source.where(exp.Not(this=exp.Is(this=order.copy(), expression=exp.Null())))
        position = outputs.free("position")
        window = exp.Window(
            this=exp.Rank(),
            partition_by=[source.attribute(a) for a in rank.per] or None,
            order=exp.Order(expressions=[_ordered(order, rank.descending)]),
        )
        source.select.select(self._aliased(window, position), copy=False)
        alias = self.names.free("ranked")
        outer = exp.Select().from_(
            exp.Subquery(
                this=source.select, alias=exp.TableAlias(this=identifier(alias, self.dialect))
            ),
            copy=False,
        )
        for name in shown:
            outer.select(self._of(name, alias), copy=False)
        outer.where(
            condition(self._of(position, alias), Operator.LE, [exp.Literal.number(rank.limit)]),
            copy=False,
        )
        first = shown[0] if rank.per and shown else position
        return outer.order_by(self._of(first, alias), copy=False)

    def _count_name(self, model: str) -> str:
        return f"{self.rows.picture.semantic_models[model].primary_entity}_count"

    def _of(self, name: str, alias: str) -> exp.Column:
        return exp.Column(
            this=identifier(name, self.dialect), table=identifier(alias, self.dialect)
        )

    def _aliased(self, tree: exp.Expr, name: str) -> exp.Expr:
        return exp.Alias(this=tree, alias=identifier(name, self.dialect))


def _ordered(tree: exp.Expr, descending: bool) -> exp.Ordered:
    # Rows without a value come last either way.
    return exp.Ordered(this=tree, desc=descending, nulls_first=False)


def _days(start: exp.Expr, end: exp.Expr) -> exp.Expr:
    """Days between two points in time, with fractions."""
    between = exp.Paren(
        this=exp.Sub(
            this=exp.Cast(this=end, to=exp.DataType.build("timestamp")),
            expression=exp.Cast(this=start, to=exp.DataType.build("timestamp")),
        )
    )
    return exp.Div(
        this=exp.Extract(this=exp.var("EPOCH"), expression=between),
        expression=exp.Literal.number(_SECONDS_A_DAY),
    )
