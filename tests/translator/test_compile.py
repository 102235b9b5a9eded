"""Typed queries compiled, run on a real Postgres, and compared with SQL by hand over the marts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from semantic.errors import QueryError
from tests.translator.conftest import Shop
from translator.query import (
    Calculation,
    CalculationKind,
    GroupByItem,
    MetricFilter,
    Offset,
    Operator,
    OrderByItem,
    SemanticQuery,
    TimeRange,
    WhereFilter,
)

Y2024 = TimeRange(date(2024, 1, 1), date(2025, 1, 1))
KEPT = "from fct_order_items i where status_code <> 'X'"
IN_2024 = "ordered_at >= '2024-01-01' and ordered_at < '2025-01-01'"


def item(text: str) -> GroupByItem:
    return GroupByItem.parse(text)


def where(name: str, operator: Operator, *values: Any) -> WhereFilter:
    return WhereFilter(item(name), operator, values)


def plain(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows with numbers as rounded floats and dates as text, so that only values count."""

    def one(value: Any) -> Any:
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float | Decimal):
            return round(float(value), 6)
        if isinstance(value, datetime):
            return value.date().isoformat()
        return value.isoformat() if isinstance(value, date) else value

    return [tuple(one(v) for v in row) for row in rows]


def same(shop: Shop, query: SemanticQuery, sql: str, ordered: bool = False) -> None:
    found, wanted = plain(shop.rows(query)), plain(shop.by_hand(sql))
    assert wanted, "the SQL by hand finds nothing to compare with"
    if not ordered:
        found, wanted = sorted(found, key=repr), sorted(wanted, key=repr)
    assert found == wanted


