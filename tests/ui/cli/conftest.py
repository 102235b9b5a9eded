from __future__ import annotations

from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from semantic.project import Project
from ui.cli.app import app

Run = Callable[..., "Outcome"]
Configure = Callable[..., None]
KEY = "hf_a-secret-that-nobody-may-see"


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


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Points the settings to a language model's server; nothing waits long."""

    def set_up(url: str, **more: str) -> None:
        wanted = {
            "SERVER": "tgi",
            "URL": url,
            "MODEL": "any",
            "API_KEY": KEY,
            "RETRIES": "0",
            "CONNECT_TIMEOUT_SECONDS": "2",
            "FIRST_TOKEN_TIMEOUT_SECONDS": "20",
            "TOTAL_TIMEOUT_SECONDS": "60",
        } | more
        for name, value in wanted.items():
            monkeypatch.setenv(f"METRICSPEAK_LLM__{name}", value)

    return set_up
