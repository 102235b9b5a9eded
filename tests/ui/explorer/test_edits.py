"""Changes of a query by controls: valid, complete, and without what is gone."""

from __future__ import annotations

from datetime import date

import pytest

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
from ui.explorer.refine import edits, offers

REGION = GroupByItem("region", ("customer",))
MONTH = GroupByItem("metric_time", grain="month")
YEAR = TimeRange(date(2024, 1, 1), date(2025, 1, 1))
BASE = SemanticQuery(metrics=("revenue",), group_by=(MONTH, REGION), time_range=YEAR)


def test_a_grain_replaces_the_one_before_also_in_order_and_partitions() -> None:
    query = SemanticQuery(
        metrics=("revenue",),
        group_by=(MONTH, REGION),
        order_by=(OrderByItem("metric_time__month"),),
        calculations=(Calculation(CalculationKind.RANK, "revenue", partition_by=(MONTH,), keep=3),),
    )
    changed = edits.with_grain(query, "quarter")
    quarter = GroupByItem("metric_time", grain="quarter")
    assert changed.group_by == (quarter, REGION)
    assert changed.order_by == (OrderByItem("metric_time__quarter"),)
    assert changed.calculations[0].partition_by == (quarter,)
    gone = edits.with_grain(query, None)
    assert gone.group_by == (REGION,)
    assert gone.order_by == () and gone.calculations[0].partition_by == ()


def test_time_is_added_first_and_shows_all_rows() -> None:
    query = SemanticQuery(
        metrics=("revenue",), group_by=(REGION,), order_by=(OrderByItem("revenue", True),), limit=3
    )
    changed = edits.with_grain(query, "month")
    assert changed.group_by == (MONTH, REGION)
    assert changed.limit is None and changed.order_by == ()


def test_what_needs_time_goes_with_it() -> None:
    running = Calculation(CalculationKind.RUNNING_TOTAL, "revenue")
    compared = Calculation(CalculationKind.PERIOD_OVER_PERIOD, "revenue", Offset(1, "year"))
    query = SemanticQuery(
        metrics=("revenue",), group_by=(MONTH,), time_range=YEAR, calculations=(running, compared)
    )
    without_grain = edits.with_grain(query, None)
    assert without_grain.calculations == (compared,)
    assert edits.with_period(without_grain, None).calculations == ()


def test_group_by_keeps_time_and_drops_the_order_of_what_is_gone() -> None:
    query = SemanticQuery(
        metrics=("revenue",),
        group_by=(MONTH, REGION),
        order_by=(OrderByItem("customer__region"),),
    )
    channel = GroupByItem("channel", ("order",))
    assert edits.with_group_by(query, [channel]).group_by == (MONTH, channel)
    assert edits.with_group_by(query, []).order_by == ()
    assert edits.without_group_by(query, 0).group_by == (REGION,)


def test_filters_come_and_go_by_position() -> None:
    north = WhereFilter(REGION, Operator.IN, ("North",))
    many = MetricFilter("revenue", Operator.GT, (5,))
    query = SemanticQuery(metrics=("revenue",), group_by=(REGION,), having=(many,))
    filtered = edits.with_filter(query, north)
    assert filtered.where == (north,)
    assert edits.with_filter(filtered, north) == filtered
    assert edits.without_filter(filtered, 0) == query
    assert edits.without_filter(filtered, 1).having == ()


def test_top_takes_a_rank_away_and_orders_by_the_first_metric() -> None:
    ranked = Calculation(CalculationKind.RANK, "revenue", keep=3)
    query = SemanticQuery(metrics=("revenue",), group_by=(REGION,), calculations=(ranked,))
    top = edits.with_top(query, 5, ascending=True)
    assert (top.limit, top.order_by) == (5, (OrderByItem("revenue", False),))
    assert top.calculations == ()
    assert edits.with_top(top, None).limit is None


def test_comparison_and_share_concern_every_metric() -> None:
    query = SemanticQuery(metrics=("revenue", "orders"), group_by=(MONTH, REGION))
    compared = edits.with_comparison(query, Offset(1, "year"))
    assert [c.metric for c in compared.calculations] == ["revenue", "orders"]
    assert edits.with_comparison(compared, None) == query
    assert edits.with_metrics(compared, ["orders"]).calculations == compared.calculations[1:]
    shared = edits.with_share(query, True)
    assert len(shared.calculations) == 2
    assert edits.with_share(shared, False) == query


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("Last month", date(2023, 12, 1), date(2024, 1, 1)),
        ("Last quarter", date(2023, 10, 1), date(2024, 1, 1)),
        ("This year", date(2024, 1, 1), date(2025, 1, 1)),
        ("Last 12 months", date(2023, 1, 1), date(2024, 1, 1)),
    ],
)
def test_periods_cross_the_year(name: str, start: date, end: date) -> None:
    assert dict(offers.periods(date(2024, 1, 31)))[name] == TimeRange(start, end)
