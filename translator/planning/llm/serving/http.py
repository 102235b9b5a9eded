"""Plain HTTP, where the client libraries lack time limits, cancelling, bounds or headers."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr

from translator.planning.llm.serving.fault import (
    ServerFault,
    dropped,
    endless,
    fault_of_status,
    reason,
    unreachable,
    unreadable,
)

_LONGEST_BODY = 8_000_000
_LONGEST_ERROR = 20_000


class HttpClient:
    """Requests to one server. Every method is to be called on one and the same event loop.

    The key goes into the `Authorization` header of each request and nowhere else. Redirects are not
    followed: they would take the prompt, and with some clients the key, to another server.
    """

    def __init__(self, url: str, key: SecretStr | None, connect_seconds: float) -> None:
        self.url = url.rstrip("/")
        self._key = key
        self._connect_seconds = connect_seconds
        self._session: aiohttp.ClientSession | None = None

    @property
    def place(self) -> str:
        """Host and port, for messages."""
        return urlsplit(self.url).netloc

    async def get_json(self, path: str) -> Any:
        """The JSON document at `path`.

        Raises:
            ServerFault: it cannot be had.
        """
        async with self._answer("GET", path) as response:
            return await _json(response, path)

    async def post_json(self, path: str, body: object) -> tuple[Any, Mapping[str, str]]:
        """The JSON document that answers `body`, and the answer's headers.

        Raises:
            ServerFault: it cannot be had.
        """
        async with self._answer("POST", path, body) as response:
            return await _json(response, path), response.headers

    async def post_stream(self, path: str, body: object) -> AsyncGenerator[bytes, None]:
        """The event stream that answers `body`, as its bytes come.

        Raises:
            ServerFault: it cannot be had, or breaks off.
        """
        async with self._answer("POST", path, body) as response:
            if response.content_type != "text/event-stream":
                raise unreadable("a stream of tokens", await _start(response))
            async for data in response.content.iter_any():
                yield data

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    @asynccontextmanager
    async def _answer(
        self, method: str, path: str, body: object = None
    ) -> AsyncGenerator[aiohttp.ClientResponse, None]:
        try:
            async with self._opened().request(
                method, self.url + path, json=body, headers=self._headers(), allow_redirects=False
            ) as response:
                if response.status != 200:
                    raise fault_of_status(response.status, await _start(response), response.headers)
                yield response
        except ServerFault:
            raise
        except aiohttp.ClientError as error:
            fault = self._fault(error)
        except TimeoutError:
            # Only connecting is timed here.
            fault = unreachable(self.place, f"no connection within {self._connect_seconds:g} s")
        else:
            return
        raise fault

    def _fault(self, error: aiohttp.ClientError) -> ServerFault:
        if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
            return ServerFault(
                f"The certificate of the language model's server at {self.place} is not trusted",
                "Check 'llm.url', or name the authority's certificate in SSL_CERT_FILE.",
                said=str(error),
                again=False,
            )
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            return unreachable(self.place, f"no connection within {self._connect_seconds:g} s")
        if isinstance(error, aiohttp.ClientConnectorError):
            return unreachable(self.place, reason(error.os_error))
        if isinstance(error, aiohttp.InvalidURL):
            return ServerFault(
                "The address of the language model's server cannot be used",
                "Check 'llm.url'.",
                again=False,
            )
        return dropped(reason(error) if isinstance(error, OSError) else "")

    def _headers(self) -> dict[str, str]:
        return {} if self._key is None else bearer(self._key)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=None, connect=self._connect_seconds),
                # Proxies and certificates as the environment says.
                trust_env=True,
            )
        return self._session


def bearer(key: SecretStr) -> dict[str, str]:
    """The header that carries a key."""
    return {"Authorization": f"Bearer {key.get_secret_value()}"}


async def _json(response: aiohttp.ClientResponse, path: str) -> Any:
    body = await _start(response, _LONGEST_BODY)
    if len(body) >= _LONGEST_BODY:
        raise endless()
    try:
        return json.loads(body)
    except ValueError:
        raise unreadable(f"the JSON that {path} has to give", body) from None


async def _start(response: aiohttp.ClientResponse, limit: int = _LONGEST_ERROR) -> str:
    """The beginning of a body, at most `limit` bytes."""
    data = b""
    async for part in response.content.iter_any():
        data += part
        if len(data) >= limit:
            break
    return data[:limit].decode("utf-8", "replace")
