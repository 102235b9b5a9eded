"""Threads in which questions are answered, so that the event loop stays free; bounded."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

from translator.progress import Progress
from ui.api.problem import client_gone, overloaded, stopping, timed_out

_T = TypeVar("_T")
_LAST_SECONDS = 5.0


class Workers:
    """At most `most` pieces of work at once: one more is refused at once, never queued.

    A worker stays taken until its work really ends, also when nobody waits for it any more.
    """

    def __init__(self, most: int, timeout_seconds: float) -> None:
        """No thread yet.

        Args:
            most: pieces of work at once.
            timeout_seconds: time that is waited for one.
        """
        self.most = most
        self.timeout_seconds = timeout_seconds
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="metricspeak-ask")
        self._running: dict[Future[Any], Progress] = {}
        self._lock = threading.Lock()
        self._stopping = False

    @property
    def busy(self) -> int:
        """How many work now."""
        with self._lock:
            return len(self._running)

    def start(self, work: Callable[[], _T], progress: Progress) -> Future[_T]:
        """Begin a piece of work, which `progress` can stop.

        Raises:
            Problem: all workers are busy, or the server stops.
        """
        with self._lock:
            if self._stopping:
                raise stopping()
            if len(self._running) >= self.most:
                raise overloaded(self.most)
            future = self._pool.submit(work)
            self._running[future] = progress
        future.add_done_callback(self._ended)
        return future

    async def run(
        self, work: Callable[[], _T], progress: Progress, gone: Coroutine[Any, Any, object]
    ) -> _T:
        """Do a piece of work and wait for it; stop it when nobody waits any more.

        Args:
            work: what to do.
            progress: stops it.
            gone: ends when the client went away.

        Raises:
            Problem: all workers are busy, the server stops, or it takes too long.
        """
        leaving = asyncio.ensure_future(gone)
        try:
            answer = asyncio.wrap_future(self.start(work, progress))
            either: set[asyncio.Future[Any]] = {answer, leaving}
            await asyncio.wait(
                either, timeout=self.timeout_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if answer.done():
                return answer.result()
            raise client_gone() if leaving.done() else timed_out(self.timeout_seconds)
        finally:
            leaving.cancel()
            # Nothing to stop after an answer; this is for those who wait no more.
            progress.stop()

    def stop(self, seconds: float) -> None:
        """Take nothing more, let what runs end within `seconds`, then stop it."""
        with self._lock:
            self._stopping = True
        if self._wait(seconds):
            for progress in self._progress():
                progress.stop()
            self._wait(_LAST_SECONDS)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _wait(self, seconds: float) -> bool:
        """Wait for what runs; whether something still does."""
        with self._lock:
            running = set(self._running)
        return bool(wait(running, seconds).not_done)

    def _progress(self) -> list[Progress]:
        with self._lock:
            return list(self._running.values())

    def _ended(self, future: Future[Any]) -> None:
        with self._lock:
            self._running.pop(future, None)
