"""What the LLM planner needs of a language model, whoever serves it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Protocol

from semantic.errors import ConfigurationError, MetricSpeakError, ServiceDownError

DEFAULT_WINDOW = 8_192
"""Tokens of prompt and output where nobody tells: the window of Llama 3 (Meta's model card)."""

OnText = Callable[[str], None]
"""Called with each piece of text as the server streams it, on the thread that asked.

It shows progress: when a broken stream is asked for again, its pieces begin anew. What counts is
the reply's text."""


@dataclass(frozen=True)
class Message:
    """One turn of a chat. `content` is plain text: no control tokens of any model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class ChatRequest:
    """One generation.

    `schema` is the JSON Schema that the output has to obey, None for free text. `max_tokens` counts
    generated tokens. `temperature` 0 means greedy; `seed`, from 1 on, matters above it only.
    """

    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = None
    max_tokens: int = 1024
    temperature: float = 0.0
    seed: int | None = None


class FinishReason(StrEnum):
    """Why a generation ended: the model was done, or the token limit cut it."""

    STOP = "stop"
    LENGTH = "length"


@dataclass(frozen=True)
class ChatReply:
    """What came back.

    Token counts are the server's, None when it tells none. `logprobs` are natural logarithms of the
    generated tokens' probabilities, empty when the server gives none. Times are in seconds;
    `attempts` counts requests sent, 1 when nothing was retried.
    """

    text: str
    finish_reason: FinishReason
    model: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    logprobs: tuple[float, ...] = ()
    first_token_seconds: float | None = None
    seconds: float = 0.0
    attempts: int = 1


@dataclass(frozen=True)
class ModelInfo:
    """What a server says of itself. Token limits bound the prompt and prompt plus output."""

    model_id: str
    max_input_tokens: int
    max_total_tokens: int
    server: str = ""


class ModelUnavailable(ServiceDownError):
    """The model cannot be reached, is overloaded, or keeps failing; asking later may help."""


class ModelMisconfigured(ConfigurationError):
    """The server refused the request as it is: wrong key, wrong model, wrong address."""


class ChatCancelled(MetricSpeakError):
    """The person stopped the question."""


class ChatModel(Protocol):
    """A chat model behind a server. Safe to use from several threads."""

    def info(self) -> ModelInfo:
        """The model and its limits; asked of the server once.

        Raises:
            ModelUnavailable: the server cannot be reached.
            ModelMisconfigured: it serves something else, or refuses the key.
        """
        ...

    def chat(
        self,
        request: ChatRequest,
        on_text: OnText | None = None,
        cancelled: threading.Event | None = None,
    ) -> ChatReply:
        """Generate once. The text is not yet checked against the schema: never trust a 200.

        Raises:
            ModelUnavailable: after the retries that the settings allow.
            ModelMisconfigured: the server refused the request.
            ChatCancelled: `cancelled` was set meanwhile.
        """
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...
