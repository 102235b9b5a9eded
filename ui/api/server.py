"""Runs the HTTP API: listens, says where, and stops without dropping what runs."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from semantic.errors import ConfigurationError
from translator.settings import ServeSettings
from ui.api.access import check_address

_BACKLOG = 512


class HttpServer:
    """One application on one address."""

    def __init__(self, app: ASGIApp, serve: ServeSettings) -> None:
        """Bind the address; nothing is answered before `run`.

        Args:
            app: what answers.
            serve: where to listen.

        Raises:
            ConfigurationError: the address cannot be used, or would be open to everyone.
        """
        check_address(serve.host, serve.token)
        self._socket = _bound(serve.host, serve.port)
        host, port = self._socket.getsockname()[:2]
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                # Requests are bounded by tokens and workers, whoever sends them: no header of a
                # proxy is believed.
                proxy_headers=False,
                timeout_graceful_shutdown=max(1, round(serve.shutdown_seconds)),
                ws="none",
            )
        )

    def run(self, ready: Callable[[str], None] = lambda _: None) -> None:
        """Answer until SIGINT, SIGTERM or `stop`.

        Args:
            ready: is told the address; requests that come from then on are answered.
        """
        with self._socket, _survived(signal.SIGTERM):
            self._socket.listen(_BACKLOG)
            ready(self.url)
            self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """End `run`: what runs may end, within its time. From any thread."""
        self._server.should_exit = True


@contextmanager
def _survived(number: signal.Signals) -> Iterator[None]:
    """Uvicorn stops at a signal and then sends it again: what the caller has to close comes after.

    Only the main thread may handle signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(number, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(number, before)


def log_to_stderr() -> None:
    """One line an event on standard error, from MetricSpeak and the server."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    for name in ("ui", "translator", "semantic", "uvicorn"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
        logger.propagate = False


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _no_address(host, port, error) from None
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise _no_address(host, port, error) from None
    return bound


def _no_address(host: str, port: int, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"Cannot listen on {host}, port {port}: {error.strerror}.",
        "Choose another with --host and --port (0 takes a free port).",
    )
