"""Runs coroutines for callers that are not asynchronous, so that they can be cancelled."""

from __future__ import annotations

import asyncio
import concurrent.futures
import queue
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from translator.planning.llm.chat import ChatCancelled

T = TypeVar("T")

_CHECK_SECONDS = 0.05
"""How often a waiting caller looks whether the person cancelled."""


class EventLoopThread:
    """One event loop on a thread of its own, started when first needed.

    An open connection can be given up at any moment only from within an event loop: a thread that
    waits for a blocking client cannot be told to stop.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._running: set[asyncio.Task[Any]] = set()

    def run(
        self,
        work: Callable[[Callable[[str], None]], Coroutine[Any, Any, T]],
        on_text: Callable[[str], None] | None = None,
        cancelled: threading.Event | None = None,
    ) -> T:
        """Run `work` to its end, on the loop; the caller waits.

        `work` is called with a function that hands a text to the caller's thread, where `on_text`
        is called with it: a slow one holds up nobody else.

        Raises:
            ChatCancelled: `cancelled` was set; the work is cancelled too.
        """
        if cancelled is not None and cancelled.is_set():
            raise _cancelled()
        texts: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        with self._lock:
            # Within the lock, so that `close` comes before or after it and forgets no work.
            loop = self._started()
            future = asyncio.run_coroutine_threadsafe(self._noted(work(texts.put)), loop)
        future.add_done_callback(lambda _: texts.put(None))
        try:
            while True:
                try:
                    text = texts.get(timeout=_CHECK_SECONDS if cancelled is not None else None)
                except queue.Empty:
                    text = ""
                if cancelled is not None and cancelled.is_set():
                    raise _cancelled()
                if text is None:
                    break
                if text and on_text is not None:
                    on_text(text)
        finally:
            # Whatever ended the waiting, an error of `on_text` or Ctrl-C too, ends the work.
            future.cancel()
        try:
            return future.result()
        except concurrent.futures.CancelledError:
            raise _cancelled() from None

    def close(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Cancel what runs, run `last`, and end the thread."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._end(last), loop).result(timeout=5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=5)
        loop.close()

    async def _noted(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            return await work
        finally:
            self._running.discard(task)

    async def _end(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        running = list(self._running)
        for task in running:
            # One that was cancelled is closing its connection: again would interrupt that.
            if not task.cancelling():
                task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await last()

    def _started(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(
                target=self._loop.run_forever, name=self._name, daemon=True
            )
            self._thread.start()
        return self._loop


def _cancelled() -> ChatCancelled:
    return ChatCancelled("The question was cancelled before the language model had answered.")
