"""The tools over standard input and output, and over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import ASGIApp

from translator.history.history import History
from translator.pipeline import Translator
from ui.agents.tools import agent_server
from ui.api.access import AccessGate
from ui.api.server import HttpServer

PATH = "/mcp"


def serve_stdio(translator: Translator, history: History | None = None) -> None:
    """Speak with the one client that started this process, until it closes standard input."""
    asyncio.run(agent_server(translator, history).run_stdio_async())


def agent_app(translator: Translator, history: History | None = None) -> ASGIApp:
    """The tools as a web application, behind the same gate as the HTTP API."""
    serve = translator.settings.serve
    app = agent_server(translator, history).streamable_http_app(
        streamable_http_path=PATH,
        # Every request stands for itself, so that any instance can answer it.
        stateless_http=True,
        max_request_body_size=serve.max_request_bytes,
        # The gate looks at Host itself, and with a token any name is right.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    return AccessGate(app, serve.token)


def serve_http(
    translator: Translator,
    ready: Callable[[str], None] = lambda _: None,
    history: History | None = None,
) -> None:
    """Speak with any number of clients, until SIGINT or SIGTERM.

    Args:
        translator: answers.
        ready: is told the address for clients.
        history: keeps what was asked.

    Raises:
        ConfigurationError: the address cannot be used, or would be open to everyone.
    """
    server = HttpServer(agent_app(translator, history), translator.settings.serve)
    server.run(lambda url: ready(url + PATH))
