"""A schema made for the guard: models of all kinds of access, in a catalog and on the Postgres."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import yaml

from semantic.catalog import Column, Model, Relation, SemanticCatalog
from tests.conftest import Postgres
from translator.guard import Guard
from translator.warehouse.profile import ConnectionProfile

DATABASE = "guarded"
TABLES = """
create schema analytics; create schema raw;
create table analytics.customers (
    customer_id int primary key, name text, email text, phone text, region text, signed_up_on date
);
create table analytics.orders (
    order_id int primary key, customer_id int, amount numeric, status text, ordered_on date,
    shipped_at timestamp, tags text[], details jsonb
);
create table analytics.events (event_id int, kind text, happened_at timestamp);
create table analytics.people (person_id int, salary int, nickname text, bonus int);
create table analytics.salaries (employee_id int, salary int);
create table analytics."Odd Names" ("Weird Column" int, "größe" numeric, "select" text);
create table analytics.secrets (id int, secret text);
create table raw.customers (id int, email text);
create table raw.secrets (id int, secret text);
create table public.orders (order_id int);
create sequence analytics.counter;
create function analytics.leak() returns text language sql security definer
    as 'select max(secret) from analytics.secrets';
revoke execute on function analytics.leak() from public;
insert into analytics.customers
    select i, 'Name ' || i, 'm' || i || '@mail.example', '0' || i, 'north', date '2024-01-01' + i
    from generate_series(1, 20) i;
insert into analytics.orders
    select i, 1 + i % 20, i * 1.5, case when i % 3 = 0 then 'open' else 'done' end,
        date '2025-01-01' + i, timestamp '2025-01-01' + i * interval '7 hours',
        array['a', 'b'], '{"a": 1}'
    from generate_series(1, 60) i;
insert into analytics.people values (1, 777777, 'nick', 5);
insert into analytics.salaries values (1, 777777);
insert into analytics.secrets values (1, 'the secret');
insert into raw.secrets values (1, 'the secret');
"""


def _model(
    name: str, columns: str, sensitive: tuple[str, ...] = (), **more: Any
) -> tuple[str, Model]:
    schema, _, identifier = name.partition(".")
    key = identifier if schema == "analytics" else name
    more.setdefault("resource_type", "model")
    more.setdefault("columns_complete", True)
    model = Model(
        unique_id=f"{more['resource_type']}.guarded.{name}",
        name=key,
        relation=Relation(DATABASE, schema, identifier),
        columns=tuple(Column(c) for c in columns.split("|") if c),
        sensitive_columns=sensitive,
        **more,
    )
    return key, model


CATALOG = SemanticCatalog(
    project_name="guarded",
    adapter_type="postgres",
    fingerprint="guarded",
    models=dict(
        [
            _model(
                "analytics.customers",
                "customer_id|name|email|phone|region|signed_up_on",
                ("email", "phone"),
            ),
            _model(
                "analytics.orders",
                "order_id|customer_id|amount|status|ordered_on|shipped_at|tags|details",
                access="public",
            ),
            _model("analytics.events", "event_id", columns_complete=False),
            _model("analytics.people", "person_id", ("salary",), columns_complete=False),
            _model("analytics.salaries", "employee_id|salary", access="private", group="finance"),
            _model("analytics.Odd Names", "Weird Column|größe|select"),
            _model("raw.customers", "id|email", resource_type="source"),
        ]
    ),
)


@dataclass(frozen=True)
class HostileGroup:
    """Statements of one kind; `database` is `refuses` or `allows`."""

    name: str
    issues: frozenset[str]
    database: str
    sql: tuple[str, ...]


def _read(name: str) -> list[Any]:
    found = yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))
    assert isinstance(found, list)
    return found


HOSTILE = tuple(
    HostileGroup(g["name"], frozenset(g["issues"]), g["database"], tuple(g["sql"]))
    for g in _read("hostile.yml")
)
HARMLESS: tuple[str, ...] = tuple(_read("harmless.yml"))


@pytest.fixture(scope="session")
def checker() -> Guard:
    return Guard(CATALOG)


@pytest.fixture(scope="session")
def guarded(postgres: Postgres) -> Iterator[ConnectionProfile]:
    """A database of its own with the tables of the catalog and others, as its owner."""
    with admin(postgres.dsn) as cursor:
        cursor.execute(f"create database {DATABASE}")
    with admin(f"{postgres.dsn} dbname={DATABASE}") as cursor:
        cursor.execute(TABLES)
    fields = {
        "host": postgres.host,
        "port": int(postgres.port),
        "user": postgres.user,
        "dbname": DATABASE,
    }
    yield ConnectionProfile("p", "t", "postgres", fields)


@contextlib.contextmanager
def admin(dsn: str) -> Iterator[Any]:
    """A cursor of a connection of its own, each statement committed."""
    connection = psycopg2.connect(dsn)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()
