"""What the embedded planner makes of words that turn a question round, on two projects."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from semantic.load import load_catalog
from semantic.project import Project, find_project
from tests.corpus.test_corpus import CORPUS
from translator.plan import Clarification, Planned, Question, Refusal
from translator.planning.embedded.contradiction import contradicts
from translator.planning.embedded.planner import EmbeddedPlanner
from translator.planning.embedded.skeleton import is_skeleton
from translator.query import (
    CalculationKind,
    GroupByItem,
    Offset,
    Operator,
    SemanticQuery,
    WhereFilter,
)

AS_OF = date(2025, 6, 18)
SHOP_VALUES = {
    "regions.region_name": ("North", "South", "Upper Silesia"),
    "regions.country": ("Germany", "United Kingdom"),
    "products.brand": ("O'Neill", "Acme", "Nordlys Tools"),
    "customers.segment": ("consumer", "business"),
}
STATIONS = ("Union Square", "University Gate", "City Hall")


@pytest.fixture(scope="module")
def shop(shop_project: Project) -> EmbeddedPlanner:
    return EmbeddedPlanner(load_catalog(shop_project), SHOP_VALUES)


@pytest.fixture(scope="module")
def bikes(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedPlanner:
    """Every ride has a start and an end station, with the same attributes."""
    folder = shutil.copytree(CORPUS / "bikeshare", tmp_path_factory.mktemp("bikes") / "project")
    catalog = load_catalog(find_project(Path(folder)))
    keys = [d.key for d in catalog.dimensions.values() if d.name == "station_name"]
    return EmbeddedPlanner(catalog, dict.fromkeys(keys, STATIONS))


def plan(planner: EmbeddedPlanner, text: str, previous: SemanticQuery | None = None) -> Planned:
    return planner.plan(Question(text, AS_OF, previous))


def query(
    planner: EmbeddedPlanner, text: str, previous: SemanticQuery | None = None
) -> SemanticQuery:
    """What is answered, or the first reading offered."""
    found = plan(planner, text, previous).plan
    if isinstance(found, Clarification):
        first = found.options[0].plan
        assert isinstance(first, SemanticQuery)
        return first
    assert isinstance(found, SemanticQuery), found
    return found


@pytest.mark.parametrize(
    "text",
    [
        "revenue from everywhere but Germany",
        "revenue outside of Germany",
        "revenue w/o Germany",
        "revenue for all countries except Germany",
    ],
)
def test_what_is_left_out_is_left_out(shop: EmbeddedPlanner, text: str) -> None:
    conditions = [(w.item.name, w.operator, w.values) for w in query(shop, text).where]
    assert conditions == [("country", Operator.NE, ("Germany",))]


def test_and_sets_values_side_by_side_while_or_adds_them_up(shop: EmbeddedPlanner) -> None:
    brands = ("O'Neill", "Acme")
    beside = query(shop, "revenue of O'Neill and Acme")
    together = query(shop, "revenue of O'Neill or Acme")
    assert [i.name for i in beside.group_by] == ["brand"]
    assert together.group_by == ()
    assert {frozenset(q.where[0].values) for q in (beside, together)} == {frozenset(brands)}


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("3-month moving average of revenue", 3),
        ("rolling 6 month average of revenue", 6),
        ("revenue as a moving average over the last two months", 2),
    ],
)
def test_moving_averages_have_their_window(shop: EmbeddedPlanner, text: str, window: int) -> None:
    found = query(shop, text)
    assert [(c.kind, c.window) for c in found.calculations] == [
        (CalculationKind.MOVING_AVERAGE, window)
    ]
    assert GroupByItem("metric_time", (), "month") in found.group_by


def test_a_portion_is_a_share_of_the_whole(shop: EmbeddedPlanner) -> None:
    found = query(shop, "What portion of revenue does Acme bring in?")
    assert [c.kind for c in found.calculations] == [CalculationKind.SHARE_OF_TOTAL]
    assert [i.name for i in found.group_by] == ["brand"]
    assert found.where == ()


def test_to_rank_is_to_show_the_rank(shop: EmbeddedPlanner) -> None:
    found = query(shop, "Rank the brands by revenue")
    assert [c.kind for c in found.calculations] == [CalculationKind.RANK]
    assert [i.name for i in found.group_by] == ["brand"]


def test_a_threshold_stays_with_what_it_counts(shop: EmbeddedPlanner) -> None:
    found = query(shop, "customers with more than 8 orders")
    assert [(h.metric, h.operator, h.values) for h in found.having] == [
        ("orders", Operator.GT, (8,))
    ]
    assert any("customer" in i.qualified_name for i in found.group_by)


def test_part_of_a_proper_name_is_enough(shop: EmbeddedPlanner) -> None:
    assert query(shop, "revenue of Nordlys").where[0].values == ("Nordlys Tools",)


@pytest.mark.parametrize("text", ["Which are our best brands?", "top 3 brands", "How did Acme do?"])
def test_a_question_without_a_figure_is_asked_back_with_figures(
    shop: EmbeddedPlanner, text: str
) -> None:
    found = plan(shop, text).plan
    assert isinstance(found, Clarification)
    metrics = [o.plan.metrics for o in found.options if isinstance(o.plan, SemanticQuery)]
    assert len(set(metrics)) > 1
    assert "figure" in found.message


def test_a_month_in_a_follow_up_is_of_the_year_before(shop: EmbeddedPlanner) -> None:
    first = query(shop, "orders in February 2023")
    second = query(shop, "And in March?", first)
    assert second.time_range is not None
    assert second.time_range.start == date(2023, 3, 1)


@pytest.mark.parametrize(
    "text",
    ["What was revenue last month compared with the month before?", "Rank the brands by revenue"],
)
def test_a_whole_question_does_not_go_on_with_the_one_before(
    shop: EmbeddedPlanner, text: str
) -> None:
    first = query(shop, "revenue by channel and month in 2024")
    assert query(shop, text, first) == query(shop, text)


def test_capitals_make_a_country(shop: EmbeddedPlanner) -> None:
    catalog = shop.catalog
    values = SHOP_VALUES | {"regions.country": ("Germany", "United States")}
    planner = EmbeddedPlanner(catalog, values)
    assert [w.values for w in query(planner, "US revenue in 2024").where] == [("United States",)]
    assert query(planner, "show us revenue in 2024").where == ()


def test_two_periods_of_unequal_length_are_not_set_side_by_side(shop: EmbeddedPlanner) -> None:
    found = query(shop, "revenue ytd vs last year ytd")
    assert found.where == ()  # neither "year is 2025" nor "year is 2024"
    assert found.calculations[0].offset == Offset(1, "year")
    whole = query(shop, "revenue in 2023 vs 2024")
    assert [w.values for w in whole.where] == [(date(2023, 1, 1), date(2024, 1, 1))]


def test_words_that_narrow_a_noun_are_not_dropped(shop: EmbeddedPlanner) -> None:
    found = plan(shop, "revenue from loyal customers in 2024")
    assert not isinstance(found.plan, SemanticQuery)


def test_a_running_total_is_not_taken_for_what_accumulates_since_the_beginning(
    shop: EmbeddedPlanner,
) -> None:
    found = plan(shop, "cumulative revenue by month in 2024").plan
    assert isinstance(found, Clarification)
    kinds = [bool(o.plan.calculations) for o in found.options if isinstance(o.plan, SemanticQuery)]
    assert kinds[:2] == [False, True]


@pytest.mark.parametrize(("status", "nothing"), [("X", True), ("S", False)])
def test_a_filter_against_the_metric_s_own_leaves_nothing(
    shop: EmbeddedPlanner, status: str, nothing: bool
) -> None:
    # The metric leaves out items whose status is X.
    item = GroupByItem("item_status", ("order_item",))
    asked = SemanticQuery(("revenue",), where=(WhereFilter(item, Operator.EQ, (status,)),))
    assert contradicts(asked, shop.catalog) is nothing


def test_equal_roles_are_asked_back(bikes: EmbeddedPlanner) -> None:
    found = plan(bikes, "ridership by zone").plan
    assert isinstance(found, Clarification)
    paths = {
        o.plan.group_by[0].entity_path for o in found.options if isinstance(o.plan, SemanticQuery)
    }
    assert paths >= {("start_station",), ("end_station",)}


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("How many trips began at Union Square?", "start_station"),
        ("rides from Union Square", "start_station"),
        ("rides to Union Square", "end_station"),
        ("rides that ended at Union Square", "end_station"),
    ],
)
def test_the_words_around_tell_roles_apart(bikes: EmbeddedPlanner, text: str, entity: str) -> None:
    assert [w.item.entity_path for w in query(bikes, text).where] == [(entity,)]


@pytest.mark.parametrize(
    ("short", "word", "is_short"),
    [
        ("acft", "aircraft", True),
        ("rev", "revenue", True),
        ("ctry", "country", True),
        ("apt", "apartment", False),
        ("cat", "contract", False),
        ("order", "order", False),
    ],
)
def test_abbreviations_keep_the_skeleton_of_a_word(short: str, word: str, is_short: bool) -> None:
    assert is_skeleton(short, word) is is_short


def test_the_noun_that_is_ranked_is_no_figure_of_its_own(shop: EmbeddedPlanner) -> None:
    text = "Give me the top 5 customers by number of orders, with their names, orders and revenue."
    found = query(shop, text)
    assert set(found.metrics) == {"orders", "revenue"}
    assert found.order_by[0].name == "orders"


def test_a_value_that_is_counted_stands_for_what_has_it(shop: EmbeddedPlanner) -> None:
    found = query(shop, "how many consumers by country")
    assert found.metrics == ("customers",)
    assert [w.values for w in found.where] == [("consumer",)]


def test_options_are_told_in_words(shop: EmbeddedPlanner) -> None:
    for text in ("top 3 brands", "cumulative revenue by month in 2024"):
        found = plan(shop, text).plan
        assert isinstance(found, Clarification)
        assert not any(mark in o.label for o in found.options for mark in "_=")


def test_options_of_equal_roles_are_told_apart(bikes: EmbeddedPlanner) -> None:
    found = plan(bikes, "ridership by zone").plan
    assert isinstance(found, Clarification)
    labels = [o.label for o in found.options]
    assert any("start" in label for label in labels) and any("end" in label for label in labels)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("revenue from zeppelins by channel", "Revenue by"),
        ("Which zeppelins went to the North?", "by Region"),
        ("revenue from loyal customers in 2024", "Revenue by"),
    ],
)
def test_suggestions_are_near_to_what_was_asked(
    shop: EmbeddedPlanner, text: str, near: str
) -> None:
    found = plan(shop, text).plan
    assert isinstance(found, Refusal)
    assert near in found.suggestions[0]
