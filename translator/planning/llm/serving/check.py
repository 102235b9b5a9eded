"""Looks whether the language model of the settings can be used, for `metricspeak doctor`."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from translator.planning.llm.chat import ChatRequest, Message, ModelInfo
from translator.planning.llm.serving.fault import ServerFault
from translator.planning.llm.serving.keys import api_key
from translator.planning.llm.serving.open import open_backend
from translator.planning.llm.serving.resilient import Patience, ResilientChatModel
from translator.settings import LlmSettings

_WORD = "ready"
_ASKED = ChatRequest(
    (Message("user", f'Answer with the JSON document {{"word": "{_WORD}"}}.'),),
    {
        "type": "object",
        "properties": {"word": {"type": "string", "enum": [_WORD, "not"]}},
        "required": ["word"],
        "additionalProperties": False,
    },
    max_tokens=48,
)


@dataclass(frozen=True)
class ServerCheck:
    """What a server said. `obeys`: whether its answer kept to the JSON schema that was sent."""

    info: ModelInfo
    dialect: str
    obeys: bool


def check_server(settings: LlmSettings, cache_dir: Path | None) -> ServerCheck:
    """Ask the server what it serves, and for one word under a schema.

    Raises:
        ModelUnavailable: it cannot be reached, or does not answer in time.
        ModelMisconfigured: the settings lack something, or the server refuses what is asked.
    """
    key = api_key(settings)
    secrets = () if key is None else (key,)
    try:
        backend = open_backend(settings, cache_dir)
    except ServerFault as fault:
        error = fault.public(secrets)
    else:
        model = ResilientChatModel(backend, replace(Patience.of(settings), retries=0), secrets)
        try:
            info = model.info()
            text = model.chat(_ASKED).text
        finally:
            model.close()
        return ServerCheck(info, backend.dialect, _obeys(text))
    raise error


def _obeys(text: str) -> bool:
    try:
        document = json.loads(text)
    except ValueError:
        return False
    return document in ({"word": _WORD}, {"word": "not"})
