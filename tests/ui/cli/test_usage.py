"""Wrong usage and configuration: exit code 2 with a message and a hint, never a traceback."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECTS
from tests.ui.cli.conftest import Run
from ui.cli import ask as ask_command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask",),
        ("ask", "a question", "--batch", "file.jsonl"),
        ("ask", "--batch", "file.jsonl", "--format", "csv"),
        ("ask", "--batch", "file.jsonl", "--format", "table"),
        ("ask", "a question", "--as-of", "yesterday"),
        ("ask", "a question", "--planner", "oracle"),
        ("ask", "a question", "--format", "pdf"),
        ("ask", "a question", "--nonsense"),
        ("nonsense",),
        ("catalog", "show"),
    ],
)
def test_wrong_usage(run: Run, folder: Path, arguments: tuple[str, ...]) -> None:
    outcome = run(*arguments)

    assert outcome.code == 2
    assert outcome.out == ""
    assert "Error" in outcome.err


@pytest.mark.parametrize(
    "arguments", [("ask", "revenue"), ("catalog",), ("catalog", "show", "revenue"), ("demo",)]
)
def test_no_project(run: Run, folder: Path, arguments: tuple[str, ...]) -> None:
    outcome = run(*arguments)

    assert outcome.code == 2
    assert "dbt_project.yml" in outcome.err
    assert "--project-dir" in outcome.err


def test_doctor_without_a_project(run: Run, folder: Path) -> None:
    outcome = run("doctor")

    assert outcome.code == 2
    assert "No dbt project" in outcome.out


def test_the_demo_below_the_current_folder_is_the_default(run: Run, folder: Path) -> None:
    shutil.copytree(PROJECTS / "shop", folder / "dbt_project")
    (folder / "dbt_project" / "metricspeak.yml").write_text("row_limits: 3\n", encoding="utf-8")

    outcome = run("ask", "revenue")

    assert outcome.code == 2
    assert "row_limits" in outcome.err


def test_the_llm_planner_needs_a_model(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(PROJECTS / "shop", folder / "dbt_project")

    outcome = run("ask", "revenue", "--planner", "llm")
    assert outcome.code == 2
    assert "METRICSPEAK_LLM__SERVER" in outcome.err

    monkeypatch.setenv("METRICSPEAK_PLANNER", "llm")
    assert run("ask", "revenue").code == 2


def test_demo_in_another_project_says_so(run: Run, folder: Path) -> None:
    shutil.copytree(PROJECTS / "shop", folder / "dbt_project")

    outcome = run("demo")

    assert outcome.code == 2
    assert "is not the demonstration project" in outcome.err


def test_an_unexpected_error_is_logged_and_not_shown(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, private_home: Path
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("something \x1b[31mbroke")

    monkeypatch.setattr(ask_command, "open_workplace", fail)
    outcome = run("ask", "revenue")

    log = private_home / "cache" / "metricspeak" / "errors.log"
    assert outcome.code == 1
    assert "something ␛[31mbroke" in outcome.err
    assert str(log) in outcome.err
    assert "Traceback" in log.read_text(encoding="utf-8")


def test_ctrl_c_is_quiet(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ask_command, "open_workplace", interrupt)
    outcome = run("ask", "revenue")

    assert (outcome.code, outcome.out, outcome.err) == (130, "", "")


def test_a_closed_pipe_is_quiet(folder: Path) -> None:
    """As in `metricspeak ask --help | head -0`."""
    reader, writer = os.pipe()
    os.close(reader)
    code = "from ui.cli.app import main; main()"
    with os.fdopen(writer, "wb") as out:
        run = subprocess.run(
            [sys.executable, "-c", code, "ask", "--help"], stdout=out, stderr=subprocess.PIPE
        )

    assert run.returncode not in (0, -signal.SIGPIPE)
    assert run.stderr == b""


def test_a_pipe_closed_under_a_table_is_no_failure(folder: Path) -> None:
    """As in `metricspeak doctor | head -0`: what is for people is printed by Rich."""
    reader, writer = os.pipe()
    os.close(reader)
    code = "from ui.cli.app import main; main()"
    with os.fdopen(writer, "wb") as out:
        run = subprocess.run(
            [sys.executable, "-c", code, "doctor"], stdout=out, stderr=subprocess.PIPE
        )

    assert (run.returncode, run.stderr) == (141, b"")


def test_help_names_every_command_and_exit_code(run: Run) -> None:
    outcome = run("--help")

    assert outcome.code == 0
    for word in ("ask", "catalog", "db", "doctor", "demo", "3 clarification"):
        assert word in " ".join(outcome.out.split())


def test_the_command_line_imports_nothing_heavy() -> None:
    heavy = ("dbt", "metricflow", "sqlglot", "pydantic", "rich", "psycopg2", "pandas")
    code = f"import sys, ui.cli.app; print([n for n in {heavy} if n in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"
