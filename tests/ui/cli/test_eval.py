"""`metricspeak eval` from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from semantic.errors import ConfigurationError
from tests.ui.cli.conftest import Run
from ui.cli.evaluate import require_figures

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]

QUESTIONS = """\
version: 1
questions:
  - id: revenue
    question: revenue in 2024
    tags: [simple]
    expect: {query: {metrics: [revenue], time_range: {start: 2024-01-01, end: 2025-01-01}}}
  - id: rain
    question: Will it rain in Paris tomorrow?
    tags: [unanswerable]
    expect: {status: unsupported}
"""


@pytest.fixture
def questions(tmp_path: Path) -> str:
    path = tmp_path / "questions.yml"
    path.write_text(QUESTIONS, encoding="utf-8")
    return str(path)


def test_a_run_is_printed_kept_and_compared(
    run: Run, shop: tuple[str, ...], questions: str, tmp_path: Path
) -> None:
    kept = ("--runs", str(tmp_path / "runs"), "--planner", "embedded")
    first = run("eval", questions, *shop, *kept)
    page = tmp_path / "report.html"
    second = run("eval", questions, *shop, *kept, "--compare", "latest", "--html", str(page))

    assert first.code == second.code == 0, first.err
    assert "100 %" in first.out and "unanswerable" in first.out
    assert "no difference" in " ".join(second.out.split())
    assert "MetricSpeak evaluation" in page.read_text(encoding="utf-8")


def test_json_and_markdown_hold_nothing_else(
    run: Run, shop: tuple[str, ...], questions: str, tmp_path: Path
) -> None:
    kept = ("--runs", str(tmp_path / "runs"), "--planner", "embedded", "--tag", "simple")
    as_json = run("eval", questions, *shop, *kept, "--format", "json")
    as_markdown = run("eval", questions, *shop, *kept, "--format", "markdown")

    content = json.loads(as_json.out)
    assert [o["id"] for o in content["outcomes"]] == ["revenue"]
    assert content["summary"]["overall"]["accuracy"]["value"] == 1.0
    assert content["run"]["versions"]["dbt-core"]
    assert as_markdown.out.startswith("## MetricSpeak evaluation: 100 % right")


def test_a_threshold_decides_the_exit_code(run: Run, shop: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "questions.yml"
    path.write_text(QUESTIONS.replace("metrics: [revenue]", "metrics: [orders]"), encoding="utf-8")
    kept = ("--runs", str(tmp_path / "runs"), "--planner", "embedded")

    assert run("eval", str(path), *shop, *kept, "--min-right", "0.5").code == 0
    assert run("eval", str(path), *shop, *kept, "--min-right", "0.6").code == 1
    assert run("eval", str(path), *shop, *kept, "--max-wrong", "0.4").code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere.yml",), "no file or folder nowhere.yml"),
        ((), "no test questions"),
        (("--compare", "nothing"), "no readable run"),
    ],
)
def test_what_is_missing_is_said(
    run: Run, shop: tuple[str, ...], tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    outcome = run("eval", *arguments, *shop, "--runs", str(tmp_path / "runs"))

    assert outcome.code == 2
    assert said in outcome.err


def test_a_tag_that_nothing_has_is_said(
    run: Run, shop: tuple[str, ...], questions: str, tmp_path: Path
) -> None:
    outcome = run("eval", questions, *shop, "--runs", str(tmp_path), "--tag", "nosuch")

    assert outcome.code == 2
    assert "--tag" in outcome.err


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import util

    found = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name: None if name == "scipy" else found(name))
    with pytest.raises(ConfigurationError, match="scipy") as caught:
        require_figures()
    assert "[eval]" in caught.value.hint