METRICS = {
    "with the metric's filter": (
        SemanticQuery(("revenue",)),
        f"select sum(net_amount) {KEPT}",
    ),
    "two metrics of two models": (
        SemanticQuery(("revenue", "orders")),
        f"select (select sum(net_amount) {KEPT}), (select count(*) from fct_orders)",
    ),
    "ratio with a filtered denominator": (
        SemanticQuery(("average_order_value",)),
        f"select (select sum(net_amount) {KEPT})::numeric / "
        "(select count(*) from fct_orders where status_code <> 'X')",
    ),
    "filtered measure and metric": (
        SemanticQuery(("online_orders",)),
        "select count(*) from fct_orders where is_online and status_code <> 'X'",
    ),
    "another time dimension": (
        SemanticQuery(("shipped_orders",), time_range=Y2024),
        "select count(*) from fct_orders "
        "where shipped_on >= '2024-01-01' and shipped_on < '2025-01-01'",
    ),
    "derived": (
        SemanticQuery(("revenue_per_customer",), (item("metric_time__year"),)),
        "select r.y, r.v / nullif(c.n, 0) from "
        f"(select date_trunc('year', ordered_at) y, sum(net_amount) v {KEPT} group by 1) r join "
        "(select date_trunc('year', ordered_at) y, count(distinct customer_id) n "
        "from fct_orders group by 1) c on c.y = r.y",
    ),
    "time range": (
        SemanticQuery(("revenue",), time_range=Y2024),
        f"select sum(net_amount) {KEPT} and {IN_2024}",
    ),
    "open start": (
        SemanticQuery(("revenue",), time_range=TimeRange(None, date(2024, 3, 15))),
        f"select sum(net_amount) {KEPT} and ordered_at < '2024-03-15'",
    ),
    "open end": (
        SemanticQuery(("revenue",), time_range=TimeRange(date(2024, 3, 15), None)),
        f"select sum(net_amount) {KEPT} and ordered_at >= '2024-03-15'",
    ),
    "hours on the last day count": (
        SemanticQuery(("orders",), time_range=TimeRange(date(2024, 4, 30), date(2024, 5, 1))),
        "select count(*) from fct_orders where ordered_at::date = '2024-04-30'",
    ),
    "a range within months, by month": (
        SemanticQuery(
            ("revenue",),
            (item("metric_time__month"),),
            time_range=TimeRange(date(2024, 4, 10), date(2024, 6, 5)),
        ),
        f"select date_trunc('month', ordered_at), sum(net_amount) {KEPT} "
        "and ordered_at >= '2024-04-10' and ordered_at < '2024-06-05' group by 1",
    ),
    "days without data, filled with zero": (
        SemanticQuery(
            ("units_sold",),
            (item("metric_time__day"),),
            time_range=TimeRange(date(2024, 4, 10), date(2024, 5, 5)),
        ),
        "select d, coalesce(sum(quantity), 0) "
        "from generate_series(timestamp '2024-04-10', '2024-05-04', interval '1 day') d "
        "left join fct_order_items on ordered_at::date = d group by 1",
    ),
    "filled with zero, by month": (
        SemanticQuery(
            ("units_sold",),
            (item("metric_time__month"),),
            time_range=TimeRange(date(2024, 4, 10), date(2024, 6, 5)),
        ),
        "select date_trunc('month', ordered_at), sum(quantity) from fct_order_items "
        "where ordered_at >= '2024-04-10' and ordered_at < '2024-06-05' group by 1",
    ),
    "non-additive, part of a month": (
        SemanticQuery(
            ("monthly_recurring_revenue",),
            time_range=TimeRange(date(2024, 4, 10), date(2024, 6, 5)),
        ),
        "select sum(amount) from fct_subscription_months where month_start = '2024-06-01'",
    ),
    "cumulative with a range by month": (
        SemanticQuery(
            ("cumulative_revenue",),
            (item("metric_time__month"),),
            time_range=TimeRange(date(2024, 1, 1), date(2024, 7, 1)),
        ),
        # MetricFlow's default for a coarser grain: the value on the period's first day.
        "select m, (select sum(net_amount) from fct_order_items "
        "where ordered_at < m + interval '1 day') "
        "from generate_series(timestamp '2024-01-01', '2024-06-01', interval '1 month') m",
    ),
    "month to date by day": (
        SemanticQuery(
            ("revenue_month_to_date",),
            (item("metric_time__day"),),
            time_range=TimeRange(date(2024, 5, 10), date(2024, 6, 4)),
        ),
        "select d, sum(net_amount) "
        "from generate_series(timestamp '2024-05-10', '2024-06-03', interval '1 day') d "
        "join fct_order_items on ordered_at >= date_trunc('month', d) "
        "and ordered_at < d + interval '1 day' group by 1",
    ),
    "offset metric": (
        SemanticQuery(("revenue_growth_month",), (item("metric_time__month"),)),
        "with m as (select date_trunc('month', ordered_at) t, sum(net_amount) v "
        f"{KEPT} group by 1) "
        "select coalesce(a.t, b.t + interval '1 month'), (a.v - b.v) / nullif(b.v, 0) "
        "from m a full join m b on b.t + interval '1 month' = a.t",
    ),
    "offset metric within a range": (
        SemanticQuery(
            ("revenue_growth_month",), (item("metric_time__month"),),
            time_range=TimeRange(date(2024, 3, 1), date(2024, 6, 1)),
        ),
        "with m as (select date_trunc('month', ordered_at) t, sum(net_amount) v "
        f"{KEPT} group by 1) "
        "select a.t, (a.v - b.v) / b.v from m a join m b on b.t + interval '1 month' = a.t "
        "where a.t >= '2024-03-01' and a.t < '2024-06-01'",
    ),
    "non-additive": (
        SemanticQuery(("monthly_recurring_revenue",), time_range=Y2024),
        "select sum(amount) from fct_subscription_months where month_start = '2024-12-01'",
    ),
    "non-additive by quarter": (
        SemanticQuery(
            ("monthly_recurring_revenue",), (item("metric_time__quarter"),), time_range=Y2024
        ),
        "select date_trunc('quarter', month_start), sum(amount) from fct_subscription_months "
        "where month_start in ('2024-03-01', '2024-06-01', '2024-09-01', '2024-12-01') group by 1",
    ),
}  # fmt: skip

