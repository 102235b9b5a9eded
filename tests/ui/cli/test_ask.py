"""`metricspeak ask` against a real project on a real warehouse."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.ui.cli.conftest import Run

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]

AS_OF = ("--as-of", "2025-03-15")
QUESTION = "revenue by brand in 2024"


def test_table_has_restatement_figures_and_evidence(run: Run, shop: tuple[str, ...]) -> None:
    outcome = run("ask", QUESTION, *AS_OF, *shop)

    assert outcome.code == 0, outcome.err
    lines = outcome.out.splitlines()
    assert lines[0].startswith("Revenue by Brand")
    assert "product__brand" in outcome.out
    assert "21,026.00" in outcome.out
    assert "confidence" in lines[-1] or "confidence" in lines[-2]


def test_csv_is_nothing_but_csv(run: Run, shop: tuple[str, ...]) -> None:
    outcome = run("ask", QUESTION, "--format", "csv", *AS_OF, *shop)

    rows = list(csv.reader(io.StringIO(outcome.out)))
    assert rows[0] == ["product__brand", "revenue"]
    assert rows[1] == ["Nordwind", "21026"]
    assert len(rows) == 4
    assert "WARNING" not in outcome.err


def test_what_csv_cannot_say_goes_to_stderr(run: Run, shop: tuple[str, ...]) -> None:
    outcome = run("ask", "revenue by brand in 2031", "--format", "csv", *AS_OF, *shop)

    assert outcome.out.splitlines() == ["product__brand,revenue"]
    assert "No rows: nothing matches." in outcome.err.splitlines()


def test_sql_is_nothing_but_sql(run: Run, shop: tuple[str, ...]) -> None:
    import sqlglot

    outcome = run("ask", QUESTION, "--format", "sql", *AS_OF, *shop)

    assert outcome.code == 0
    assert isinstance(sqlglot.parse_one(outcome.out, read="postgres"), sqlglot.exp.Select)


def test_json_has_exact_numbers(run: Run, shop: tuple[str, ...]) -> None:
    answer = json.loads(run("ask", QUESTION, "--format", "json", *AS_OF, *shop).out)

    assert answer["rows"][0] == ["Nordwind", 21026]
    revenue = answer["columns"][1]
    assert (revenue["name"], revenue["role"], revenue["format"]) == (
        "revenue",
        "metric",
        "currency",
    )
    assert "{{ ref('" in answer["dbt_sql"]


def test_dry_run_shows_sql_and_runs_nothing(run: Run, shop: tuple[str, ...]) -> None:
    outcome = run("ask", QUESTION, "--dry-run", *AS_OF, *shop)

    assert outcome.code == 0
    assert "SELECT" in outcome.out
    assert "21,026" not in outcome.out


def test_a_clarification_lists_the_readings(run: Run, shop: tuple[str, ...]) -> None:
    outcome = run("ask", "value by status", *AS_OF, *shop)

    assert outcome.code == 3
    assert "  1. " in outcome.out
    assert "  2. " in outcome.out


def test_a_reading_is_answered_by_its_number(run: Run, shop: tuple[str, ...]) -> None:
    offered = json.loads(run("ask", "value by status", "-f", "json", *AS_OF, *shop).out)
    second = offered["clarification"]["options"][1]
    outcome = run("ask", "value by status", "--reading", "2", "-f", "json", *AS_OF, *shop)

    assert outcome.code == 0
    answer = json.loads(outcome.out)
    assert answer["query"] == second["query"]
    assert answer["question"] == "value by status"
    assert run("ask", "value by status", "--reading", "9", *AS_OF, *shop).code == 2


def test_a_reading_of_a_plain_question_changes_nothing(run: Run, shop: tuple[str, ...]) -> None:
    outcome = run("ask", "revenue by brand", "--reading", "2", *AS_OF, *shop)

    assert outcome.code == 0
    assert "--reading changed nothing" in outcome.err


def test_a_refusal_says_why_and_what_can_be_asked(run: Run, shop: tuple[str, ...]) -> None:
    outcome = run("ask", "how many unicorns were painted", *AS_OF, *shop)

    assert outcome.code == 4
    assert "Cannot be answered" in outcome.out
    assert "What can be asked" in outcome.out


@pytest.mark.parametrize("output", ["csv", "sql"])
def test_without_an_answer_standard_output_is_empty(
    run: Run, shop: tuple[str, ...], output: str
) -> None:
    outcome = run("ask", "how many unicorns", "--format", output, *AS_OF, *shop)

    assert outcome.code == 4
    assert outcome.out == ""
    assert "Cannot be answered" in outcome.err


@pytest.mark.parametrize(
    "question",
    [
        "",
        "   ",
        "\x00\x01\x02",
        "x" * 10_000,
        "{{ env_var('HOME') }}",
        "'; drop table fct_orders; --",
    ],
)
def test_bad_questions_end_well(run: Run, shop: tuple[str, ...], question: str) -> None:
    outcome = run("ask", question, *AS_OF, *shop)

    assert outcome.code in (2, 4)
    assert outcome.err or outcome.out
    assert "Traceback" not in outcome.out + outcome.err


def test_batch_answers_every_line_in_order(run: Run, shop: tuple[str, ...], tmp_path: Path) -> None:
    lines = [
        json.dumps({"question": "revenue in 2024", "session_id": "s"}),
        "not JSON",
        json.dumps({"question": 5}),
        json.dumps(["question"]),
        json.dumps({"question": "orders", "session_id": 7}),
        json.dumps({"question": ""}),
        json.dumps({"question": "\ud800"}),
        json.dumps({"question": "how many unicorns"}),
        json.dumps({"question": "by brand", "session_id": "s"}),
    ]
    file = tmp_path / "questions.jsonl"
    file.write_bytes("\n".join(lines).encode() + b"\n\xff\xfe\n")

    outcome = run("ask", "--batch", str(file), *AS_OF, *shop)
    answers = [json.loads(line) for line in outcome.out.splitlines()]

    assert outcome.code == 1
    assert [a["status"] for a in answers] == [
        "answered", "error", "error", "error", "error", "error", "error", "unsupported", "answered",
        "error",
    ]  # fmt: skip
    assert all(a["error"]["hint"] for a in answers if a["status"] == "error")
    assert answers[-2]["session_id"] == "s"
    assert answers[-2]["query"]["time_range"] == answers[0]["query"]["time_range"]


def test_batch_reads_standard_input(run: Run, shop: tuple[str, ...]) -> None:
    outcome = run("ask", "--batch", "-", *AS_OF, *shop, stdin='{"question": "orders"}\n')

    assert json.loads(outcome.out)["status"] == "answered"
    assert outcome.code == 0


def test_asking_back_and_refusing_are_answers_of_a_batch(run: Run, shop: tuple[str, ...]) -> None:
    lines = '{"question": "value by status"}\n{"question": "how many unicorns"}\n'
    outcome = run("ask", "--batch", "-", "--format", "json", *AS_OF, *shop, stdin=lines)

    answers = [json.loads(line) for line in outcome.out.splitlines()]
    assert [a["status"] for a in answers] == ["clarify", "unsupported"]
    assert outcome.code == 0


def test_a_missing_batch_file_is_said(run: Run, shop: tuple[str, ...]) -> None:
    outcome = run("ask", "--batch", "/no/such/file.jsonl", *shop)

    assert outcome.code == 2
    assert "/no/such/file.jsonl" in outcome.err


def test_a_warehouse_that_is_down_ends_with_5(
    run: Run, shop: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("METRICSPEAK_TEST_PGHOST", str(tmp_path))

    outcome = run("ask", QUESTION, *AS_OF, *shop)
    assert outcome.code == 5
    assert "cannot be reached" in outcome.err
    assert run("doctor", *shop).code == 5

    lines = json.dumps({"question": QUESTION}) + '\n{"question": ""}\n'
    outcome = run("ask", "--batch", "-", *AS_OF, *shop, stdin=lines)
    answers = [json.loads(line) for line in outcome.out.splitlines()]
    assert outcome.code == 5
    assert [a["error"]["code"] for a in answers] == ["service_down", "bad_question"]


def test_a_warehouse_without_the_tables_is_said(
    run: Run, shop: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRICSPEAK_TEST_PGSCHEMA", "elsewhere")

    outcome = run("ask", QUESTION, *AS_OF, *shop)
    assert outcome.code == 1
    assert "dbt build" in outcome.err


def test_doctor_finds_all_in_order(run: Run, shop: tuple[str, ...]) -> None:
    outcome = run("doctor", *shop)

    assert outcome.code == 0, outcome.out
    assert "fail" not in outcome.out


def test_catalog_in_all_forms(run: Run, shop: tuple[str, ...]) -> None:
    assert "revenue" in run("catalog", *shop).out
    assert run("catalog", "search", "region", *shop).code == 0
    assert "nothing" in run("catalog", "search", "zzz", *shop).out.lower()
    listed = json.loads(run("catalog", "list", "--format", "json", *shop).out)
    assert "revenue" in {metric["name"] for metric in listed["metrics"]}
    found = json.loads(run("catalog", "search", "turnover", "--format", "json", *shop).out)
    assert found[0]["name"] == "revenue"
    shown = run("catalog", "show", "revenue", *shop)
    assert "What customers paid" in shown.out
    missing = run("catalog", "show", "revenu", *shop)
    assert missing.code == 2
    assert "revenue" in missing.err
