"""The history as every surface uses it: `open_history`, then `add`, `judge`, `page`, `entry`."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from semantic.errors import MetricSpeakError, ServiceDownError
from semantic.project import Project
from translator.answer import Answer
from translator.history.spool import Spool
from translator.settings import Settings, embedded_home
from translator.settings.history import HistorySettings

if TYPE_CHECKING:
    from translator.history.entry import Entry, Page, Selection
    from translator.history.store import Store

_LOG = logging.getLogger(__name__)
_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
_PRUNE_SECONDS = 3600.0
_LAST_SECONDS = 5.0


def open_history(project: Project, settings: Settings, surface: str) -> History | None:
    """The history of a project, None where the settings switch it off. Connects to nothing yet.

    Args:
        project: the dbt project.
        settings: its settings.
        surface: who writes: cli, api, mcp or explorer.
    """
    if not settings.history.enabled:
        return None
    home = embedded_home(project.project_dir, settings)

    def open_store() -> Store:
        # SQLAlchemy takes longer to import than an answer to be kept.
        from translator.history.database import open_engine
        from translator.history.store import Store

        url = settings.history.url
        engine = open_engine(url.get_secret_value() if url else None, home)
        return Store(engine, project.name)

    today = settings.as_of
    return History(
        Spool(home / "history"), open_store, settings.history, project.name, surface, today
    )


class History:
    """Keeps answers and opinions, and gives them back. Safe to use from several threads."""

    def __init__(
        self,
        spool: Spool,
        open_store: Callable[[], Store],
        settings: HistorySettings,
        project: str,
        surface: str,
        today: date | None = None,
    ) -> None:
        """Nothing is written yet; see `open_history`."""
        self._spool = spool
        self._open_store = open_store
        self._settings = settings
        self._project = project
        self._surface = surface
        self._today = today
        self._opened: Store | None = None
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._failing = False

    @property
    def waiting_bytes(self) -> int:
        """The size of what is kept on this machine and not yet in the database."""
        return self._spool.waiting_bytes

    def add(
        self,
        answer: Answer,
        question: str | None = None,
        as_of: date | None = None,
        asked_by: str = "",
    ) -> None:
        """Keep an answer. Never fails: an answer is worth more than its history.

        Args:
            answer: whatever became of the question.
            question: what the person saw, where it is not the answer's own.
            as_of: what was today for it; by default the settings' `as_of`, or the real today.
            asked_by: who asked; empty where nobody logs in.
        """
        try:
            most = self._settings.rows
            content = replace(answer, rows=answer.rows[:most]).to_dict()
            content["row_count"] = len(answer.rows)
            self._spool.append(
                self._event("answer", answer.trace_id)
                | {
                    "project": self._project,
                    "surface": self._surface,
                    "by": asked_by,
                    "question": answer.question if question is None else question,
                    "as_of": (as_of or self._today or date.today()).isoformat(),
                    "answer": content,
                }
            )
        except Exception as error:
            self._complain(error)
        else:
            self._failing = False

    def judge(self, trace_id: str, liked: bool, reason: str = "", by: str = "") -> None:
        """Keep what a person thinks of an answer.

        Raises:
            ServiceDownError: it cannot be kept.
        """
        self._keep("feedback", trace_id, liked=liked, reason=reason, by=by)

    def pin(self, trace_id: str, pinned: bool) -> None:
        """Keep an answer for good, or no longer.

        Raises:
            ServiceDownError: it cannot be kept.
        """
        self._keep("pin", trace_id, pinned=pinned)

    def verify(self, trace_id: str, question_id: str) -> None:
        """Keep that an answer was saved as the test question `question_id`.

        Raises:
            ServiceDownError: it cannot be kept.
        """
        self._keep("verified", trace_id, question_id=question_id)

    def page(self, wanted: Selection | None = None, limit: int = 50, offset: int = 0) -> Page:
        """Entries, latest first; what was kept until now is among them.

        Raises:
            ServiceDownError: the database cannot be reached.
            ConfigurationError: it is none that this MetricSpeak can use.
        """
        from translator.history.entry import Selection

        return self._drained().page(wanted or Selection(), limit, offset)

    def entry(self, trace_id: str, asked_by: str | None = None) -> Entry | None:
        """The one entry with this trace, or whose trace begins so; errors as of `page`."""
        return self._drained().entry(trace_id, asked_by)

    def export(self, wanted: Selection | None = None) -> Iterator[Entry]:
        """All entries, oldest first; errors as of `page`."""
        from translator.history.entry import Selection

        return self._drained().export(wanted or Selection())

    def prune(self, days: int) -> int:
        """Forget what is older than so many days, but not what is pinned or verified.

        Returns:
            How many answers there were. Errors as of `page`.
        """
        return self._drained().prune(datetime.now(UTC) - timedelta(days=days))

    def start(self) -> None:
        """Take what is written into the database all the time, in a thread, until `close`."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._work, name="metricspeak-history", daemon=True
            )
            self._thread.start()

    def close(self) -> None:
        """Stop the thread and let go of the database. What is not there yet stays in the spool."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(_LAST_SECONDS)
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def _event(self, kind: str, trace_id: str) -> dict[str, Any]:
        return {
            "id": uuid.uuid4().hex,
            "kind": kind,
            "trace_id": trace_id,
            "at": datetime.now(UTC).isoformat(),
        }

    def _keep(self, kind: str, trace_id: str, **values: Any) -> None:
        try:
            self._spool.append(self._event(kind, trace_id) | values)
        except OSError as error:
            raise ServiceDownError(
                f"It could not be kept: {error.strerror or error}.",
                "The folder of `home` in the settings has to be writable and not full.",
            ) from None

    def _store(self) -> Store:
        with self._lock:
            if self._opened is None:
                self._opened = self._open_store()
            return self._opened

    def _drained(self, wait: bool = True) -> Store:
        store = self._store()
        try:
            self._spool.drain(lambda events: store.write(events, self._spool.set_aside), wait)
        except OSError as error:
            raise ServiceDownError(
                f"What waits for the history cannot be read: {error.strerror or error}.",
                "The folder of `home` in the settings has to be writable and not full.",
            ) from None
        return store

    def _work(self) -> None:
        pause, pruned = _PAUSE_SECONDS, float("-inf")
        while True:
            ends = self._stopped.wait(pause)
            try:
                if not self._spool.empty:
                    self._drained(wait=False)
                    days = self._settings.keep_days
                    if days is not None and time.monotonic() - pruned > _PRUNE_SECONDS:
                        self._store().prune(datetime.now(UTC) - timedelta(days=days))
                        pruned = time.monotonic()
                pause, self._failing = _PAUSE_SECONDS, False
            except MetricSpeakError as error:
                self._complain(error)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            except Exception:
                _LOG.exception("the history failed")
                pause = _LONGEST_PAUSE_SECONDS
            if ends:
                return

    def _complain(self, error: Exception) -> None:
        """Once, until it works again: a full disk must not fill the log as well."""
        if not self._failing:
            self._failing = True
            said = error.message if isinstance(error, MetricSpeakError) else str(error)
            _LOG.warning("answers are not kept in the history now: %s", said)
