"""Statements on a real DuckDB file."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from semantic.catalog import Relation
from semantic.errors import ServiceDownError, WarehouseError
from translator.warehouse.duckdb import DuckDbWarehouse
from translator.warehouse.profile import ConnectionProfile
from translator.warehouse.warehouse import (
    Estimate,
    StatementRejected,
    StatementTimeout,
    Warehouse,
    open_warehouse,
)

duckdb = pytest.importorskip("duckdb")
SLOW = "select count(*) from range(1000000) a, range(1000000) b where a.range + b.range = -1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with duckdb.connect(str(tmp_path / "pets.duckdb")) as connection:
        connection.execute("create table pets as select range as i from range(10)")
    return tmp_path / "pets.duckdb"


@pytest.fixture
def warehouse(file: Path) -> Iterator[Warehouse]:
    """Opened by a path that starts at the project, as dbt has it."""
    found = open_warehouse(ConnectionProfile("p", "t", "duckdb", {"path": file.name}), file.parent)
    yield found
    found.close()


def test_values_and_types(warehouse: Warehouse) -> None:
    result = warehouse.execute(
        "select 1 as i, 1.50 as n, 'a' as s, date '2025-01-02' as d, "
        "timestamp '2025-01-02 03:04' as t, true as b, 0.5::double as f"
    )
    assert result.columns == ("i", "n", "s", "d", "t", "b", "f")
    assert result.types == (
        "integer",
        "number",
        "string",
        "date",
        "timestamp",
        "boolean",
        "number",
    )
    moment = datetime(2025, 1, 2, 3, 4)
    assert result.rows == ((1, Decimal("1.50"), "a", date(2025, 1, 2), moment, True, 0.5),)


@pytest.mark.parametrize(("limit", "truncated"), [(9, True), (10, False)])
def test_the_row_limit(warehouse: Warehouse, limit: int, truncated: bool) -> None:
    result = warehouse.execute("select * from pets", row_limit=limit)
    assert (len(result.rows), result.truncated) == (limit, truncated)


def test_nothing_is_written(warehouse: Warehouse) -> None:
    with pytest.raises(WarehouseError):
        warehouse.execute("drop table pets")
    assert warehouse.execute("select count(*) from pets").rows == ((10,),)


def test_a_slow_statement_is_stopped(warehouse: Warehouse) -> None:
    with pytest.raises(StatementTimeout):
        warehouse.execute(SLOW, timeout_seconds=0.2)
    assert warehouse.execute("select 1").rows == ((1,),)


def test_cancel_stops_what_runs(warehouse: Warehouse) -> None:
    failures: list[WarehouseError] = []

    def ask() -> None:
        try:
            warehouse.execute(SLOW)
        except WarehouseError as error:
            failures.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while thread.is_alive():
        warehouse.cancel()
        time.sleep(0.05)
    assert "stopped" in failures[0].message


@pytest.mark.parametrize(
    ("sql", "hint"),
    [
        ("select * from no_such_table", "dbt build"),
        ("select no_such_column from pets", "dbt build"),
        ("selec 1", "--format sql"),
    ],
)
def test_errors_say_what_to_do(warehouse: Warehouse, sql: str, hint: str) -> None:
    with pytest.raises(WarehouseError) as caught:
        warehouse.execute(sql)
    assert hint in caught.value.hint


def test_a_missing_file_is_a_service_down(tmp_path: Path) -> None:
    path = str(tmp_path / "none.duckdb")
    warehouse = DuckDbWarehouse(ConnectionProfile("p", "t", "duckdb", {"path": path}))
    with pytest.raises(ServiceDownError, match=r"none\.duckdb"):
        warehouse.execute("select 1")
    assert warehouse.data_version(Relation(None, "main", "pets")) is None


def test_the_version_changes_with_the_file(file: Path, warehouse: Warehouse) -> None:
    relation = Relation("pets", "main", "pets")
    first = warehouse.data_version(relation)
    warehouse.close()
    with duckdb.connect(str(file)) as connection:
        connection.execute("create table more as select * from range(100000)")
    assert warehouse.data_version(relation) != first


def test_an_estimate_runs_nothing(warehouse: Warehouse) -> None:
    assert warehouse.estimate(SLOW) == Estimate()


@pytest.mark.parametrize(
    ("sql", "missing", "name", "near"),
    [
        ("select j from pets", "column", "j", ("i",)),
        ("select p.j from pets p", "column", "j", ("i",)),
        ("select * from pet", "relation", "pet", ("pets",)),
        ("select summ(i) from pets", "function", "summ", ("sum",)),
        ("select i, count(*) from pets", None, "", ()),
    ],
)
def test_what_cannot_run_is_named(
    warehouse: Warehouse, sql: str, missing: str | None, name: str, near: tuple[str, ...]
) -> None:
    with pytest.raises(StatementRejected) as error:
        warehouse.estimate(sql)
    assert (error.value.missing, error.value.name) == (missing, name)
    assert error.value.near[: len(near)] == near
