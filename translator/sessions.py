"""What was asked before, for questions that follow up: bounded in number and in time."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from translator.plan import ModelQuery
from translator.query import SemanticQuery


class Sessions:
    """The last answered query of each session. Safe to use from several threads."""

    def __init__(self, most: int, seconds: float) -> None:
        """No session yet.

        Args:
            most: sessions kept; beyond it the one asked longest ago is forgotten.
            seconds: time after its last answer at which a session is forgotten.
        """
        self._most = most
        self._seconds = seconds
        self._queries: OrderedDict[str, tuple[float, SemanticQuery | ModelQuery]] = OrderedDict()
        self._lock = threading.Lock()

    def previous(self, session_id: str) -> SemanticQuery | ModelQuery | None:
        """What answered the turn before, None where there was none or it is too long ago."""
        with self._lock:
            self._forget()
            found = self._queries.get(session_id)
        return found[1] if found else None

    def remember(self, session_id: str, query: SemanticQuery | ModelQuery) -> None:
        """Keep what answered this turn."""
        with self._lock:
            self._queries[session_id] = (time.monotonic(), query)
            self._queries.move_to_end(session_id)
            self._forget()

    def _forget(self) -> None:
        oldest = time.monotonic() - self._seconds
        while self._queries:
            # In the order of their last answers, so that the first one is the oldest.
            at, _ = next(iter(self._queries.values()))
            if at >= oldest and len(self._queries) <= self._most:
                return
            self._queries.popitem(last=False)
