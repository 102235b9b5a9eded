"""Lists cut so that they never flood an agent's context."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from ui.render.json_lines import to_json

PAGE_CHARACTERS = 5_500
"""Of JSON in one list. A result carries its content twice, as text and as structure, so that this
keeps it below 4,000 tokens at three characters a token."""
_LONGEST_TEXT = 120
_Entry = TypeVar("_Entry", bound=BaseModel)


def page_of(
    entries: Sequence[dict[str, Any]],
    read: Callable[[dict[str, Any]], _Entry],
    limit: int,
    offset: int,
) -> tuple[list[_Entry], int | None]:
    """The entries from `offset` on that fit, and where to go on: None at the end."""
    found: list[_Entry] = []
    size = 0
    for entry in entries[offset : offset + limit]:
        line = read({**entry, "description": shortened(entry.get("description"))})
        size += len(to_json(compact(line)))
        if found and size > PAGE_CHARACTERS:
            break
        found.append(line)
    after = offset + len(found)
    return found, after if after < len(entries) else None


def compact(content: BaseModel) -> dict[str, Any]:
    """The content without what is empty."""
    return content.model_dump(exclude_defaults=True)


def shortened(text: str | None) -> str | None:
    """The first words of a long text."""
    words = " ".join((text or "").split())
    if len(words) <= _LONGEST_TEXT:
        return words or None
    return words[: _LONGEST_TEXT - 1].rpartition(" ")[0] + "…"
