"""The demonstration project, built for real: every question has the answer of its gold SQL."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from semantic.catalog import STANDARD_GRAINS
from tests.ui.cli.conftest import Outcome
from translator.plan import ModelQuery
from translator.questions.gold import render_refs, same_rows
from translator.questions.question import VerifiedQuestion
from translator.questions.read import read_questions
from translator.settings import load_settings
from translator.warehouse.embedded import VARIABLES, EmbeddedPostgres
from ui.demo.run import QUESTIONS_FILE, DemoRun

Capture = pytest.CaptureFixture[str]
DEMO = Path(__file__).resolve().parents[2] / "dbt_project"
QUESTIONS = read_questions([DEMO / QUESTIONS_FILE], STANDARD_GRAINS)
FISCAL_GRAINS = ("fiscal_quarter", "fiscal_year")
ALL_QUESTIONS = read_questions([DEMO / "questions"], (*STANDARD_GRAINS, *FISCAL_GRAINS))

pytestmark = [pytest.mark.dbt, pytest.mark.postgres, pytest.mark.slow]


@dataclass(frozen=True)
class Demo:
    """The project's copy, and what `metricspeak demo` printed when building it."""

    project_dir: Path
    outcome: Outcome


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    from typer.testing import CliRunner

    from ui.cli.app import app

    # Not below pytest's folder: the server may run as another user, who may not look into it.
    folder = Path(tempfile.mkdtemp(prefix="mspg-"))
    folder.chmod(0o755)
    ignored = shutil.ignore_patterns("target", "logs", "dbt_packages", ".user.yml", ".metricspeak")
    project_dir = Path(shutil.copytree(DEMO, folder / "dbt_project", ignore=ignored))
    with pytest.MonkeyPatch.context() as patch:
        # Set first, so that they are restored whatever the command sets them to.
        for name in VARIABLES:
            patch.setenv(name, "")
        patch.setenv("METRICSPEAK_HOME", str(folder / "home"))
        try:
            result = CliRunner().invoke(app, ["demo", "--project-dir", str(project_dir)])
            outcome = Outcome(result.exit_code, result.stdout, result.stderr)
            yield Demo(project_dir, outcome)
        finally:
            EmbeddedPostgres(folder / "home").stop()
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def answers(demo: Demo) -> DemoRun:
    from semantic.project import find_project

    assert os.environ["METRICSPEAK_PGHOST"], demo.outcome.err
    return DemoRun(find_project(demo.project_dir), load_settings(demo.project_dir))


def test_the_command_ends_well_and_shows_every_question(demo: Demo) -> None:
    assert demo.outcome.code == 0, demo.outcome.err + demo.outcome.out
    assert f"{len(QUESTIONS)} of {len(QUESTIONS)} right" in demo.outcome.out
    for question in QUESTIONS:
        assert question.text in demo.outcome.out


