"""Who may ask: the bearer token, or a request from this machine."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress

from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from semantic.errors import ConfigurationError
from ui.api.problem import unauthorized, wrong_host

OPEN_PATHS = frozenset({"/healthz", "/readyz"})
"""What an orchestrator asks; they tell nothing of the project."""
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`.

    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
    (True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_address(host: str, token: SecretStr | None) -> None:
    """Refuse to serve everyone without a token.

    Raises:
        ConfigurationError: `host` can be reached from elsewhere, and there is no token.
    """
    if token is None and not is_loopback(host):
        raise ConfigurationError(
            f"Without a token, the server listens on this machine only, not on '{host}'.",
            "Set METRICSPEAK_SERVE__TOKEN to a secret of 16 characters or more, for example from "
            "`openssl rand -hex 32`; or listen on 127.0.0.1.",
        )


class AccessGate:
    """Lets a request in that brings the token; without a token, one that is addressed locally.

    The second keeps web pages out: a page can make a browser send requests to 127.0.0.1 under a
    name of its own (DNS rebinding), and that name stands in the Host header.
    """

    def __init__(self, app: ASGIApp, token: SecretStr | None) -> None:
        """Guard `app`.

        Args:
            app: what answers.
            token: what to bring, None on loopback.
        """
        self._app = app
        self._digest = None if token is None else _digest(token.get_secret_value())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer with a problem."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if self._digest is None and _host_name(headers.get("host", "")) not in _LOCAL_NAMES:
            await wrong_host().response()(scope, receive, send)
        elif self._digest is not None and not self._brings_token(headers):
            await unauthorized().response()(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _brings_token(self, headers: Headers) -> bool:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        # Digests are of one length, so that the comparison tells nothing of the token's.
        same = hmac.compare_digest(_digest(token.strip()), self._digest or b"")
        return scheme.lower() == "bearer" and same


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def _host_name(host: str) -> str:
    """The Host header without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()
