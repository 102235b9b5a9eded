"""The role for questions, on a real Postgres that really refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import yaml
from pydantic import SecretStr
from typer.testing import CliRunner

from semantic.artifacts import ensure_artifacts
from semantic.build import build_catalog
from semantic.catalog import SemanticModel
from semantic.errors import ConfigurationError, MetricSpeakError
from semantic.parse import run_dbt
from semantic.project import Project, find_project
from tests.conftest import Postgres, copy_project
from tests.translator.guard.conftest import (
    CATALOG,
    DATABASE,
    HARMLESS,
    HOSTILE,
    HostileGroup,
    admin,
    guarded,
)
from translator.settings import Settings, WarehouseSettings
from translator.warehouse.embedded_reader import EmbeddedReader
from translator.warehouse.postgres import PostgresWarehouse
from translator.warehouse.profile import ConnectionProfile
from translator.warehouse.questions import as_query_user, open_for_questions
from translator.warehouse.rights import excess
from translator.warehouse.roles import readable
from translator.warehouse.warehouse import AccessDenied
from ui.cli.app import app

__all__ = ["guarded"]
pytestmark = pytest.mark.postgres


@dataclass(frozen=True)
class Reading:
    """The database as the role has it, and its owner's dsn."""

    warehouse: PostgresWarehouse
    reader: EmbeddedReader
    dsn: str

    def connect(self) -> Any:
        """A plain connection of the role, nothing of ours in between."""
        return closing(
            psycopg2.connect(
                **{k: v for k, v in self.reader.profile.fields.items() if k != "password"}
            )
        )


@pytest.fixture(scope="module")
def reading(guarded: ConnectionProfile, postgres: Postgres) -> Iterator[Reading]:
    reader = EmbeddedReader(guarded, CATALOG, {}, 30.0)
    warehouse = PostgresWarehouse(reader.profile, reader.prepare)
    assert warehouse.execute("select current_user, session_user").rows == (
        (reader.role, reader.role),
    )
    yield Reading(warehouse, reader, f"{postgres.dsn} dbname={DATABASE}")
    warehouse.close()


SECRETS = re.compile(r"@mail|the secret|777777|'0\d+'")
"""What the tables hold in sensitive columns and outside of the catalog."""

STATE = """
select
    (select string_agg(n.nspname || '.' || c.relname || c.relkind::text, ',' order by c.oid)
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname not like 'pg\\_t%'),
    (select string_agg(rolname || rolsuper::text, ',' order by oid) from pg_roles),
    (select count(*) from pg_largeobject_metadata),
    (select count(*) from pg_proc),
    (select md5(string_agg(o::text, ',' order by order_id)) from analytics.orders o),
    (select md5(string_agg(c::text, ',' order by customer_id)) from analytics.customers c)
"""


def state(dsn: str) -> Any:
    with admin(dsn) as cursor:
        cursor.execute(STATE)
        return cursor.fetchone()


@pytest.mark.parametrize(
    "group", [g for g in HOSTILE if g.database == "refuses"], ids=lambda group: group.name
)
def test_what_the_guard_refuses_the_database_refuses_too(
    reading: Reading, group: HostileGroup
) -> None:
    before = state(reading.dsn)
    got_through = {}
    for sql in group.sql:
        with suppress(MetricSpeakError):
            got_through[sql] = reading.warehouse.execute(sql, timeout_seconds=5.0).rows
    # Some do no harm as Postgres reads them: a CTE that is not used, ASOF as an alias.
    assert [sql for sql, rows in got_through.items() if SECRETS.search(str(rows))] == []
    assert len(got_through) <= 4
    assert state(reading.dsn) == before


def test_every_harmless_statement_runs(reading: Reading) -> None:
    for sql in HARMLESS:
        reading.warehouse.execute(sql)


