"""What a question is doing just now, and a way to stop it from another thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from semantic.errors import MetricSpeakError


class QuestionStopped(MetricSpeakError):
    """A person stopped the question."""

    def __init__(self) -> None:
        super().__init__("The question was stopped.", "Ask again whenever you like.")


class Progress:
    """The stages of one question. One thread answers; any other may look and stop.

    `stages` are those entered so far, the running one last: names as in the answer's `timings_ms`.
    """

    def __init__(self) -> None:
        self.stages: tuple[str, ...] = ()
        self.stopped = False
        self._cancel: Callable[[], None] | None = None
        self._lock = threading.Lock()

    def enter(self, stage: str) -> None:
        """Say that a stage begins.

        Raises:
            QuestionStopped: it need not begin.
        """
        if self.stopped:
            raise QuestionStopped
        self.stages = (*self.stages, stage)

    def stop(self) -> None:
        """End the question: its statement now, anything else before its next stage.

        May be called again: a statement that had not quite begun does not hear the first call.
        """
        with self._lock:
            self.stopped = True
            if self._cancel is not None:
                with suppress(Exception):  # it may just have ended
                    self._cancel()

    @contextmanager
    def statement(self, cancel: Callable[[], None]) -> Iterator[None]:
        """While a statement runs: `cancel` stops it.

        Raises:
            QuestionStopped: it was stopped.
        """
        with self._lock:
            if self.stopped:
                raise QuestionStopped
            self._cancel = cancel
        try:
            yield
        except Exception:
            if self.stopped:
                raise QuestionStopped from None
            raise
        finally:
            # Under the lock: what is cancelled later would be another question's statement.
            with self._lock:
                self._cancel = None


_CURRENT: ContextVar[Progress | None] = ContextVar("metricspeak_progress", default=None)


@contextmanager
def watched(progress: Progress | None) -> Iterator[None]:
    """Let what this thread does be told to `progress`."""
    token = _CURRENT.set(progress)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current() -> Progress:
    """The progress of this thread's question; one that nobody watches where there is none."""
    return _CURRENT.get() or Progress()
