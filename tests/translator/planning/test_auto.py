"""Two planners joined: who is asked, what agreement is worth, and what a person is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import pytest

from semantic.catalog import Metric, MetricType, SemanticCatalog
from semantic.errors import ConfigurationError, MetricSpeakError, ServiceDownError
from translator.plan import (
    Clarification,
    ModelQuery,
    Option,
    Plan,
    Planned,
    Planner,
    Question,
    Refusal,
)
from translator.planning.auto import AutoPlanner
from translator.query import OrderByItem, SemanticQuery, TimeRange

QUESTION = Question("sales last year", date(2025, 6, 18))
CATALOG = SemanticCatalog(
    "p",
    "postgres",
    "f",
    metrics={
        n: Metric(n, MetricType.SIMPLE, label=n.title(), agg="sum") for n in ("revenue", "orders")
    },
)
REVENUE, ORDERS = SemanticQuery(metrics=("revenue",)), SemanticQuery(metrics=("orders",))
SQL = ModelQuery("select 1 as one from {{ ref('m') }}", "One.")


@dataclass
class Says:
    """A planner that says one thing, or fails."""

    plan_: Plan | MetricSpeakError
    confidence: float = 0.5
    name: str = "embedded"
    asked: list[Question] = field(default_factory=list)

    def plan(self, question: Question) -> Planned:
        self.asked.append(question)
        if isinstance(self.plan_, MetricSpeakError):
            raise self.plan_
        usage = "one call" if self.name == "llm" else ""
        return Planned(self.plan_, self.confidence, self.name, ("word",), usage=usage)


def joined(
    first: Plan,
    second: Plan | MetricSpeakError,
    confidence: float = 0.5,
    results: Callable[[SemanticQuery | ModelQuery], object] | None = None,
) -> Planned:
    llm = Says(second, 0.8, "llm")
    embedded = Says(first, confidence)
    return AutoPlanner(CATALOG, embedded, lambda: llm, 0.7, results).plan(QUESTION)


def never() -> Planner:
    raise AssertionError("the model was asked")


def test_the_model_is_not_asked_where_the_embedded_planner_is_sure() -> None:
    planned = AutoPlanner(CATALOG, Says(REVENUE, 0.7), never, 0.7).plan(QUESTION)
    assert (planned.plan, planned.planner, planned.usage) == (REVENUE, "embedded", "")


@pytest.mark.parametrize("first", [Refusal("no"), Clarification("which?", ())])
def test_it_is_asked_whenever_there_is_no_query(first: Plan) -> None:
    assert joined(first, REVENUE, confidence=0.99).plan == REVENUE


def test_two_that_agree_are_surer_than_one() -> None:
    planned = joined(
        REVENUE, SemanticQuery(metrics=("revenue",), order_by=(OrderByItem("revenue"),))
    )
    assert planned.plan == REVENUE
    assert planned.confidence == pytest.approx(0.9)
    assert planned.ignored == ("word",) and planned.usage == "one call"


def test_plans_with_the_same_rows_agree() -> None:
    planned = joined(REVENUE, SQL, results=lambda _: (("1",),))
    assert planned.plan == REVENUE and planned.confidence == pytest.approx(0.9)


@pytest.mark.parametrize("second", [ORDERS, SQL, SemanticQuery(metrics=("revenue",), limit=3)])
def test_two_that_differ_show_both_readings_in_words(second: SemanticQuery | ModelQuery) -> None:
    planned = joined(REVENUE, second)
    assert isinstance(planned.plan, Clarification)
    first, other = planned.plan.options
    assert (first.plan, other.plan) == (REVENUE, second)
    assert first.label == "Revenue, over all time." and other.label != first.label
    assert planned.confidence < 0.5


def test_a_period_that_differs_is_shown_with_its_days() -> None:
    year = TimeRange(date(2024, 1, 1), date(2025, 1, 1))
    planned = joined(REVENUE, SemanticQuery(metrics=("revenue",), time_range=year))
    assert isinstance(planned.plan, Clarification)
    assert planned.plan.options[1].label == "Revenue, from 1 Jan 2024 to 31 Dec 2024."


def test_a_reading_that_the_embedded_planner_offered_is_confirmed() -> None:
    asked = Clarification("which?", (Option("a", ORDERS), Option("b", REVENUE)))
    confirmed, alone = joined(asked, REVENUE), joined(asked, SQL)
    assert confirmed.plan == REVENUE and confirmed.planner == "llm"
    assert confirmed.confidence > 0.8 > alone.confidence


def test_a_model_that_asks_back_adds_its_readings() -> None:
    planned = joined(REVENUE, Clarification("Which?", (Option("o", ORDERS), Option("r", REVENUE))))
    assert isinstance(planned.plan, Clarification)
    assert planned.plan.message == "Which?"
    assert [o.plan for o in planned.plan.options] == [REVENUE, ORDERS]


def test_a_model_that_refuses_makes_the_answer_a_question() -> None:
    planned = joined(REVENUE, Refusal("No such figure."))
    assert isinstance(planned.plan, Clarification)
    assert "No such figure" in planned.plan.message
    assert [o.plan for o in planned.plan.options] == [REVENUE]


def test_two_refusals_are_one() -> None:
    planned = joined(Refusal("unknown words", ("Revenue by store",)), Refusal("No forecasts."))
    assert planned.plan == Refusal("No forecasts.", ("Revenue by store",))


@pytest.mark.parametrize(
    "error",
    [ServiceDownError("The model does not answer."), ConfigurationError("The key is refused.")],
)
def test_with_the_model_down_the_embedded_planner_goes_on_and_says_so(
    error: MetricSpeakError,
) -> None:
    planned = joined(REVENUE, error)
    assert (planned.plan, planned.planner, planned.confidence) == (REVENUE, "embedded", 0.5)
    assert planned.warnings == (f"The language model was not asked: {error.message}",)


def test_what_is_no_fault_of_a_service_is_not_hidden() -> None:
    with pytest.raises(MetricSpeakError):
        joined(REVENUE, MetricSpeakError("stopped"))
