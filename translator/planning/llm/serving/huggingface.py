"""Chat completions through `huggingface_hub`: TGI's Messages API, Inference Endpoints, Providers.

Two habits of that library (0.36) shape this module. For an address it rewrites OpenAI's
`response_format` into TGI's, so only TGI's own shape is sent to one. And where no key is given it
takes the token that the person saved for the Hub, whatever the address: it is told not to.
"""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

import aiohttp
import requests
from huggingface_hub import AsyncInferenceClient
from huggingface_hub.errors import HfHubHTTPError, TextGenerationError
from huggingface_hub.inference._providers import get_provider_helper
from pydantic import SecretStr

from translator.planning.llm.chat import ModelInfo
from translator.planning.llm.serving.blocking import in_thread
from translator.planning.llm.serving.completion import CompletionBackend
from translator.planning.llm.serving.fault import (
    ServerFault,
    dropped,
    fault_of_event,
    fault_of_status,
    reason,
    unreachable,
    unreadable,
)
from translator.planning.llm.serving.http import HttpClient
from translator.planning.llm.serving.limits import listed_model, model_info
from translator.planning.llm.serving.probe import DialectProbe
from translator.planning.llm.serving.tgi import tgi_info
from translator.settings import LlmSettings


class EndpointBackend(CompletionBackend):
    """A `Backend` for an address: TGI anywhere, or a Hugging Face Inference Endpoint."""

    def __init__(
        self, http: HttpClient, key: SecretStr | None, settings: LlmSettings, probe: DialectProbe
    ) -> None:
        super().__init__(settings, probe)
        self._http = http
        self._key = key

    async def _describe(self) -> ModelInfo:
        try:
            return tgi_info(self._settings, await self._http.get_json("/info"))
        except ServerFault as fault:
            if fault.status != 404:
                raise
        return listed_model(self._settings, await self._http.get_json("/v1/models"))

    async def _send(self, body: dict[str, Any]) -> Mapping[str, Any]:
        async with _client(self._http.url, self._key) as client:
            return dataclasses.asdict(await client.chat_completion(**body))

    async def _send_stream(self, body: dict[str, Any]) -> AsyncGenerator[Mapping[str, Any], None]:
        async with _client(self._http.url, self._key) as client:
            async for chunk in await client.chat_completion(**body):
                yield dataclasses.asdict(chunk)

    async def close(self) -> None:
        await self._http.close()


class ProvidersBackend(CompletionBackend):
    """A `Backend` for Hugging Face's Inference Providers: a model by its name, no address."""

    def __init__(self, key: SecretStr, settings: LlmSettings, probe: DialectProbe) -> None:
        super().__init__(settings, probe)
        self._key = key

    async def _describe(self) -> ModelInfo:
        # Which provider has the model is looked up at the Hub, in a blocking way and then kept.
        model = self._settings.model
        try:
            await in_thread(self._find_provider)
        except HfHubHTTPError as error:
            fault = fault_of_status(error.response.status_code, error.response.text)
        except requests.RequestException as error:
            fault = unreachable("huggingface.co", type(error).__name__)
        except ValueError as error:
            fault = ServerFault(
                f"No Inference Provider serves '{model}'",
                "Set 'llm.model' to one that has a provider, or 'llm.provider' to another.",
                said=str(error),
                again=False,
            )
        else:
            return model_info(self._settings, model, server="huggingface-providers")
        raise fault

    def _find_provider(self) -> None:
        """Have the library look up the provider, and keep it.

        Raises:
            ValueError: no provider serves the model.
        """
        provider, model = cast(Any, self._settings.provider or "auto"), self._settings.model
        try:
            helper = get_provider_helper(provider, "conversational", model)
        except StopIteration:
            # The library takes the first of an empty list.
            raise ValueError("The Hub lists no provider for it") from None
        helper.prepare_request(inputs=[], parameters={}, headers={}, model=model, api_key="unused")

    async def _send(self, body: dict[str, Any]) -> Mapping[str, Any]:
        async with _client(None, self._key, self._settings.provider) as client:
            return dataclasses.asdict(await client.chat_completion(**body))

    async def _send_stream(self, body: dict[str, Any]) -> AsyncGenerator[Mapping[str, Any], None]:
        async with _client(None, self._key, self._settings.provider) as client:
            async for chunk in await client.chat_completion(**body):
                yield dataclasses.asdict(chunk)

    async def close(self) -> None:
        """Each request has a connection of its own."""


class _Client(AsyncInferenceClient):
    """Sends the key that it was given, or none: the library would send a saved one instead."""

    def _get_client_session(self, headers: dict[str, str] | None = None) -> aiohttp.ClientSession:
        kept = dict(headers or {})
        if self.token is None:
            kept.pop("authorization", None)
        return super()._get_client_session(kept)


@asynccontextmanager
async def _client(
    url: str | None, key: SecretStr | None, provider: str | None = None
) -> AsyncGenerator[AsyncInferenceClient, None]:
    """A client for one request; leaving it closes the connection, finished or not."""
    client = _Client(
        base_url=url,
        provider=cast(Any, None if url else provider or "auto"),
        token=None if key is None else key.get_secret_value(),
        trust_env=True,
    )
    fault: ServerFault | None = None
    try:
        yield client
    except ServerFault:
        raise
    except aiohttp.ClientResponseError as error:
        said = getattr(error, "response_error_payload", None) or error.message
        fault = fault_of_status(error.status, said, error.headers)
    except aiohttp.ClientConnectorError as error:
        fault = unreachable(error.host, reason(error.os_error))
    except aiohttp.ClientError as error:
        fault = dropped(reason(error) if isinstance(error, OSError) else "")
    except TextGenerationError as error:
        fault = fault_of_event(
            {"error": str(error), "error_type": _ERROR_TYPES.get(type(error).__name__)}
        )
    except ValueError as error:
        fault = unreadable("a chat completion", str(error))
    finally:
        await cast(Any, client).close()
    if fault is not None:
        raise fault


_ERROR_TYPES = {
    "ValidationError": "validation",
    "GenerationError": "generation",
    "OverloadedError": "overloaded",
    "IncompleteGenerationError": "incomplete_generation",
}
