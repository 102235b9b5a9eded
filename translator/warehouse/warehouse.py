"""What a warehouse does for an answer: run one SELECT, read-only, within bounds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlglot import exp

from semantic.catalog import Relation
from semantic.errors import ConfigurationError, WarehouseError
from translator.warehouse.profile import ConnectionProfile


@dataclass(frozen=True)
class Result:
    """Rows with their column names and types.

    `types` are of the answer contract: number, integer, string, date, timestamp, boolean.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool


@dataclass(frozen=True)
class Estimate:
    """What the warehouse expects of a statement before it runs, None where it does not say.

    `cost` is in the warehouse's own units (Postgres: one is about reading a page of 8 kB in order);
    `rows` are those of the result.
    """

    cost: float | None = None
    rows: float | None = None


class StatementRejected(WarehouseError):
    """The warehouse cannot run the statement as it is written.

    `missing` is what it does not know: column, relation or function, None for anything else; `name`
    is its name as the statement has it, and `near` what the warehouse itself takes to be meant.
    """

    def __init__(
        self,
        message: str,
        hint: str,
        missing: str | None = None,
        name: str = "",
        near: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, hint)
        self.missing = missing
        self.name = name
        self.near = near


class AccessDenied(WarehouseError):
    """The user that questions run as may not read something."""


class StatementTimeout(WarehouseError):
    """A statement took longer than it may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The warehouse took longer than {seconds:g} s.",
            "Ask for a shorter period, or raise `statement_timeout_seconds` in metricspeak.yml.",
        )


class TablesLocked(WarehouseError):
    """A statement could not even be planned in time: planning waits only for locks."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The models were locked for {seconds:g} s, as while `dbt build` replaces them.",
            "Ask again when that is over.",
        )


class Warehouse(Protocol):
    """One target of a dbt project. Safe to use from several threads."""

    @property
    def dialect(self) -> str:
        """Sqlglot's name of its SQL."""
        ...

    def execute(self, sql: str, row_limit: int = 10_000, timeout_seconds: float = 30.0) -> Result:
        """Run a SELECT in a read-only transaction and fetch at most `row_limit` rows.

        Ctrl-C while it runs stops the statement in the warehouse, too.

        Raises:
            ServiceDownError: it cannot be reached.
            StatementTimeout: it took longer than `timeout_seconds`.
            WarehouseError: it refused or failed the statement.
        """
        ...

    def estimate(self, sql: str, timeout_seconds: float = 10.0) -> Estimate:
        """Let the warehouse plan a SELECT (EXPLAIN) without running it.

        Raises:
            ServiceDownError: it cannot be reached.
            StatementRejected: it cannot be run as it is written.
            TablesLocked: planning took longer than `timeout_seconds`.
            WarehouseError: it refused the statement for another reason.
        """
        ...

    def rows(self, query: exp.Query, timeout_seconds: float) -> list[tuple[Any, ...]]:
        """Run a query for the index of values."""
        ...

    def data_version(self, relation: Relation) -> str | None:
        """Something that changes whenever the relation's rows do; None when not known."""
        ...

    def cancel(self) -> None:
        """Stop every statement that runs now; their callers get a WarehouseError."""
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...


def open_warehouse(profile: ConnectionProfile, project_dir: Path | None = None) -> Warehouse:
    """The warehouse of a profile; connects at first use.

    Args:
        profile: the target's output in profiles.yml.
        project_dir: where relative paths in the profile start, as dbt has it.

    Raises:
        ConfigurationError: the adapter's type has no support here.
    """
    if profile.type == "postgres":
        from translator.warehouse.postgres import PostgresWarehouse

        return PostgresWarehouse(profile)
    if profile.type == "duckdb":
        from translator.warehouse.duckdb import DuckDbWarehouse

        return DuckDbWarehouse(profile, project_dir)
    raise ConfigurationError(
        f"Questions cannot run on the adapter '{profile.type}' yet.",
        "Use a target of type postgres or duckdb, or --dry-run to get the SQL.",
    )
