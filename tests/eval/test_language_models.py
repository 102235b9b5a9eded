"""What a language model adds: tokens and cost, the text-to-SQL baseline, training pairs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.case import cases_of
from eval.judge import Judge
from eval.outcome import Verdict
from eval.report.figures import usage_sentence
from eval.report.html import html
from eval.report.markdown import markdown
from eval.runner import run_cases
from eval.store import Run, RunStore, header_of
from eval.summary import summarise
from eval.training import export_training
from semantic.errors import ConfigurationError
from semantic.project import Project
from translator.opening import open_translator
from translator.planning.llm.chat import ChatReply, ChatRequest, FinishReason
from translator.planning.llm.serving.scripted import ScriptedChatModel
from translator.questions.read import read_questions
from translator.settings import LlmSettings, Settings

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]

QUESTIONS = """\
version: 1
questions:
  - id: revenue
    question: revenue in 2024
    paraphrases: ["What was our revenue in 2024?"]
    tags: [simple]
    expect:
      query: {metrics: [revenue], time_range: {start: 2024-01-01, end: 2025-01-01}}
      sql: |
        select sum(net_amount) from {{ ref('fct_order_items') }}
        where status_code <> 'X' and ordered_at >= '2024-01-01' and ordered_at < '2025-01-01'
  - id: query_is_not_the_sql
    question: revenue in 2023
    expect:
      query: {metrics: [revenue]}
      sql: select 1 as n from {{ ref('fct_order_items') }} limit 1
  - id: sql_alone
    question: orders without a status
    expect: {sql: "select count(*) from {{ ref('fct_order_items') }} where status_code is null"}
  - id: follow_up
    turns: [revenue in 2024, "and in 2023?"]
    expect: {query: {metrics: [revenue], time_range: {start: 2023-01-01, end: 2024-01-01}}}
  - id: rain
    question: Will it rain?
    expect: {status: unsupported}
"""
_GOLD = (
    "select sum(net_amount) as revenue from {{ ref('fct_order_items') }} "
    "where status_code <> 'X' and ordered_at >= '2024-01-01' and ordered_at < '2025-01-01'"
)
SETTINGS = Settings(
    llm=LlmSettings(price_per_million_input_tokens=1.0, price_per_million_output_tokens=2.0)
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "questions.yml"
    path.write_text(QUESTIONS, encoding="utf-8")
    return path


def _run(project: Project, file: Path, planner: str, model: ScriptedChatModel | None) -> Run:
    opened = open_translator(project, SETTINGS, (lambda: model) if model else None)
    try:
        cases = tuple(cases_of(read_questions([file], opened.catalog.grains)))
        run = RunStore(file.parent / "runs").open(header_of(opened, planner, cases))
        run_cases(cases, Judge(opened, planner), run)
    finally:
        opened.close()
    return run


def _reply(request: ChatRequest) -> ChatReply:
    asked = request.messages[-1].content
    text = "drop table analytics.fct_order_items"
    if "in 2024" in asked.splitlines()[-1]:
        text = f"Here it is:\n```sql\n{_GOLD};\n```"
    elif "status" in asked:
        text = "select no_such_column from {{ ref('fct_order_items') }}"
    return ChatReply(text, FinishReason.STOP, "scripted", 1_000, 100)


def test_text_to_sql_goes_through_guard_and_warehouse(shop_built: Project, file: Path) -> None:
    model = ScriptedChatModel(_reply)
    run = _run(shop_built, file, "text-to-sql", model)

    found = {key: outcome.verdict for key, outcome in run.outcomes.items()}
    assert found == {
        "revenue": Verdict.RIGHT,
        "revenue#1": Verdict.RIGHT,
        "query_is_not_the_sql": Verdict.REFUSED,  # what it wrote is no SELECT
        "sql_alone": Verdict.FAILED,
        "follow_up": Verdict.REFUSED,
        "rain": Verdict.RIGHT,
    }
    assert "no_such_column" in run.outcomes["sql_alone"].reason
    assert not run.outcomes["revenue"].governed
    schema = model.requests[0].messages[0].content
    assert "fct_order_items: " in schema and "subscription_month_id" in schema
    assert "Asked before: revenue in 2024" in model.requests[-2].messages[-1].content


def test_tokens_and_cost_reach_every_report(shop_built: Project, file: Path) -> None:
    run = _run(shop_built, file, "text-to-sql", ScriptedChatModel(_reply))

    assert run.outcomes["revenue"].usage["cost"] == pytest.approx(0.0012)
    sentence = usage_sentence(summarise(list(run.outcomes.values())))
    assert sentence is not None
    assert "6 calls, 6,000 tokens in, 600 out, cost 0.0072" in sentence
    assert sentence in markdown(run) and sentence in html(run)


def test_the_llm_planner_tells_what_it_used(shop_built: Project, file: Path) -> None:
    reply = {"reading": "no", "kind": "refuse", "message": "The catalog has nothing for it."}
    text = json.dumps(reply)
    scripted = ScriptedChatModel(lambda _: ChatReply(text, FinishReason.STOP, "scripted", 900, 30))
    run = _run(shop_built, file, "llm", scripted)

    rain = run.outcomes["rain"]
    assert rain.verdict is Verdict.RIGHT
    assert rain.usage["llm_calls"] >= 1
    assert rain.usage["prompt_tokens"] == 900 * rain.usage["llm_calls"]
    assert "llm" in rain.timings_ms


def test_the_baseline_needs_a_model(shop_built: Project, file: Path) -> None:
    with pytest.raises(ConfigurationError, match="[Nn]o language model"):
        _run(shop_built, file, "text-to-sql", None)


def test_training_pairs_are_the_prompts_that_planning_sends(
    shop_built: Project, file: Path, tmp_path: Path
) -> None:
    opened = open_translator(shop_built, SETTINGS)
    try:
        questions = read_questions([file], opened.catalog.grains)
        found = export_training(tmp_path / "deep" / "pairs.jsonl", opened, questions)
        sent = opened.show_prompt("What was our revenue in 2024?")
    finally:
        opened.close()

    lines = (tmp_path / "deep" / "pairs.jsonl").read_text(encoding="utf-8").splitlines()
    pairs = [json.loads(line)["messages"] for line in lines]
    assert found.pairs == len(pairs) == 2
    assert found.unverified == ("query_is_not_the_sql",)
    assert found.without_query == ("sql_alone", "follow_up", "rain")
    assert pairs[1][:-1] == [{"role": m.role, "content": m.content} for m in sent.messages]
    assert pairs[1][-1]["role"] == "assistant"
    document = json.loads(pairs[1][-1]["content"])
    assert document["kind"] == "metrics" and document["metrics"] == ["revenue"]


def test_held_out_questions_are_not_exported(shop_built: Project, file: Path) -> None:
    folder = file.parent / "held_out"
    folder.mkdir()
    opened = open_translator(shop_built, SETTINGS)
    try:
        questions = read_questions([file.rename(folder / "q.yml")], opened.catalog.grains)
        found = export_training(file.parent / "pairs.jsonl", opened, questions)
    finally:
        opened.close()

    assert (found.pairs, found.held_out) == (0, 5)
    assert (file.parent / "pairs.jsonl").read_text(encoding="utf-8") == ""
