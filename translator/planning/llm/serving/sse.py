"""Server-sent events, as far as servers of language models use them (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import json
from typing import Any

from translator.planning.llm.serving.fault import ServerFault, unreadable

_LONGEST_LINE = 4_000_000


class EventDecoder:
    """Makes JSON documents of the bytes of a stream, however they are cut."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """The documents that `data` completes.

        Raises:
            ServerFault: an event that is no JSON object, or a line without an end.
        """
        *lines, self._rest = (self._rest + data).replace(b"\r\n", b"\n").split(b"\n")
        if len(self._rest) > _LONGEST_LINE:
            raise unreadable("a stream of events")
        return [found for line in lines if (found := _document(line)) is not None]

    def finish(self) -> list[dict[str, Any]]:
        """The document that the end of the stream completes, if there is one."""
        rest, self._rest = self._rest, b""
        found = _document(rest)
        return [] if found is None else [found]


def _document(line: bytes) -> dict[str, Any] | None:
    """The event on a line; None for blank lines, comments (keep-alive), other fields, `[DONE]`."""
    if not line.startswith(b"data:"):
        return None
    text = line[len(b"data:") :].strip()
    if text == b"[DONE]":
        return None
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _no_event(text)
    return found


def _no_event(text: bytes) -> ServerFault:
    return unreadable("an event of a stream", text[:2000].decode("utf-8", "replace"))
