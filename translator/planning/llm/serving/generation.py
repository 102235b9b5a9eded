"""One generation at a server, read to its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing

from translator.planning.llm.chat import ChatReply, ChatRequest
from translator.planning.llm.serving.backend import Backend, End
from translator.planning.llm.serving.fault import ServerFault, dropped, endless

_LONGEST_TOKEN = 200
"""Characters; Llama 3's longest tokens are runs of 128 blanks."""
_SPARE_PIECES = 64
"""Pieces beyond one for each token: none are expected, but some servers split."""


async def generate(
    backend: Backend,
    request: ChatRequest,
    emit: Callable[[str], None],
    first_token_seconds: float | None,
) -> ChatReply:
    """Ask once; each piece of text goes to `emit` as it comes.

    Raises:
        ServerFault: no first token in time, an answer without an end, or one without bounds.
    """
    started = time.monotonic()
    first: float | None = None
    texts: list[str] = []
    logprobs: list[float] = []
    length = 0
    end: End | None = None
    try:
        async with (
            asyncio.timeout(first_token_seconds) as limit,
            aclosing(backend.stream(request)) as stream,
        ):
            async for item in stream:
                if isinstance(item, End):
                    end = item
                    break
                if first is None:
                    first = time.monotonic() - started
                    limit.reschedule(None)
                texts.append(item.text)
                logprobs.extend(item.logprobs)
                length += len(item.text)
                if (
                    length > request.max_tokens * _LONGEST_TOKEN
                    or len(texts) > request.max_tokens + _SPARE_PIECES
                ):
                    raise endless()
                emit(item.text)
    except TimeoutError:
        raise ServerFault(
            f"The language model sent no first token within {first_token_seconds:g} s",
            "It may be starting, overloaded, or compiling a new grammar; "
            "'llm.first_token_timeout_seconds' sets how long it is waited for.",
            again=True,
        ) from None
    if end is None:
        raise dropped()
    return ChatReply(
        text="".join(texts) if end.text is None else end.text,
        finish_reason=end.finish_reason,
        model=end.model,
        prompt_tokens=end.prompt_tokens,
        completion_tokens=end.completion_tokens,
        logprobs=tuple(logprobs),
        first_token_seconds=None if first_token_seconds is None else first,
        seconds=time.monotonic() - started,
    )