ESCAPES = (
    "reset role",
    "reset session authorization",
    "set role none",
    "set session authorization default",
    "select set_config('role', 'none', false)",
    "set transaction read write",
    "set default_transaction_read_only = off; commit",
)


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize(
    "sql",
    [
        "insert into analytics.orders (order_id) values (999)",
        "update analytics.orders set amount = 0",
        "delete from analytics.orders",
        "truncate analytics.orders",
        "drop table analytics.orders",
        "alter table analytics.orders add column x int",
        "create table analytics.loot (i int)",
        "create table public.loot (i int)",
        "create temporary table loot (i int)",
        "create schema loot",
        "create function public.loot() returns int language sql as 'select 1'",
        "create role loot superuser",
        "copy analytics.orders to '/tmp/metricspeak-loot'",
        "copy analytics.orders to program 'cat'",
        "copy analytics.orders from '/etc/passwd'",
        "select pg_read_file('/etc/passwd')",
        "select pg_ls_dir('/')",
        "select lo_create(0)",
        "select lo_creat(-1)",
        "select lo_from_bytea(0, 'x')",
        "select lo_import('/etc/passwd')",
        "select secret from analytics.secrets",
        "select secret from raw.secrets",
        "select email from raw.customers",
        "select email from analytics.customers",
        "select c from analytics.customers c",
        "select * from analytics.customers",
        "select row_to_json(c) from analytics.customers c",
        "select salary from analytics.salaries",
        "select analytics.leak()",
        "select nextval('analytics.counter')",
        "set role postgres",
        "set session authorization postgres",
        "alter role postgres password 'x'",
        "grant select on analytics.secrets to public",
        "select rolpassword from pg_authid",
        "do $$ begin perform pg_reload_conf(); end $$",
    ],
)
def test_there_is_no_way_out_of_the_role(reading: Reading, escape: str, sql: str) -> None:
    # A plain connection in which anything may be said, several statements and transactions.
    before = state(reading.dsn)
    with reading.connect() as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in escape.split(";"):
                try:
                    cursor.execute(statement)
                except psycopg2.Error:
                    continue
            cursor.execute("set default_transaction_read_only = off")
            with pytest.raises(psycopg2.Error):
                cursor.execute(sql)
    assert state(reading.dsn) == before


def test_tables_that_dbt_swaps_are_read_again(reading: Reading) -> None:
    sql = "select count(*) from analytics.orders"
    with admin(reading.dsn) as cursor:  # as dbt does it
        cursor.execute(
            "create table analytics.orders__dbt_tmp as select * from analytics.orders;"
            "alter table analytics.orders rename to orders__dbt_backup;"
            "alter table analytics.orders__dbt_tmp rename to orders;"
            "drop table analytics.orders__dbt_backup"
        )
    denied = pytest.raises(psycopg2.errors.InsufficientPrivilege)
    with reading.connect() as connection, connection.cursor() as cursor, denied:
        cursor.execute(sql)
    assert reading.warehouse.execute(sql).rows == ((60,),)
    with pytest.raises(AccessDenied):
        reading.warehouse.execute("select email from analytics.customers")


def test_a_new_mark_takes_the_column_away(guarded: ConnectionProfile, reading: Reading) -> None:
    customers = replace(CATALOG.models["customers"], sensitive_columns=("email", "phone", "region"))
    marked = replace(CATALOG, models={**CATALOG.models, "customers": customers})
    assert reading.warehouse.execute("select count(region) from analytics.customers").rows
    reader = EmbeddedReader(guarded, marked, {}, 30.0)
    warehouse = PostgresWarehouse(reader.profile, reader.prepare)
    try:
        with pytest.raises(AccessDenied):
            warehouse.execute("select region from analytics.customers")
    finally:
        warehouse.close()
        reading.reader.prepare()


def test_private_models_and_sources_are_read_where_metrics_stand_on_them() -> None:
    assert {r.model for r in readable(CATALOG, {})} == {
        "customers", "orders", "events", "people", "Odd Names",
    }  # fmt: skip
    semantic = {"pay": SemanticModel("pay", "salaries", None)}
    through = {
        "nodes": {
            "model.guarded.inline": {
                "config": {"materialized": "ephemeral"},
                "depends_on": {"nodes": ["source.guarded.raw.customers"]},
            }
        }
    }
    found = readable(replace(CATALOG, semantic_models=semantic), through)
    assert {"salaries", "raw.customers"} <= {r.model for r in found}


def test_the_database_tells_what_a_user_may_do(
    reading: Reading, guarded: ConnectionProfile
) -> None:
    assert excess(reading.warehouse, CATALOG) == (reading.reader.role, ())
    owner = PostgresWarehouse(guarded)
    try:
        assert excess(owner, CATALOG) == (guarded.fields["user"], ("is a superuser",))
    finally:
        owner.close()
    with admin(reading.dsn) as cursor:
        cursor.execute(
            "create role careless login; grant usage, create on schema analytics to careless;"
            "grant select, insert on analytics.customers to careless"
        )
    fields = {**guarded.fields, "user": "careless"}
    careless = PostgresWarehouse(replace(guarded, fields=fields))
    try:
        user, found = excess(careless, CATALOG)
    finally:
        careless.close()
        with admin(reading.dsn) as cursor:
            cursor.execute("drop owned by careless; drop role careless")
    assert user == "careless"
    assert found == (
        "may create relations in analytics",
        "may write to 1 of 7 relations of the project",
        "may read the sensitive columns customers.email, customers.phone",
    )