GROUPS = {
    "one hop": (
        SemanticQuery(("revenue",), (item("product__brand"),)),
        f"select (select brand from dim_products p where p.product_id = i.product_id), "
        f"sum(net_amount) {KEPT} group by 1",
    ),
    "two hops": (
        SemanticQuery(("revenue",), (item("store__region__region_name"),)),
        "select region_name, sum(net_amount) from fct_order_items i "
        "left join dim_stores using (store_id) left join dim_regions using (region_code) "
        "where status_code <> 'X' group by 1",
    ),
    "the other path to the same model": (
        SemanticQuery(("revenue",), (item("customer__region__region_name"),)),
        "select region_name, sum(net_amount) from fct_order_items i "
        "left join dim_customers c using (customer_id) left join dim_regions using (region_code) "
        "where i.status_code <> 'X' group by 1",
    ),
    "an entity": (
        SemanticQuery(("orders",), (item("customer"),)),
        "select customer_id, count(*) from fct_orders group by 1",
    ),
    "fiscal quarter": (
        SemanticQuery(("orders",), (GroupByItem("metric_time", (), "fiscal_quarter"),)),
        "select fiscal_quarter, count(*) from fct_orders "
        "join all_days on date_day = ordered_at::date group by 1",
    ),
    "part of the date": (
        SemanticQuery(("orders",), (item("metric_time__extract_month"),)),
        "select extract(month from ordered_at), count(*) from fct_orders group by 1",
    ),
    "list of values": (
        SemanticQuery(group_by=(item("product__brand"),)),
        "select distinct brand from dim_products",
    ),
    "list of pairs": (
        SemanticQuery(group_by=(item("customer__segment"), item("customer__customer_status"))),
        "select distinct segment_code, status_code from dim_customers",
    ),
}

OF_CUSTOMERS = "select count(*) from fct_orders join dim_customers c using (customer_id) where"
FILTERS: dict[str, tuple[WhereFilter | MetricFilter, str]] = {
    "equal": (where("customer__segment", Operator.EQ, "L"), "segment_code = 'L'"),
    "not equal": (where("customer__segment", Operator.NE, "L"), "segment_code <> 'L'"),
    "in": (where("customer__segment", Operator.IN, "L", "S"), "segment_code in ('L', 'S')"),
    "not in": (where("customer__segment", Operator.NOT_IN, "L", "S"), "segment_code = 'M'"),
    "null": (where("customer__segment", Operator.IS_NULL), "segment_code is null"),
    "not null": (where("customer__segment", Operator.IS_NOT_NULL), "segment_code is not null"),
    "contains": (
        where("customer__customer_name", Operator.CONTAINS, "MEY"), "customer_name ~ 'Mey'",
    ),
    "not contains": (
        where("customer__customer_name", Operator.NOT_CONTAINS, "mey"), "customer_name !~ 'Mey'",
    ),
    "starts with": (
        where("customer__customer_name", Operator.STARTS_WITH, "ann "), "customer_name ~ '^Ann '",
    ),
    "boolean": (where("order__is_online", Operator.EQ, True), "channel_code in ('WEB', 'APP')"),
    "two hops": (
        where("customer__region__region_name", Operator.EQ, "West Coast"), "region_code = 'W'",
    ),
    "date before": (
        where("customer__signed_up_on", Operator.LT, date(2023, 7, 1)),
        "signed_up_on < '2023-07-01'",
    ),
    "year of a date": (
        where("metric_time__extract_year", Operator.EQ, 2023),
        "extract(year from ordered_at) = 2023",
    ),
    "entity": (where("customer", Operator.EQ, 7), "customer_id = 7"),
    "more orders than": (
        MetricFilter("orders", Operator.GT, (7,), item("customer")),
        "customer_id in (select customer_id from fct_orders group by 1 having count(*) > 7)",
    ),
    "one of several numbers of orders": (
        MetricFilter("orders", Operator.IN, (5, 6), item("customer")),
        "customer_id in (select customer_id from fct_orders group by 1 having count(*) in (5, 6))",
    ),
}  # fmt: skip

MONTHLY = f"select date_trunc('month', ordered_at) t, sum(net_amount) v {KEPT} group by 1"
QUARTERLY = f"select date_trunc('quarter', ordered_at) t, sum(net_amount) v {KEPT} group by 1"
BY_BRAND = (
    "select brand b, date_trunc('month', ordered_at) t, sum(net_amount) v "
    "from fct_order_items join dim_products using (product_id) where status_code <> 'X' "
    "group by 1, 2"
)


def calculation(kind: CalculationKind, **more: Any) -> tuple[Calculation, ...]:
    return (Calculation(kind, "revenue", **more),)


