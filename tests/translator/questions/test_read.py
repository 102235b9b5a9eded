"""Files of test questions: what is read, and how what is wrong is said."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest
import yaml

from semantic.catalog import STANDARD_GRAINS
from translator.query import SemanticQuery, TimeRange
from translator.questions.form import json_schema
from translator.questions.read import QuestionFileError, read_questions

ROOT = Path(__file__).resolve().parents[3]
GRAINS = (*STANDARD_GRAINS, "fiscal_quarter")

WHOLE = """\
version: 1
questions:
  - id: revenue_2024
    question: Revenue in 2024?
    paraphrases: ["What did we make in 2024?"]
    as_of: 2025-01-31
    tags: [simple]
    expect:
      query:
        metrics: [revenue]
        time_range: {start: 2024-01-01, end: 2025-01-01}
      sql: select sum(amount) from {{ ref('orders') }}
      ordered: true
  - id: follow_up
    turns: ["Revenue in 2024?", "And by fiscal quarter?"]
    expect:
      query: {metrics: [revenue], group_by: [metric_time__fiscal_quarter]}
  - id: weather
    question: Will it rain?
    expect: {status: unsupported}
"""


def _written(folder: Path, text: str, name: str = "questions.yml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    first, second, third = read_questions([_written(tmp_path, WHOLE)], GRAINS)

    assert (first.id, first.text, first.line) == ("revenue_2024", "Revenue in 2024?", 3)
    assert first.paraphrases == ("What did we make in 2024?",)
    assert first.as_of == date(2025, 1, 31)
    assert first.expect.query == SemanticQuery(
        metrics=("revenue",), time_range=TimeRange(date(2024, 1, 1), date(2025, 1, 1))
    )
    assert first.expect.sql is not None and first.expect.ordered
    assert (second.turns, second.text) == (("Revenue in 2024?",), "And by fiscal quarter?")
    assert second.expect.query is not None
    assert second.expect.query.group_by[0].grain == "fiscal_quarter"
    assert third.expect.status == "unsupported"


def test_folders_are_searched_and_no_file_is_read_twice(tmp_path: Path) -> None:
    one = "version: 1\nquestions:\n  - {id: ID, question: q, expect: {status: clarify}}\n"
    _written(tmp_path, one.replace("ID", "b"), "b.yaml")
    a = _written(tmp_path, one.replace("ID", "a"), "deep/held_out/a.yml")
    _written(tmp_path, "not a question", "notes.md")

    found = read_questions([a, tmp_path], GRAINS)

    assert [(q.id, q.held_out) for q in found] == [("a", True), ("b", False)]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (WHOLE.replace("version: 1", "version: 2"), 1, "version"),
        (WHOLE.replace("status: unsupported", "status: maybe"), 20, "status"),
        (WHOLE.replace("question: Will", "qestion: Will"), 19, "qestion"),
        (WHOLE.replace("    question: Will it rain?\n", ""), 18, "'question' or 'turns'"),
        (WHOLE.replace("metrics: [revenue]\n", "metrics: revenue\n"), 10, "metrics"),
        (WHOLE.replace("start: 2024-01-01", "start: soon"), 11, "start"),
        (WHOLE.replace("id: weather", "id: follow_up"), 18, "taken by"),
        (WHOLE.replace("id: weather", "id: ../weather"), 18, "id"),
        (WHOLE.replace("as_of: 2025-01-31", "as_of: 2025-02-31"), 6, "day is out of range"),
        (WHOLE.replace("tags: [simple]", "tags: [simple"), 8, ""),
        (WHOLE + "  - id: weather2\n    id: x\n", 22, "twice"),
        (WHOLE + "x: &a [*a]\n", 21, "deeply nested"),
        ("", 1, ""),
        ("- a list", 1, ""),
        (
            "version: 1\nquestions:\n  - {id: q, question: '', expect: {status: clarify}}\n",
            3,
            "question",
        ),
        (WHOLE.replace("expect: {status: unsupported}", "expect: {}"), 20, "'query' or 'sql'"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    path = _written(tmp_path, text)

    with pytest.raises(QuestionFileError) as caught:
        read_questions([path], GRAINS)

    assert caught.value.message.startswith(f"{path}:{line}:"), caught.value.message
    assert said in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
def test_what_cannot_be_opened_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "questions.yml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(QuestionFileError, match=r"questions\.yml"):
        read_questions([path], GRAINS)


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(QuestionFileError, match="no .yml"):
        read_questions([tmp_path], GRAINS)


def test_the_editors_schema_is_that_of_the_reader() -> None:
    kept = ROOT / "docs" / "questions.schema.json"

    assert json.loads(kept.read_text(encoding="utf-8")) == json_schema()


@pytest.mark.parametrize(
    "path", sorted((ROOT / "dbt_project" / "questions").rglob("*.yml")), ids=lambda p: p.name
)
def test_the_demonstrations_questions_obey_the_schema(path: Path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    # YAML's dates are text in JSON.
    jsonschema.validate(json.loads(json.dumps(content, default=str)), json_schema())
