"""Postgres through psycopg2."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg2
import psycopg2.errors
from sqlglot import exp

from semantic.catalog import Relation
from semantic.errors import ServiceDownError, WarehouseError
from translator.warehouse.profile import ConnectionProfile
from translator.warehouse.warehouse import Result

# Type codes of https://www.postgresql.org/docs/current/catalog-pg-type.html
_TYPES = {
    16: "boolean", 20: "integer", 21: "integer", 23: "integer", 700: "number", 701: "number",
    1700: "number", 790: "number", 1082: "date", 1114: "timestamp", 1184: "timestamp",
}  # fmt: skip
_IDLE = 4


class PostgresWarehouse:
    """A small pool of read-only connections. A broken one is dropped, and the next call reconnects."""

    dialect = "postgres"

    def __init__(self, profile: ConnectionProfile) -> None:
        """Keep the profile; nothing connects yet."""
        fields = profile.fields
        self._arguments = {
            "host": fields.get("host"),
            "port": fields.get("port", 5432),
            "user": fields.get("user"),
            "password": fields.get("password") or fields.get("pass") or None,
            "dbname": fields.get("dbname") or fields.get("database"),
            "sslmode": fields.get("sslmode"),
            "connect_timeout": fields.get("connect_timeout", 10),
            "application_name": "metricspeak",
        }
        self._search_path = fields.get("search_path")
        self._idle: list[Any] = []
        self._lock = threading.Lock()

    def execute(self, sql: str, row_limit: int = 10_000, timeout_seconds: float = 30.0) -> Result:
        """See `Warehouse.execute`."""
        with self._cursor(timeout_seconds) as cursor:
            cursor.execute(sql)
            fetched = cursor.fetchmany(row_limit + 1)
            description = cursor.description or ()
            return Result(
                tuple(c.name for c in description),
                tuple(_TYPES.get(c.type_code, "string") for c in description),
                tuple(fetched[:row_limit]),
                len(fetched) > row_limit,
            )

    def rows(self, query: exp.Query, timeout_seconds: float) -> list[tuple[Any, ...]]:
        """See `Warehouse.rows`."""
        with self._cursor(timeout_seconds) as cursor:
            cursor.execute(query.sql(dialect=self.dialect))
            return list(cursor.fetchall())

    def data_version(self, relation: Relation) -> str | None:
        """File node and counters of changed rows; None for views, whose rows live elsewhere."""
        with self._cursor(10.0) as cursor:
            cursor.execute(
                "select c.relkind, c.relfilenode, s.n_tup_ins, s.n_tup_upd, s.n_tup_del "
                "from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
                "left join pg_catalog.pg_stat_all_tables s on s.relid = c.oid "
                "where n.nspname = %s and c.relname = %s",
                (relation.schema, relation.identifier),
            )
            row = cursor.fetchone()
        if row is None or row[0] not in {"r", "m", "p"}:
            return None
        return "-".join(str(part) for part in row)

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            while self._idle:
                with suppress(psycopg2.Error):
                    self._idle.pop().close()

    @contextmanager
    def _cursor(self, timeout_seconds: float) -> Iterator[Any]:
        """A cursor in a read-only transaction that is rolled back at the end."""
        connection = self._take()
        healthy = False
        try:
            with connection.cursor() as cursor:
                milliseconds = max(1, int(timeout_seconds * 1000))
                cursor.execute(
                    "select set_config('statement_timeout', %s, true), "
                    "set_config('lock_timeout', %s, true)",
                    (str(milliseconds), str(milliseconds)),
                )
                yield cursor
            healthy = True
        except psycopg2.errors.QueryCanceled:
            healthy = True
            raise WarehouseError(
                f"The warehouse took longer than {timeout_seconds:g} s.",
                "Ask for a shorter period, or raise statement_timeout_seconds in metricspeak.yml.",
            ) from None
        except psycopg2.errors.UndefinedTable as error:
            healthy = True
            raise WarehouseError(
                f"The warehouse lacks a table of this project: {_first_line(error)}",
                "Run `dbt build`, or choose another target by --target.",
            ) from None
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            raise ServiceDownError(
                f"The connection to the warehouse broke: {_first_line(error)}", "Try again."
            ) from None
        except psycopg2.Error as error:
            healthy = True
            raise WarehouseError(
                f"The warehouse refused the statement: {_first_line(error)}",
                "See the SQL with --format sql.",
            ) from None
        except KeyboardInterrupt:
            with suppress(psycopg2.Error):
                connection.cancel()
            raise
        finally:
            self._give_back(connection, healthy)

    def _take(self) -> Any:
        with self._lock:
            while self._idle:
                connection = self._idle.pop()
                if not connection.closed:
                    return connection
        try:
            connection = psycopg2.connect(
                **{k: v for k, v in self._arguments.items() if v is not None}
            )
            connection.set_session(readonly=True)
            if self._search_path:
                with connection.cursor() as cursor:
                    cursor.execute(
                        "select set_config('search_path', %s, false)", (self._search_path,)
                    )
                connection.commit()
            return connection
        except psycopg2.Error as error:
            raise ServiceDownError(
                f"The warehouse cannot be reached: {_first_line(error)}",
                "Start it (`metricspeak db start` for the embedded one), or correct the profile.",
            ) from None

    def _give_back(self, connection: Any, healthy: bool) -> None:
        try:
            connection.rollback()
        except psycopg2.Error:
            healthy = False
        with self._lock:
            if healthy and not connection.closed and len(self._idle) < _IDLE:
                self._idle.append(connection)
                return
        with suppress(psycopg2.Error):
            connection.close()


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
