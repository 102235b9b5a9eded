"""A database of a test's own in the embedded Postgres."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from pydantic import SecretStr

from semantic.project import Project
from tests.conftest import Postgres
from translator.history.history import History, open_history
from translator.settings import Settings
from translator.settings.history import HistorySettings

Open = Callable[..., History]


def url_of(postgres: Postgres, database: str) -> str:
    return f"postgresql://{postgres.user}@/{database}?host={postgres.host}&port={postgres.port}"


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    """Its URL."""
    name = f"history_{uuid.uuid4().hex[:12]}"
    with closing(psycopg2.connect(postgres.dsn)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"create database {name}")
            yield url_of(postgres, name)
            cursor.execute(f"drop database {name} with (force)")


@pytest.fixture
def open_one(database: str, tmp_path: Path) -> Iterator[Open]:
    """Opens histories of one project over one database and one spool."""
    opened: list[History] = []

    def open_one(surface: str = "cli", url: str = database, **more: object) -> History:
        kept = HistorySettings.model_validate({"enabled": True, "url": SecretStr(url), **more})
        settings = Settings().model_copy(update={"history": kept, "home": tmp_path / "home"})
        history = open_history(a_project(tmp_path), settings, surface)
        assert history is not None
        opened.append(history)
        return history

    yield open_one
    for history in opened:
        history.close()


def a_project(folder: Path, name: str = "shop") -> Project:
    return Project(folder, folder, None, folder, name, name, folder / "metricspeak.yml")
