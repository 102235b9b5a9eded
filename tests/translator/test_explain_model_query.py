"""SQL over models in words, and which of its columns are figures."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import sqlglot
from sqlglot import exp

from translator.compile.compiler import CompiledSql
from translator.compile.model_query import CompiledModelQuery
from translator.compile.model_query_roles import column_roles
from translator.explain_model_query import explain_model_query
from translator.plan import ModelQuery


def tree_of(sql: str) -> exp.Query:
    tree = sqlglot.parse_one(sql, dialect="postgres")
    assert isinstance(tree, exp.Query)
    return tree


def explained(sql: str, claim: str = "") -> str:
    compiled = CompiledSql(sql, sql, "postgres", (), ("orders", "returns"))
    return explain_model_query(ModelQuery(sql, claim), CompiledModelQuery(compiled, tree_of(sql)))


def test_the_tree_is_told_and_the_claim_is_marked() -> None:
    text = explained(
        "select o.region, sum(o.net_amount) as total from orders o "
        "left join returns r on r.order_id = o.order_id "
        "where r.return_id is null and o.ordered_at >= date '2024-01-01' and o.status <> 'X' "
        "group by 1 having count(*) > 3 order by total desc limit 5",
        "Orders of  all time.",
    )
    assert text == (
        "Not governed: SQL over orders and returns. Shows region and total (sum of net amount) of "
        "orders, with returns by order id where there is one; only rows where return id is empty "
        "and ordered at is on or after 1 Jan 2024 and status is not 'X'; grouped by region; only "
        "groups where number of rows is more than 3; sorted by total descending; only 5 rows. "
        "The planner claims, unchecked: Orders of all time."
    )


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select 1 from orders", "Shows 1 of orders."),
        ("select a as _b__c from orders order by 1", "b c (a) of orders; sorted by b c ascending"),
        ("select * from orders", "Shows every column of orders."),
        ("select distinct a, b from orders", "Shows different a and b of orders."),
        ("select count(distinct a) from orders", "number of different a"),
        ("select count(*), count(a) from orders", "number of rows and number of rows with a"),
        ("select a / nullif(b, 0) as rate from orders", "rate (a ÷ NULLIF(b, 0))"),
        ("select (a - b) * c from orders", "(a - b) × c"),
        ("select date_trunc('month', a)::date as m from orders", "m (a (month))"),
        ("select 1 from orders where is_paid and not is_gift", "is paid and is not gift"),
        ("select 1 from orders where online", "online is yes"),
        ("select 1 from orders where a = 1 or b = 2 and c = 3", "(a is 1 or b is 2 and c is 3)"),
        ("select 1 from orders where 5 < a", "a is more than 5"),
        ("select 1 from orders where a in (1, 2)", "a is 1 or 2"),
        ("select 1 from orders where a not in (1, 2)", "a is not 1 or 2"),
        ("select 1 from orders where a between 1 and 2", "a is between 1 and 2"),
        ("select 1 from orders where a not like 'x%'", "a is not like 'x%'"),
        ("select 1 from orders where a < date '2024-02-03'", "a is before 3 Feb 2024"),
        ("select 1 from orders where not (a = 1 and b = 2)", "not (a is 1 and b is 2)"),
        (
            "select 1 from orders o where not exists "
            "(select 1 from returns r where r.order_id = o.order_id)",
            "there is no row in returns where order id is the same",
        ),
        (
            "select 1 from orders where a in (select a from returns where b > 1)",
            "a is among those of returns where b is more than 1",
        ),
        ("select 1 from orders cross join returns", "with returns, each row with each"),
        ("select 1 from orders join returns using (order_id)", "with returns by order id"),
        (
            "select a from orders union all select a from returns order by 1 limit 2",
            "Shows a of orders; and shows a of returns; equal rows are kept; "
            "sorted by a ascending; only 2 rows.",
        ),
        (
            "select a from orders except select a from returns",
            "Shows a of orders; without what shows a of returns.",
        ),
        (
            "with big as (select a from orders where b > 9) select a from big",
            "Shows a of big. Its part 'big': shows a of orders; only rows where b is more than 9.",
        ),
        ("select a from (select a from orders where b > 9) x", "a subquery over orders"),
        ("select 1 from orders where " + " and ".join(["a = 1"] * 20), "and 8 more conditions"),
        ("select 1 from orders where a is not null", "a is not empty"),
        ("select 1 from orders where not a is not null", "a is empty"),
        ("select 1 from orders where a is not true", "not (a IS TRUE)"),
        ("select 1 from orders where a between symmetric 2 and 1", "a BETWEEN 1 AND 2"),
        ("select distinct on (a) a, b from orders", "only one row for each a"),
        ("select a from orders group by rollup (a)", "grouped by ROLLUP (a)"),
        ("select a from orders natural join returns", "NATURAL JOIN returns"),
        (
            "select a from orders tablesample bernoulli (1)",
            "orders TABLESAMPLE BERNOULLI (1 PERCENT)",
        ),
        ("select a from orders fetch first 3 rows with ties", "FETCH FIRST 3 ROWS WITH TIES"),
        (
            "select 1 from orders where a in (select a from returns limit 1)",
            "a is among those of SELECT a FROM returns LIMIT 1",
        ),
        ("select from orders", "Shows nothing of orders."),
        ("select count() from orders", "Shows COUNT() of orders."),
        ("select count(*) from orders group by having count(*) > 1", "GROUP BY; only groups where"),
        ("select 1 from orders offset 3", "without the first 3."),
    ],
)
def test_words(sql: str, words: str) -> None:
    assert words in explained(sql)


@pytest.mark.parametrize(
    ("sql", "types", "roles"),
    [
        ("select region, sum(x) from o group by 1", "string number", "dimension metric"),
        ("select store_id, count(*) from o group by 1", "integer integer", "dimension metric"),
        ("select price, count(*) from o group by 1", "number integer", "dimension metric"),
        ("select order_id, amount from o", "integer number", "dimension metric"),
        ("select max(day) from o", "date", "metric"),
        ("select day + interval '1 day' from o", "timestamp", "dimension"),
        ("select a - b from o", "integer", "metric"),
        ("select * from o", "integer number string", "dimension metric dimension"),
        (
            "with t as (select a, count(*) as n from o group by 1) select a, n from t",
            "integer integer",
            "dimension metric",
        ),
        (
            "with t as (select a, count(*) as n from o group by 1) select * from t",
            "integer integer",
            "dimension metric",
        ),
        (
            "select x.n from (select count(*) as n from o union all select 1 from p) x",
            "integer",
            "metric",
        ),
        ("select row_number() over (order by a) from o", "integer", "metric"),
        (
            "with recursive t(n) as (select 1 union all select n + 1 from t) select n from t",
            "integer",
            "dimension",
        ),
        ("select count(*) from o union all select count(*) from p", "integer", "metric"),
    ],
)
def test_roles(sql: str, types: str, roles: str) -> None:
    kinds: Sequence[str] = types.split()
    assert column_roles(tree_of(sql), kinds) == tuple(roles.split())
