"""`metricspeak history`, after questions that were asked on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.translator.history.conftest import database
from tests.ui.cli.conftest import Run

__all__ = ["database"]
QUESTION = ("ask", "revenue by month in 2024", "--planner", "embedded")


@pytest.fixture(autouse=True)
def kept(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METRICSPEAK_HISTORY__ENABLED", "true")
    monkeypatch.setenv("METRICSPEAK_HISTORY__URL", database)
    monkeypatch.setenv("METRICSPEAK_HOME", str(tmp_path / "home"))


def test_questions_are_listed_shown_exported_and_forgotten(run: Run, shop: tuple[str, ...]) -> None:
    given = run(*QUESTION, *shop)
    assert given.code == 0

    listed = run("history", "list", *shop)
    entries = json.loads(run("history", "list", "--format", "json", *shop).out)
    trace = entries[0]["trace_id"]
    shown = run("history", "show", trace[:8], *shop)
    exported = run("history", "export", *shop)
    pruned = run("history", "prune", "--days", "0", *shop)

    assert "revenue by month in 2024" in listed.out
    assert trace[:8] in listed.out
    assert entries[0]["surface"] == "cli"
    assert all(line in shown.out for line in given.out.splitlines()[:3])
    assert [json.loads(line)["trace_id"] for line in exported.out.splitlines()] == [trace]
    assert pruned.out == "forgot 1 answer\n"
    assert "Nothing is kept" in run("history", "list", *shop).out


def test_batches_are_kept_too(run: Run, shop: tuple[str, ...]) -> None:
    lines = '{"question": "revenue"}\n{"question": "number of unicorns by planet"}\n'
    assert run("ask", "--batch", "-", *shop, stdin=lines).code == 0

    entries = json.loads(run("history", "list", "--format", "json", *shop).out)

    assert {e["question"] for e in entries} == {"revenue", "number of unicorns by planet"}


def test_an_unknown_trace_is_the_users_mistake(run: Run, shop: tuple[str, ...]) -> None:
    outcome = run("history", "show", "ffff", *shop)

    assert outcome.code == 2
    assert "history list" in outcome.err


def test_a_history_that_is_off_says_so(
    run: Run, shop: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRICSPEAK_HISTORY__ENABLED", "false")

    outcome = run("history", "list", *shop)

    assert outcome.code == 2
    assert "history.enabled" in outcome.err


def test_a_database_that_is_down_costs_no_answer(
    run: Run, shop: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRICSPEAK_HISTORY__URL", "postgresql://me:secret@127.0.0.1:1/none")

    assert run(*QUESTION, *shop).code == 0
    outcome = run("history", "list", *shop)

    assert outcome.code == 5
    assert "secret" not in outcome.err
