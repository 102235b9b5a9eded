"""Blocking clients on threads that neither hold up the event loop nor the end of the program."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")


async def in_thread(function: Callable[[], T]) -> T:
    """The result of `function`, on a thread of its own.

    A cancelled caller does not wait for it. Unlike `asyncio.to_thread`, the program can end while
    the thread still waits for a server.
    """
    async for result in iterate_in_thread(lambda: iter([function()])):
        return result
    raise AssertionError("an iterator of one item has one")


async def iterate_in_thread(function: Callable[[], Iterator[T]]) -> AsyncGenerator[T, None]:
    """The items of the iterator that `function` makes, both on one thread of their own."""
    loop = asyncio.get_running_loop()
    items: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
    stopped = threading.Event()

    def put(kind: str, item: Any = None) -> None:
        if not stopped.is_set():
            loop.call_soon_threadsafe(items.put_nowait, (kind, item))

    def work() -> None:
        try:
            for item in function():
                put("item", item)
                if stopped.is_set():
                    return
            put("end")
        except Exception as error:
            put("error", error)

    threading.Thread(target=work, name="language-model-client", daemon=True).start()
    try:
        while True:
            kind, item = await items.get()
            if kind == "end":
                return
            if kind == "error":
                raise item
            yield item
    finally:
        stopped.set()