@pytest.fixture(scope="module")
def built(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Some models of the shop in a schema of their own, with a sensitive column."""
    folder = copy_project("shop", tmp_path_factory.mktemp("role"))
    marks = folder / "models" / "staging" / "_staging.yml"
    assert "sensitive: true" in marks.read_text("utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("METRICSPEAK_TEST_PGSCHEMA", "role_shop")
        project = find_project(folder)
        build(project)
        yield project


def build(project: Project) -> None:
    ensure_artifacts(project)
    result = run_dbt(project, ["run", "--select", "stg_customers", "dim_customers", "dim_regions"])
    if not result.success:  # the seeds are not there yet
        assert run_dbt(project, ["seed"]).success
        result = run_dbt(
            project, ["run", "--select", "stg_customers", "dim_customers", "dim_regions"]
        )
    assert result.success, result.exception
    ensure_artifacts(project)


def test_questions_on_the_embedded_server_run_as_the_role(
    built: Project, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRICSPEAK_HOME", str(Path(postgres.host).parent))
    artifacts = ensure_artifacts(built)
    settings = Settings()
    catalog = build_catalog(artifacts)
    warehouse = open_for_questions(built, settings, catalog, artifacts.manifest)
    count = "select count(*) from role_shop.dim_customers"
    try:
        ((user, rows),) = warehouse.execute(f"select session_user, ({count})").rows
        assert user.startswith("metricspeak_reader_")
        assert rows
        build(built)  # new tables, made by the user of the profile
        assert warehouse.execute(count).rows == ((rows,),)
        assert isinstance(warehouse, PostgresWarehouse)
        assert excess(warehouse, catalog) == (user, ())
        with pytest.raises(AccessDenied):
            warehouse.execute("select * from role_shop.stg_customers")
    finally:
        warehouse.close()


def test_what_is_printed_makes_a_role_that_outlives_dbt(built: Project, postgres: Postgres) -> None:
    script = CliRunner().invoke(
        app, ["db", "role", "--name", "printed_reader", "--project-dir", str(built.project_dir)]
    )
    assert script.exit_code == 0, script.output
    with admin(postgres.dsn) as cursor:
        for _ in range(2):  # it can be run again
            cursor.execute(script.output.split("-- Give it a password")[0])
    printed = CliRunner().invoke(
        app,
        [
            "db",
            "role",
            "--dbt",
            "--name",
            "printed_reader",
            "--project-dir",
            str(built.project_dir),
        ],
    )
    assert printed.exit_code == 0, printed.output
    _configure(built, printed.output)
    build(built)
    settings = Settings(warehouse=WarehouseSettings(user="printed_reader"))
    artifacts = ensure_artifacts(built)
    catalog = build_catalog(artifacts)
    warehouse = open_for_questions(built, settings, catalog, artifacts.manifest)
    try:
        assert warehouse.execute("select session_user").rows == (("printed_reader",),)
        assert warehouse.execute("select count(*) from role_shop.dim_customers").rows != ((0,),)
        assert warehouse.execute("select count(*) from role_shop.stg_customers").rows != ((0,),)
        assert isinstance(warehouse, PostgresWarehouse)
        assert excess(warehouse, catalog) == ("printed_reader", ())
        with pytest.raises(AccessDenied, match="may not read"):
            warehouse.execute("select * from role_shop.stg_customers")
    finally:
        warehouse.close()


def _configure(project: Project, text: str) -> None:
    """Do with the printed YAML what it says."""
    first, second = text.split("\n# Into the YAML")
    whole, partly = yaml.safe_load(first), yaml.safe_load("#" + second)
    path = project.project_dir / "dbt_project.yml"
    content = yaml.safe_load(path.read_text("utf-8"))
    for kind, config in whole.items():
        content.setdefault(kind, {}).update(config)
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    configs = {model["name"]: model["config"] for model in partly["models"]}
    for path in sorted((project.project_dir / "models").rglob("_*.yml")):
        content = yaml.safe_load(path.read_text("utf-8"))
        for model in content.get("models") or ():
            model.setdefault("config", {}).update(configs.pop(model["name"], {}))
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
    assert not configs


@pytest.mark.parametrize("name", ["Reader", "a b", 'x"; drop role postgres; --', "", "a" * 64])
def test_names_that_dbt_would_not_find_again(built: Project, name: str) -> None:
    printed = CliRunner().invoke(
        app, ["db", "role", "--name", name, "--project-dir", str(built.project_dir)]
    )
    assert printed.exit_code == 2
    assert "grant" not in printed.stdout


def test_a_query_user_is_for_postgres() -> None:
    settings = Settings(warehouse=WarehouseSettings(user="reader", password=SecretStr("hush")))
    profile = ConnectionProfile(
        "p", "t", "postgres", {"user": "dbt", "pass": "x", "role": "owner", "host": "h"}
    )
    assert as_query_user(profile, settings).fields == {
        "host": "h", "user": "reader", "password": "hush",
    }  # fmt: skip
    with pytest.raises(ConfigurationError, match="no users"):
        as_query_user(ConnectionProfile("p", "t", "duckdb", {}), settings)
