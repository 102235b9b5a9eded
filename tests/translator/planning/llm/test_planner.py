"""The loop around the model: ask, check, give back what is wrong, settle, and keep a trace."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.translator.planning.llm.conftest import AS_OF, ShopPlanning
from translator.plan import Clarification, ModelQuery, Planned, Question, Refusal
from translator.planning.llm.chat import (
    ChatReply,
    FinishReason,
    ModelInfo,
    ModelUnavailable,
)
from translator.planning.llm.grammar import plan_schema
from translator.planning.llm.planner import LlmOptions
from translator.planning.llm.prompt import prompt_version
from translator.planning.llm.serving.scripted import ScriptedChatModel
from translator.planning.llm.trace import Prices, TraceFile
from translator.query import QueryIssue, SemanticQuery

Ask = Callable[..., Planned]
REVENUE = {"reading": "Revenue.", "kind": "metrics", "metrics": ["revenue"]}
GROSS = {"reading": "Gross.", "kind": "metrics", "metrics": ["gross_revenue"]}
WRONG = {"reading": "Revenue.", "kind": "metrics", "metrics": ["revenu"]}
SQL = {
    "reading": "Customers, counted.",
    "kind": "sql",
    "sql": "select count(*) as n from {{ ref('dim_customers') }} as c",
}


def reply(document: object, finish: FinishReason = FinishReason.STOP, **more: Any) -> ChatReply:
    text = document if isinstance(document, str) else json.dumps(document)
    return ChatReply(text, finish, "llama", **more)


def test_a_metric_query(ask: Ask) -> None:
    planned = ask("How much did we sell?", REVENUE)
    assert planned.plan == SemanticQuery(metrics=("revenue",))
    assert planned.planner == "llm" and 0.5 < planned.confidence < 1


def test_sql_over_models_is_less_sure(ask: Ask) -> None:
    planned = ask("Customers?", SQL)
    assert isinstance(planned.plan, ModelQuery)
    assert planned.confidence < ask("Revenue?", REVENUE).confidence


def test_a_question_back(ask: Ask) -> None:
    options = [{"label": "a", "metrics": ["revenue"]}, {"label": "b", "metrics": ["orders"]}]
    document = {"reading": "", "kind": "ask", "message": "Which?", "options": options}
    plan = ask("How is business?", document).plan
    assert isinstance(plan, Clarification) and len(plan.options) == 2


def test_a_refusal_comes_with_questions_that_can_be_answered(ask: Ask) -> None:
    document = {"reading": "", "kind": "refuse", "message": "No forecasts."}
    planned = ask("Revenue next year?", document, suggest=lambda _: ("Revenue by store",))
    assert planned.plan == Refusal("No forecasts.", ("Revenue by store",))


def test_what_is_sent(planning: ShopPlanning) -> None:
    model = ScriptedChatModel([REVENUE])
    options = LlmOptions(output_tokens=300, seed=7)
    planning.planner(model, options).plan(Question("revenue?", AS_OF))
    (request,) = model.requests
    assert request.schema == plan_schema()
    assert (request.max_tokens, request.temperature, request.seed) == (300, 0.0, 7)
    assert request.messages[-1].content.count("revenue?") == 1


def test_issues_go_back_with_suggestions_until_the_plan_is_right(planning: ShopPlanning) -> None:
    model = ScriptedChatModel([WRONG, REVENUE])
    planned = planning.planner(model).plan(Question("revenue?", AS_OF))
    assert planned.plan == SemanticQuery(metrics=("revenue",))
    second = model.requests[1].messages
    assert [m.role for m in second] == ["system", "user", "assistant", "user"]
    assert "revenu" in second[2].content
    assert "There is no metric 'revenu'; did you mean 'revenue'?" in second[3].content


def test_a_repaired_plan_is_less_sure(ask: Ask) -> None:
    assert ask("revenue?", WRONG, REVENUE).confidence < ask("revenue?", REVENUE).confidence


@pytest.mark.parametrize(
    "bad",
    [
        "I am a language model.",
        reply('{"reading": "Reve', FinishReason.LENGTH),
        {"reading": "r", "kind": "ask"},
        {"reading": "r", "kind": "metrics", "metrics": ["visits"], "group_by": ["product__brand"]},
    ],
)
def test_whatever_comes_back_is_repaired_or_refused(ask: Ask, bad: Any) -> None:
    assert ask("revenue?", bad, REVENUE).plan == SemanticQuery(metrics=("revenue",))
    plan = ask("revenue?", bad, bad, bad).plan
    assert isinstance(plan, Refusal)
    assert plan.reason.startswith("The language model found no query that can be run. ")


def test_it_asks_at_most_twice_again(planning: ShopPlanning) -> None:
    model = ScriptedChatModel(lambda _: WRONG)
    planned = planning.planner(model).plan(Question("revenue?", AS_OF))
    assert len(model.requests) == 3
    assert isinstance(planned.plan, Refusal) and planned.confidence == 0


def test_a_model_that_insists_on_a_value_is_followed_and_doubted(ask: Ask) -> None:
    condition = [{"item": "product__brand", "op": "=", "values": ["Newco"]}]
    document = {**REVENUE, "where": condition}
    planned = ask("revenue of Newco", document, document, document)
    assert isinstance(planned.plan, SemanticQuery)
    assert planned.confidence < 0.5
    assert any("Newco" in note for note in planned.notes)


def test_what_later_stages_say_goes_back_as_well(planning: ShopPlanning) -> None:
    model = ScriptedChatModel([SQL, REVENUE])

    def check(plan: SemanticQuery | ModelQuery) -> tuple[QueryIssue, ...]:
        wrong = isinstance(plan, ModelQuery)
        return (QueryIssue("warehouse_refused", "No column 'n'."),) if wrong else ()

    planned = planning.planner(model, check=check).plan(Question("revenue?", AS_OF))
    assert isinstance(planned.plan, SemanticQuery)
    assert "No column 'n'." in model.requests[1].messages[3].content


def test_most_samples_win(ask: Ask) -> None:
    options = LlmOptions(samples=3, seed=1)
    planned = ask("sales?", GROSS, REVENUE, REVENUE, options=options)
    assert planned.plan == SemanticQuery(metrics=("revenue",))
    alike = ask("sales?", REVENUE, REVENUE, REVENUE, options=options)
    assert planned.confidence == pytest.approx(alike.confidence * 2 / 3, abs=1e-3)


def test_samples_that_give_the_same_rows_vote_together(ask: Ask) -> None:
    options = LlmOptions(samples=3)
    orders = {"reading": "", "kind": "metrics", "metrics": ["orders"]}
    rows: dict[str, object] = {"revenue": (1,), "gross_revenue": (1,), "orders": (2,)}

    def result(plan: SemanticQuery | ModelQuery) -> object:
        assert isinstance(plan, SemanticQuery)
        return rows[plan.metrics[0]]

    planned = ask("sales?", orders, REVENUE, GROSS, options=options, result=result)
    assert planned.plan == SemanticQuery(metrics=("revenue",))


def test_samples_are_drawn_with_different_seeds(planning: ShopPlanning) -> None:
    model = ScriptedChatModel([REVENUE, REVENUE])
    options = LlmOptions(samples=2, seed=5)
    planning.planner(model, options).plan(Question("revenue?", AS_OF))
    assert [r.seed for r in model.requests] == [5, 6]
    assert all(r.temperature > 0 for r in model.requests)


def test_tokens_that_the_model_doubted_cost_confidence(ask: Ask) -> None:
    sure = ask("revenue?", reply(REVENUE, logprobs=(-0.01,) * 9)).confidence
    unsure = ask("revenue?", reply(REVENUE, logprobs=(-0.9,) * 9)).confidence
    assert unsure < sure / 2 + 0.1


def test_a_small_window_gets_a_small_prompt(planning: ShopPlanning) -> None:
    model = ScriptedChatModel([REVENUE], info=ModelInfo("small", 3_000, 4_096))
    planning.planner(model).plan(Question("revenue?", AS_OF))
    words = sum(len(m.content) for m in model.requests[0].messages)
    assert words < 9_000
    assert "- revenue" in model.requests[0].messages[1].content


def test_a_model_that_is_down_is_said_to_be(planning: ShopPlanning, tmp_path: Path) -> None:
    model = ScriptedChatModel([ModelUnavailable("The model is down.")])
    trace = TraceFile(tmp_path)
    with pytest.raises(ModelUnavailable):
        planning.planner(model, trace=trace).plan(Question("revenue?", AS_OF, trace_id="t1"))
    (record,) = records(trace)
    assert record["trace_id"] == "t1" and "The model is down." in record["error"]


def records(trace: TraceFile) -> list[dict[str, Any]]:
    return [json.loads(line) for line in trace.path.read_text(encoding="utf-8").splitlines()]


def test_each_call_is_traced(planning: ShopPlanning, tmp_path: Path) -> None:
    trace = TraceFile(tmp_path / "deep" / "cache")
    first = reply(WRONG, prompt_tokens=2_000, completion_tokens=50, seconds=1.5, attempts=2)
    second = reply(REVENUE, prompt_tokens=2_100, completion_tokens=60, seconds=1.0)
    options = LlmOptions(prices=Prices(1.0, 2.0))
    planner = planning.planner([first, second], options, trace=trace)
    planned = planner.plan(Question("revenue?", AS_OF, trace_id="abc"))
    (record,) = records(trace)
    assert (record["trace_id"], record["question"]) == ("abc", "revenue?")
    assert record["prompt_version"] == prompt_version()
    assert [c["purpose"] for c in record["calls"]] == ["plan", "repair"]
    assert record["calls"][0]["issues"][0].startswith("unknown_metric: ")
    assert record["calls"][1]["finish_reason"] == "stop"
    assert record["calls"][0]["cost"] == pytest.approx(0.0021)
    assert record["outcome"] == "SemanticQuery"
    assert planned.usage == (
        "llama: 2 calls, 4,100 tokens in, 110 out, 2.5 s, 1 retry, cost 0.0043; "
        f"prompt {prompt_version()}."
    )
    assert stat.S_IMODE(trace.path.stat().st_mode) == 0o600


def test_traces_are_bounded(planning: ShopPlanning, tmp_path: Path) -> None:
    trace = TraceFile(tmp_path, most_bytes=4_000)
    planner = planning.planner(lambda _: REVENUE, trace=trace)
    for n in range(20):
        planner.plan(Question("revenue?", AS_OF, trace_id=str(n)))
    assert records(trace)[-1]["trace_id"] == "19"
    assert sum(p.stat().st_size for p in tmp_path.iterdir()) <= 2 * 4_000


def test_a_disk_that_fails_costs_no_answer(planning: ShopPlanning, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    planner = planning.planner([REVENUE], trace=TraceFile(blocked))
    assert planner.plan(Question("revenue?", AS_OF)).plan == SemanticQuery(metrics=("revenue",))


def test_no_reply_needs_token_counts(ask: Ask) -> None:
    planned = ask("revenue?", reply(REVENUE))
    assert planned.usage.startswith("llama: 1 call, 0.0 s; prompt ")
