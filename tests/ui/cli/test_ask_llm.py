"""`metricspeak ask` with a language model, over HTTP against the stand-in of TGI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.standins.tgi import TgiStandIn
from tests.ui.cli.conftest import KEY, Configure, Run

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]

QUESTION = "How much did people spend with us in 2024, split up by how they live?"
REVENUE = {
    "reading": "Revenue in 2024 by region of the customer.",
    "kind": "metrics",
    "metrics": ["revenue"],
    "group_by": ["customer__region"],
    "time_range": {"first_day": "2024-01-01", "last_day": "2024-12-31"},
}


def _json(out: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(out)
    return content


def test_the_models_plan_is_answered(run: Run, shop: tuple[str, ...], configure: Configure) -> None:
    with TgiStandIn([REVENUE]) as server:
        configure(server.url)
        outcome = run("ask", QUESTION, *shop, "--planner", "llm", "--format", "json")
        asked = server.generations

    answer = _json(outcome.out)
    assert (outcome.code, answer["status"], answer["planner"]) == (0, "answered", "llm")
    assert answer["query"]["time_range"] == {"start": "2024-01-01", "end": "2025-01-01"}
    assert answer["governed"] and answer["rows"]
    # The restatement is of the query, never the model's own words.
    assert REVENUE["reading"] not in answer["explanation"]
    assert len(asked) == 1
    assert QUESTION in asked[0].prompt


@pytest.mark.parametrize("question", ["revenue in 2024", "revenue in 2024 by brand"])
def test_a_plan_for_less_than_was_asked_is_asked_back(
    run: Run, shop: tuple[str, ...], configure: Configure, question: str
) -> None:
    less = {"reading": "Revenue in 2024.", "kind": "metrics", "metrics": ["revenue"]}
    with TgiStandIn([less] * 3) as server:
        configure(server.url)
        outcome = run("ask", question, *shop, "--planner", "llm", "--format", "json")
        second = server.generations[1].prompt

    answer = _json(outcome.out)
    assert (outcome.code, answer["status"], answer["rows"]) == (3, "clarify", [])
    assert "2024" in answer["clarification"]["message"]
    assert "no time range" in second


def test_a_word_without_a_place_is_told_with_the_answer(
    run: Run, shop: tuple[str, ...], configure: Configure
) -> None:
    less = {"reading": "Revenue.", "kind": "metrics", "metrics": ["revenue"]}
    with TgiStandIn([less]) as server:
        configure(server.url)
        outcome = run("ask", "revenue of zeppelins", *shop, "--planner", "llm", "--format", "json")

    check = next(c for c in _json(outcome.out)["checks"] if c["name"] == "understood")
    assert check["status"] == "warn" and "zeppelins" in check["detail"]


def test_what_is_wrong_goes_back_and_is_mended(
    run: Run, shop: tuple[str, ...], configure: Configure
) -> None:
    wrong = REVENUE | {"metrics": ["revenu_total"]}
    with TgiStandIn([wrong, REVENUE]) as server:
        configure(server.url)
        outcome = run("ask", QUESTION, *shop, "--planner", "llm", "--format", "json")
        second = server.generations[1].prompt

    assert _json(outcome.out)["query"]["metrics"] == ["revenue"]
    assert "revenu_total" in second and "'revenue'" in second


def test_sql_over_models_is_marked_as_not_governed(
    run: Run, shop: tuple[str, ...], configure: Configure
) -> None:
    plan = {
        "reading": "Customers without an order.",
        "kind": "sql",
        "sql": "select c.customer_id from {{ ref('dim_customers') }} as c left join "
        "{{ ref('fct_orders') }} as o on o.customer_id = c.customer_id where o.order_id is null",
    }
    with TgiStandIn([plan]) as server:
        configure(server.url)
        outcome = run("ask", "Who never ordered?", *shop, "--planner", "llm", "--format", "json")

    answer = _json(outcome.out)
    assert (outcome.code, answer["status"], answer["governed"]) == (0, "answered", False)
    assert answer["query"] is None
    assert "ref('dim_customers')" in answer["dbt_sql"]


@pytest.mark.parametrize(
    "sql",
    [
        "delete from {{ ref('dim_customers') }}",
        "select pg_read_file('/etc/passwd') as x from {{ ref('dim_customers') }}",
        "select '{{ env_var(\"HOME\") }}' as home from {{ ref('dim_customers') }}",
        "select rolname from pg_catalog.pg_roles",
    ],
)
def test_hostile_sql_of_the_model_never_runs(
    run: Run, shop: tuple[str, ...], configure: Configure, sql: str
) -> None:
    plan = {"reading": "All of it.", "kind": "sql", "sql": sql}
    with TgiStandIn([plan, plan, plan]) as server:
        configure(server.url)
        outcome = run("ask", "Who never ordered?", *shop, "--planner", "llm", "--format", "json")

    answer = _json(outcome.out)
    assert answer["status"] == "unsupported", answer
    assert outcome.code == 4
    assert answer["rows"] == []


def test_what_a_question_cost_is_told(
    run: Run, shop: tuple[str, ...], configure: Configure, private_home: Path
) -> None:
    prices = {
        "PRICE_PER_MILLION_INPUT_TOKENS": "1000000",
        "PRICE_PER_MILLION_OUTPUT_TOKENS": "2000000",
    }
    with TgiStandIn([REVENUE]) as server:
        configure(server.url, **prices)
        outcome = run("ask", QUESTION, *shop, "--planner", "llm", "--format", "json")

    (trace,) = private_home.rglob("llm_trace.jsonl")
    (call,) = json.loads(trace.read_text(encoding="utf-8").splitlines()[-1])["calls"]
    assert call["cost"] == call["prompt_tokens"] + 2 * call["completion_tokens"] > 0
    told = [c["detail"] for c in _json(outcome.out)["checks"] if c["name"] == "language_model"]
    assert told and f"cost {call['cost']:.4f}" in told[0].replace(",", "")


def test_auto_asks_no_model_where_the_embedded_planner_is_sure(
    run: Run, shop: tuple[str, ...], configure: Configure
) -> None:
    with TgiStandIn([]) as server:
        configure(server.url, AUTO_THRESHOLD="0")
        outcome = run("ask", "revenue in 2024", *shop, "--format", "json")

        assert server.generations == []
    assert _json(outcome.out)["planner"] == "embedded"


def test_two_planners_that_agree_are_surer_than_one(
    run: Run, shop: tuple[str, ...], configure: Configure
) -> None:
    plan = REVENUE | {"group_by": []}
    with TgiStandIn([plan, plan]) as server:
        configure(server.url, AUTO_THRESHOLD="1")
        both, embedded, model = (
            _json(run("ask", "revenue in 2024", *shop, *planner, "--format", "json").out)
            for planner in ([], ["--planner", "embedded"], ["--planner", "llm"])
        )

    assert both["status"] == "answered" and both["query"] == embedded["query"] == model["query"]
    assert both["confidence"] > max(embedded["confidence"], model["confidence"])


def test_two_readings_are_both_shown(run: Run, shop: tuple[str, ...], configure: Configure) -> None:
    other = REVENUE | {"metrics": ["orders"], "group_by": []}
    with TgiStandIn([other, other, other]) as server:
        configure(server.url, AUTO_THRESHOLD="1")
        outcome = run("ask", "revenue in 2024", *shop, "--format", "json")

    answer = _json(outcome.out)
    assert (outcome.code, answer["status"]) == (3, "clarify")
    first, second = (o["label"] for o in answer["clarification"]["options"])
    assert first.startswith("Revenue") and second.startswith("Orders")
    assert "2024" in first and "2024" in second
    assert answer["confidence"] < 0.5 and answer["rows"] == []


def test_a_question_back_of_the_model(
    run: Run, shop: tuple[str, ...], configure: Configure
) -> None:
    refusal = {"reading": "Weather.", "kind": "refuse", "message": "There is no weather here."}
    with TgiStandIn([refusal]) as server:
        configure(server.url)
        outcome = run("ask", "Will it rain?", *shop, "--planner", "llm", "--format", "json")

    assert outcome.code == 4
    assert _json(outcome.out)["refusal"]["reason"]


def test_the_prompt_is_shown_without_a_server(run: Run, shop: tuple[str, ...]) -> None:
    outcome = run("ask", QUESTION, *shop, "--show-prompt")
    as_json = run("ask", QUESTION, *shop, "--show-prompt", "--format", "json")

    assert outcome.code == as_json.code == 0
    assert QUESTION in outcome.out and "<catalog" in outcome.out
    shown = _json(as_json.out)
    assert shown["messages"][0]["role"] == "system"
    assert shown["grammar"]["properties"]


def test_no_key_is_kept_in_any_trace(
    run: Run, shop: tuple[str, ...], configure: Configure, private_home: Path
) -> None:
    with TgiStandIn([REVENUE]) as server:
        configure(server.url)
        run("ask", QUESTION, *shop, "--planner", "llm")

    files = [p for p in private_home.rglob("*") if p.is_file() and p.suffix in {".jsonl", ".log"}]
    assert files
    for path in files:
        assert KEY not in path.read_text(encoding="utf-8", errors="replace")
