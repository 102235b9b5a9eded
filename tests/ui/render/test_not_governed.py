"""An answer that no metric is behind says so first, in every format."""

from __future__ import annotations

import json

import pytest

from translator.answer import Answer, AnswerColumn, Status
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
