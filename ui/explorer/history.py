"""What was asked and how people judged it, as the explorer needs it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Protocol

from translator.answer import Answer, Status
from translator.history.entry import Selection
from translator.history.history import History as StoredHistory

_KEPT = 500


@dataclass(frozen=True)
class Entry:
    """One answered question. `liked` is None until somebody judged it.

    Not `complete`: only the first rows are kept.
    """

    trace_id: str
    question: str
    asked_by: str
    asked_at: datetime
    as_of: date
    answer: Answer
    liked: bool | None = None
    reason: str = ""
    pinned: bool = False
    complete: bool = True


class History(Protocol):
    """Keeps answers for later. Safe to use from several threads."""

    def add(self, answer: Answer, question: str, as_of: date, asked_by: str) -> None:
        """Keep an answer."""
        ...

    def entries(self, asked_by: str | None = None) -> tuple[Entry, ...]:
        """Everything kept, latest first; of one person where named."""
        ...

    def judge(self, trace_id: str, liked: bool, reason: str) -> None:
        """Keep what a person thinks of an answer."""
        ...

    def pin(self, trace_id: str, pinned: bool) -> None:
        """Keep an answer at the top, or no longer."""
        ...


class KeptHistory:
    """The project's history in its database; what the CLI, the API and agents asked is there, too.

    Reading raises ServiceDownError when the database cannot be reached.
    """

    def __init__(self, history: StoredHistory, grains: Sequence[str]) -> None:
        self._history = history
        self._grains = grains

    def add(self, answer: Answer, question: str, as_of: date, asked_by: str) -> None:
        """See `History.add`."""
        self._history.add(answer, question, as_of, asked_by)

    def entries(self, asked_by: str | None = None) -> tuple[Entry, ...]:
        """See `History.entries`: the latest 500, with the first rows of each."""
        page = self._history.page(Selection(asked_by=asked_by), _KEPT)
        return tuple(
            Entry(
                e.trace_id,
                e.question,
                e.asked_by,
                e.asked_at,
                e.as_of,
                e.answer(self._grains),
                e.liked,
                e.reason,
                e.pinned,
                e.content["row_count"] <= len(e.content["rows"]),
            )
            for e in page.entries
            if e.status in {Status.ANSWERED, Status.UNSUPPORTED}
        )

    def judge(self, trace_id: str, liked: bool, reason: str) -> None:
        """See `History.judge`."""
        self._history.judge(trace_id, liked, reason)

    def pin(self, trace_id: str, pinned: bool) -> None:
        """See `History.pin`."""
        self._history.pin(trace_id, pinned)


class MemoryHistory:
    """The latest 500 answers, for as long as the explorer runs."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()

    def add(self, answer: Answer, question: str, as_of: date, asked_by: str) -> None:
        """See `History.add`."""
        with self._lock:
            self._entries.appendleft(
                Entry(answer.trace_id, question, asked_by, datetime.now(UTC), as_of, answer)
            )

    def entries(self, asked_by: str | None = None) -> tuple[Entry, ...]:
        """See `History.entries`."""
        with self._lock:
            return tuple(e for e in self._entries if asked_by in {None, e.asked_by})

    def judge(self, trace_id: str, liked: bool, reason: str) -> None:
        """See `History.judge`."""
        self._change(trace_id, liked=liked, reason=reason)

    def pin(self, trace_id: str, pinned: bool) -> None:
        """See `History.pin`."""
        self._change(trace_id, pinned=pinned)

    def _change(self, trace_id: str, **changes: object) -> None:
        with self._lock:
            for position, entry in enumerate(self._entries):
                if entry.trace_id == trace_id:
                    self._entries[position] = replace(entry, **changes)  # type: ignore[arg-type]