CALCULATIONS = {
    "share of total": (
        SemanticQuery(
            ("revenue",), (item("product__brand"),),
            calculations=calculation(CalculationKind.SHARE_OF_TOTAL),
        ),
        "select brand, sum(net_amount), sum(net_amount)::numeric / sum(sum(net_amount)) over () "
        "from fct_order_items join dim_products using (product_id) "
        "where status_code <> 'X' group by 1",
    ),
    "rank, best per group": (
        SemanticQuery(
            ("revenue",), (item("product__category__category_name"), item("product__product_name")),
            calculations=calculation(
                CalculationKind.RANK,
                partition_by=(item("product__category__category_name"),), keep=1,
            ),
        ),
        "select * from (select category_name, product_name, sum(net_amount) v, "
        "rank() over (partition by category_name order by sum(net_amount) desc) r "
        "from fct_order_items join dim_products using (product_id) "
        "join dim_categories using (category_id) where status_code <> 'X' group by 1, 2) x "
        "where r = 1",
    ),
    "running total": (
        SemanticQuery(
            ("revenue",), (item("metric_time__month"), item("product__brand")),
            calculations=calculation(
                CalculationKind.RUNNING_TOTAL, partition_by=(item("product__brand"),)
            ),
        ),
        f"select t, b, v, sum(v) over (partition by b order by t) from ({BY_BRAND}) m",
    ),
    "moving average": (
        SemanticQuery(
            ("revenue",), (item("metric_time__month"),),
            calculations=calculation(CalculationKind.MOVING_AVERAGE, window=3),
        ),
        f"with m as ({MONTHLY}) select t, v, (select avg(v) from m n "
        "where n.t <= m.t and n.t > m.t - interval '3 months') from m",
    ),
    "moving average of quarters": (
        SemanticQuery(
            ("revenue",), (item("metric_time__quarter"),),
            calculations=calculation(CalculationKind.MOVING_AVERAGE, window=4),
        ),
        f"with m as ({QUARTERLY}) select t, v, (select avg(v) from m n "
        "where n.t <= m.t and n.t > m.t - interval '12 months') from m",
    ),
    "against last year, no grain": (
        SemanticQuery(
            ("revenue",), time_range=Y2024,
            calculations=calculation(
                CalculationKind.PERIOD_OVER_PERIOD, offset=Offset(1, "year")
            ),
        ),
        "select a, b, a - b, (a - b)::numeric / b "
        f"from (select sum(net_amount) a {KEPT} and {IN_2024}) x, "
        f"(select sum(net_amount) b {KEPT} and extract(year from ordered_at) = 2023) y",
    ),
    "against last quarter, by brand": (
        SemanticQuery(
            ("revenue",), (item("product__brand"),),
            time_range=TimeRange(date(2024, 4, 1), date(2024, 7, 1)),
            calculations=calculation(
                CalculationKind.PERIOD_OVER_PERIOD, offset=Offset(1, "quarter")
            ),
        ),
        f"select a.b, a.v, b.v, a.v - b.v, (a.v - b.v)::numeric / b.v from "
        f"(select b, sum(v) v from ({BY_BRAND}) x where t >= '2024-04-01' and t < '2024-07-01' "
        f"group by 1) a left join (select b, sum(v) v from ({BY_BRAND}) x "
        "where t >= '2024-01-01' and t < '2024-04-01' group by 1) b on a.b = b.b",
    ),
    "month against the month a year before": (
        SemanticQuery(
            ("revenue",), (item("metric_time__month"),), time_range=Y2024,
            calculations=calculation(
                CalculationKind.PERIOD_OVER_PERIOD, offset=Offset(1, "year")
            ),
        ),
        f"with m as ({MONTHLY}) "
        "select a.t, a.v, b.v, a.v - b.v, (a.v - b.v)::numeric / nullif(b.v, 0) "
        "from m a left join m b on b.t + interval '1 year' = a.t "
        "where a.t >= '2024-01-01' and a.t < '2025-01-01'",
    ),
    "quarter against the quarter before, all time": (
        SemanticQuery(
            ("revenue",), (item("metric_time__quarter"),),
            calculations=calculation(
                CalculationKind.PERIOD_OVER_PERIOD, offset=Offset(1, "quarter")
            ),
        ),
        f"with m as ({QUARTERLY}) "
        "select a.t, a.v, b.v, a.v - b.v, (a.v - b.v)::numeric / nullif(b.v, 0) "
        "from m a left join m b on b.t + interval '3 months' = a.t",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", METRICS)
def test_metrics(shop: Shop, case: str) -> None:
    same(shop, *METRICS[case])


@pytest.mark.parametrize("case", GROUPS)
def test_groups(shop: Shop, case: str) -> None:
    same(shop, *GROUPS[case])


@pytest.mark.parametrize("case", FILTERS)
def test_filters(shop: Shop, case: str) -> None:
    condition, sql = FILTERS[case]
    query = SemanticQuery(("orders",))
    if isinstance(condition, MetricFilter):
        query = replace(query, having=(condition,))
    else:
        query = replace(query, where=(condition,))
    same(shop, query, f"{OF_CUSTOMERS} {sql}")


@pytest.mark.parametrize("case", CALCULATIONS)
def test_calculations(shop: Shop, case: str) -> None:
    same(shop, *CALCULATIONS[case])


def test_entities_without_rows_have_zero(shop: Shop) -> None:
    """Customers who never returned anything count as customers with zero visits would."""
    query = SemanticQuery(
        ("customers",), having=(MetricFilter("visits", Operator.LT, (5,), item("customer")),)
    )
    same(
        shop,
        query,
        "select count(*) from dim_customers c where "
        "(select count(*) from fct_visits v where v.customer_id = c.customer_id) < 5",
    )


@pytest.mark.parametrize(
    ("operator", "values", "sql"),
    [
        (Operator.GT, (1000,), "sum(net_amount) > 1000"),
        (Operator.LE, (Decimal("6000.5"),), "sum(net_amount) <= 6000.5"),
        (Operator.NOT_IN, (0, 1), "sum(net_amount) not in (0, 1)"),
        (Operator.IS_NOT_NULL, (), "true"),
    ],
)
def test_having(shop: Shop, operator: Operator, values: tuple[Any, ...], sql: str) -> None:
    query = SemanticQuery(
        ("revenue",),
        (item("product__product_name"),),
        having=(MetricFilter("revenue", operator, values),),
    )
    same(
        shop,
        query,
        "select product_name, sum(net_amount) from fct_order_items join dim_products "
        f"using (product_id) where status_code <> 'X' group by 1 having {sql}",
    )


@pytest.mark.parametrize("descending", [True, False])
def test_order_and_limit(shop: Shop, descending: bool) -> None:
    query = SemanticQuery(
        ("revenue",),
        (item("product__product_name"),),
        order_by=(OrderByItem("revenue", descending), OrderByItem("product__product_name")),
        limit=3,
    )
    direction = "desc nulls last" if descending else "asc"
    same(
        shop,
        query,
        "select product_name, sum(net_amount) from fct_order_items join dim_products "
        "using (product_id) where status_code <> 'X' group by 1 "
        f"order by 2 {direction}, 1 limit 3",
        ordered=True,
    )


def test_order_by_a_column_of_a_calculation(shop: Shop) -> None:
    query = SemanticQuery(
        ("revenue",),
        (item("metric_time__month"),),
        time_range=Y2024,
        order_by=(OrderByItem("revenue__change", True),),
        calculations=calculation(CalculationKind.PERIOD_OVER_PERIOD, offset=Offset(1, "month")),
    )
    changes = [row[3] for row in shop.rows(query)]
    assert len(changes) == 12
    assert changes == sorted(changes, reverse=True)


def test_order_by_a_group_that_the_earlier_period_has_too(shop: Shop) -> None:
    query = SemanticQuery(
        ("revenue",),
        (item("product__brand"),),
        time_range=Y2024,
        order_by=(OrderByItem("product__brand", True),),
        calculations=calculation(CalculationKind.PERIOD_OVER_PERIOD, offset=Offset(1, "year")),
    )
    assert [row[0] for row in shop.rows(query)] == ["Nordwind", "Fjord", "Alba"]


def test_comparison_without_any_period_is_refused(shop: Shop) -> None:
    query = SemanticQuery(
        ("revenue",),
        calculations=calculation(CalculationKind.PERIOD_OVER_PERIOD, offset=Offset(1, "year")),
    )
    with pytest.raises(QueryError) as caught:
        shop.compiler.compile(query)
    assert [getattr(i, "kind", "") for i in caught.value.issues] == ["no_period"]


def test_what_metricflow_cannot_plan_is_a_query_error(shop: Shop) -> None:
    query = SemanticQuery(("monthly_recurring_revenue",), (item("metric_time__day"),))
    with pytest.raises(QueryError):
        shop.compiler.compile(query)


def test_models_of_the_answer(shop: Shop) -> None:
    compiled = shop.compiler.compile(SemanticQuery(("orders",), (item("customer__segment"),)))
    assert compiled.models == ("dim_customers", "fct_orders")
