"""Chat models on stand-ins, closed when the test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.standins.tgi import OpenAiStandIn, TgiStandIn
from translator.planning.llm.chat import ChatRequest, Message
from translator.planning.llm.serving.keys import api_key
from translator.planning.llm.serving.open import open_backend
from translator.planning.llm.serving.resilient import Patience, ResilientChatModel
from translator.settings import LlmSettings

Opener = Callable[..., ResilientChatModel]

SCHEMA = {
    "type": "object",
    "properties": {"metric": {"type": "string"}, "limit": {"type": "integer"}},
    "required": ["metric"],
    "additionalProperties": False,
}
ANSWER = {"metric": "revenue", "limit": 3}

STANDINS = {"tgi": TgiStandIn, "huggingface": TgiStandIn, "openai": OpenAiStandIn}
"""Which stand-in answers which client."""


def asking(text: str = "What was revenue?", **changes: Any) -> ChatRequest:
    messages = (Message("system", "You plan queries."), Message("user", text))
    return replace(ChatRequest(messages, SCHEMA), **changes)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    """Opens a model as `open_chat_model` does, but with short pauses between attempts."""
    models: list[ResilientChatModel] = []

    def open_model(server: str, url: str, **settings: Any) -> ResilientChatModel:
        chosen = LlmSettings(server=server, url=url, **settings)  # type: ignore[arg-type]
        patience = replace(Patience.of(chosen), first_wait=0.005, longest_wait=0.01)
        key = api_key(chosen)
        secrets = () if key is None else (key,)
        model = ResilientChatModel(open_backend(chosen, tmp_path / "cache"), patience, secrets)
        models.append(model)
        return model

    yield open_model
    for model in models:
        model.close()
