from __future__ import annotations

from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from semantic.project import Project
from ui.cli.app import app

Run = Callable[..., "Outcome"]


class Outcome:
    """What a command printed and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run() -> Run:
    """Runs the command in this process."""

    def invoke(*arguments: str, stdin: str | bytes | None = None) -> Outcome:
        result = CliRunner().invoke(app, list(arguments), input=stdin)
        assert "Traceback" not in result.stderr
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return invoke


@pytest.fixture
def shop(shop_built: Project) -> tuple[str, ...]:
    """The options that name the built shop project."""
    return ("--project-dir", str(shop_built.project_dir))
