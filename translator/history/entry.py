"""What the history gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from translator.answer import Answer
from translator.history.answers import read_answer


@dataclass(frozen=True)
class Entry:
    """One question with its answer.

    `content` is the answer's JSON form, the contract of `POST /v1/ask`, with the first rows only
    (`history.rows`). `question` is what a person typed or saw, also where a query ran without
    words. `surface`: cli, api, mcp or explorer. `liked` and `reason` are the latest opinion,
    `liked` None where there is none; `verified_as` names the test question it was saved as.
    """

    trace_id: str
    asked_at: datetime
    asked_by: str
    surface: str
    question: str
    as_of: date
    status: str
    content: Mapping[str, Any]
    liked: bool | None = None
    reason: str = ""
    pinned: bool = False
    verified_as: str | None = None

    def answer(self, grains: Sequence[str]) -> Answer:
        """The answer; what cannot be read any more (a query of another version) is left out.

        Args:
            grains: of the catalog, as queries spell them.
        """
        return read_answer(self.content, grains)

    def to_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {
            "trace_id": self.trace_id,
            "asked_at": self.asked_at.isoformat(),
            "asked_by": self.asked_by,
            "surface": self.surface,
            "question": self.question,
            "as_of": self.as_of.isoformat(),
            "status": self.status,
            "liked": self.liked,
            "reason": self.reason,
            "pinned": self.pinned,
            "verified_as": self.verified_as,
            "answer": dict(self.content),
        }


@dataclass(frozen=True)
class Page:
    """Some entries, latest first, of `total`."""

    entries: tuple[Entry, ...]
    total: int


@dataclass(frozen=True)
class Selection:
    """Which entries are wanted; None means all. `search` is a part of the question."""

    asked_by: str | None = None
    status: str | None = None
    surface: str | None = None
    search: str | None = None
    liked: bool | None = None
    pinned: bool | None = None
    before: datetime | None = None
