"""What a client of one kind of server does; `ResilientChatModel` makes a `ChatModel` of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from translator.planning.llm.chat import ChatRequest, FinishReason, ModelInfo


@dataclass(frozen=True)
class Piece:
    """Text as it comes, with the log-probabilities of its tokens where the server gives them."""

    text: str
    logprobs: tuple[float, ...] = ()


@dataclass(frozen=True)
class End:
    """The end of a generation. `text` is the whole text where the server repeats it."""

    finish_reason: FinishReason
    model: str = ""
    text: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Backend(Protocol):
    """One server, asked once: no retries, no time limits but that of connecting.

    Every method may raise `ServerFault`. A task that is cancelled closes its connection, so that
    the server stops generating.
    """

    @property
    def dialect(self) -> str:
        """In which way the output is held to a schema, in words, as far as that is known."""
        ...

    async def info(self) -> ModelInfo:
        """What the server serves, checked against what the settings want."""
        ...

    def stream(self, request: ChatRequest) -> AsyncGenerator[Piece | End, None]:
        """Generate once: pieces of text, then exactly one `End`."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...
