"""Answers as JSON text."""

from __future__ import annotations

from typing import Any

from translator.json_text import json_text
from ui.render.text import printable_json


def to_json(content: Any, indent: int | None = None) -> str:
    """JSON in UTF-8, exact, and without characters that a terminal would obey."""
    return printable_json(json_text(content, indent))
