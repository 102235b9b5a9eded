"""DuckDB, through its Python package (an extra)."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlglot import exp

from semantic.catalog import Relation
from semantic.errors import ConfigurationError, ServiceDownError, WarehouseError
from translator.warehouse.interrupt import interruptible
from translator.warehouse.profile import ConnectionProfile
from translator.warehouse.warehouse import (
    Estimate,
    Result,
    StatementRejected,
    StatementTimeout,
)

_QUOTED = re.compile(r'"([^"]+)"')
_MISSING = {
    "column": re.compile(r'Referenced column "([^"]+)" not|have a column named "([^"]+)"'),
    "relation": re.compile(r"(?:Table|View) with name \"?([^\s\"]+)\"? does not exist"),
    "function": re.compile(r"Function with name \"?([^\s\"]+)\"? does not exist"),
}
_NEAR = re.compile(r"(?:Did you mean|Candidate bindings:|Candidate functions:)([^\n]*)")
_MEMORY = ":memory:"


class DuckDbWarehouse:
    """A read-only view of a database file.

    The file is opened for each statement that finds it closed and let go by `close`; while it is
    open, another process cannot write to it.
    """

    dialect = "duckdb"

    def __init__(self, profile: ConnectionProfile, project_dir: Path | None = None) -> None:
        """Keep the profile; the file is opened at first use."""
        path = str(profile.fields.get("path") or _MEMORY)
        self._path = path if path == _MEMORY else str((project_dir or Path()) / path)
        self._connection: Any = None
        self._running: set[Any] = set()
        self._lock = threading.Lock()

    def execute(self, sql: str, row_limit: int = 10_000, timeout_seconds: float = 30.0) -> Result:
        """See `Warehouse.execute`."""
        description, rows = self._run(sql, timeout_seconds, row_limit + 1)
        return Result(
            tuple(c[0] for c in description),
            tuple(_type(str(c[1])) for c in description),
            tuple(rows[:row_limit]),
            len(rows) > row_limit,
        )

    def estimate(self, sql: str, timeout_seconds: float = 10.0) -> Estimate:
        """See `Warehouse.estimate`. DuckDB plans the statement, and says no cost."""
        self._run("explain " + sql, timeout_seconds, None)
        return Estimate()

    def rows(self, query: exp.Query, timeout_seconds: float) -> list[tuple[Any, ...]]:
        """See `Warehouse.rows`."""
        return self._run(query.sql(dialect=self.dialect), timeout_seconds, None)[1]

    def data_version(self, relation: Relation) -> str | None:
        """Time and size of the database file."""
        with suppress(OSError):
            found = Path(self._path).stat()
            return f"{found.st_mtime_ns}-{found.st_size}"
        return None

    def cancel(self) -> None:
        """See `Warehouse.cancel`."""
        with self._lock:
            for cursor in self._running:
                cursor.interrupt()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _run(
        self, sql: str, timeout_seconds: float, most: int | None
    ) -> tuple[list[Any], list[tuple[Any, ...]]]:
        cursor = self._cursor()
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            cursor.interrupt()

        def work() -> tuple[list[Any], list[tuple[Any, ...]]]:
            cursor.execute(sql)
            rows = cursor.fetchall() if most is None else cursor.fetchmany(most)
            return list(cursor.description or []), rows

        timer = threading.Timer(timeout_seconds, expire)
        timer.daemon = True
        timer.start()
        try:
            with _errors(timeout_seconds, expired):
                return interruptible(work, cursor.interrupt)
        finally:
            timer.cancel()
            with self._lock:
                self._running.discard(cursor)
            with suppress(Exception):  # an interrupted cursor may be closed already
                cursor.close()

    def _cursor(self) -> Any:
        with self._lock:
            if self._connection is None:
                self._connection = self._open()
            cursor = self._connection.cursor()
            self._running.add(cursor)
            return cursor

    def _open(self) -> Any:
        try:
            import duckdb
        except ImportError:
            raise ConfigurationError(
                "The profile is of type duckdb, and duckdb is not installed.",
                "Install it: pip install dbt-duckdb.",
            ) from None
        try:
            return duckdb.connect(self._path, read_only=self._path != _MEMORY)
        except duckdb.Error as error:
            raise ServiceDownError(
                f"The DuckDB file {self._path} cannot be opened: {_first_line(error)}",
                "Run `dbt build`, or correct `path` in the profile.",
            ) from None


@contextmanager
def _errors(timeout_seconds: float, expired: threading.Event) -> Iterator[None]:
    """DuckDB's errors as ours."""
    import duckdb

    try:
        yield
    except duckdb.InterruptException:
        if expired.is_set():
            raise StatementTimeout(timeout_seconds) from None
        raise WarehouseError("The statement was stopped.", "Ask again.") from None
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise _rejected(str(error)) from None
    except duckdb.Error as error:
        raise StatementRejected(
            f"The warehouse refused the statement: {_first_line(error)}",
            "See the SQL with --format sql.",
        ) from None


def _rejected(message: str) -> StatementRejected:
    """What DuckDB does not know, with what it takes to be meant."""
    first = message.strip().splitlines()[0]
    for missing, pattern in _MISSING.items():
        if found := pattern.search(first):
            near = _NEAR.search(message)
            return StatementRejected(
                f"The warehouse lacks what this project describes: {first}",
                "Run `dbt build`, or choose another target by --target.",
                missing,
                next(name for name in found.groups() if name),
                tuple(_QUOTED.findall(near.group(1))) if near else (),
            )
    return StatementRejected(
        f"The warehouse refused the statement: {first}", "See the SQL with --format sql."
    )


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _type(name: str) -> str:
    name = name.upper()
    if "INT" in name and "INTERVAL" not in name:
        return "integer"
    if name.startswith(("DECIMAL", "DOUBLE", "FLOAT", "REAL", "NUMBER", "NUMERIC")):
        return "number"
    if name.startswith("TIMESTAMP") or name == "DATETIME":
        return "timestamp"
    return {"DATE": "date", "BOOLEAN": "boolean", "BOOL": "boolean"}.get(name, "string")
