"""What has to be read before the figures comes first, in every format."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from translator.answer import Answer, AnswerColumn, Check, Status
from translator.checks import NOT_GOVERNED
from translator.plan import Clarification, ModelQuery, Option
from translator.query import SemanticQuery
from ui.cli.ask import AnswerFormat, print_answer

SQL = "select 1 as n from {{ ref('orders') }}"
ANSWER = Answer(
    Status.ANSWERED,
    "how many",
    "t",
    sql="select 1 as n from orders",
    dbt_sql=SQL,
    governed=False,
    columns=(AnswerColumn("n", "integer", "metric"),),
    rows=((1,),),
    explanation="Not governed: SQL that a planner wrote over orders.",
    checks=(NOT_GOVERNED,),
)


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    print_answer(ANSWER, AnswerFormat.TABLE)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("NOT GOVERNED")
    assert any(line.startswith("! governed: No metric") for line in lines)


@pytest.mark.parametrize("form", [AnswerFormat.CSV, AnswerFormat.SQL])
def test_beside_what_programs_read(form: AnswerFormat, capsys: pytest.CaptureFixture[str]) -> None:
    print_answer(ANSWER, form)
    captured = capsys.readouterr()
    assert captured.err.startswith("NOT GOVERNED")
    assert "NOT GOVERNED" not in captured.out


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_answer(ANSWER, AnswerFormat.JSON)
    answer = json.loads(capsys.readouterr().out)
    assert (answer["governed"], answer["query"], answer["dbt_sql"]) == (False, None, SQL)


def test_options(capsys: pytest.CaptureFixture[str]) -> None:
    options = (
        Option("the metric", SemanticQuery(("orders",))),
        Option("the rows", ModelQuery(SQL, "")),
    )
    print_answer(
        Answer(Status.CLARIFY, "q", "t", clarification=Clarification("Which?", options)),
        AnswerFormat.TABLE,
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:3] == ["  1. the metric", "  2. the rows (not governed)"]


def test_failed_checks_come_before_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    failed = Check("joins", "fail", "Joining stores multiplies rows.")
    answer = replace(ANSWER, governed=True, checks=(failed, Check("row_cap", "pass", "All.")))
    print_answer(answer, AnswerFormat.TABLE)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "✗ joins: Joining stores multiplies rows."
    assert lines.count(lines[0]) == 1
    assert lines.index("✓ 1 check passed: row cap") > lines.index("n")
    print_answer(answer, AnswerFormat.CSV)
    captured = capsys.readouterr()
    assert captured.out == "n\n1\n"
    assert captured.err == "FAILED: Joining stores multiplies rows.\n"


def test_passed_checks_are_one_line_unless_all_are_wanted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    checks = (
        Check("row_cap", "pass", "All."),
        Check("joins", "pass", "One."),
        Check("joins", "pass", "Two."),
        Check("metric_filters", "pass", "Revenue counts only some rows."),
        Check("partial_period", "warn", "It is not over."),
        Check("keys", "fail", "Twice there."),
    )
    answer = replace(ANSWER, governed=True, checks=checks)
    print_answer(answer, AnswerFormat.TABLE)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "✗ keys: Twice there."
    assert [line for line in lines[1:] if line[:2] in {"✗ ", "! ", "✓ "}] == [
        "! partial period: It is not over.",
        "✓ metric filters: Revenue counts only some rows.",
        "✓ 3 checks passed: row cap, joins",
    ]
    print_answer(answer, AnswerFormat.TABLE, all_checks=True)
    lines = capsys.readouterr().out.splitlines()
    marked = [line for line in lines if line[:2] in {"✗ ", "! ", "✓ "}]
    assert len(marked) == len(checks)
    assert "✓ joins: Two." in marked
    print_answer(answer, AnswerFormat.JSON)
    assert len(json.loads(capsys.readouterr().out)["checks"]) == len(checks)


def test_beside_csv_stand_warnings_and_what_was_cut(capsys: pytest.CaptureFixture[str]) -> None:
    doubt = Check("coverage", "warn", "A day is missing.")
    answer = replace(ANSWER, governed=True, checks=(doubt,), truncated=True)
    print_answer(answer, AnswerFormat.CSV)
    captured = capsys.readouterr()
    assert captured.out == "n\n1\n"
    assert captured.err.splitlines() == [
        "WARNING: A day is missing.",
        "Cut at 1 rows: there are more.",
    ]
    print_answer(replace(ANSWER, governed=True, checks=(), rows=()), AnswerFormat.CSV)
    assert capsys.readouterr().err == "No rows: nothing matches.\n"
