"""The JSON contract: answers of every status are valid by the schema in the repository."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from semantic.project import Project
from translator.answer import Answer, AnswerError, Status
from translator.plan import Clarification, ModelQuery, Option
from translator.query import SemanticQuery
from ui.cli.app import app

SCHEMA = Path(__file__).resolve().parent.parent / "ui" / "contract" / "answer.schema.json"
KEYS = [
    "status",
    "question",
    "session_id",
    "planner",
    "confidence",
    "query",
    "sql",
    "dbt_sql",
    "governed",
    "columns",
    "rows",
    "row_count",
    "truncated",
    "explanation",
    "checks",
    "models",
    "clarification",
    "refusal",
    "error",
    "timings_ms",
    "trace_id",
]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def problems(validator: Draft202012Validator, answer: Mapping[str, Any]) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer)]


def test_the_schema_has_exactly_the_keys_of_the_contract(validator: Draft202012Validator) -> None:
    assert list(validator.schema["properties"]) == KEYS
    assert validator.schema["required"] == KEYS
    assert validator.schema["additionalProperties"] is False


def test_an_error_is_valid_and_other_shapes_are_not(validator: Draft202012Validator) -> None:
    error = Answer(Status.ERROR, "?", "t", error=AnswerError("internal", "m", "h")).to_dict()

    assert problems(validator, error) == []
    assert problems(validator, {**error, "more": 1})
    assert problems(validator, {**error, "status": "done"})
    assert problems(validator, {**error, "confidence": 1.5})
    assert problems(validator, {**error, "error": None})
    assert problems(validator, {k: v for k, v in error.items() if k != "sql"})


def test_answers_that_are_not_governed(validator: Draft202012Validator) -> None:
    sql = "select 1 from {{ ref('m') }}"
    answer = Answer(
        Status.ANSWERED, "q", "t", sql="select 1", dbt_sql=sql, governed=False, explanation="e"
    ).to_dict()

    assert problems(validator, answer) == []
    assert problems(validator, {**answer, "governed": True})
    assert problems(validator, {**answer, "dbt_sql": None})
    query = SemanticQuery(("revenue",))
    assert problems(validator, {**answer, "query": query.to_dict()})

    options = (Option("governed", query), Option("not", ModelQuery(sql, "What it shows.")))
    asked = Answer(Status.CLARIFY, "q", "t", clarification=Clarification("?", options)).to_dict()
    assert problems(validator, asked) == []
    asked["clarification"]["options"][1]["dbt_sql"] = None
    assert problems(validator, asked)


@pytest.mark.dbt
@pytest.mark.postgres
@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("What was revenue by region last quarter?", "answered"),
        ("revenue by month in 2024", "answered"),
        ("top 2 brands by revenue in 2024", "answered"),
        ("revenue in 2024 compared with last year", "answered"),
        ("orders that were not online by store in 2024", None),
        ("value by status", "clarify"),
        ("how many unicorns were painted", "unsupported"),
        ("", "error"),
    ],
)
def test_answers_are_valid(
    validator: Draft202012Validator, shop_built: Project, question: str, status: str | None
) -> None:
    options = ["--format", "json", "--as-of", "2025-03-15"]
    project = ["--project-dir", str(shop_built.project_dir)]
    result = CliRunner().invoke(app, ["ask", question, *options, *project])
    answer = json.loads(result.stdout)

    assert problems(validator, answer) == []
    assert status in (None, answer["status"])
    if answer["query"] is not None:
        assert SemanticQuery.from_dict(answer["query"]).to_dict() == answer["query"]
    if answer["status"] == "answered":
        assert answer["row_count"] == len(answer["rows"])
        assert all(len(row) == len(answer["columns"]) for row in answer["rows"])


def test_numbers_are_json_numbers() -> None:
    from decimal import Decimal

    from ui.render.json_lines import to_json

    answer = Answer(
        Status.ANSWERED, "q", "t", rows=((Decimal("1.50"), Decimal("2"), float("nan")),)
    )
    assert json.loads(to_json(replace(answer).to_dict()))["rows"] == [[1.5, 2, None]]
