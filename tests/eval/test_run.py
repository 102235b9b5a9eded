"""A run over the shop project: verdicts, scores, what is kept, and going on after a crash."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.case import Case, cases_of
from eval.comparison import compare_runs
from eval.judge import Judge
from eval.outcome import Outcome, Verdict
from eval.report.content import report_content
from eval.report.html import html, write_html
from eval.report.markdown import markdown
from eval.runner import run_cases
from eval.store import Run, RunStore, header_of
from eval.summary import summarise
from semantic.errors import ConfigurationError
from semantic.project import Project
from translator.opening import open_translator
from translator.pipeline import Translator
from translator.questions.read import read_questions
from translator.settings import Settings

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]

QUESTIONS = """\
version: 1
questions:
  - id: by_hand
    question: revenue in 2024
    paraphrases: ["What was our revenue in 2024?"]
    as_of: 2025-03-15
    tags: [simple, time]
    expect:
      query: {metrics: [revenue], time_range: {start: 2024-01-01, end: 2025-01-01}}
      sql: |
        select sum(net_amount) from {{ ref('fct_order_items') }}
        where status_code <> 'X' and ordered_at >= '2024-01-01' and ordered_at < '2025-01-01'
  - id: expects_another_period
    question: revenue in 2024
    as_of: 2025-03-15
    tags: [simple]
    expect:
      query: {metrics: [revenue], time_range: {start: 2023-01-01, end: 2024-01-01}}
  - id: weather
    question: Will it rain in Paris tomorrow?
    tags: [unanswerable]
    expect: {status: unsupported}
  - id: answers_what_should_be_refused
    question: revenue in 2024
    expect: {status: unsupported}
  - id: gold_is_broken
    question: revenue in 2024
    expect: {sql: "select no_such_column from {{ ref('fct_order_items') }}"}
  - id: follow_up
    turns: [revenue in 2024, "and in 2023?"]
    as_of: 2025-03-15
    tags: [follow_up]
    expect:
      query: {metrics: [revenue], time_range: {start: 2023-01-01, end: 2024-01-01}}
