"""A durable queue in a folder: lines that are not in the database yet, from several processes.

An event is kept when `append` returns: it is with the kernel then, where `kill -9` of this process
cannot reach it. Whoever drains renames the file, so that writers go on in a new one, and takes it
away only after the database has committed it. An event may come twice, but never not at all.
"""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from translator.json_text import json_text

_LOG = logging.getLogger(__name__)
_MOST_BYTES = 256_000_000
_BATCH = 200
Event = Mapping[str, Any]
Write = Callable[[Sequence[Event]], None]


class Spool:
    """The queue in `folder`. Safe to use from several threads and processes."""

    def __init__(self, folder: Path) -> None:
        """Nothing is made before the first event."""
        self._folder = folder
        self._current = folder / "current.jsonl"
        self._batch = folder / "batch.jsonl"

    @property
    def empty(self) -> bool:
        """Whether the database has everything."""
        return not (self._batch.exists() or self._current.exists())

    @property
    def waiting_bytes(self) -> int:
        """The size of what the database does not have yet."""
        size = 0
        for path in (self._batch, self._current):
            with suppress(OSError):
                size += path.stat().st_size
        return size

    def append(self, event: Event) -> None:
        """Keep an event.

        Raises:
            OSError: it is not kept: the folder cannot be written to, or the disk is full.
        """
        # Lines begin with a line's end, so that one that was cut short by the death of its writer
        # costs only itself.
        line = f"\n{_text(event)}\n".encode("utf-8", "replace")
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        while not self._appended(line):
            pass

    def drain(self, write: Write, wait: bool = True) -> int:
        """Give everything to `write`, and forget what it took.

        Args:
            write: keeps events for good; it may get the same one again.
            wait: for another one that drains now; else leave it to that one.

        Returns:
            How many events there were.

        Raises:
            OSError: the folder cannot be used.
            Exception: whatever `write` raises; nothing is lost then.
        """
        if self.empty:
            return 0
        count = 0
        with self._draining(wait) as ours:
            while ours and self._take():
                for events in _chunks(self._lines()):
                    write(events)
                    count += len(events)
                self._batch.unlink()
        return count

    def set_aside(self, event: Event) -> None:
        """Keep an event that the database refuses where a person can look at it."""
        with suppress(OSError), (self._folder / "refused.jsonl").open("a", encoding="utf-8") as f:
            f.write(json_text(event) + "\n")

    def _appended(self, line: bytes) -> bool:
        """Whether the line was written; not if the file was taken away meanwhile."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        handle = os.open(self._current, flags, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            before = os.fstat(handle)
            try:
                if not os.path.samestat(before, os.stat(self._current)):
                    return False
            except FileNotFoundError:
                return False
            if before.st_size > _MOST_BYTES:
                raise OSError(errno.ENOSPC, "too much waits for the database of the history")
            try:
                written = 0
                while written < len(line):
                    written += os.write(handle, line[written:])
            except OSError:
                os.ftruncate(handle, before.st_size)
                raise
            return True
        finally:
            os.close(handle)

    @contextmanager
    def _draining(self, wait: bool) -> Iterator[bool]:
        """One that drains at a time; whether it is this one."""
        with (self._folder / "drain.lock").open("a", encoding="utf-8") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True

    def _take(self) -> bool:
        """Whether there is something to give; writers do not write to it any more."""
        if self._batch.exists():  # left by one that could not finish
            return True
        try:
            os.rename(self._current, self._batch)
        except FileNotFoundError:
            return False
        with self._batch.open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)  # one that had it open before has written then
        return True

    def _lines(self) -> Iterator[Event]:
        with self._batch.open("rb") as handle:
            for line in handle:
                if not line.strip():
                    continue
                try:
                    event = json.loads(line)
                except ValueError:
                    _LOG.warning("a line of the history was cut short when its writer died")
                    continue
                yield event


def _text(event: Event) -> str:
    """The event as JSON that Postgres takes: it has neither NUL nor halves of characters."""
    text = json_text(event)
    if "\\ud" in text:
        text = json.dumps(json.loads(text), ensure_ascii=False)
    return text.replace("\\u0000", "\\ufffd")


def _chunks(events: Iterator[Event]) -> Iterator[list[Event]]:
    chunk: list[Event] = []
    for event in events:
        chunk.append(event)
        if len(chunk) == _BATCH:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
