"""Forms of questions whose words change the figure: each is honoured, or nothing is answered."""

from __future__ import annotations

from datetime import date

import pytest

from semantic.catalog import SemanticCatalog
from semantic.load import load_catalog
from semantic.project import Project
from translator.plan import Question
from translator.planning.embedded.contradiction import contradicts
from translator.planning.embedded.planner import EmbeddedPlanner
from translator.query import (
    Calculation,
    CalculationKind,
    GroupByItem,
    Offset,
    Operator,
    SemanticQuery,
    TimeRange,
    WhereFilter,
)

AS_OF = date(2025, 6, 18)
VALUES = {
    "regions.region_name": ("North", "South"),
    "products.brand": ("O'Neill", "Acme"),
    "orders.order_status": ("placed", "shipped"),
}


@pytest.fixture(scope="module")
def catalog(shop_project: Project) -> SemanticCatalog:
    return load_catalog(shop_project)


@pytest.fixture(scope="module")
def planner(catalog: SemanticCatalog) -> EmbeddedPlanner:
    return EmbeddedPlanner(catalog, VALUES, clarify_threshold=0.3)


def query(planner: EmbeddedPlanner, text: str) -> SemanticQuery:
    plan = planner.plan(Question(text, AS_OF)).plan
    assert isinstance(plan, SemanticQuery), plan
    return plan


@pytest.mark.parametrize(
    ("text", "keep", "per"),
    [
        ("top 2 brands in each region by revenue", 2, "region_name"),
        ("best brand by revenue in every region", 1, "region_name"),
        ("For each region, what is the top brand by revenue?", 1, "region_name"),
        ("In which month of each year did we get the most orders?", 1, "metric_time__year"),
    ],
)
def test_the_first_of_each_group(planner: EmbeddedPlanner, text: str, keep: int, per: str) -> None:
    plan = query(planner, text)
    ranks = [c for c in plan.calculations if c.kind is CalculationKind.RANK]
    assert [c.keep for c in ranks] == [keep]
    assert [i.qualified_name.endswith(per) for i in ranks[0].partition_by] == [True]
    assert plan.limit is None


def test_no_name_is_no_winner(planner: EmbeddedPlanner) -> None:
    planned = planner.plan(Question("top 5 brands by revenue", AS_OF))
    assert isinstance(planned.plan, SemanticQuery)
    brand = planned.plan.group_by[0]
    assert WhereFilter(brand, Operator.IS_NOT_NULL) in planned.plan.where
    assert any("left out" in note for note in planned.notes)


@pytest.mark.parametrize(
    "text", ["minimum revenue by brand", "maximum revenue by region", "revenue never by brand"]
)
def test_what_no_metric_gives_is_not_answered(planner: EmbeddedPlanner, text: str) -> None:
    assert not isinstance(planner.plan(Question(text, AS_OF)).plan, SemanticQuery)


def test_a_median_that_is_a_metric_is_answered(planner: EmbeddedPlanner) -> None:
    assert query(planner, "median item value by brand").metrics == ("median_item_value",)


def test_what_was_not_shipped_has_no_shipping_date(planner: EmbeddedPlanner) -> None:
    plan = query(planner, "how many orders were not shipped in 2024")
    assert [(w.item.name, w.operator) for w in plan.where] == [("shipped_on", Operator.IS_NULL)]
    assert plan.time_range == TimeRange(date(2024, 1, 1), date(2025, 1, 1))


def test_placed_in_a_period_is_no_state(planner: EmbeddedPlanner) -> None:
    plan = query(planner, "how many orders were placed in 2024")
    assert plan.metrics == ("orders",)
    assert plan.where == ()


def test_a_level_on_a_day_is_its_last_snapshot(planner: EmbeddedPlanner) -> None:
    planned = planner.plan(Question("monthly recurring revenue at the end of 2024", AS_OF))
    assert isinstance(planned.plan, SemanticQuery)
    assert planned.plan.time_range == TimeRange(None, date(2025, 1, 1))
    assert any("31 Dec 2024" in note for note in planned.notes)


def test_quarters_of_one_year_beside_those_of_another(planner: EmbeddedPlanner) -> None:
    plan = query(planner, "revenue by quarter 2024 compared with 2023")
    assert plan.time_range == TimeRange(date(2024, 1, 1), date(2025, 1, 1))
    assert [c.offset for c in plan.calculations] == [Offset(1, "year")]


def test_growth_through_a_year_is_a_row_a_month(planner: EmbeddedPlanner) -> None:
    plan = query(planner, "MoM change in revenue through 2024")
    assert plan.time_range == TimeRange(date(2024, 1, 1), date(2025, 1, 1))
    assert [g.qualified_name for g in plan.group_by] == ["metric_time__month"]


def test_parts_of_an_average_make_no_whole(planner: EmbeddedPlanner) -> None:
    plan = planner.plan(Question("share of average order value by channel", AS_OF)).plan
    shares = plan.calculations if isinstance(plan, SemanticQuery) else ()
    assert not [c for c in shares if c.kind is CalculationKind.SHARE_OF_TOTAL]


def test_a_breakdown_beside_a_question_is_no_ranking_within_it(planner: EmbeddedPlanner) -> None:
    text = "Which brands sell most? Revenue by brand in 2024, highest first."
    assert not [c for c in query(planner, text).calculations if c.kind is CalculationKind.RANK]


def test_a_share_over_what_the_metric_fixes_is_none(catalog: SemanticCatalog) -> None:
    status = GroupByItem("item_status", ("order_item",))
    share = Calculation(CalculationKind.SHARE_OF_TOTAL, "revenue")
    assert contradicts(SemanticQuery(("revenue",), (status,), calculations=(share,)), catalog)
    brand = GroupByItem("brand", ("product",))
    assert not contradicts(SemanticQuery(("revenue",), (brand,), calculations=(share,)), catalog)
