"""`metricspeak ask` while the language model's server misbehaves: no hang, no lost question."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.standins.tgi import (
    HTML,
    Answer,
    Fails,
    Hangs,
    Recorded,
    Resets,
    Says,
    Sends,
    TgiStandIn,
    refused_url,
)
from tests.ui.cli.conftest import KEY, Configure, Outcome, Run
from ui.cli.exit_codes import CLARIFY, SERVICE_DOWN, UNSUPPORTED, USAGE

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]

QUESTION = "revenue in 2024"
PLAN = {
    "reading": "Revenue in 2024.",
    "kind": "metrics",
    "metrics": ["revenue"],
    "time_range": {"first_day": "2024-01-01", "last_day": "2024-12-31"},
}
ROUTES = {
    "/generate": {"SERVER": "tgi", "STREAM": "false"},
    "/generate_stream": {"SERVER": "tgi"},
    "/v1/chat/completions": {"SERVER": "huggingface"},
}
# Long enough to send a request on a busy machine; only what is streamed has a first token.
IMPATIENT = {"FIRST_TOKEN_TIMEOUT_SECONDS": "2", "TOTAL_TIMEOUT_SECONDS": "4"}
SERVER_70B, WANTED_8B = "meta-llama/Meta-Llama-3-70B-Instruct", "meta-llama/Llama-3.1-8B-Instruct"


@dataclass(frozen=True)
class Fault:
    """What the server does, the exit code of `--planner llm`, and what is said (a pattern)."""

    answer: Answer
    code: int
    said: str
    settings: dict[str, str] = field(default_factory=dict)
    asked: bool = True


_UNREADABLE = "something else|without a word"
FAULTS = {
    "slow first token": Fault(
        Says(json.dumps(PLAN), first_token_after=30),
        SERVICE_DOWN,
        "no first token within 2 s|had not answered after 4 s",
        IMPATIENT,
    ),
    "no answer": Fault(
        Hangs(), SERVICE_DOWN, "no first token within 2 s|had not answered after 4 s", IMPATIENT
    ),
    "cut stream": Fault(
        Says(json.dumps(PLAN), cut_after=3), SERVICE_DOWN, "stopped in the middle of its answer"
    ),
    "reset": Fault(Resets(), SERVICE_DOWN, "stopped in the middle of its answer"),
    "429": Fault(
        Fails(429, "overloaded", retry_after="30"),
        SERVICE_DOWN,
        "answers 429: overloaded.*left alone for 30 s",
        {"RETRIES": "2", "TOTAL_TIMEOUT_SECONDS": "20"},
    ),
    "503": Fault(Fails(503, "not ready"), SERVICE_DOWN, "answers 503: not ready"),
    "HTML": Fault(HTML, SERVICE_DOWN, "A web page came back|without a word|something else"),
    "no JSON": Fault(Sends(b"revenue: 3", "application/json"), SERVICE_DOWN, _UNREADABLE),
    "wrong model": Fault(
        Says(json.dumps(PLAN)), USAGE, "70B.*llm.model", {"MODEL": WANTED_8B}, asked=False
    ),
}
OUTPUTS = {
    "prose": Says("Sure! Revenue was 3.", obeys=False),
    "JSON beyond the grammar": Says(
        '{"reading": "r", "kind": "answer", "figures": [3]}', obeys=False
    ),
    "cut by length": Says('{"reading": "Reven', finish_reason="length", obeys=False),
    "names that are not there": Says(json.dumps(PLAN | {"metrics": ["money"]})),
}


def _said(outcome: Outcome) -> str:
    return " ".join((outcome.out + outcome.err).split())


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("route", ROUTES)
def test_llm_says_what_is_wrong_and_auto_answers_all_the_same(
    run: Run, shop: tuple[str, ...], configure: Configure, route: str, name: str
) -> None:
    fault = FAULTS[name]
    with TgiStandIn(_only(route, fault.answer), model=SERVER_70B) as server:
        configure(server.url, AUTO_THRESHOLD="1", **ROUTES[route], **fault.settings)
        alone = run("ask", QUESTION, *shop, "--planner", "llm")
        asked = len(server.generations)
        auto = run("ask", QUESTION, *shop, "--planner", "auto", "--format", "json")
        asked_by_auto = len(server.generations) - asked

    assert (asked > 0, asked_by_auto > 0) == (fault.asked, fault.asked)
    assert alone.code == fault.code, _said(alone)
    assert re.search(fault.said, _said(alone)), _said(alone)
    assert "hint" in _said(alone)
    assert KEY not in _said(alone) + _said(auto)

    answer = json.loads(auto.out)
    assert (auto.code, answer["status"], answer["planner"]) == (0, "answered", "embedded")
    assert answer["rows"]
    (check,) = [c for c in answer["checks"] if c["name"] == "language_model"]
    assert check["status"] == "warn"
    assert "was not asked" in check["detail"]


@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.parametrize("route", ROUTES)
def test_output_that_is_no_plan_is_never_an_answer(
    run: Run, shop: tuple[str, ...], configure: Configure, route: str, name: str
) -> None:
    """Three times no plan: `llm` finds none, and `auto` asks whether its own is meant."""
    with TgiStandIn(_only(route, OUTPUTS[name])) as server:
        configure(server.url, AUTO_THRESHOLD="1", **ROUTES[route])
        alone = run("ask", QUESTION, *shop, "--planner", "llm", "--format", "json")
        asked = len(server.generations)
        auto = run("ask", QUESTION, *shop, "--planner", "auto", "--format", "json")

    refused, doubted = json.loads(alone.out), json.loads(auto.out)
    assert asked == 3  # the plan and two repairs
    assert (alone.code, refused["status"], refused["rows"]) == (UNSUPPORTED, "unsupported", [])
    assert "no query that can be run" in refused["refusal"]["reason"]
    assert (auto.code, doubted["status"], doubted["rows"]) == (CLARIFY, "clarify", [])
    (option,) = doubted["clarification"]["options"]
    assert "Revenue" in option["label"] and "2024" in option["label"]


@pytest.mark.parametrize(
    "trouble",
    [
        Fails(429, retry_after="0"),
        Says(json.dumps(PLAN), cut_after=2),
        OUTPUTS["prose"],
        OUTPUTS["cut by length"],
    ],
    ids=["429", "cut stream", "prose", "cut by length"],
)
@pytest.mark.parametrize("route", ROUTES)
def test_trouble_that_passes_costs_no_question(
    run: Run, shop: tuple[str, ...], configure: Configure, route: str, trouble: Answer
) -> None:
    with TgiStandIn([trouble, PLAN]) as server:
        configure(server.url, RETRIES="1", **ROUTES[route])
        outcome = run("ask", QUESTION, *shop, "--planner", "llm", "--format", "json")

        assert len(server.generations) == 2
    answer = json.loads(outcome.out)
    assert (outcome.code, answer["status"], answer["planner"]) == (0, "answered", "llm")


@pytest.mark.parametrize("server", ["tgi", "huggingface", "openai"])
def test_nobody_listens(run: Run, shop: tuple[str, ...], configure: Configure, server: str) -> None:
    url = refused_url()
    configure(url, AUTO_THRESHOLD="1", SERVER=server)
    alone = run("ask", QUESTION, *shop, "--planner", "llm")
    auto = run("ask", QUESTION, *shop, "--format", "json")

    assert alone.code == SERVICE_DOWN
    assert "cannot be reached" in _said(alone) and url.removeprefix("http://") in _said(alone)
    answer = json.loads(auto.out)
    assert (auto.code, answer["status"], answer["planner"]) == (0, "answered", "embedded")


def _only(route: str, answer: Answer) -> Callable[[Recorded], Answer]:
    """That answer for every generation, all of which have to come by that route."""

    def answered(request: Recorded) -> Answer:
        assert request.path == route
        return answer

    return answered
