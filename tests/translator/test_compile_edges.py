"""Queries that MetricFlow alone refuses or answers wrongly, against SQL by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from semantic.catalog import Dimension, DimensionType, GroupByElement
from semantic.errors import QueryError
from tests.translator.conftest import Shop
from tests.translator.test_compile import KEPT, Y2024, calculation, item, plain, same, where
from translator.compile.filters import filter_condition
from translator.compile.literals import literal_expression
from translator.query import (
    Calculation,
    CalculationKind,
    MetricFilter,
    Offset,
    Operator,
    OrderByItem,
    SemanticQuery,
    TimeRange,
    WhereFilter,
)

MAY = TimeRange(date(2024, 5, 1), date(2024, 6, 1))
POP = CalculationKind.PERIOD_OVER_PERIOD
SEGMENT, BRAND = item("customer__segment"), item("product__brand")
OF_SEGMENT = "left join dim_customers c on c.customer_id = i.customer_id"

TIMES = {
    "cumulative, as it stands at the end of the range": (
        SemanticQuery(("cumulative_revenue",), time_range=MAY),
        "select sum(net_amount) from fct_order_items where ordered_at < '2024-06-01'",
    ),
    "of a window, at the end of the range": (
        SemanticQuery(("revenue_last_7_days",), time_range=MAY),
        "select sum(net_amount) from fct_order_items "
        "where ordered_at >= '2024-05-25' and ordered_at < '2024-06-01'",
    ),
    "beside a metric of the whole range, by a group that may be empty": (
        SemanticQuery(("revenue", "cumulative_revenue"), (SEGMENT,), time_range=MAY),
        "select segment_code, "
        "sum(net_amount) filter (where i.ordered_at >= '2024-05-01' and i.status_code <> 'X'), "
        f"sum(net_amount) from fct_order_items i {OF_SEGMENT} "
        "where i.ordered_at < '2024-06-01' group by 1",
    ),
    "cumulative by month, the range within months": (
        SemanticQuery(
            ("cumulative_revenue",),
            (item("metric_time__month"),),
            time_range=TimeRange(date(2024, 4, 10), date(2024, 6, 5)),
        ),
        "select m, (select sum(net_amount) from fct_order_items "
        "where ordered_at < greatest(m, timestamp '2024-04-10') + interval '1 day') "
        "from generate_series(timestamp '2024-04-01', '2024-06-01', interval '1 month') m",
    ),
    "what looks back one month, for one month": (
        SemanticQuery(("revenue_growth_month", "revenue"), time_range=MAY),
        "select (a - b) / b, a from "
        f"(select sum(net_amount) a {KEPT} and date_trunc('month', ordered_at) = '2024-05-01') x, "
        f"(select sum(net_amount) b {KEPT} and date_trunc('month', ordered_at) = '2024-04-01') y",
    ),
    "metrics of days and of months, the range within months": (
        SemanticQuery(
            ("revenue", "monthly_recurring_revenue"),
            time_range=TimeRange(date(2024, 4, 10), date(2024, 6, 5)),
        ),
        f"select (select sum(net_amount) {KEPT} and ordered_at >= '2024-04-10' "
        "and ordered_at < '2024-06-05'), "
        "(select sum(amount) from fct_subscription_months where month_start = '2024-06-01')",
    ),
    "weekdays count from Monday, in filters and in groups": (
        SemanticQuery(
            ("orders",),
            (item("metric_time__extract_dow"),),
            where=(where("metric_time__extract_dow", Operator.IN, 1, 7),),
        ),
        "select extract(isodow from ordered_at), count(*) from fct_orders "
        "where extract(isodow from ordered_at) in (1, 7) group by 1",
    ),
    "a month as a filter": (
        SemanticQuery(
            ("orders",),
            (item("metric_time__month"),),
            where=(where("metric_time__month", Operator.IN, date(2024, 5, 17), date(2023, 5, 1)),),
        ),
        "select date_trunc('month', ordered_at), count(*) from fct_orders "
        "where date_trunc('month', ordered_at) in ('2024-05-01', '2023-05-01') group by 1",
    ),
    "an entity that is named by a keyword": (
        SemanticQuery(("revenue",), (item("order"),), time_range=MAY),
        f"select order_id, sum(net_amount) {KEPT} and ordered_at >= '2024-05-01' "
        "and ordered_at < '2024-06-01' group by 1",
    ),
    "a dimension that holds for a time": (
        SemanticQuery(("orders",), (item("customer__tier"),)),
        "select tier, count(*) from fct_orders o left join dim_customer_tiers t "
        "on t.customer_id = o.customer_id and o.ordered_at >= valid_from "
        "and (o.ordered_at < valid_to or valid_to is null) group by 1",
    ),
}

LISTS = {
    "all of an entity, also those without facts": (
        SemanticQuery(group_by=(item("customer"),)),
        "select customer_id from dim_customers",
    ),
    "names with a condition on another model": (
        SemanticQuery(
            group_by=(item("customer"), item("customer__customer_name")),
            where=(where("region__country", Operator.EQ, "US"),),
        ),
        "select customer_id, customer_name from dim_customers join dim_regions "
        "using (region_code) where country_code = 'US'",
    ),
    "across models, nothing that nobody has": (
        SemanticQuery(group_by=(item("customer__segment"), item("region__region_name"))),
        "select distinct segment_code, region_name from dim_customers "
        "left join dim_regions using (region_code)",
    ),
    "from the model of the facts, where the condition is on it": (
        SemanticQuery(
            group_by=(item("customer__customer_name"),),
            where=(where("order__channel", Operator.EQ, "APP"),),
        ),
        "select distinct customer_name from fct_orders left join dim_customers "
        "using (customer_id) where channel_code = 'APP'",
    ),
    "with an expression and a grain": (
        SemanticQuery(
            group_by=(item("customer__generation"), item("customer__signed_up_on__year")),
            where=(where("customer__signed_up_on", Operator.GE, date(2023, 7, 1)),),
        ),
        "select distinct case when signed_up_on < '2024-01-01' then 'founder' else 'newcomer' end, "
        "date_trunc('year', signed_up_on) from dim_customers where signed_up_on >= '2023-07-01'",
    ),
    "part of a date": (
        SemanticQuery(group_by=(item("order__ordered_at__extract_dow"),)),
        "select distinct extract(isodow from ordered_at) from fct_orders",
    ),
    "those with fewer than, also with none": (
        SemanticQuery(
            group_by=(item("customer"),),
            having=(MetricFilter("visits", Operator.LT, (5,), item("customer")),),
        ),
        "select customer_id from dim_customers c where "
        "(select count(*) from fct_visits v where v.customer_id = c.customer_id) < 5",
    ),
    "those with none": (
        SemanticQuery(
            group_by=(item("customer__customer_name"),),
            having=(
                MetricFilter("monthly_recurring_revenue", Operator.EQ, (0,), item("customer")),
            ),
        ),
        "select customer_name from dim_customers where customer_id not in (select customer_id "
        "from fct_subscription_months where month_start = "
        "(select max(month_start) from fct_subscription_months))",
    ),
}

CALCULATIONS = {
    "share of a total that is not the sum of its parts": (
        SemanticQuery(
            ("ordering_customers",),
            (item("order__channel"),),
            calculations=(Calculation(CalculationKind.SHARE_OF_TOTAL, "ordering_customers"),),
        ),
        "select channel_code, count(distinct customer_id), count(distinct customer_id)::numeric "
        "/ (select count(distinct customer_id) from fct_orders) from fct_orders group by 1",
    ),
    "share within each, of what is no sum": (
        SemanticQuery(
            ("ordering_customers",),
            (item("order__channel"), item("metric_time__year")),
            calculations=(
                Calculation(
                    CalculationKind.SHARE_OF_TOTAL,
                    "ordering_customers",
                    partition_by=(item("metric_time__year"),),
                ),
            ),
        ),
        "select channel_code, y, n, n::numeric / (select count(distinct customer_id) "
        "from fct_orders o where date_trunc('year', ordered_at) = y) from (select channel_code, "
        "date_trunc('year', ordered_at) y, count(distinct customer_id) n from fct_orders "
        "group by 1, 2) x",
    ),
    "share of everything, also of what a condition leaves out": (
        SemanticQuery(
            ("revenue",),
            (BRAND,),
            having=(MetricFilter("revenue", Operator.GT, (25000,)),),
            calculations=calculation(CalculationKind.SHARE_OF_TOTAL),
        ),
        "select * from (select brand, sum(net_amount) v, sum(net_amount)::numeric "
        "/ sum(sum(net_amount)) over () from fct_order_items join dim_products using (product_id) "
        "where status_code <> 'X' group by 1) x where v > 25000",
    ),
    "ranks among those that meet a condition, ties kept": (
        SemanticQuery(
            ("orders",),
            (item("customer"),),
            having=(MetricFilter("orders", Operator.LT, (9,)),),
            calculations=(Calculation(CalculationKind.RANK, "orders", keep=3),),
        ),
        "select * from (select customer_id, count(*), rank() over (order by count(*) desc) r "
        "from fct_orders group by 1 having count(*) < 9) x where r <= 3",
    ),
    "lowest first, those without a value last": (
        SemanticQuery(
            ("revenue",),
            (SEGMENT,),
            time_range=TimeRange(date(2024, 3, 1), date(2024, 4, 1)),
            calculations=calculation(CalculationKind.RANK, ascending=True),
        ),
        "select segment_code, v, rank() over (order by v nulls last) from (select segment_code, "
        f"sum(net_amount) v from fct_order_items i {OF_SEGMENT} where i.status_code <> 'X' "
        "and i.ordered_at >= '2024-03-01' and i.ordered_at < '2024-04-01' group by 1) x",
    ),
    "running total of everything, with a group beside": (
        SemanticQuery(
            ("revenue",),
            (item("metric_time__year"), BRAND),
            calculations=calculation(CalculationKind.RUNNING_TOTAL),
        ),
        "with m as (select date_trunc('year', ordered_at) t, brand b, sum(net_amount) v "
        "from fct_order_items join dim_products using (product_id) where status_code <> 'X' "
        "group by 1, 2) select t, b, v, (select sum(v) from m n where n.t <= m.t) from m",
    ),
    "moving average with the months before the range": (
        SemanticQuery(
            ("revenue",),
            (item("metric_time__month"),),
            time_range=Y2024,
            calculations=calculation(CalculationKind.MOVING_AVERAGE, window=3),
        ),
        "with m as "
        f"(select date_trunc('month', ordered_at) t, sum(net_amount) v {KEPT} group by 1) "
        "select t, v, "
        "(select avg(v) from m n where n.t <= m.t and n.t > m.t - interval '3 months') "
        "from m where t >= '2024-01-01' and t < '2025-01-01'",
    ),
    "groups of either period, the empty group too": (
        SemanticQuery(
            ("orders",),
            (item("customer"),),
            time_range=MAY,
            calculations=(Calculation(POP, "orders", Offset(1, "month")),),
        ),
        "select customer_id, nullif(a, 0), nullif(b, 0), nullif(a, 0) - nullif(b, 0), "
        "(nullif(a, 0) - nullif(b, 0))::numeric / nullif(b, 0) from (select customer_id, "
        "count(*) filter (where ordered_at >= '2024-05-01') a, "
        "count(*) filter (where ordered_at < '2024-05-01') b from fct_orders "
        "where ordered_at >= '2024-04-01' and ordered_at < '2024-06-01' group by 1) x",
    ),
    "days against days a month before, where months differ in length": (
        SemanticQuery(
            ("orders",),
            (item("metric_time__day"),),
            time_range=TimeRange(date(2024, 3, 1), date(2024, 4, 1)),
            calculations=(Calculation(POP, "orders", Offset(1, "month")),),
        ),
        "with d as (select ordered_at::date t, count(*) v from fct_orders group by 1) "
        "select a.t, a.v, b.v, a.v - b.v, (a.v - b.v)::numeric / b.v from d a "
        "left join d b on b.t = a.t - interval '1 month' "
        "where a.t >= '2024-03-01' and a.t < '2024-04-01'",
    ),
    "year to date against the same days a year before": (
        SemanticQuery(
            ("revenue",),
            time_range=TimeRange(date(2024, 1, 1), date(2024, 5, 18)),
            calculations=calculation(POP, offset=Offset(1, "year")),
        ),
        f"select a, b, a - b, (a - b)::numeric / b from (select sum(net_amount) a {KEPT} "
        "and ordered_at >= '2024-01-01' and ordered_at < '2024-05-18') x, "
        f"(select sum(net_amount) b {KEPT} and ordered_at >= '2023-01-01' "
        "and ordered_at < '2023-05-18') y",
    ),
    "by a date of its own, with the range on it": (
        SemanticQuery(
            ("orders",),
            (item("order__shipped_on__month"),),
            where=(
                where("order__shipped_on", Operator.GE, date(2024, 1, 1)),
                where("order__shipped_on", Operator.LT, date(2024, 4, 1)),
            ),
            calculations=(Calculation(POP, "orders", Offset(1, "month")),),
        ),
        "with m as "
        "(select date_trunc('month', shipped_on) t, count(*) v from fct_orders group by 1) "
        "select a.t, a.v, b.v, a.v - b.v, (a.v - b.v)::numeric / b.v from m a "
        "left join m b on b.t = a.t - interval '1 month' "
        "where a.t >= '2024-01-01' and a.t < '2024-04-01'",
    ),
}


@pytest.mark.parametrize("case", TIMES)
def test_times(shop: Shop, case: str) -> None:
    same(shop, *TIMES[case])


@pytest.mark.parametrize("case", LISTS)
def test_lists(shop: Shop, case: str) -> None:
    same(shop, *LISTS[case])


@pytest.mark.parametrize("case", CALCULATIONS)
def test_calculations(shop: Shop, case: str) -> None:
    same(shop, *CALCULATIONS[case])


def test_several_calculations_at_once(shop: Shop) -> None:
    """Their columns stand beside their metric, in the order of the calculations."""
    query = SemanticQuery(
        ("orders", "revenue"),
        (item("metric_time__month"),),
        time_range=Y2024,
        calculations=(
            *calculation(CalculationKind.MOVING_AVERAGE, window=2),
            *calculation(CalculationKind.RANK),
            *calculation(POP, offset=Offset(1, "year")),
            Calculation(CalculationKind.RUNNING_TOTAL, "orders"),
        ),
    )
    same(
        shop,
        query,
        "with r as (select date_trunc('month', ordered_at) t, sum(net_amount) v "
        f"{KEPT} group by 1), o as (select date_trunc('month', ordered_at) t, count(*) n "
        "from fct_orders where ordered_at >= '2024-01-01' and ordered_at < '2025-01-01' "
        "group by 1) select t, n, sum(n) over (order by t), v, "
        "(select avg(v) from r x where x.t <= r.t and x.t > r.t - interval '2 months'), "
        "rank() over (order by v desc), b.v2, r.v - b.v2, "
        "(r.v - b.v2)::numeric / b.v2 from r join o using (t) left join "
        "(select t + interval '1 year' t, v v2 from r) b using (t)",
    )
    assert shop.compiler.compile(query).columns[:3] == (
        "metric_time__month",
        "orders",
        "orders__running_total",
    )


@pytest.mark.parametrize("grain", [None, "month"])
def test_reading_the_sql_changes_nothing(shop: Shop, grain: str | None) -> None:
    """What is read as a tree and written again gives the rows of MetricFlow's own text."""
    compared = 0
    for metric in shop.catalog.metrics:
        group_by = (item(f"metric_time__{grain}"),) if grain else ()
        try:
            text = shop.compiler.metricflow.sql((metric,), group_by)
        except QueryError:
            continue  # it needs a time
        found = shop.rows(SemanticQuery((metric,), group_by))
        assert sorted(plain(found), key=repr) == sorted(plain(shop.by_hand(text)), key=repr), metric
        compared += 1
    assert compared > 15


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (SemanticQuery(("revenue_last_7_days",)), "needs a period"),
        (
            SemanticQuery(("cumulative_revenue",), time_range=TimeRange(date(2024, 1, 1), None)),
            "needs a period",
        ),
        (SemanticQuery(("revenue_growth_month",), time_range=Y2024), "exactly one month"),
        (SemanticQuery(("revenue_growth_month",)), "exactly one month"),
        (SemanticQuery(group_by=(item("customer__tier"), item("order"))), "only for a time"),
    ],
)
def test_what_has_no_meaning_is_refused(shop: Shop, query: SemanticQuery, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        shop.compiler.compile(query)
    assert said in " ".join(getattr(i, "message", "") for i in caught.value.issues)
    assert caught.value.hint


def test_rows_come_in_the_order_of_their_groups(shop: Shop) -> None:
    rows = shop.rows(SemanticQuery(("orders",), (item("metric_time__month"), SEGMENT)))
    assert [r[0] for r in rows] == sorted(r[0] for r in rows)
    first = [r[1] for r in rows if r[0] == rows[0][0]]
    assert first == [*sorted(v for v in first if v is not None), *(v for v in first if v is None)]


def test_equal_rows_are_ordered_by_their_groups(shop: Shop) -> None:
    query = SemanticQuery(
        ("orders",), (item("customer"),), order_by=(OrderByItem("orders", True),), limit=7
    )
    same(
        shop,
        query,
        "select customer_id, count(*) from fct_orders group by 1 order by 2 desc, 1 limit 7",
        ordered=True,
    )


@pytest.mark.parametrize(
    ("data_type", "operator", "value", "sql"),
    [
        ("varchar(5)", Operator.EQ, True, "LOWER(x) IN ('true', 't', 'yes', 'y', '1')"),
        ("text", Operator.NE, False, "NOT LOWER(x) IN ('false', 'f', 'no', 'n', '0')"),
        ("smallint", Operator.EQ, True, "x = 1"),
        ("boolean", Operator.EQ, True, "x = TRUE"),
        (None, Operator.EQ, False, "x = FALSE"),
        ("text", Operator.EQ, 7, "x = '7'"),
        ("integer", Operator.GT, 7, "x > 7"),
        ("numeric", Operator.LE, Decimal("-2.50"), "x <= -2.50"),
        ("text", Operator.EQ, date(2024, 1, 2), "x = '2024-01-02'"),
    ],
)
def test_values_are_written_as_the_column_stores_them(
    data_type: str | None, operator: Operator, value: Any, sql: str
) -> None:
    from sqlglot import exp

    dimension = Dimension("x", DimensionType.CATEGORICAL, "m", "x", data_type=data_type)
    found = filter_condition(
        exp.column("x"),
        WhereFilter(item("m__x"), operator, (value,)),
        GroupByElement("x", ("m",), dimension),
    )
    assert found.sql(dialect="postgres") == sql


@pytest.mark.parametrize("value", ["line\nbreak", "\t", "a\r\nb\n", "it's\n{"])
def test_line_breaks_stay_as_they_are(shop: Shop, value: str) -> None:
    assert shop.by_hand(f"select {literal_expression(value).sql(dialect='postgres')}") == [(value,)]
    # Inside MetricFlow's indented SQL, too: every customer has a name that is not this.
    query = SemanticQuery(
        ("customers",), where=(where("customer__customer_name", Operator.NE, value),)
    )
    assert value not in shop.compiler.compile(query).sql
    assert shop.rows(query) == [(40,)]


def test_a_range_beyond_the_calendar_is_refused(shop: Shop) -> None:
    query = SemanticQuery(
        ("revenue",),
        time_range=TimeRange(date(1, 1, 1), date(1, 1, 1) + timedelta(days=30)),
        calculations=calculation(POP, offset=Offset(1, "year")),
    )
    with pytest.raises(QueryError):
        shop.compiler.compile(query)