"""


@pytest.fixture(scope="module")
def translator(shop_built: Project) -> Iterator[Translator]:
    opened = open_translator(shop_built, Settings())
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def cases(translator: Translator, tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, ...]:
    file = tmp_path_factory.mktemp("questions") / "held_out" / "shop.yml"
    file.parent.mkdir()
    file.write_text(QUESTIONS, encoding="utf-8")
    return tuple(cases_of(read_questions([file], translator.catalog.grains)))


@pytest.fixture(scope="module")
def run(
    translator: Translator, cases: tuple[Case, ...], tmp_path_factory: pytest.TempPathFactory
) -> Run:
    store = RunStore(tmp_path_factory.mktemp("runs"))
    run = store.open(header_of(translator, "embedded", cases))
    run_cases(cases, Judge(translator, "embedded"), run, workers=2)
    return run


def test_every_case_gets_its_verdict(run: Run) -> None:
    verdicts = {key: outcome.verdict for key, outcome in run.outcomes.items()}

    assert verdicts == {
        "by_hand": Verdict.RIGHT,
        "by_hand#1": Verdict.RIGHT,
        "expects_another_period": Verdict.WRONG,
        "weather": Verdict.RIGHT,
        "answers_what_should_be_refused": Verdict.WRONG,
        "gold_is_broken": Verdict.FAILED,
        "follow_up": Verdict.RIGHT,
    }


def test_scores_say_why(run: Run) -> None:
    right, wrong = run.outcomes["by_hand"], run.outcomes["expects_another_period"]

    assert right.score("result_exact") == right.score("query_match") == 1.0
    assert wrong.score("metrics_recall") == 1.0
    assert wrong.score("time_recall") == 0.0
    reasons = {s.name: s.reason for s in wrong.scores}
    assert "2023-01-01" in reasons["time_recall"]
    assert "other values" in wrong.reason
    assert "no_such_column" in run.outcomes["gold_is_broken"].reason
    assert ":26:" in run.outcomes["gold_is_broken"].reason


def test_what_was_kept_reads_back_the_same(run: Run) -> None:
    again = RunStore(run.folder.parent).get(run.header.id)

    assert again.outcomes == run.outcomes
    assert again.header == run.header
    assert again.header.finished is not None


def test_a_run_that_was_cut_off_goes_on(
    translator: Translator, cases: tuple[Case, ...], run: Run, tmp_path: Path
) -> None:
    store = RunStore(tmp_path)
    cut = store.open(header_of(translator, "embedded", cases))
    first, second = list(run.outcomes.values())[:2]
    cut.add(first)
    cut.add(second)
    outcomes = cut.folder / "outcomes.jsonl"
    outcomes.write_bytes(outcomes.read_bytes()[:-40])  # the power failed while writing

    again = store.open(header_of(translator, "embedded", cases))
    asked: list[Outcome] = []
    run_cases(cases, Judge(translator, "embedded"), again, on_outcome=asked.append)

    assert again.folder == cut.folder
    assert len(asked) == len(cases) - 1
    assert first.key not in {o.key for o in asked}
    read = store.get(again.header.id)
    assert read.outcomes.keys() == {c.key for c in cases}
    assert store.open(header_of(translator, "embedded", cases)).folder != cut.folder


def test_other_questions_or_planners_make_another_run(
    translator: Translator, cases: tuple[Case, ...]
) -> None:
    keys = {
        header_of(translator, "embedded", cases).key,
        header_of(translator, "auto", cases).key,
        header_of(translator, "embedded", cases[1:]).key,
    }

    assert len(keys) == 3


def test_figures_of_the_run(run: Run) -> None:
    summary = summarise(list(run.outcomes.values()))

    assert summary.overall.n == 7
    assert summary.overall.accuracy.value == pytest.approx(4 / 7)
    assert summary.overall.wrong == pytest.approx(2 / 7)
    assert summary.by_tag["simple"].accuracy.value == pytest.approx(2 / 3)
    assert summary.governed == 1.0
    assert summary.held_out is None  # all are, so there is nothing to compare with


def test_the_report_counts_and_never_shows_what_is_held_out(run: Run) -> None:
    page = html(run)

    assert "expects_another_period" not in page
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_no_report_shows_what_is_held_out(run: Run) -> None:
    assert "expects_another_period" not in markdown(run)
    assert report_content(run)["outcomes"] == []
    assert report_content(run)["summary"]["overall"]["n"] == 7


def test_the_report_escapes_what_it_shows(translator: Translator, tmp_path: Path) -> None:
    file = tmp_path / "hostile.yml"
    entry = {
        "id": "hostile",
        "question": "revenue for <script>alert(1)</script> | x",
        "expect": {"query": {"metrics": ["revenue"]}},
    }
    file.write_text(json.dumps({"version": 1, "questions": [entry]}), encoding="utf-8")
    cases = tuple(cases_of(read_questions([file], translator.catalog.grains)))
    run = RunStore(tmp_path / "runs").open(header_of(translator, "embedded", cases))
    run_cases(cases, Judge(translator, "embedded"), run)

    write_html(tmp_path / "deep" / "report.html", run, run)

    page = (tmp_path / "deep" / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "no difference" in page
    text = markdown(run, run, compare_runs(run, run))
    assert "<script" not in text.replace("\\<script", "")
    assert "\\|" in text


def test_an_unwritable_folder_is_said(
    translator: Translator, cases: tuple[Case, ...], tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")

    with pytest.raises(ConfigurationError, match="Cannot write"):
        RunStore(file / "runs").open(header_of(translator, "embedded", cases))


def test_a_run_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no readable run"):
        RunStore(tmp_path).get("latest")
