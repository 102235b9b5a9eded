"""Chat completions through the `openai` client: vLLM, SGLang, llama.cpp, and OpenAI's own shape."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import openai
from pydantic import SecretStr

from translator.planning.llm.chat import ModelInfo
from translator.planning.llm.serving.completion import CompletionBackend
from translator.planning.llm.serving.fault import (
    ServerFault,
    dropped,
    fault_of_event,
    fault_of_status,
    unreachable,
    unreadable,
)
from translator.planning.llm.serving.http import HttpClient
from translator.planning.llm.serving.limits import listed_model
from translator.planning.llm.serving.probe import DialectProbe
from translator.settings import LlmSettings


class OpenAiBackend(CompletionBackend):
    """A `Backend` for any server that speaks OpenAI's chat completions under `/v1`."""

    def __init__(
        self, http: HttpClient, key: SecretStr | None, settings: LlmSettings, probe: DialectProbe
    ) -> None:
        super().__init__(settings, probe)
        self._http = http
        self._key = key
        self._made: openai.AsyncOpenAI | None = None

    async def _describe(self) -> ModelInfo:
        document = await self._http.get_json("/v1/models")
        owner = _owner(document)
        window, version = None, ""
        if owner == "llamacpp":
            # The list has the window that the model was trained with; this one is the real one.
            props = await self._told("/props")
            window = _mapping(props.get("default_generation_settings")).get("n_ctx")
            version = str(props.get("build_info", ""))
        elif owner == "vllm":
            version = str((await self._told("/version")).get("version", ""))
        return listed_model(
            self._settings, document, window if isinstance(window, int) else None, version
        )

    async def _told(self, path: str) -> Mapping[str, Any]:
        """What a server tells beyond OpenAI's API; nothing where it does not."""
        try:
            return _mapping(await self._http.get_json(path))
        except ServerFault:
            return {}

    async def _send(self, body: dict[str, Any]) -> Mapping[str, Any]:
        async with self._faults():
            raw = await self._client.chat.completions.with_raw_response.create(
                **body, extra_headers=_OWN_HEADERS if self._key else _OWN_HEADERS | _NO_KEY
            )
            text: str = raw.text
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise unreadable("a chat completion", text)
        return found

    async def _send_stream(self, body: dict[str, Any]) -> AsyncGenerator[Mapping[str, Any], None]:
        async with self._faults():
            raw = await self._client.chat.completions.with_raw_response.create(
                **body, extra_headers=_OWN_HEADERS if self._key else _OWN_HEADERS | _NO_KEY
            )
            if "text/event-stream" not in raw.headers.get("content-type", ""):
                await raw.http_response.aread()
                raise unreadable("a stream of events", raw.text)
            async with raw.parse() as chunks:
                async for chunk in chunks:
                    yield chunk.model_dump()

    async def close(self) -> None:
        if self._made is not None:
            await self._made.close()
        await self._http.close()

    @property
    def _client(self) -> openai.AsyncOpenAI:
        """Made on the event loop that uses it."""
        if self._made is None:
            connect = self._settings.connect_timeout_seconds
            self._made = openai.AsyncOpenAI(
                base_url=self._http.url + "/v1",
                api_key="unused" if self._key is None else self._key.get_secret_value(),
                max_retries=0,
                timeout=openai.Timeout(None, connect=connect),
            )
        return self._made

    @asynccontextmanager
    async def _faults(self) -> AsyncGenerator[None, None]:
        """The client's errors as faults."""
        try:
            yield
            return
        except openai.APIStatusError as error:
            fault = fault_of_status(error.status_code, error.response.text, error.response.headers)
        except openai.APIConnectionError as error:
            cause = error.__cause__
            if type(cause).__name__ in {"ConnectError", "ConnectTimeout"}:
                fault = unreachable(self._http.place, str(cause) or type(cause).__name__)
            else:
                fault = dropped(str(cause or ""))
        except openai.APIError as error:
            # The client raises this for an error inside a stream.
            fault = fault_of_event({"error": error.body or error.message})
        except ValueError as error:
            fault = unreadable("a stream of events", str(error))
        raise fault


def _owner(document: object) -> str:
    data = _mapping(document).get("data")
    return str(_mapping(data[0]).get("owned_by", "")) if isinstance(data, list) and data else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


# The library sends what OPENAI_ORG_ID, OPENAI_PROJECT_ID and OPENAI_API_KEY hold to any address.
_OWN_HEADERS: dict[str, Any] = {
    "OpenAI-Organization": openai.Omit(),
    "OpenAI-Project": openai.Omit(),
}
_NO_KEY: dict[str, Any] = {"Authorization": openai.Omit()}
