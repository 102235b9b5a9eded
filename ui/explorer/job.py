"""A question that is being answered beside the page, so that the page can show and stop it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from translator.answer import Answer
from translator.progress import Progress

STAGES = {
    "plan": "Reading the question",
    "draft": "Drafting what is missing",
    "compile": "Writing the SQL",
    "guard": "Making sure that the SQL only reads",
    "explain": "Estimating what it costs",
    "execute": "Running it in the warehouse",
    "checks": "Proving the answer",
}
"""What a person reads of each stage of the pipeline."""


@dataclass(frozen=True)
class Request:
    """What a job is for: how its answer goes on with the conversation.

    `kind`: ask (a question in words), choose (a reading), change (the query, by controls), reopen
    (a link or the history).
    """

    kind: str
    question: str


class Job:
    """Runs in a thread of its own. Read `done`, then `answer`."""

    def __init__(self, request: Request, work: Callable[[Progress], Answer]) -> None:
        """Start at once."""
        self.request = request
        self.progress = Progress()
        self.started = time.monotonic()
        self.answer: Answer | None = None
        self.failure: Exception | None = None
        self._done = threading.Event()
        self._work = work
        threading.Thread(target=self._run, name="metricspeak-question", daemon=True).start()

    @property
    def done(self) -> bool:
        """Whether there is an answer (or a failure)."""
        return self._done.is_set()

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return time.monotonic() - self.started

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most so long; whether it came."""
        return self._done.wait(seconds)

    def stop(self) -> None:
        """Stop the question; may be called again."""
        self.progress.stop()

    def _run(self) -> None:
        try:
            self.answer = self._work(self.progress)
        except Exception as error:  # shown by the page, which has somebody to tell
            self.failure = error
        finally:
            self._done.set()
