"""What every name in a statement stands for, and whether it may be read.

Written here and not with sqlglot's `qualify`, which is made to rewrite queries that are right: it
lets pass what it does not know. Here a name that is not surely something readable is an issue.

A sensitive column is refused where it is named on its relation, whatever happens to it there; so
what subqueries give out is clean, and nothing has to be traced upwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import prod

from sqlglot import exp

from translator.guard import issues as say
from translator.guard.access import Access
from translator.guard.functions import AGGREGATES, NAMED_AGGREGATES
from translator.guard.joins import Connections, connected_aliases
from translator.guard.relations import ReadableRelation, Relations
from translator.guard.sources import Rows, Scope
from translator.guard.syntax import SERIES, series_length
from translator.query import QueryIssue

# Columns that every table has without naming them: where its rows are, and who wrote them.
_SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid", "rowid"})
_SOURCES = frozenset({"with_", "from_", "joins", "laterals"})
_FIRST = frozenset({"expressions", "distinct", "where"})


class NameCheck:
    """One statement's names. `issues` grow while it reads; `read` are relations with columns."""

    def __init__(self, relations: Relations, access: Access) -> None:
        """Nothing is read yet."""
        self._relations = relations
        self._access = access
        self.issues: list[QueryIssue] = []
        self.read: dict[str, set[str]] = {}

    def query(self, node: exp.Expr, ctes: Mapping[str, Rows], outer: Scope | None = None) -> Rows:
        """Check a query and tell what rows it gives."""
        ctes = self._with(node, ctes, outer)
        if isinstance(node, exp.Select):
            return self._select(node, ctes, outer)
        if isinstance(node, exp.SetOperation):
            first = self.query(node.this, ctes, outer)
            second = self.query(node.expression, ctes, outer)
            union = isinstance(node, exp.Union)
            sizes = [r.most for r in ((first, second) if union else (first,))]
            known = [size for size in sizes if size is not None]
            most = sum(known) if len(known) == len(sizes) else None
            return self._ordered(node, Rows(first.columns, first.complete, most), ctes, outer)
        if isinstance(node, exp.Subquery):
            return self._ordered(node, self.query(node.this, ctes, outer), ctes, outer)
        if isinstance(node, exp.Values):
            return self._values(node, Scope(ctes, outer))
        self._unsupported(node)
        return Rows(complete=False)

    def _with(
        self, node: exp.Expr, ctes: Mapping[str, Rows], outer: Scope | None
    ) -> Mapping[str, Rows]:
        clause = node.args.get("with_")
        if clause is None:
            return ctes
        known = dict(ctes)
        for cte in clause.expressions:
            rows = self.query(cte.this, known, outer)
            alias = cte.args["alias"]
            known[self._relations.folded(alias.this)] = self._aliased(rows, alias)
        return known

    def _ordered(
        self, node: exp.Expr, rows: Rows, ctes: Mapping[str, Rows], outer: Scope | None
    ) -> Rows:
        """ORDER BY and LIMIT over a whole query, which see its columns."""
        scope = Scope(ctes, outer, {"": rows})
        for key in ("order", "limit", "offset"):
            if node.args.get(key) is not None:
                self._expression(node.args[key], scope)
        return Rows(rows.columns, rows.complete, _least(rows.most, _limit(node)))

    def _select(self, node: exp.Select, ctes: Mapping[str, Rows], outer: Scope | None) -> Rows:
        scope = Scope(ctes, outer)
        connections = Connections()
        if node.args.get("from_") is not None:
            connections.add(self._source(node.args["from_"].this, scope))
        for join in node.args.get("joins") or ():
            self._join(join, scope, connections)
        for lateral in node.args.get("laterals") or ():
            self._connected_source(lateral, scope, connections)
        where = node.args.get("where")
        if where is not None:
            for group in connected_aliases(where.this, scope, self._relations.folded):
                connections.connect(group)
        self.issues.extend(connections.issues(scope))
        columns, complete = self._outputs(node, scope)
        aliases = frozenset(
            self._relations.folded(e.args["alias"])
            for e in node.expressions
            if isinstance(e.args.get("alias"), exp.Identifier)
        )
        # DuckDB lets the other columns and WHERE use an alias, Postgres only what comes after.
        scope.outputs = aliases if self._relations.folds_quoted else frozenset()
        self._clauses(node, _FIRST, scope)
        scope.outputs = aliases
        self._clauses(node, node.args.keys() - _SOURCES - _FIRST, scope)
        return Rows(columns, complete, _most(node, scope))

    def _clauses(self, node: exp.Select, keys: Iterable[str], scope: Scope) -> None:
        for key in sorted(keys):
            value = node.args.get(key)
            for part in value if isinstance(value, list) else (value,):
                if isinstance(part, exp.Expr):
                    self._expression(part, scope)

    def _join(self, join: exp.Expr, scope: Scope, connections: Connections) -> None:
        before = tuple(scope.sources)
        alias = self._connected_source(join.this, scope, connections)
        condition = join.args.get("on")
        if condition is not None:
            self._expression(condition, scope)
            for group in connected_aliases(condition, scope, self._relations.folded):
                connections.connect(group)
        for name in join.args.get("using") or ():
            identifier = name.this if isinstance(name, exp.Column) else name
            for side in (alias, *before):
                self._marked(identifier.name, scope.sources[side])
            self._name(identifier, Scope(scope.ctes, None, {alias: scope.sources[alias]}), "")
            holders = [a for a in scope.aliases_with(identifier.name.lower()) if a != alias]
            connections.connect((alias, *holders))

    def _connected_source(self, node: exp.Expr, scope: Scope, connections: Connections) -> str:
        """A source beside others; one that reads their columns is connected with them."""
        before = tuple(scope.sources)
        scope.touched = False
        alias = self._source(node, scope)
        connections.add(alias)
        if scope.touched:
            connections.connect((alias, *before[:1]))
        return alias

    def _source(self, node: exp.Expr, scope: Scope) -> str:
        """Add a table, subquery or function to the scope; its alias there."""
        alias = node.args.get("alias")
        if isinstance(node, exp.Table) and isinstance(node.this, SERIES):
            rows = Rows((_alias_name(node), "generate_series"), True, series_length(node.this))
            self._inner(node.this, scope)
        elif isinstance(node, exp.Table):
            rows = self._table(node, scope)
            if alias is not None and alias.args.get("columns"):
                self._add("unsupported", f"'{node.name}' gets new column names: rename in SELECT.")
        elif isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query | exp.Values):
            rows = self.query(node, scope.ctes, scope.outer)
        elif isinstance(node, exp.Lateral) and isinstance(node.this, exp.Subquery):
            rows = self.query(node.this, scope.ctes, scope)
        elif isinstance(node, exp.Values):
            rows = self._values(node, Scope(scope.ctes, scope.outer))
        elif isinstance(node, exp.Unnest):
            rows = self._unnest(node, scope)
        else:
            self._unsupported(node)
            rows = Rows(complete=False)
        key = self._relations.folded(alias.this) if alias is not None and alias.this else ""
        if not key and isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            key = self._relations.folded(node.this)
        key = key or f"#{len(scope.sources)}"
        if key in scope.sources:
            self._add("duplicate_alias", f"Two tables are called '{key}': give each an alias.")
            key = f"{key}#{len(scope.sources)}"
        scope.sources[key] = self._aliased(rows, alias)
        return key

    def _table(self, table: exp.Table, scope: Scope) -> Rows:
        if not table.args.get("db"):
            cte = scope.ctes.get(self._relations.folded(table.this))
            if cte is not None:
                return cte
            visible = (*scope.ctes, *self._readable())
            self.issues.append(say.unknown_relation(table, self._relations, visible))
            return Rows(complete=False)
        found = self._relations.find(table)
        if found is None:
            self.issues.append(say.unknown_relation(table, self._relations, self._readable()))
            return Rows(complete=False)
        denial = self._access.denial(found.model)
        if denial is not None:
            self._add("private_model", f"'{found.model.name}' {denial}.")
        self.read.setdefault(found.model.name, set())
        complete = found.complete and not self._access.governed
        return Rows(tuple(sorted(found.columns)), complete, None, found)

    def _readable(self) -> Iterator[str]:
        for relation in self._relations:
            if self._access.denial(relation.model) is None:
                yield relation.model.name

    def _values(self, node: exp.Values, scope: Scope) -> Rows:
        for row in node.expressions:
            self._expression(row, scope)
        width = len(node.expressions[0].expressions) if node.expressions else 0
        names = tuple(f"column{i + 1}" for i in range(width))
        return self._aliased(Rows(names, True, len(node.expressions)), node.args.get("alias"))

    def _unnest(self, node: exp.Unnest, scope: Scope) -> Rows:
        self._inner(node, scope)
        lengths = [len(e.expressions) for e in node.expressions if isinstance(e, exp.Array)]
        most = max(lengths) if len(lengths) == len(node.expressions) else None
        offset = node.args.get("offset")
        more = (offset.name.lower(),) if isinstance(offset, exp.Identifier) else ("ordinality",)
        return Rows((_alias_name(node), "unnest", *more), True, most)

    def _inner(self, node: exp.Expr, scope: Scope) -> None:
        """Arguments of a function after FROM, which see the sources before it."""
        inner = Scope(scope.ctes, scope)
        for value in node.args.values():
            for part in value if isinstance(value, list) else (value,):
                if isinstance(part, exp.Expr) and not isinstance(part, exp.TableAlias):
                    self._expression(part, inner)

    def _aliased(self, rows: Rows, alias: exp.Expr | None) -> Rows:
        """The rows under an alias that may rename columns."""
        names = alias.args.get("columns") if alias is not None else None
        if not names or rows.relation is not None:
            return rows
        renamed = tuple(c.name.lower() for c in names)
        # What is not renamed keeps its name; a function's alias is no column then.
        rest = rows.columns[len(renamed) :]
        return Rows((*renamed, *rest), rows.complete, rows.most)

    def _outputs(self, node: exp.Select, scope: Scope) -> tuple[tuple[str, ...], bool]:
        """Names of the output columns in lower case, and whether these are all."""
        names: list[str] = []
        complete = True
        for item in node.expressions:
            if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and item.is_star):
                for rows in self._starred(item, scope):
                    names.extend(rows.columns)
                    complete = complete and rows.complete
            else:
                names.append(item.output_name.lower())
                complete = complete and bool(item.output_name)
        return tuple(names), complete

    def _starred(self, item: exp.Expr, scope: Scope) -> Iterator[Rows]:
        if isinstance(item, exp.Column):
            rows = scope.sources.get(self._relations.folded(item.args["table"]))
            if rows is None:
                self._add("unknown_table", f"'{item.text('table')}' is no table of this query.")
            sources: tuple[Rows, ...] = (rows,) if rows is not None else ()
        else:
            sources = tuple(scope.sources.values())
        for rows in sources:
            if rows.relation is not None:
                if rows.sensitive:
                    self.issues.append(say.sensitive_star(rows.relation, rows.columns))
                self.read[rows.relation.model.name].update(rows.columns)
            yield rows

    def _expression(self, node: exp.Expr, scope: Scope) -> None:
        for part in node.walk(prune=lambda n: isinstance(n, exp.Query | exp.Column)):
            if isinstance(part, exp.Query):
                self.query(part, scope.ctes, scope)
            elif isinstance(part, exp.Column) and isinstance(part.this, exp.Identifier):
                self._column(part, scope)
            elif isinstance(part, exp.Table):
                self._unsupported(part)

    def _column(self, column: exp.Column, scope: Scope) -> None:
        table = column.args.get("table")
        if table is None:
            if _names_output(column) and self._relations.folded(column.this) in scope.outputs:
                return  # whatever the name: who orders by an alias reads what it stands for
            self._name(column.this, scope, "")
            return
        rows = scope.source(self._relations.folded(table))
        if rows is None:
            self._add("unknown_table", f"'{table.name}' is no table of this query.")
            return
        self._name(column.this, Scope(scope.ctes, None, {table.name: rows}), table.name)

    def _name(self, identifier: exp.Identifier, scope: Scope, table: str) -> None:
        """A column by its name alone, looked for here and then further out."""
        name = identifier.name
        key, folded = name.lower(), self._relations.folded(identifier)
        maybe: list[Rows] = []
        found = False
        for level in _levels(scope):
            for rows in level.sources.values():
                if self._marked(name, rows):
                    return
            sure = [rows for rows in level.sources.values() if rows.has(key)]
            is_alias = folded in level.outputs and key not in {a.lower() for a in level.sources}
            if sure or is_alias:
                found = True
                level.touched = level.touched or level is not scope
                for rows in sure:
                    if rows.relation is not None:
                        self.read[rows.relation.model.name].add(key)
                if folded == key:
                    return
                # Written in another case it may be another column, of a query around this one.
            maybe += [rows for rows in level.sources.values() if not rows.complete]
        if not found:
            self._unsure(name, scope, table, maybe)

    def _unsure(self, name: str, scope: Scope, table: str, maybe: list[Rows]) -> None:
        """A name that nothing is known to have."""
        key = name.lower()
        if not table and any(key == a.lower() for a in _aliases(scope)):
            self._add("whole_row", f"'{name}' reads a row as one value: name the columns instead.")
        elif key in _SYSTEM_COLUMNS:
            self._add("system_column", f"'{name}' is a column of the system: leave it out.")
        elif not maybe:
            columns = {c for s in _levels(scope) for r in s.sources.values() for c in r.columns}
            hidden = {c for s in _levels(scope) for r in s.sources.values() for c in r.sensitive}
            self.issues.append(say.unknown_column(name, table, sorted(columns - hidden)))
        else:
            for rows in maybe:
                if rows.relation is None:
                    continue
                if rows.sensitive and not self._is_governed(key, rows.relation):
                    self.issues.append(say.undocumented_column(name, rows.relation))
                    return
                self.read[rows.relation.model.name].add(key)

    def _is_governed(self, column: str, relation: ReadableRelation) -> bool:
        """Whether the project's own metrics and dimensions read the column."""
        if not self._access.governed:
            return False
        return column in self._relations.expression_columns.get(relation.model.name, ())

    def _marked(self, name: str, rows: Rows) -> bool:
        """Whether the name is a sensitive column of these rows; then it is an issue."""
        if rows.relation is None or name.lower() not in rows.sensitive:
            return False
        self.issues.append(say.sensitive_column(name, rows.relation))
        return True

    def _unsupported(self, node: exp.Expr) -> None:
        self._add("unsupported", f"The SQL has a part that is not allowed here: {node.key}.")

    def _add(self, kind: str, message: str) -> None:
        self.issues.append(QueryIssue(kind, message))