def test_there_are_a_dozen_questions() -> None:
    assert len(QUESTIONS) >= 12
    assert len({question.id for question in QUESTIONS}) == len(QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_answer_equals_gold_sql(answers: DemoRun, question: VerifiedQuestion) -> None:
    answer = answers.ask(question)

    assert answers.is_right(question, answer), answer.to_dict()
    # Where nothing is wrong no check complains, but for a period that really is not over.
    assert {c.name for c in answer.checks if c.status != "pass"} <= {"partial_period"}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_gold_sql_is_a_model_query(answers: DemoRun, question: VerifiedQuestion) -> None:
    """dbt, guard and EXPLAIN let SQL through that analysts write, with the rows it has by hand."""
    assert question.expect.sql is not None
    answer = answers.translator.run(ModelQuery(question.expect.sql, ""))

    assert answers.is_right(question, answer), answer.to_dict()
    assert not answer.governed
    assert {c.name for c in answer.checks if c.status != "pass"} <= {"governed", "empty_result"}


def test_every_statement_of_the_pipeline_passes_the_guard(
    answers: DemoRun, demo: Demo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Those of answers, and those that checks and the index of values run beside them."""
    from semantic.project import find_project
    from translator.guard import GOVERNED, Guard
    from translator.warehouse.postgres import PostgresWarehouse

    ran: set[str] = set()
    execute, estimate = PostgresWarehouse.execute, PostgresWarehouse.estimate
    rows = PostgresWarehouse.rows

    def noting_execute(self: PostgresWarehouse, sql: str, *more: Any, **named: Any) -> Any:
        ran.add(sql)
        return execute(self, sql, *more, **named)

    def noting_estimate(self: PostgresWarehouse, sql: str, *more: Any, **named: Any) -> Any:
        ran.add(sql)
        return estimate(self, sql, *more, **named)

    def noting_rows(self: PostgresWarehouse, query: Any, seconds: float) -> Any:
        ran.add(query.sql(dialect="postgres"))
        return rows(self, query, seconds)

    monkeypatch.setattr(PostgresWarehouse, "execute", noting_execute)
    monkeypatch.setattr(PostgresWarehouse, "estimate", noting_estimate)
    monkeypatch.setattr(PostgresWarehouse, "rows", noting_rows)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # the values are read anew
    project = find_project(demo.project_dir)
    fresh = DemoRun(project, load_settings(demo.project_dir))
    for question in QUESTIONS:
        fresh.ask(question)
    guard = Guard(answers.translator.catalog)
    refused = {sql: issues for sql in ran if (issues := guard.check(sql, GOVERNED).issues)}
    assert refused == {}
    assert len(ran) > 3 * len(QUESTIONS)
    fresh.translator.close()


def test_expected_queries_and_gold_sql_agree(answers: DemoRun) -> None:
    """No planner takes part: a query goes through MetricFlow, the SQL by hand runs as it is."""
    translator = answers.translator
    differing, empty = [], []
    for question in ALL_QUESTIONS:
        expect = question.expect
        if expect.status is not None:
            continue
        assert expect.sql is not None, question.id
        sql = render_refs(expect.sql, translator.catalog.models)
        gold = translator.warehouse.execute(sql, 10_000, 60).rows
        if not gold or gold == ((None,) * len(gold[0]),):
            empty.append(question.id)
        if expect.query is not None:
            answer = translator.run(expect.query, question.as_of)
            if not same_rows(gold, answer.rows, expect.ordered):
                differing.append((question.id, answer.error, gold[:3], answer.rows[:3]))

    assert not differing
    assert not empty  # a question that any empty answer gets right shows nothing


def test_questions_cover_the_kinds_and_a_fifth_is_held_out() -> None:
    kinds = Counter(tag for question in ALL_QUESTIONS for tag in question.tags)
    held_out = [question for question in ALL_QUESTIONS if question.held_out]
    held_out_kinds = {tag for question in held_out for tag in question.tags}

    assert len(ALL_QUESTIONS) >= 220
    assert len({question.text for question in ALL_QUESTIONS if not question.turns}) >= 220
    assert sum(count >= 5 for count in kinds.values()) >= 25
    assert {kind for kind, count in kinds.items() if count >= 5} <= held_out_kinds
    assert 0.18 <= len(held_out) / len(ALL_QUESTIONS) <= 0.22


def test_the_example_in_the_readme_is_real(answers: DemoRun, capsys: Capture) -> None:
    from ui.render.answer import render_answer

    text = (DEMO.parent / "README.md").read_text(encoding="utf-8")
    example = text.split("```")[1].strip().splitlines()
    question = example[0].removeprefix('$ metricspeak ask "').removesuffix('"')
    render_answer(answers.translator.ask(question))

    shown = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    # What follows the figures differs from run to run, and with what the planner learns.
    figures = example[1 : next(i for i, line in enumerate(example) if line.startswith("✓"))]
    assert shown[: len(figures)] == [line.rstrip() for line in figures]


def test_a_second_run_builds_nothing(demo: Demo) -> None:
    from typer.testing import CliRunner

    from ui.cli.app import app

    result = CliRunner().invoke(app, ["demo", "--project-dir", str(demo.project_dir)])

    assert result.exit_code == 0, result.stderr
    assert "nothing changed" in result.stderr
    assert "dbt build: models" not in result.stderr
