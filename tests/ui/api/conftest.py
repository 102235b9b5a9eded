"""A real server on loopback over the built shop project."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from typing import Any

import psycopg2
import pytest
import requests
from pydantic import SecretStr
from starlette.types import ASGIApp

from semantic.project import Project
from tests.conftest import Postgres
from translator.opening import open_translator
from translator.pipeline import Translator
from translator.settings import ServeSettings, load_settings
from ui.api.application import create_app
from ui.api.server import HttpServer

TOKEN = "a-token-that-is-long-enough"
AS_OF = "2025-03-15"
_PATIENCE = 60.0


class Client:
    """Sends requests to one server, with its token."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = url
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **more: Any) -> requests.Response:
        return requests.get(self.url + path, headers=self.headers, timeout=_PATIENCE, **more)

    def post(self, path: str, **more: Any) -> requests.Response:
        headers = {**self.headers, **more.pop("headers", {})}
        return requests.post(self.url + path, headers=headers, timeout=_PATIENCE, **more)

    def ask(self, question: str, **more: Any) -> Any:
        body = {"question": question, "as_of": AS_OF, **more}
        response = self.post("/v1/ask", json=body)
        assert response.status_code == 200, response.text
        return response.json()


Serve = Callable[..., AbstractContextManager[Client]]


@pytest.fixture(scope="session")
def shop_translator(shop_built: Project) -> Iterator[Translator]:
    settings = load_settings(shop_built.project_dir)
    translator = open_translator(shop_built, settings.model_copy(update={"drafts": False}))
    yield translator
    translator.close()


def bounded(translator: Translator, token: str | None = TOKEN, **bounds: Any) -> Translator:
    """The translator with these settings of the services, on a free port."""
    settings = translator.settings
    secret = SecretStr(token) if token else None
    serve = settings.serve.model_copy(
        update={"port": 0, "token": secret, "shutdown_seconds": 5.0, **bounds}
    )
    return Translator(
        translator.catalog,
        translator.compiler,
        translator.warehouse,
        translator.planner,
        settings.model_copy(update={"serve": serve, "as_of": date.fromisoformat(AS_OF)}),
        translator.model_queries,
    )


@contextmanager
def listening(app: ASGIApp, serve: ServeSettings) -> Iterator[str]:
    """A server in a thread; gives its address."""
    server = HttpServer(app, serve)
    listens = threading.Event()
    thread = threading.Thread(target=server.run, args=(lambda _: listens.set(),), daemon=True)
    thread.start()
    assert listens.wait(_PATIENCE)
    try:
        yield server.url
    finally:
        server.stop()
        thread.join(30)
        assert not thread.is_alive(), "the server did not stop"


@contextmanager
def served(translator: Translator, token: str | None = TOKEN, **bounds: Any) -> Iterator[Client]:
    """The HTTP API over the translator, with these settings."""
    same = bounded(translator, token, **bounds)
    with listening(create_app(same), same.settings.serve) as url:
        yield Client(url, token)


@pytest.fixture(scope="session")
def serve(shop_translator: Translator) -> Serve:
    """Makes servers with settings of their own."""
    return lambda **bounds: served(shop_translator, **bounds)


@pytest.fixture(scope="session")
def client(serve: Serve) -> Iterator[Client]:
    """A server with a token and the default bounds."""
    with serve() as found:
        yield found


@contextmanager
def locked_orders(postgres: Postgres) -> Iterator[Callable[[int], None]]:
    """Nobody can read the orders meanwhile; gives a function that waits until so many try."""
    connection = psycopg2.connect(postgres.dsn)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "select format('%I.%I', schemaname, tablename) from pg_tables "
                "where tablename = 'fct_order_items'"
            )
            for (table,) in cursor.fetchall():
                cursor.execute(f"lock table {table} in access exclusive mode")

            def wait_for(most: int) -> None:
                deadline = time.monotonic() + _PATIENCE
                while time.monotonic() < deadline:
                    cursor.execute(
                        "select count(distinct pid) from pg_locks "
                        "where not granted and relation = any(select relation from pg_locks "
                        "where pid = pg_backend_pid() and mode = 'AccessExclusiveLock')"
                    )
                    if cursor.fetchone()[0] >= most:
                        return
                    time.sleep(0.02)
                raise AssertionError("nobody waits for the lock")

            yield wait_for
    finally:
        connection.rollback()
        connection.close()


@pytest.fixture
def lock_orders(postgres: Postgres) -> Callable[[], AbstractContextManager[Callable[[int], None]]]:
    return lambda: locked_orders(postgres)
