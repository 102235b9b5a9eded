"""GitHub Actions' workflow commands that mark lines of a pull request.

Format: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import os

import typer

from semantic.places import Place
from ui.render.text import printable

LEVELS = ("error", "warning", "notice")


def on_github() -> bool:
    """Whether this runs in a job of GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def annotate(level: str, title: str, message: str, place: Place | None) -> None:
    """Print one annotation.

    Args:
        level: one of `LEVELS`.
        title: shown in bold.
        message: may have several lines.
        place: the line that it is about.
    """
    properties = {"title": title}
    if place is not None:
        properties = {"file": place.file, "line": str(place.line), **properties}
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    typer.echo(f"::{level} {listed}::{_data(printable(message, lines=True))}")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")
