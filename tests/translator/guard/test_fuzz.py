"""Generated statements: what the catalog allows passes, and no fault passes anywhere in a tree."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from tests.translator.guard.conftest import CATALOG
from translator.guard import AD_HOC, GOVERNED, Guard

CHECKER = Guard(CATALOG)
BOUNDED = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TABLES = {
    "analytics.customers": {
        "number": ("customer_id",), "text": ("name", "region"), "date": ("signed_up_on",),
    },
    "analytics.orders": {
        "number": ("order_id", "customer_id", "amount"), "text": ("status",),
        "date": ("ordered_on", "shipped_at"),
    },
    'analytics."Odd Names"': {"number": ('"Weird Column"', '"größe"'), "text": ('"select"',)},
}  # fmt: skip


@dataclass
class Scope:
    """FROM, with the columns it offers by kind, as they are named behind it."""

    sql: str
    columns: dict[str, list[str]]


class Writer:
    """Writes statements that a planner could write, each choice by chance."""

    def __init__(self, seed: int) -> None:
        # One draw for a whole statement: some hundred draws take longer than all else together.
        self._random = random.Random(seed)
        self._made = 0

    def statement(self) -> str:
        kind = self.one("plain", "plain", "cte", "set", "nested")
        if kind == "cte":
            columns, body = self.query(2)
            scope = Scope("made", {k: [f"made.{c}" for c in v] for k, v in columns.items()})
            materialized = self.one("", "", "materialized ", "not materialized ")
            return f"with made as {materialized}({body}) {self.query(1, scope)[1]}"
        if kind == "set":
            word = self.one("union", "union all", "intersect", "except")
            return f"{self.pair()} {word} {self.pair()}{self.one('', ' order by 1', ' limit 5')}"
        if kind == "nested":
            columns, body = self.query(2)
            return f"select count(*) as n from ({body}) as whole"
        return self.query(2)[1]

    def pair(self) -> str:
        scope = self.scope(0)
        where = self.one("", f" where {self.condition(scope, 1)}")
        return (
            f"(select {self.value(scope, 'number', 1)} as a, {self.value(scope, 'text', 1)} as b "
            f"from {scope.sql}{where})"
        )

    def query(self, depth: int, scope: Scope | None = None) -> tuple[dict[str, list[str]], str]:
        scope = scope or self.scope(depth)
        keys = [self.value(scope, kind, 1) for kind in self.one((), ("text",), ("text", "date"))]
        columns: dict[str, list[str]] = {"number": [], "text": [], "date": []}
        items = []
        if self.one(True, False):
            items = [self.aggregate(scope) for _ in range(self.one(1, 1, 2))]
            group = f" group by {', '.join(map(str, range(1, len(keys) + 1)))}" if keys else ""
            having = self.one("", f" having count(*) > 1 and {self.aggregate(scope)} > 0")
        else:
            items = [self.window(scope) if self.one(True, False) else self.number(scope, 1)]
            group = having = ""
        listed = []
        for position, (kind, sql) in enumerate(
            [*zip(("text", "date"), keys, strict=False), *[("number", item) for item in items]]
        ):
            columns[kind].append(f"c{position}")
            listed.append(f"{sql} as c{position}")
        where = self.one("", f" where {self.condition(scope, 2)}")
        order = self.one("", " order by 1", " order by 1 desc nulls last")
        limit = self.one("", " limit 10", " limit 10 offset 5")
        distinct = self.one("", "", "distinct ")
        return columns, (
            f"select {distinct}{', '.join(listed)} from {scope.sql}{where}{group}{having}"
            f"{order}{limit}"
        )

    def scope(self, depth: int) -> Scope:
        kind = self.one("table", "join", "lateral", *(["derived"] * (depth > 0)))
        if kind == "derived":
            columns, body = self.query(depth - 1)
            name = self.name()
            return Scope(
                f"({body}) as {name}",
                {k: [f"{name}.{c}" for c in v] for k, v in columns.items()},
            )
        if kind == "table":
            return self.table(self.one(*TABLES))
        one, other = self.table("analytics.orders"), self.table("analytics.customers")
        columns = {k: one.columns[k] + other.columns[k] for k in one.columns}
        key, its = one.columns["number"][1], other.columns["number"][0]
        if kind == "lateral":
            name = self.name()
            made = (
                f"select max(x.amount) as top from analytics.orders x where x.customer_id = {its}"
            )
            columns = {**other.columns, "number": [*other.columns["number"], f"{name}.top"]}
            return Scope(f"{other.sql} left join lateral ({made}) as {name} on true", columns)
        word = self.one("join", "left join", "full join")
        return Scope(f"{one.sql} {word} {other.sql} on {key} = {its}", columns)

    def table(self, table: str) -> Scope:
        name = self.name()
        columns = {
            kind: [f"{name}.{c}" for c in TABLES[table].get(kind, ())]
            for kind in ("number", "text", "date")
        }
        return Scope(f"{table} as {name}", columns)

    def aggregate(self, scope: Scope) -> str:
        call = self.one("sum", "avg", "max", "min", "count", "count distinct", "stddev", "star")
        inner = self.number(scope, 1)
        if call == "star":
            return "count(*)"
        text = f"count(distinct {inner})" if call == "count distinct" else f"{call}({inner})"
        return text + self.one("", f" filter (where {self.condition(scope, 1)})")

    def window(self, scope: Scope) -> str:
        order = f"order by {self.number(scope, 0)}"
        part = self.one("", f"partition by {self.value(scope, 'text', 0)} ")
        frame = self.one("", " rows between 6 preceding and current row")
        call = self.one("row_number()", "rank()", f"sum({self.number(scope, 1)})", "lag")
        if call == "lag":
            call, frame = f"lag({self.number(scope, 0)}, 2)", ""
        return f"{call} over ({part}{order}{frame})"

    def value(self, scope: Scope, kind: str, depth: int) -> str:
        if kind == "number":
            return self.number(scope, depth)
        columns = scope.columns[kind]
        plain = "'a''b'" if kind == "text" else "date '2025-01-01'"
        leaf = self.one(*columns, plain) if columns else plain
        if depth == 0:
            return leaf
        if kind == "date":
            return self.one(leaf, f"date_trunc('month', {leaf})", f"cast({leaf} as date)")
        return self.one(
            leaf,
            f"upper({leaf})",
            f"coalesce({leaf}, {self.value(scope, 'text', 0)})",
            f"cast({self.number(scope, 0)} as text)",
            f"case when {self.condition(scope, 0)} then {leaf} else 'other' end",
        )

    def number(self, scope: Scope, depth: int) -> str:
        columns = scope.columns["number"]
        leaf = self.one(*columns, "1.5") if columns else "2"
        if depth == 0:
            return leaf
        other = self.number(scope, depth - 1)
        return self.one(
            leaf,
            f"({leaf} + {other})",
            f"{leaf} / nullif({other}, 0)",
            f"round(cast({other} as numeric), 2)",
            f"coalesce({leaf}, {other})",
            f"case when {self.condition(scope, depth - 1)} then {leaf} else {other} end",
            "(select count(*) from analytics.orders as inner_one)",
        )

    def condition(self, scope: Scope, depth: int) -> str:
        number, text = self.number(scope, 0), self.value(scope, "text", 0)
        leaf = self.one(
            f"{number} > {self.number(scope, 0)}",
            f"{number} between 1 and 5",
            f"{text} in ('a', 'b')",
            f"{text} like 'a%'",
            f"{text} is not null",
            f"{number} in (select i.order_id from analytics.orders as i)",
            f"exists (select 1 from analytics.orders as e where e.order_id = {number})",
            f"extract(year from {self.value(scope, 'date', 0)}) = 2025",
        )
        if depth == 0:
            return leaf
        other = self.condition(scope, depth - 1)
        return self.one(leaf, f"({leaf} and {other})", f"({leaf} or not {other})")

    def name(self) -> str:
        self._made += 1
        return self.one(f"t{self._made}", f'"T {self._made}"', f"größe{self._made}")

    def one(self, *choices: Any) -> Any:
        return self._random.choice(choices)


def statements() -> st.SearchStrategy[str]:
    return st.integers(0, 2**32).map(lambda seed: Writer(seed).statement())


SCALARS = (
    "pg_sleep(10)",
    "pg_read_file('/etc/passwd')",
    "lo_import('/etc/passwd')",
    "set_config('role', 'postgres', false)",
    "current_setting('data_directory')",
    "query_to_xml('select 1', true, true, '')",
    "dblink('x', 'select 1')",
    "nextval('analytics.counter')",
    "analytics.leak()",
    "current_user",
    "version()",
    "pg_advisory_lock(1)",
    "cast('analytics.secrets' as regclass)",
    "(select max(c.email) from analytics.customers as c)",
    '(select max("phone") from analytics.customers)',
    "(select max(s.secret) from analytics.secrets as s)",
    "(select count(*) from pg_catalog.pg_authid)",
    "(select count(c) from analytics.customers as c)",
    "(select row_to_json(c) from analytics.customers as c limit 1)",
    "(select count(*) from (select * from analytics.customers) as x)",
    "(select count(*) from analytics.customers natural join raw.customers)",
    "repeat('x', 1000000000)",
)
ONLY_AD_HOC = (
    "(select max(s.salary) from analytics.salaries as s)",
    "(select max(r.id) from raw.customers as r)",
)
RELATIONS = (
    "analytics.secrets",
    "raw.secrets",
    "pg_catalog.pg_class",
    "information_schema.tables",
    "pg_class",
    "public.orders",
    "elsewhere.analytics.orders",
)


@BOUNDED
@given(statements())
def test_what_the_catalog_allows_passes(sql: str) -> None:
    for access in (AD_HOC, GOVERNED):
        assert CHECKER.check(sql, access).issues == (), sql


@BOUNDED
@given(statements(), st.sampled_from(SCALARS + ONLY_AD_HOC), st.data())
def test_no_forbidden_expression_passes(sql: str, fault: str, data: Any) -> None:
    tree = _parsed(sql)
    places = [
        node
        for node in tree.find_all(exp.Column, exp.Literal, exp.Func, exp.Predicate)
        if isinstance(node.parent, _HOLDERS)
        and node.arg_key in {"this", "expression", "expressions"}
    ]
    data.draw(st.sampled_from(places or [tree])).replace(_parsed(f"select {fault}").expressions[0])
    _refused(tree, () if fault in ONLY_AD_HOC else (GOVERNED,))


@BOUNDED
@given(statements(), st.sampled_from(RELATIONS), st.data())
def test_no_forbidden_relation_passes(sql: str, fault: str, data: Any) -> None:
    tree = _parsed(sql)
    table = data.draw(st.sampled_from([t for t in tree.find_all(exp.Table) if t.db]))
    other = exp.to_table(fault, dialect="postgres")
    other.set("alias", table.args.get("alias"))
    table.replace(other)
    _refused(tree, (GOVERNED,))


@BOUNDED
@given(statements(), st.sampled_from(["email", '"phone"', "EMAIL", "Phone", "*"]), st.data())
def test_no_sensitive_column_passes(sql: str, fault: str, data: Any) -> None:
    tree = _parsed(sql)
    columns = [
        c
        for c in tree.find_all(exp.Column)
        if any(
            t.alias_or_name == c.table and t.name == "customers" for t in tree.find_all(exp.Table)
        )
    ]
    if not columns:
        return
    column = data.draw(st.sampled_from(columns))
    table = column.args["table"].sql(dialect="postgres")
    column.replace(_parsed(f"select {table}.{fault}").expressions[0])
    _refused(tree, (GOVERNED,))


@BOUNDED
@given(statements(), st.data())
def test_no_statement_that_writes_or_locks_passes(sql: str, data: Any) -> None:
    tree = _parsed(sql)
    selects = list(tree.find_all(exp.Select))
    select = data.draw(st.sampled_from(selects))
    kind = data.draw(st.sampled_from(["lock", "into", "delete", "insert", "update", "sample"]))
    if kind == "lock":
        select.set("locks", [exp.Lock(update=True)])
    elif kind == "into":
        select.set("into", exp.Into(this=exp.to_table("analytics.loot")))
    elif kind == "sample":
        table = data.draw(st.sampled_from(list(tree.find_all(exp.Table))))
        table.set(
            "sample", exp.TableSample(method=exp.var("system"), percent=exp.Literal.number(1))
        )
    else:
        text = {
            "delete": "delete from analytics.orders returning order_id",
            "insert": "insert into analytics.orders (order_id) values (1) returning order_id",
            "update": "update analytics.orders set amount = 0 returning order_id",
        }[kind]
        cte = exp.CTE(this=_parsed(text), alias=exp.TableAlias(this=exp.to_identifier("w")))
        select.set("with_", exp.With(expressions=[cte]))
    _refused(tree, (GOVERNED,))


_HOLDERS = (
    exp.Alias, exp.Func, exp.Binary, exp.Filter, exp.Window, exp.Where, exp.Having, exp.Ordered,
    exp.Select, exp.Paren, exp.In, exp.Between, exp.Not, exp.If, exp.Distinct, exp.Is,
)  # fmt: skip


def _parsed(sql: str) -> Any:
    return sqlglot.parse_one(sql, dialect="postgres")


def _refused(tree: exp.Expr, more: tuple[Any, ...]) -> None:
    sql = tree.sql(dialect="postgres")
    for access in (AD_HOC, *more):
        assert CHECKER.check(sql, access).issues, sql