def _names_output(column: exp.Column) -> bool:
    """Whether a bare name stands in ORDER BY, where output columns come before those of tables."""
    ordered = column.parent
    order = ordered.parent if isinstance(ordered, exp.Ordered) else None
    return isinstance(order, exp.Order) and isinstance(order.parent, exp.Query)


def _levels(scope: Scope) -> Iterator[Scope]:
    level: Scope | None = scope
    while level is not None:
        yield level
        level = level.outer


def _aliases(scope: Scope) -> Iterator[str]:
    for level in _levels(scope):
        yield from level.sources


def _alias_name(node: exp.Expr) -> str:
    return str(node.alias).lower()


def _most(node: exp.Select, scope: Scope) -> int | None:
    """A bound of the rows: one for aggregates over all, else by the sources and the limit."""
    most: int | None
    if not scope.sources or node.args.get("group") is None and _aggregates(node):
        most = 1
    elif node.args.get("group") is not None:
        most = None
    else:
        sizes = [rows.most for rows in scope.sources.values()]
        known = [size for size in sizes if size is not None]
        most = prod(known) if len(known) == len(sizes) else None
    return _least(most, _limit(node))


def _aggregates(node: exp.Select) -> bool:
    having = node.args.get("having")
    for item in (*node.expressions, *((having,) if having is not None else ())):
        for part in item.walk(prune=lambda n: isinstance(n, exp.Query)):
            aggregate = isinstance(part, AGGREGATES) or (
                isinstance(part, exp.Anonymous) and part.name.lower() in NAMED_AGGREGATES
            )
            if aggregate and not _is_windowed(part):
                return True
    return False


def _is_windowed(aggregate: exp.Expr) -> bool:
    """Whether an aggregate has OVER, directly or behind FILTER, WITHIN GROUP, IGNORE NULLS."""
    node = aggregate
    while node.parent is not None and node.arg_key == "this":
        node = node.parent
        if isinstance(node, exp.Window):
            return True
        if not isinstance(node, exp.Filter | exp.WithinGroup | exp.IgnoreNulls | exp.RespectNulls):
            return False
    return False


def _limit(node: exp.Expr) -> int | None:
    limit = node.args.get("limit")
    count = (limit.args.get("expression") or limit.args.get("count")) if limit is not None else None
    if isinstance(count, exp.Literal) and not count.is_string and count.name.isdigit():
        return int(count.name[:12])
    return None


def _least(*sizes: int | None) -> int | None:
    return min((size for size in sizes if size is not None), default=None)
