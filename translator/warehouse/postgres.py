"""Postgres through psycopg2."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg2
import psycopg2.errors
from sqlglot import exp

from semantic.catalog import Relation
from semantic.errors import ServiceDownError, WarehouseError
from translator.warehouse.interrupt import interruptible
from translator.warehouse.profile import ConnectionProfile
from translator.warehouse.warehouse import (
    AccessDenied,
    Estimate,
    Result,
    StatementRejected,
    StatementTimeout,
    TablesLocked,
)

# Type codes of https://www.postgresql.org/docs/current/catalog-pg-type.html
_TYPES = {
    16: "boolean", 20: "integer", 21: "integer", 23: "integer", 700: "number", 701: "number",
    1700: "number", 790: "number", 1082: "date", 1114: "timestamp", 1184: "timestamp",
}  # fmt: skip
_QUOTED = re.compile(r'"([^"]+)"')
_NAME = re.compile(r'(?:column|relation|function|schema) (?:"([^"]+)"|([^\s(]+))')
_SSL = ("sslmode", "sslcert", "sslkey", "sslrootcert")
_IDLE = 4
_T = TypeVar("_T")


class PostgresWarehouse:
    """A small pool of read-only connections; a broken one is dropped, the next call reconnects."""

    dialect = "postgres"

    def __init__(
        self, profile: ConnectionProfile, prepare: Callable[[bool], None] | None = None
    ) -> None:
        """Keep the profile; nothing connects yet.

        Args:
            profile: where to connect, and as whom.
            prepare: gives the user its rights: called with False before the first connection, with
                True when something was denied, which is then tried once more.
        """
        fields = profile.fields
        self._arguments = {
            "host": fields.get("host"),
            "port": fields.get("port", 5432),
            "user": fields.get("user"),
            "password": fields.get("password") or fields.get("pass") or None,
            "dbname": fields.get("dbname") or fields.get("database"),
            "connect_timeout": fields.get("connect_timeout", 10),
            "keepalives_idle": fields.get("keepalives_idle") or None,
            "application_name": "metricspeak",
            **{name: fields.get(name) for name in _SSL},
        }
        self._search_path = fields.get("search_path")
        self._role = fields.get("role")
        self._prepare = prepare
        self._prepared = prepare is None
        self._idle: list[Any] = []
        self._running: set[Any] = set()
        self._lock = threading.Lock()

    def execute(self, sql: str, row_limit: int = 10_000, timeout_seconds: float = 30.0) -> Result:
        """See `Warehouse.execute`."""

        def run(connection: Any) -> Result:
            # Named, so that it lives in the server and what is beyond the limit is never sent.
            with connection.cursor(name="metricspeak") as cursor:
                cursor.itersize = row_limit + 1
                cursor.execute(sql)
                fetched = cursor.fetchmany(row_limit + 1)
                description = cursor.description or ()
            return Result(
                tuple(c.name for c in description),
                tuple(_TYPES.get(c.type_code, "string") for c in description),
                tuple(fetched[:row_limit]),
                len(fetched) > row_limit,
            )

        return self._run(run, timeout_seconds)

    def estimate(self, sql: str, timeout_seconds: float = 10.0) -> Estimate:
        """See `Warehouse.estimate`."""
        try:
            found = self._run(
                lambda connection: _fetch(connection, "explain (format json) " + sql),
                timeout_seconds,
            )
        except StatementTimeout:
            raise TablesLocked(timeout_seconds) from None
        plan = found[0][0][0]["Plan"]
        return Estimate(float(plan["Total Cost"]), float(plan["Plan Rows"]))

    def rows(self, query: exp.Query, timeout_seconds: float) -> list[tuple[Any, ...]]:
        """See `Warehouse.rows`."""
        return self._run(
            lambda connection: _fetch(connection, query.sql(dialect=self.dialect)), timeout_seconds
        )

    def data_version(self, relation: Relation) -> str | None:
        """File node and counters of changed rows; None for views, whose rows live elsewhere.

        With the server's start, as counters begin anew with it and another server counts alike, and
        the user, who may not see every row.
        """
        sql = (
            "select c.relkind, c.relfilenode, s.n_tup_ins, s.n_tup_upd, s.n_tup_del, "
            "pg_catalog.pg_relation_size(c.oid), pg_catalog.pg_postmaster_start_time(), "
            "current_user "
            "from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
            "left join pg_catalog.pg_stat_all_tables s on s.relid = c.oid "
            "where n.nspname = %s and c.relname = %s"
        )
        names = (relation.schema, relation.identifier)
        found = self._run(lambda connection: _fetch(connection, sql, names), 10.0)
        if not found or found[0][0] not in {"r", "m", "p"}:
            return None
        return "-".join(str(part) for part in found[0])

    def cancel(self) -> None:
        """See `Warehouse.cancel`."""
        with self._lock:
            for connection in self._running:
                with suppress(psycopg2.Error):
                    connection.cancel()

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            while self._idle:
                with suppress(psycopg2.Error):
                    self._idle.pop().close()

    def _run(self, work: Callable[[Any], _T], timeout_seconds: float) -> _T:
        """Do the work in a read-only transaction that is rolled back at the end."""
        try:
            return self._once(work, timeout_seconds)
        except AccessDenied:
            if self._prepare is None:
                raise
        # `dbt build` swaps tables: the new ones have no grants yet.
        self._prepare(True)
        return self._once(work, timeout_seconds)

    def _once(self, work: Callable[[Any], _T], timeout_seconds: float) -> _T:
        with self._connection(timeout_seconds) as connection, _errors(timeout_seconds):
            return interruptible(lambda: work(connection), connection.cancel)

    @contextmanager
    def _connection(self, timeout_seconds: float) -> Iterator[Any]:
        connection = self._ready(timeout_seconds)
        with self._lock:
            self._running.add(connection)
        try:
            yield connection
        finally:
            with self._lock:
                self._running.discard(connection)
            self._give_back(connection)

    def _ready(self, timeout_seconds: float) -> Any:
        """A connection with its transaction begun and bounded."""
        if not self._prepared and self._prepare is not None:
            self._prepare(False)
            self._prepared = True
        while True:
            with self._lock:
                pooled = self._idle.pop() if self._idle else None
            connection = pooled or self._connect()
            try:
                milliseconds = str(max(1, int(timeout_seconds * 1000)))
                with connection.cursor() as cursor:
                    cursor.execute(
                        "select set_config('statement_timeout', %s, true), "
                        "set_config('lock_timeout', %s, true), "
                        # Every row up to the limit is fetched: plan for all of them.
                        "set_config('cursor_tuple_fraction', '1', true)",
                        (milliseconds, milliseconds),
                    )
                return connection
            except psycopg2.Error as error:
                with suppress(psycopg2.Error):
                    connection.close()
                if pooled is None:
                    raise _down(error) from None
                # A pooled one may have been cut while idle, by a restart of the server.

    def _connect(self) -> Any:
        try:
            connection = psycopg2.connect(
                **{k: v for k, v in self._arguments.items() if v is not None}
            )
            connection.set_session(readonly=True)
            with connection.cursor() as cursor:
                for name, value in (("search_path", self._search_path), ("role", self._role)):
                    if value:
                        cursor.execute("select set_config(%s, %s, false)", (name, str(value)))
            connection.commit()
            return connection
        except psycopg2.Error as error:
            raise _down(error) from None

    def _give_back(self, connection: Any) -> None:
        with suppress(psycopg2.Error):
            connection.rollback()
        with self._lock:
            if not connection.closed and len(self._idle) < _IDLE:
                self._idle.append(connection)
                return
        with suppress(psycopg2.Error):
            connection.close()


def _fetch(
    connection: Any, sql: str, parameters: tuple[str, ...] | None = None
) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


@contextmanager
def _errors(timeout_seconds: float) -> Iterator[None]:
    """Postgres's errors as ours."""
    try:
        yield
    except psycopg2.errors.QueryCanceled as error:
        if "statement timeout" in str(error):
            raise StatementTimeout(timeout_seconds) from None
        raise WarehouseError("The statement was stopped.", "Ask again.") from None
    except psycopg2.errors.LockNotAvailable:
        raise StatementTimeout(timeout_seconds) from None
    except (
        psycopg2.errors.UndefinedTable,
        psycopg2.errors.InvalidSchemaName,
        psycopg2.errors.UndefinedColumn,
    ) as error:
        is_column = isinstance(error, psycopg2.errors.UndefinedColumn)
        raise StatementRejected(
            f"The warehouse lacks what this project describes: {_first_line(error)}",
            "Run `dbt build`, or choose another target by --target.",
            "column" if is_column else "relation",
            _named(error.diag.message_primary),
            tuple(_QUOTED.findall(error.diag.message_hint or "")),
        ) from None
    except psycopg2.errors.InsufficientPrivilege as error:
        raise AccessDenied(
            f"The warehouse's user may not read this: {_first_line(error)}",
            "Grant it what `metricspeak db role` prints, again after `dbt build` made tables anew.",
        ) from None
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        raise ServiceDownError(
            f"The connection to the warehouse broke: {_first_line(error)}", "Try again."
        ) from None
    except psycopg2.Error as error:
        raise StatementRejected(
            f"The warehouse refused the statement: {_first_line(error)}",
            "See the SQL with --format sql.",
            "function" if isinstance(error, psycopg2.errors.UndefinedFunction) else None,
            _named(error.diag.message_primary),
        ) from None


def _down(error: BaseException) -> ServiceDownError:
    return ServiceDownError(
        f"The warehouse cannot be reached: {_first_line(error)}",
        "Start it (`metricspeak db start` for the embedded one), or correct the profile.",
    )


def _named(message: str | None) -> str:
    """The name in `column o.x does not exist` and `relation "a.b" does not exist`."""
    found = _NAME.match(message or "")
    return (found.group(1) or found.group(2)) if found else ""


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
