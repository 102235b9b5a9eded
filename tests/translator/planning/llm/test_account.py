"""What a model's plan leaves out of its question is told, and asked back rather than answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.translator.planning.llm.conftest import AS_OF, ShopPlanning
from translator.plan import Clarification, ModelQuery, Planned, Question
from translator.planning.embedded.planner import EmbeddedPlanner
from translator.planning.llm.account import (
    UNUSED_GROUPING,
    UNUSED_PERIOD,
    UNUSED_VALUE,
    Account,
    Accountant,
)
from translator.query import SemanticQuery

REVENUE: dict[str, Any] = {"metrics": ["revenue"]}
VISITS: dict[str, Any] = {"metrics": ["visits"]}
IN_2024 = {"time_range": {"start": "2024-01-01", "end": "2025-01-01"}}
BRAND = {"where": [{"item": "product__brand", "operator": "=", "values": ["Acme"]}]}
NOT_BRAND = {"where": [{"item": "product__brand", "operator": "!=", "values": ["Acme"]}]}


@pytest.fixture
def account(planning: ShopPlanning) -> Callable[..., Account]:
    accountant = Accountant(planning.embedded)

    def of(text: str, *parts: dict[str, Any]) -> Account:
        content: dict[str, Any] = {}
        for part in parts:
            content |= part
        return accountant.account(Question(text, AS_OF), SemanticQuery.from_dict(content))

    return of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("revenue", [REVENUE]),
        ("revenue in 2024", [REVENUE, IN_2024]),
        ("revenue by month", [REVENUE, {"group_by": ["metric_time__month"]}]),
        ("revenue for Acme in 2024", [REVENUE, BRAND, IN_2024]),
        ("revenue without Acme", [REVENUE, NOT_BRAND]),
        ("revenue by brand", [REVENUE, {"group_by": ["product__brand"]}]),
    ],
)
def test_a_whole_plan_leaves_nothing_out(
    account: Callable[..., Account], text: str, parts: list[dict[str, Any]]
) -> None:
    assert account(text, *parts) == Account(())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("closing revenue in 2024", "closed"),
        ("revenue in 2024 as an act of faith", "active"),
        ("return rate and return reason in 2024", "return"),
    ],
)
def test_words_that_are_not_surely_a_value_do_not_go_back(
    planning: ShopPlanning, text: str, value: str
) -> None:
    """They are still among the words that are told with the answer, where nothing else has them."""
    embedded = EmbeddedPlanner(planning.catalog, {"visits.traffic_source": (value,)})
    plan = SemanticQuery.from_dict(
        {"metrics": ["return_rate"], "group_by": ["return__return_reason"]} | IN_2024
        if value == "return"
        else REVENUE | IN_2024
    )
    assert Accountant(embedded).account(Question(text, AS_OF), plan).issues == ()


def test_a_slip_of_the_pen_does_not_hide_a_value(planning: ShopPlanning) -> None:
    embedded = EmbeddedPlanner(planning.catalog, {"visits.traffic_source": ("travellers",)})
    accountant = Accountant(embedded)
    for text in ("visits of travelers", "visits of the Traveller"):
        (issue,) = accountant.account(
            Question(text, AS_OF), SemanticQuery(metrics=("visits",))
        ).issues
        assert issue.suggestions == ("travellers",)


def test_a_value_that_the_metric_cannot_be_filtered_by_is_told_and_not_sent_back(
    planning: ShopPlanning,
) -> None:
    embedded = EmbeddedPlanner(planning.catalog, {"visits.traffic_source": ("travellers",)})
    found = Accountant(embedded).account(
        Question("revenue of travellers", AS_OF), SemanticQuery(metrics=("revenue",))
    )
    assert found == Account(("travellers",))


def test_a_year_in_the_name_of_a_value_is_no_period(planning: ShopPlanning) -> None:
    embedded = EmbeddedPlanner(planning.catalog, {"products.brand": ("Summer 2024",)})
    where = [{"item": "product__brand", "operator": "=", "values": ["Summer 2024"]}]
    summer = SemanticQuery.from_dict(REVENUE | {"where": where})
    for text, kinds in (
        ("revenue of Summer 2024", []),
        ("revenue of Acme in 2024", [UNUSED_PERIOD]),
    ):
        query = summer if not kinds else SemanticQuery.from_dict(REVENUE | BRAND)
        found = Accountant(embedded).account(Question(text, AS_OF), query)
        assert [i.kind for i in found.issues] == kinds


@pytest.mark.parametrize(("text", "missed"), [("including", 0), ("not including", 1), ("from", 1)])
def test_what_is_included_is_no_filter(
    account: Callable[..., Account], text: str, missed: int
) -> None:
    assert len(account(f"visits {text} the e-mail", VISITS).issues) == missed


def test_several_values_of_a_grouping_are_its_rows(account: Callable[..., Account]) -> None:
    visits = {"metrics": ["visits"], "group_by": ["visit__traffic_source"]}
    assert account("visits split between e-mail and paid search", visits) == Account(())
    # One alone is not all of what was asked, which is told; but it is among the rows.
    assert account("visits from e-mail by traffic source", visits) == Account(("e-mail",))
    assert account("visits from e-mail", VISITS).issues[0].suggestions == ("email",)


@pytest.mark.parametrize(
    ("text", "parts", "kind", "word"),
    [
        ("revenue in 2024", [REVENUE], UNUSED_PERIOD, "2024"),
        ("revenue by month", [REVENUE], UNUSED_PERIOD, "month"),
        ("revenue for Acme in 2024", [REVENUE, IN_2024], UNUSED_VALUE, "Acme"),
        ("revenue by brand", [REVENUE], UNUSED_GROUPING, "brand"),
    ],
)
def test_a_dropped_period_value_or_grouping_is_an_issue(
    account: Callable[..., Account], text: str, parts: list[dict[str, Any]], kind: str, word: str
) -> None:
    found = account(text, *parts)

    assert [i.kind for i in found.issues] == [kind]
    assert word in found.issues[0].message
    assert found.words and any(word in w for w in found.words)


@pytest.mark.parametrize(
    ("text", "parts", "word"),
    [
        ("revenue without Acme", [REVENUE, BRAND], "without"),
        ("revenue of zeppelins", [REVENUE], "zeppelins"),
    ],
)
def test_other_dropped_words_are_told(
    account: Callable[..., Account], text: str, parts: list[dict[str, Any]], word: str
) -> None:
    assert word in (account(text, *parts).words or ())


def test_nothing_is_claimed_of_sql_over_models(planning: ShopPlanning) -> None:
    sql = ModelQuery("select 1 as n from {{ ref('dim_customers') }}", "One.")

    assert Accountant(planning.embedded).account(Question("revenue", AS_OF), sql).words is None


def test_a_model_that_stays_with_less_is_not_answered(
    planning: ShopPlanning, ask: Callable[..., Planned]
) -> None:
    less = {"reading": "Revenue.", "kind": "metrics", "metrics": ["revenue"]}
    account = Accountant(planning.embedded).account

    planned = ask("revenue in 2024", less, less, less, account=account)

    assert isinstance(planned.plan, Clarification)
    assert "2024" in planned.plan.message
    assert [o.plan for o in planned.plan.options] == [SemanticQuery(metrics=("revenue",))]


def test_a_model_that_stays_without_a_value_is_answered_less_surely_and_says_so(
    planning: ShopPlanning, ask: Callable[..., Planned]
) -> None:
    """Told once; the words may be no value at all."""
    visits = {"reading": "Visits.", "kind": "metrics", "metrics": ["visits"]}
    account = Accountant(planning.embedded).account

    planned = ask("visits from e-mail", visits, visits, account=account)

    assert planned.plan == SemanticQuery(metrics=("visits",))
    assert planned.ignored == ("e-mail",) and "e-mail" in planned.notes[0]
    assert planned.confidence < 0.5


def test_a_model_that_mends_it_is_answered(
    planning: ShopPlanning, ask: Callable[..., Planned]
) -> None:
    less = {"reading": "Revenue.", "kind": "metrics", "metrics": ["revenue"]}
    whole = less | {"time_range": {"first_day": "2024-01-01", "last_day": "2024-12-31"}}
    account = Accountant(planning.embedded).account

    planned = ask("revenue in 2024", less, whole, account=account)

    assert isinstance(planned.plan, SemanticQuery) and planned.plan.time_range is not None
    assert planned.ignored == ()
