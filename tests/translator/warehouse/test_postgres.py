"""Statements on a real Postgres: bounds, errors, reconnecting, stopping."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import psycopg2
import pytest
import sqlglot

from semantic.catalog import Relation
from semantic.errors import ConfigurationError, ServiceDownError, WarehouseError
from tests.conftest import Postgres
from translator.warehouse.cost import TooExpensive, check_cost
from translator.warehouse.postgres import PostgresWarehouse
from translator.warehouse.profile import ConnectionProfile
from translator.warehouse.warehouse import (
    StatementRejected,
    StatementTimeout,
    TablesLocked,
    open_warehouse,
)

pytestmark = pytest.mark.postgres
SLOW = "select count(*) from generate_series(1, 20) a, lateral (select pg_sleep(1)) b"


def profile(postgres: Postgres, **more: object) -> ConnectionProfile:
    fields = {
        "host": postgres.host,
        "port": int(postgres.port),
        "user": postgres.user,
        "dbname": postgres.database,
        **more,
    }
    return ConnectionProfile("p", "t", "postgres", fields)


def as_admin(postgres: Postgres, sql: str) -> None:
    connection = psycopg2.connect(postgres.dsn)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
    finally:
        connection.close()


@pytest.fixture
def warehouse(postgres: Postgres) -> Iterator[PostgresWarehouse]:
    found = PostgresWarehouse(profile(postgres))
    yield found
    found.close()


def test_values_and_types(warehouse: PostgresWarehouse) -> None:
    result = warehouse.execute(
        "select 1 as i, 1.50 as n, 'a' as s, date '2025-01-02' as d, "
        "timestamp '2025-01-02 03:04' as t, true as b, null::int as e"
    )
    assert result.columns == ("i", "n", "s", "d", "t", "b", "e")
    assert result.types == (
        "integer",
        "number",
        "string",
        "date",
        "timestamp",
        "boolean",
        "integer",
    )
    moment = datetime(2025, 1, 2, 3, 4)
    assert result.rows == ((1, Decimal("1.50"), "a", date(2025, 1, 2), moment, True, None),)


def test_a_statement_without_rows_has_columns(warehouse: PostgresWarehouse) -> None:
    result = warehouse.execute("select 1 as i where false")
    assert (result.columns, result.rows, result.truncated) == (("i",), (), False)


@pytest.mark.parametrize(("limit", "truncated"), [(9, True), (10, False), (11, False)])
def test_the_row_limit(warehouse: PostgresWarehouse, limit: int, truncated: bool) -> None:
    result = warehouse.execute("select * from generate_series(1, 10)", row_limit=limit)
    assert len(result.rows) == min(limit, 10)
    assert result.truncated is truncated


def test_percent_signs_are_no_parameters(warehouse: PostgresWarehouse) -> None:
    assert warehouse.execute("select '100%', '%s', 5 % 3").rows == (("100%", "%s", 2),)


@pytest.mark.parametrize(
    "sql",
    [
        "create table intruder (i int)",
        "select 1; drop table if exists intruder",
        "with x as (insert into pets values (1) returning *) select * from x",
        "select nextval('counter')",
        "commit",
        "set session characteristics as transaction read write",
    ],
)
def test_nothing_is_written(warehouse: PostgresWarehouse, postgres: Postgres, sql: str) -> None:
    as_admin(
        postgres,
        "create table if not exists pets (i int); create sequence if not exists counter",
    )
    with pytest.raises(WarehouseError):
        warehouse.execute(sql)
    assert warehouse.execute("select count(*) from pets").rows == ((0,),)


def test_a_slow_statement_is_stopped(warehouse: PostgresWarehouse) -> None:
    with pytest.raises(StatementTimeout, match="longer than 0.2 s"):
        warehouse.execute(SLOW, timeout_seconds=0.2)
    assert warehouse.execute("select 1").rows == ((1,),)


def test_waiting_for_a_lock_is_bounded(warehouse: PostgresWarehouse, postgres: Postgres) -> None:
    as_admin(postgres, "create table if not exists pets (i int)")
    connection = psycopg2.connect(postgres.dsn)
    try:
        with connection.cursor() as cursor:
            cursor.execute("lock table pets in access exclusive mode")
            with pytest.raises(StatementTimeout):
                warehouse.execute("select * from pets", timeout_seconds=0.2)
            with pytest.raises(TablesLocked, match=r"locked for 0.2 s, as while `dbt build`"):
                warehouse.estimate("select * from pets", timeout_seconds=0.2)
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("sql", "message", "hint"),
    [
        ("select * from no_such_table", "no_such_table", "dbt build"),
        ("select * from no_such_schema.t", "no_such_schema", "dbt build"),
        ("select no_such_column from pg_class", "no_such_column", "dbt build"),
        ("select 1/0", "division by zero", "--format sql"),
        ("selec 1", "syntax error", "--format sql"),
    ],
)
def test_errors_say_what_to_do(
    warehouse: PostgresWarehouse, sql: str, message: str, hint: str
) -> None:
    with pytest.raises(WarehouseError) as caught:
        warehouse.execute(sql)
    assert message in caught.value.message
    assert "\n" not in caught.value.message
    assert hint in caught.value.hint
    assert warehouse.execute("select 1").rows == ((1,),)


def test_a_user_without_rights(postgres: Postgres) -> None:
    as_admin(
        postgres,
        "drop role if exists guest; create role guest login; "
        "create table if not exists pets (i int); revoke all on pets from public",
    )
    warehouse = PostgresWarehouse(profile(postgres, user="guest"))
    try:
        with pytest.raises(WarehouseError, match="may not read"):
            warehouse.execute("select * from pets")
    finally:
        warehouse.close()


def test_a_server_that_is_down_is_said_to_be() -> None:
    fields = {"host": "127.0.0.1", "port": 1, "user": "x", "dbname": "x", "connect_timeout": 2}
    warehouse = PostgresWarehouse(ConnectionProfile("p", "t", "postgres", fields))
    with pytest.raises(ServiceDownError) as caught:
        warehouse.execute("select 1")
    assert "db start" in caught.value.hint


def test_reconnects_when_its_connections_were_cut(
    warehouse: PostgresWarehouse, postgres: Postgres
) -> None:
    assert warehouse.execute("select 1").rows == ((1,),)
    as_admin(
        postgres,
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where application_name = 'metricspeak' and pid <> pg_backend_pid()",
    )
    assert warehouse.execute("select 2").rows == ((2,),)


def test_settings_of_the_profile(postgres: Postgres) -> None:
    as_admin(
        postgres,
        "create schema if not exists elsewhere; "
        "create role reader; grant reader to current_user; "
        "grant usage on schema elsewhere to reader",
    )
    warehouse = PostgresWarehouse(profile(postgres, search_path="elsewhere", role="reader"))
    try:
        assert warehouse.execute("select current_schemas(false)::text, current_user").rows == (
            ("{elsewhere}", "reader"),
        )
    finally:
        warehouse.close()


def test_several_threads_at_once(warehouse: PostgresWarehouse) -> None:
    found: list[int] = []

    def ask(number: int) -> None:
        rows = warehouse.execute(f"select {number} from pg_sleep(0.05)").rows
        found.append(int(rows[0][0]))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(8))


def test_cancel_stops_what_runs(warehouse: PostgresWarehouse) -> None:
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


def test_ctrl_c_stops_the_statement_in_the_server(postgres: Postgres) -> None:
    script = textwrap.dedent(
        f"""
        from translator.warehouse.postgres import PostgresWarehouse
        from translator.warehouse.profile import ConnectionProfile
        fields = {dict(profile(postgres).fields)!r}
        warehouse = PostgresWarehouse(ConnectionProfile("p", "t", "postgres", fields))
        warehouse.execute("select 1")
        print("ready", flush=True)
        try:
            warehouse.execute({SLOW!r})
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        """
    )
    asker = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert asker.stdout is not None
    watcher = PostgresWarehouse(profile(postgres, search_path="pg_catalog"))
    # The statement is a cursor's: what runs is its FETCH.
    running = (
        "select count(*) from pg_stat_activity where application_name = 'metricspeak' "
        "and query like 'FETCH%' and state = 'active' and pid <> pg_backend_pid()"
    )
    try:
        assert asker.stdout.readline() == "ready\n"
        while watcher.execute(running).rows == ((0,),):
            time.sleep(0.05)
        asker.send_signal(signal.SIGINT)
        assert asker.communicate(timeout=15)[0] == "interrupted\n"
        assert watcher.execute(running).rows == ((0,),)
    finally:
        asker.kill()
        asker.wait()
        watcher.close()


def test_versions_of_data(warehouse: PostgresWarehouse, postgres: Postgres) -> None:
    as_admin(
        postgres,
        "drop table if exists cats cascade; create table cats (i int); "
        "create view all_cats as select * from cats",
    )
    relation = Relation(None, "public", "cats")
    first = warehouse.data_version(relation)
    assert first is not None
    as_admin(postgres, "truncate cats")
    assert warehouse.data_version(relation) != first
    assert warehouse.data_version(Relation(None, "public", "all_cats")) is None
    assert warehouse.data_version(Relation(None, "public", "dogs")) is None


def test_rows_of_a_tree(warehouse: PostgresWarehouse) -> None:
    query = sqlglot.parse_one("select 'a' as x union select 'b' order by x", dialect="postgres")
    assert isinstance(query, sqlglot.exp.Query)
    assert warehouse.rows(query, 5.0) == [("a",), ("b",)]


def test_other_adapters_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="'snowflake'"):
        open_warehouse(ConnectionProfile("p", "t", "snowflake", {}))


def test_an_estimate_runs_nothing(warehouse: PostgresWarehouse) -> None:
    small = warehouse.estimate("select * from generate_series(1, 7)")
    assert small.rows == 7
    huge = warehouse.estimate(
        "select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b, "
        "generate_series(1, 100000) c, pg_sleep(60)"
    )
    assert small.cost is not None
    assert huge.cost is not None
    check_cost(small, 1e8)
    with pytest.raises(TooExpensive, match="at most 1e\\+08 is allowed"):
        check_cost(huge, 1e8)


@pytest.mark.parametrize(
    ("sql", "missing", "name"),
    [
        ("select oid_ from pg_catalog.pg_class", "column", "oid_"),
        ("select c.relnam from pg_catalog.pg_class c", "column", "c.relnam"),
        ('select "No Such" from pg_catalog.pg_class', "column", "No Such"),
        ("select 1 from nowhere.pets", "relation", "nowhere.pets"),
        ("select nothing_like_it(1)", "function", "nothing_like_it"),
        ("select relname, count(*) from pg_catalog.pg_class", None, ""),
        ("select 1 +", None, ""),
    ],
)
def test_what_cannot_run_is_named(
    warehouse: PostgresWarehouse, sql: str, missing: str | None, name: str
) -> None:
    with pytest.raises(StatementRejected) as error:
        warehouse.estimate(sql)
    assert error.value.missing == missing
    assert error.value.name.startswith(name)
    assert warehouse.execute("select 1").rows == ((1,),)


def test_the_nearest_name_is_the_warehouse_own(warehouse: PostgresWarehouse) -> None:
    with pytest.raises(StatementRejected) as error:
        warehouse.estimate("select c.relnam from pg_catalog.pg_class c")
    assert error.value.near[0] == "c.relname"
