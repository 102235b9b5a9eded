"""The demonstration's questions: test questions in YAML (`version: 1`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from semantic.errors import ConfigurationError

QUESTIONS_FILE = Path("questions") / "demo.yml"


@dataclass(frozen=True)
class DemoQuestion:
    """A question and what has to come out: gold SQL with ref(), or a status."""

    id: str
    text: str
    as_of: date | None = None
    gold_sql: str | None = None
    status: str | None = None


def read_questions(path: Path) -> tuple[DemoQuestion, ...]:
    """Read the file.

    Raises:
        ConfigurationError: naming what is wrong with it.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"Cannot read {path}: {error}.") from None
    entries = content.get("questions") if isinstance(content, dict) else None
    if not isinstance(entries, list) or content.get("version") != 1:
        raise ConfigurationError(f"{path} is not a file of questions (`version: 1`, `questions:`).")
    return tuple(_question(path, entry) for entry in entries)


def _question(path: Path, entry: Any) -> DemoQuestion:
    try:
        expect = entry.get("expect") or {}
        as_of = entry.get("as_of")
        return DemoQuestion(
            id=str(entry["id"]),
            text=str(entry["question"]),
            as_of=date.fromisoformat(str(as_of)) if as_of else None,
            gold_sql=expect.get("sql"),
            status=expect.get("status"),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"{path} has a question that cannot be read: {error}.") from None
