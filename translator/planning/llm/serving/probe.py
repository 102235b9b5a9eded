"""Finds out in which dialect a server lets itself be held to a JSON schema, and remembers it.

A good status proves nothing: servers ignore a `response_format` that they do not know. So the
server is asked for something that a free model would not write: a word that stands in the schema
only, while the prompt asks for another.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import secrets
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from translator.planning.llm.chat import ChatRequest, Message, ModelInfo
from translator.planning.llm.serving.dialects import Dialect
from translator.planning.llm.serving.fault import ServerFault

_LOG = logging.getLogger(__name__)

_CACHE_FILE = "llm-dialects.json"

Ask = Callable[[ChatRequest, Dialect], Awaitable[str]]
"""Asks the server once, unstreamed, in a dialect; gives the text."""


class DialectProbe:
    """The dialect that one server obeys: asked once, kept in a file that may go at any time."""

    def __init__(
        self, url: str, candidates: tuple[Dialect, ...], cache_folder: Path | None
    ) -> None:
        self._url = url
        self._candidates = candidates
        self._file = None if cache_folder is None else cache_folder / _CACHE_FILE
        self._lock = asyncio.Lock()
        self._found: Dialect | None = None
        self._doubted = False

    @property
    def found(self) -> Dialect | None:
        """The dialect, if it is settled already."""
        return self._candidates[0] if len(self._candidates) == 1 else self._found

    async def dialect(self, info: ModelInfo, ask: Ask) -> Dialect:
        """The dialect to use.

        Raises:
            ServerFault: the server cannot be asked, or obeys none.
        """
        if len(self._candidates) == 1:
            return self._candidates[0]
        async with self._lock:
            if self._found is None:
                self._found = self._remembered(info)
            if self._found is None:
                self._found = await self._obeyed(ask)
                _LOG.info("The server obeys a schema in the dialect '%s'", self._found)
                self._remember(info, self._found)
            return self._found

    def doubt(self, info: ModelInfo) -> None:
        """An output broke its schema: the server may have changed. Probe again, once."""
        if self._doubted or len(self._candidates) == 1:
            return
        self._doubted = True
        self._found = None
        self._remember(info, None)

    async def _obeyed(self, ask: Ask) -> Dialect:
        refusal = ""
        for dialect in self._candidates:
            word = f"x{secrets.token_hex(3)}"
            try:
                if _holds(await ask(_question(word), dialect), word):
                    return dialect
            except ServerFault as fault:
                # 400 and 422 say that this shape is not known; 500 is what some servers make of it.
                if fault.status not in {400, 422, 500, 501}:
                    raise
                refusal = fault.said
        raise ServerFault(
            "The language model's server does not keep to a JSON schema in any known dialect",
            "Serve the model with TGI, vLLM, SGLang or llama.cpp; or set 'llm.response_format' to "
            "'none' to go without, with more failed plans.",
            said=refusal,
            again=False,
        )

    def _key(self, info: ModelInfo) -> str:
        parts = (self._url, info.model_id, info.server)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]

    def _read(self) -> dict[str, str]:
        if self._file is None:
            return {}
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _remembered(self, info: ModelInfo) -> Dialect | None:
        known = self._read().get(self._key(info))
        return next((d for d in self._candidates if d.value == known), None)

    def _remember(self, info: ModelInfo, dialect: Dialect | None) -> None:
        """Write the file anew; a full disk or a folder without permission only costs the memory."""
        if self._file is None:
            return
        known = {k: v for k, v in self._read().items() if k != self._key(info)}
        if dialect is not None:
            known[self._key(info)] = dialect.value
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._file.parent, prefix=_CACHE_FILE)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(known, file)
            os.replace(name, self._file)


def _question(word: str) -> ChatRequest:
    schema = {
        "type": "object",
        "properties": {"word": {"type": "string", "enum": [word]}},
        "required": ["word"],
        "additionalProperties": False,
    }
    prompt = "Answer with the single word banana. No JSON, no quotes, nothing else."
    return ChatRequest((Message("user", prompt),), schema, max_tokens=48)


def _holds(text: str, word: str) -> bool:
    try:
        return bool(json.loads(text) == {"word": word})
    except ValueError:
        return False
