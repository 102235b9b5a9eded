"""What the clients of chat completions share: dialects, and the parts of an answer."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from jsonschema import Draft202012Validator

from translator.planning.llm.chat import ChatRequest, FinishReason, ModelInfo
from translator.planning.llm.serving.backend import End, Piece
from translator.planning.llm.serving.chat_format import plain
from translator.planning.llm.serving.dialects import Dialect, response_format
from translator.planning.llm.serving.fault import ServerFault, dropped, unreadable
from translator.planning.llm.serving.probe import DialectProbe
from translator.settings import LlmSettings


class CompletionBackend(ABC):
    """A `Backend` for `/v1/chat/completions`; who sends the request is the subclass's business.

    Documents are plain dictionaries of the published form, whichever library read them.
    """

    def __init__(self, settings: LlmSettings, probe: DialectProbe) -> None:
        self._settings = settings
        self._probe = probe
        self._known: ModelInfo | None = None

    @property
    def dialect(self) -> str:
        found = self._probe.found
        return "no dialect" if found is Dialect.NONE else f"the response format '{found or '?'}'"

    async def info(self) -> ModelInfo:
        self._known = await self._describe()
        return self._known

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Piece | End, None]:
        info = self._known or await self.info()
        dialect = Dialect.NONE
        if request.schema is not None:
            dialect = await self._probe.dialect(info, self._ask)
        body = self._body(request, dialect, info.model_id)
        text = ""
        end: End | None = None
        if self._settings.stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
            async with aclosing(self._send_stream(body)) as documents:
                async for item in _streamed(documents):
                    if isinstance(item, End):
                        end = item
                        break
                    text += item.text
                    yield item
        else:
            piece, end = _whole(await self._send(body))
            text = piece.text
            yield piece
        if end is None:
            raise _unfinished(text)
        whole = end.finish_reason is FinishReason.STOP
        if request.schema is not None and whole and not _obeys(text, request.schema):
            self._probe.doubt(info)
        yield end

    @abstractmethod
    async def _describe(self) -> ModelInfo:
        """Ask the server what it serves."""

    @abstractmethod
    async def _send(self, body: dict[str, Any]) -> Mapping[str, Any]:
        """Ask without streaming; the completion."""

    @abstractmethod
    def _send_stream(self, body: dict[str, Any]) -> AsyncGenerator[Mapping[str, Any], None]:
        """Ask with streaming; the chunks."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of the connections."""

    async def _ask(self, request: ChatRequest, dialect: Dialect) -> str:
        info = self._known or await self.info()
        piece, _ = _whole(await self._send(self._body(request, dialect, info.model_id)))
        return piece.text

    def _body(self, request: ChatRequest, dialect: Dialect, model: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": model,
            # The server tokenizes the contents: control tokens in them would work there too.
            "messages": [{"role": m.role, "content": plain(m.content)} for m in request.messages],
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
        }
        if request.seed is not None and request.temperature > 0:
            body["seed"] = request.seed
        if self._settings.logprobs:
            body["logprobs"] = True
        if request.schema is not None:
            constraint = response_format(dialect, request.schema)
            if constraint is not None:
                body["response_format"] = constraint
        return body


async def _streamed(
    documents: AsyncGenerator[Mapping[str, Any], None],
) -> AsyncGenerator[Piece | End, None]:
    """The pieces of a stream, and its end where it has one.

    The usage comes with the last chunk (TGI) or in one of its own after it (OpenAI), so the stream
    is read to where the server ends it.
    """
    reason: FinishReason | None = None
    model = ""
    usage: Mapping[str, Any] = {}
    async for document in documents:
        model = _text(document.get("model")) or model
        usage = document.get("usage") or usage
        for choice in (document.get("choices") or [])[:1]:
            text = _text((choice.get("delta") or {}).get("content"))
            if text:
                yield Piece(text, _logprobs(choice))
            if choice.get("finish_reason"):
                reason = _finish_reason(choice["finish_reason"])
    if reason is not None:
        yield _end(reason, model, usage)


def _whole(document: Mapping[str, Any]) -> tuple[Piece, End]:
    choices = document.get("choices")
    if not isinstance(choices, list) or not choices:
        raise unreadable("a chat completion", json.dumps(document, default=str))
    choice = choices[0]
    text = (choice.get("message") or {}).get("content")
    if not isinstance(text, str):
        raise unreadable("a chat completion with a text", json.dumps(document, default=str))
    reason = _finish_reason(choice.get("finish_reason"))
    end = _end(reason, _text(document.get("model")), document.get("usage") or {})
    return Piece(text, _logprobs(choice)), end


def _end(reason: FinishReason, model: str, usage: Mapping[str, Any]) -> End:
    counts = (usage.get("prompt_tokens"), usage.get("completion_tokens"))
    prompt, completion = (n if isinstance(n, int) else None for n in counts)
    return End(reason, model, None, prompt, completion)


def _finish_reason(reason: object) -> FinishReason:
    # TGI's older versions name its own reasons here.
    if reason in {"stop", "eos_token", "stop_sequence", "eos"}:
        return FinishReason.STOP
    if reason in {"length", "max_tokens"}:
        return FinishReason.LENGTH
    raise ServerFault(
        "The language model's server ended the answer for a reason of its own",
        "A content filter or a tool call; look at the server's settings.",
        said=str(reason),
        again=False,
    )


def _logprobs(choice: Mapping[str, Any]) -> tuple[float, ...]:
    content = (choice.get("logprobs") or {}).get("content") or []
    values = (token.get("logprob") for token in content if isinstance(token, Mapping))
    return tuple(v for v in values if isinstance(v, int | float) and math.isfinite(v))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _unfinished(text: str) -> ServerFault:
    if text:
        return dropped()
    # Versions of TGI end a stream like this when they refuse the request, and keep the reason.
    return ServerFault(
        "The language model's server ended its stream without a word",
        "Set 'llm.stream' to false to see the server's reason; check 'llm.url' and 'llm.server'.",
        again=True,
    )


def _obeys(text: str, schema: Mapping[str, Any]) -> bool:
    try:
        return bool(Draft202012Validator(dict(schema)).is_valid(json.loads(text)))
    except ValueError:
        return False
