"""A chat model whose replies are written beforehand, for tests of what asks a model."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from translator.planning.llm.chat import (
    ChatCancelled,
    ChatReply,
    ChatRequest,
    FinishReason,
    ModelInfo,
    OnText,
)

Scripted = str | Mapping[str, Any] | ChatReply | Exception
"""Text, a document that becomes JSON, a whole reply, or an error to raise."""

_LLAMA_3 = ModelInfo("meta-llama/Meta-Llama-3-70B-Instruct", 7168, 8192, "scripted")


@dataclass(frozen=True)
class _Turn:
    """One answered request."""

    request: ChatRequest
    answer: Scripted


class ScriptedChatModel:
    """Answers from a script, in order, and keeps what it was asked. Safe to use from threads.

    The script is a list, or a function of the request. A list that has run out is an
    `AssertionError`: the code under test asked more often than the test's author thought.
    """

    def __init__(
        self,
        script: Iterable[Scripted] | Callable[[ChatRequest], Scripted],
        info: ModelInfo = _LLAMA_3,
    ) -> None:
        self._lock = threading.Lock()
        self._turns: list[_Turn] = []
        self._info = info
        self._answer = script if callable(script) else _in_order(script)
        self.closed = False

    @property
    def requests(self) -> tuple[ChatRequest, ...]:
        """Every request so far, in order."""
        with self._lock:
            return tuple(turn.request for turn in self._turns)

    def info(self) -> ModelInfo:
        return self._info

    def chat(
        self,
        request: ChatRequest,
        on_text: OnText | None = None,
        cancelled: threading.Event | None = None,
    ) -> ChatReply:
        if cancelled is not None and cancelled.is_set():
            raise ChatCancelled("The question was cancelled.")
        with self._lock:
            answer = self._answer(request)
            self._turns.append(_Turn(request, answer))
        if isinstance(answer, Exception):
            raise answer
        reply = self._reply(request, answer)
        if on_text is not None:
            on_text(reply.text)
        return reply

    def _reply(
        self, request: ChatRequest, answer: str | Mapping[str, Any] | ChatReply
    ) -> ChatReply:
        if isinstance(answer, ChatReply):
            return replace(answer, model=answer.model or self._info.model_id)
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return ChatReply(
            text=text,
            finish_reason=FinishReason.STOP,
            model=self._info.model_id,
            prompt_tokens=sum(len(message.content.split()) for message in request.messages),
            completion_tokens=len(text.split()),
        )

    def close(self) -> None:
        self.closed = True


def _in_order(script: Iterable[Scripted]) -> Callable[[ChatRequest], Scripted]:
    remaining = iter(script)

    def answer(request: ChatRequest) -> Scripted:
        try:
            return next(remaining)
        except StopIteration:
            asked = request.messages[-1].content if request.messages else ""
            raise AssertionError(f"The script has no reply left for: {asked[:200]}") from None

    return answer
