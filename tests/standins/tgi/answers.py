"""What a script may hold: answers as TGI gives them, and every way to misbehave."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Says:
    """Generate `text`.

    Times are in seconds. With `cut_after` the connection breaks after that many tokens. A text that
    breaks the request's grammar is the test's own mistake, unless `obeys` is false: then the server
    is one that ignores grammars.
    """

    text: str
    finish_reason: Literal["eos_token", "stop_sequence", "length"] = "eos_token"
    first_token_after: float = 0.0
    token_every: float = 0.0
    cut_after: int | None = None
    obeys: bool = True
    token_length: int = 6

    @property
    def tokens(self) -> list[str]:
        """Pieces of at most `token_length` characters; together they are the text."""
        return re.findall(rf"(?s).{{1,{self.token_length}}}", self.text)


@dataclass(frozen=True)
class Fails:
    """Answer with an error.

    TGI tells errors of a streamed request inside of the stream, after a status of 200: `in_stream`.
    A proxy before it uses the status, and may send Retry-After.
    """

    status: int
    message: str = "it failed"
    error_type: str = ""
    retry_after: str | None = None
    in_stream: bool = False
    tokens_before: int = 0

    @property
    def body(self) -> dict[str, Any]:
        """The document of the error, as TGI writes it."""
        types = {
            422: "validation",
            424: "generation",
            429: "overloaded",
            500: "incomplete_generation",
        }
        kind = self.error_type or types.get(self.status, "error")
        return {"error": self.message, "error_type": kind}


@dataclass(frozen=True)
class Sends:
    """Send this body, whatever was asked."""

    body: bytes
    content_type: str = "text/html"
    status: int = 200


@dataclass(frozen=True)
class Streams:
    """Send these lines as an event stream, and end it properly."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Hangs:
    """Never answer; with `headers` sent first, or not even those."""

    headers: bool = False


@dataclass(frozen=True)
class Resets:
    """Reset the connection instead of answering."""


Answer = Says | Fails | Sends | Streams | Hangs | Resets

HTML = Sends(b"<!DOCTYPE html><html><body>Sign in to the company's network</body></html>")


def answer_of(item: Answer | str | Mapping[str, Any]) -> Answer:
    """Text and documents as they stand in a script, as an answer."""
    if isinstance(item, str):
        return Says(item)
    if isinstance(item, Mapping):
        return Says(json.dumps(item))
    return item
