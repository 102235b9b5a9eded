"""The embedded planner on the shop project: what it plans, asks back, refuses, and survives."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic.catalog import SemanticCatalog
from semantic.load import load_catalog
from semantic.project import Project
from translator.plan import Clarification, Planned, Question, Refusal
from translator.planning.embedded.planner import EmbeddedPlanner
from translator.query import Operator, SemanticQuery, TimeRange
from translator.validate import validate

AS_OF = date(2025, 6, 18)
VALUES = {
    "regions.region_name": ("North", "South", "Süd-Ost"),
    "regions.country": ("Germany", "United Kingdom"),
    "products.brand": ("O'Neill", "Acme"),
    "customers.segment": ("consumer", "business"),
    "visits.traffic_source": ("email", "paid search"),
}


@pytest.fixture(scope="module")
def catalog(shop_project: Project) -> SemanticCatalog:
    return load_catalog(shop_project)


@pytest.fixture(scope="module")
def planner(catalog: SemanticCatalog) -> EmbeddedPlanner:
    return EmbeddedPlanner(catalog, VALUES)


def planned(planner: EmbeddedPlanner, text: str, previous: SemanticQuery | None = None) -> Planned:
    return planner.plan(Question(text, AS_OF, previous))


def query(
    planner: EmbeddedPlanner, text: str, previous: SemanticQuery | None = None
) -> SemanticQuery:
    plan = planned(planner, text, previous).plan
    assert isinstance(plan, SemanticQuery), plan
    return plan


@pytest.mark.parametrize(
    ("text", "metrics", "group_by"),
    [
        ("revenue", ["revenue"], []),
        ("What was our turnover?", ["revenue"], []),
        ("total revenue by brand", ["revenue"], ["product__brand"]),
        ("How many orders per month?", ["orders"], ["metric_time__month"]),
        ("monthly revenue in 2024", ["revenue"], ["metric_time__month"]),
        ("AOV by channel", ["average_order_value"], ["order__channel"]),
        ("visits by traffic source", ["visits"], ["visit__traffic_source"]),
        ("Show revenue and units sold by brand", ["revenue", "units_sold"], ["product__brand"]),
        ("revenu by brnd", ["revenue"], ["product__brand"]),
    ],
)
def test_metrics_and_grouping(
    planner: EmbeddedPlanner, text: str, metrics: list[str], group_by: list[str]
) -> None:
    plan = query(planner, text)
    assert sorted(plan.metrics) == sorted(metrics)
    assert [g.qualified_name for g in plan.group_by] == group_by


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("revenue last month", TimeRange(date(2025, 5, 1), date(2025, 6, 1))),
        ("revenue in Q1 2024", TimeRange(date(2024, 1, 1), date(2024, 4, 1))),
        ("revenue in 2024", TimeRange(date(2024, 1, 1), date(2025, 1, 1))),
        ("revenue year to date", TimeRange(date(2025, 1, 1), date(2025, 6, 19))),
        ("revenue since March 2025", TimeRange(date(2025, 3, 1), None)),
    ],
)
def test_periods(planner: EmbeddedPlanner, text: str, expected: TimeRange) -> None:
    assert query(planner, text).time_range == expected


@pytest.mark.parametrize(
    ("text", "operator", "value"),
    [
        ("visits from email", Operator.EQ, "email"),
        ("visits not from email", Operator.NE, "email"),
        ("How many visits did not come from paid search?", Operator.NE, "paid search"),
        ('revenue of the brand "O\'Neill"', Operator.EQ, "O'Neill"),
    ],
)
def test_filters(planner: EmbeddedPlanner, text: str, operator: Operator, value: str) -> None:
    conditions = query(planner, text).where
    assert [(c.operator, c.values) for c in conditions] == [(operator, (value,))]


def test_top_n_orders_and_limits(planner: EmbeddedPlanner) -> None:
    plan = query(planner, "top 3 brands by revenue")
    assert plan.limit == 3
    assert [(o.name, o.descending) for o in plan.order_by] == [("revenue", True)]


def test_comparison_with_an_earlier_period(planner: EmbeddedPlanner) -> None:
    plan = query(planner, "revenue last month compared with the previous year")
    assert [c.offset and (c.offset.count, c.offset.grain) for c in plan.calculations] == [
        (1, "year")
    ]


def test_unknown_words_are_refused_by_name(planner: EmbeddedPlanner) -> None:
    result = planned(planner, "What is our dividend by brand?")
    assert isinstance(result.plan, Refusal)
    assert "dividend" in result.plan.reason


def test_what_has_none_is_listed_from_its_own_model(planner: EmbeddedPlanner) -> None:
    plan = query(planner, "Which customers have never made a purchase?")
    assert plan.metrics == ()
    assert "customer" in [g.qualified_name for g in plan.group_by]
    assert [(h.operator, h.entity and h.entity.qualified_name) for h in plan.having] == [
        (Operator.IS_NULL, "customer")
    ]


def test_a_lost_not_is_never_answered(planner: EmbeddedPlanner) -> None:
    result = planned(planner, "How much revenue was there without any discounting, by brand?")
    assert not isinstance(result.plan, SemanticQuery)


def test_a_follow_up_keeps_the_rest(planner: EmbeddedPlanner) -> None:
    first = query(planner, "revenue by brand in 2024")
    second = query(planner, "and in 2023?", first)
    assert second.metrics == first.metrics
    assert second.group_by == first.group_by
    assert second.time_range == TimeRange(date(2023, 1, 1), date(2024, 1, 1))


def test_the_period_before_follows_up(planner: EmbeddedPlanner) -> None:
    first = query(planner, "revenue in May 2025")
    second = query(planner, "and the month before?", first)
    assert second.time_range == TimeRange(date(2025, 4, 1), date(2025, 5, 1))


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=200))
def test_any_text_is_survived(planner: EmbeddedPlanner, text: str) -> None:
    assert planned(planner, text).planner == "embedded"


@pytest.mark.parametrize(
    "text",
    [
        "{{ env_var('HOME') }}",
        "'; drop table orders; --",
        "revenue where brand = 'x' or 1=1",
        "revenue " * 200,
        "売上は地域別にいくらですか",
        "1 2 3 , . ? !",
    ],
)
def test_hostile_text_gives_a_plan_or_words(
    planner: EmbeddedPlanner, catalog: SemanticCatalog, text: str
) -> None:
    plan = planned(planner, text).plan
    if isinstance(plan, SemanticQuery):
        assert validate(plan, catalog) == ()
    elif isinstance(plan, Clarification):
        assert plan.options
    else:
        assert plan.reason
