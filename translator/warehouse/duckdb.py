"""DuckDB, through its Python package (an extra)."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlglot import exp

from semantic.catalog import Relation
from semantic.errors import ConfigurationError, ServiceDownError, WarehouseError
from translator.warehouse.profile import ConnectionProfile
from translator.warehouse.warehouse import Result


class DuckDbWarehouse:
    """A read-only connection to a database file; statements run one at a time."""

    dialect = "duckdb"

    def __init__(self, profile: ConnectionProfile) -> None:
        """Keep the profile; the file is opened at first use."""
        self._path = str(profile.fields.get("path") or ":memory:")
        self._connection: Any = None
        self._lock = threading.Lock()

    def execute(self, sql: str, row_limit: int = 10_000, timeout_seconds: float = 30.0) -> Result:
        """See `Warehouse.execute`."""
        cursor, rows = self._run(sql, timeout_seconds, row_limit + 1)
        types = tuple(_type(str(c[1])) for c in cursor)
        return Result(
            tuple(c[0] for c in cursor), types, tuple(rows[:row_limit]), len(rows) > row_limit
        )

    def rows(self, query: exp.Query, timeout_seconds: float) -> list[tuple[Any, ...]]:
        """See `Warehouse.rows`."""
        return self._run(query.sql(dialect=self.dialect), timeout_seconds, None)[1]

    def data_version(self, relation: Relation) -> str | None:
        """Time and size of the database file."""
        with suppress(OSError):
            found = Path(self._path).stat()
            return f"{found.st_mtime_ns}-{found.st_size}"
        return None

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _run(
        self, sql: str, timeout_seconds: float, most: int | None
    ) -> tuple[list[Any], list[tuple[Any, ...]]]:
        with self._lock:
            connection = self._open()
            import duckdb

            timer = threading.Timer(timeout_seconds, connection.interrupt)
            timer.start()
            try:
                cursor = connection.execute(sql)
                rows = cursor.fetchall() if most is None else cursor.fetchmany(most)
                return list(cursor.description or []), rows
            except duckdb.InterruptException:
                raise WarehouseError(
                    f"The warehouse took longer than {timeout_seconds:g} s.",
                    "Ask for a shorter period, or raise statement_timeout_seconds.",
                ) from None
            except duckdb.CatalogException as error:
                raise WarehouseError(
                    f"The warehouse lacks a table of this project: {error}", "Run `dbt build`."
                ) from None
            except duckdb.Error as error:
                raise WarehouseError(
                    f"The warehouse refused the statement: {error}", "See it with --format sql."
                ) from None
            finally:
                timer.cancel()

    def _open(self) -> Any:
        if self._connection is not None:
            return self._connection
        try:
            import duckdb
        except ImportError:
            raise ConfigurationError(
                "The profile is of type duckdb, and duckdb is not installed.",
                "Install it: pip install dbt-duckdb.",
            ) from None
        try:
            self._connection = duckdb.connect(self._path, read_only=self._path != ":memory:")
        except duckdb.Error as error:
            raise ServiceDownError(
                f"The DuckDB file {self._path} cannot be opened: {error}",
                "Run `dbt build`, or correct `path` in the profile.",
            ) from None
        return self._connection


def _type(name: str) -> str:
    name = name.upper()
    if "INT" in name and "INTERVAL" not in name:
        return "integer"
    if name.startswith(("DECIMAL", "DOUBLE", "FLOAT", "REAL", "NUMBER")):
        return "number"
    if name.startswith("TIMESTAMP") or name == "DATETIME":
        return "timestamp"
    return {"DATE": "date", "BOOLEAN": "boolean", "BOOL": "boolean"}.get(name, "string")
