"""Where the history is kept: the embedded Postgres, or the one of `history.url`; and its schema."""

from __future__ import annotations

from pathlib import Path

import psycopg2
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from semantic.errors import ConfigurationError, MetricSpeakError, ServiceDownError
from translator.history.tables import SCHEMA
from translator.warehouse.embedded import EmbeddedPostgres

DATABASE = "metricspeak_history"
"""In the embedded Postgres: the warehouse is another database there."""
REVISION = "0001"
"""The latest of `migrations/versions`."""
_LOCK = 7_302_915_447
_VARIABLE = "METRICSPEAK_HISTORY__URL"
_PATIENCE_SECONDS = 5


def open_engine(url: str | None, home: Path) -> Engine:
    """The database, with its tables up to date.

    Args:
        url: of a Postgres; None takes the embedded one, which is started.
        home: folder of the embedded one.

    Raises:
        ServiceDownError: it cannot be reached.
        ConfigurationError: `url` is none of Postgres, or a newer MetricSpeak made the tables.
    """
    place = _embedded(home) if url is None else _url(url)
    engine = create_engine(
        place,
        pool_size=2,
        max_overflow=4,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": _PATIENCE_SECONDS,
            "application_name": "metricspeak history",
            # A history that hangs must not hang what reads it.
            "options": "-c statement_timeout=30000 -c lock_timeout=10000",
        },
        hide_parameters=True,
    )
    try:
        with engine.begin() as connection:
            _upgrade(connection)
    except SQLAlchemyError as error:
        engine.dispose()
        raise failure(error) from None
    except MetricSpeakError:
        engine.dispose()
        raise
    return engine


def failure(error: SQLAlchemyError) -> MetricSpeakError:
    """The error in words; without the URL, which may hold a password."""
    cause = str(error.orig).strip().splitlines() if isinstance(error, DBAPIError) else []
    return ServiceDownError(
        "The database of the history does not work"
        + (f": {cause[0][:200]}." if cause else f" ({type(error).__name__})."),
        f"Start it, or correct {_VARIABLE}. What was asked meanwhile is kept and not lost.",
    )


def _url(text_: str) -> URL:
    try:
        url = make_url(text_)
    except ArgumentError:
        url = None
    if url is None or url.drivername.partition("+")[0] not in {"postgresql", "postgres"}:
        raise ConfigurationError(
            f"{_VARIABLE} is no address of a Postgres.",
            "Write it as postgresql://user:password@host:5432/database.",
        )
    return url.set(drivername="postgresql+psycopg2")


def _embedded(home: Path) -> URL:
    """The database in the embedded Postgres, made when there is none."""
    found = EmbeddedPostgres(home).start().environment
    host, user = found["METRICSPEAK_PGHOST"], found["METRICSPEAK_PGUSER"]
    port = int(found["METRICSPEAK_PGPORT"])
    try:
        connection = psycopg2.connect(host=host, port=port, user=user, dbname="postgres")
    except psycopg2.Error as error:
        raise ServiceDownError(
            f"The embedded Postgres cannot be reached: {str(error).strip()}",
            "Look at it: metricspeak db status.",
        ) from None
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("select 1 from pg_database where datname = %s", (DATABASE,))
            if cursor.fetchone() is None:
                cursor.execute(f'create database "{DATABASE}"')
    except (psycopg2.errors.DuplicateDatabase, psycopg2.errors.UniqueViolation):
        pass  # another process made it just now
    except psycopg2.Error as error:
        raise ServiceDownError(
            f"The database of the history cannot be made: {str(error).strip()}",
            "Look at the embedded Postgres: metricspeak db status.",
        ) from None
    finally:
        connection.close()
    return URL.create(
        "postgresql+psycopg2",
        username=user,
        database=DATABASE,
        query={"host": host, "port": "5432"},
    )


def _upgrade(connection: Connection) -> None:
    """Bring the tables up to date; one process at a time."""
    if _revision(connection) == REVISION:
        return
    # Importing Alembic takes longer than all the rest, and is for the first time only.
    from alembic.command import upgrade
    from alembic.config import Config
    from alembic.util import CommandError

    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    connection.execute(text(f'create schema if not exists "{SCHEMA}"'))
    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        upgrade(config, "head")
    except CommandError as error:
        raise ConfigurationError(
            f"The tables of the history cannot be brought up to date: {error}.",
            "A newer MetricSpeak may have made them: use that one, or another database.",
        ) from None


def _revision(connection: Connection) -> str | None:
    table = f"{SCHEMA}.alembic_version"
    if connection.scalar(text("select to_regclass(:name)::text"), {"name": table}) is None:
        return None
    found = connection.scalar(text(f"select version_num from {table}"))
    return None if found is None else str(found)
