"""Values of dimensions, read from a real Postgres."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from sqlglot import exp

from semantic.catalog import (
    Dimension,
    DimensionType,
    Model,
    Relation,
    SemanticCatalog,
    SemanticModel,
)
from semantic.errors import ServiceDownError, WarehouseError
from semantic.load import load_catalog
from semantic.project import Project
from semantic.values import ValueIndex, ValueLimits, distinct_values, read_values
from tests.conftest import Postgres


class Runner:
    """Runs queries on Postgres and remembers them."""

    dialect = "postgres"

    def __init__(self, dsn: str) -> None:
        self.connection = psycopg2.connect(dsn)
        self.connection.autocommit = True
        self.queries: list[str] = []
        self.versions: dict[str, str] = {}
        self.down = False

    def rows(self, query: exp.Query, timeout_seconds: float) -> list[tuple[Any, ...]]:
        if self.down:
            raise ServiceDownError("Postgres does not answer.")
        self.queries.append(query.sql(dialect=self.dialect))
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(self.queries[-1])
                return list(cursor.fetchall())
        except psycopg2.Error as error:
            raise WarehouseError(str(error).strip()) from None

    def data_version(self, relation: Relation) -> str | None:
        if self.down:
            raise ServiceDownError("Postgres does not answer.")
        return self.versions.get(relation.identifier)

    def execute(self, sql: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)


@pytest.fixture
def runner(postgres: Postgres) -> Iterator[Runner]:
    found = Runner(postgres.dsn)
    found.execute("drop schema if exists val cascade; create schema val")
    found.execute("create table val.pets (kind text, weight int, tame bool, secret text)")
    found.execute(
        "insert into val.pets values ('cat', 4, true, 'x'), ('Dog', 9, true, 'y'), (null, 1, false,"
        " 'z'), ('o''rat', 1, false, 'z'), ('100% {{ x }}', 1, false, 'z'), ('', 1, false, 'z')"
    )
    found.versions["pets"] = "1"
    yield found
    found.connection.close()


def dimension(name: str, expr: str | None = None, **more: Any) -> Dimension:
    return Dimension(name, DimensionType.CATEGORICAL, "pets", expr or name, **more)


def catalog_of(*dimensions: Dimension, relation: str = "pets") -> SemanticCatalog:
    model = Model("model.p.pets", "pets", "model", Relation(None, "val", relation))
    return SemanticCatalog(
        project_name="p",
        adapter_type="postgres",
        fingerprint="f",
        semantic_models={"pets": SemanticModel("pets", "pets", "pet", dimensions=dimensions)},
        models={"pets": model},
    )


KIND = dimension("kind")
ALL_KINDS = ("", "100% {{ x }}", "Dog", "cat", "o'rat")


def values(index: ValueIndex) -> dict[str, tuple[str, ...]]:
    return {key: found.values for key, found in index.items()}


def test_reads_texts_as_they_are(runner: Runner) -> None:
    index = read_values(catalog_of(KIND), runner)
    assert values(index) == {"pets.kind": ALL_KINDS}
    assert index["pets.kind"].complete
    assert index["pets.kind"].indexed_at
    assert (index.failures, index.warnings) == ({}, ())


def test_reads_nothing_that_is_not_a_text(runner: Runner) -> None:
    time = Dimension("born", DimensionType.TIME, "pets", "now()", grain="day")
    declared = dimension("declared", "weight", data_type="numeric(10,2)")
    index = read_values(catalog_of(dimension("weight"), dimension("tame"), time, declared), runner)
    assert values(index) == {}
    assert len(runner.queries) == 2


def test_never_reads_what_is_sensitive(runner: Runner) -> None:
    index = read_values(catalog_of(dimension("secret", sensitive=True), KIND), runner)
    assert index.keys() == {"pets.kind"}
    assert not any("secret" in query for query in runner.queries)


def test_expressions_are_read_as_sql(runner: Runner) -> None:
    size = dimension("size", "case when weight > 5 then 'big' else 'small' end")
    assert values(read_values(catalog_of(size), runner)) == {"pets.size": ("big", "small")}


@pytest.mark.parametrize(
    "expr",
    [
        "kind; drop table val.pets",
        "(select 1",
        "select kind from val.pets",
        "kind from val.pets; --",
        "{{ kind }}",
        "no_such_column",
    ],
)
def test_a_bad_expression_costs_only_itself(runner: Runner, expr: str) -> None:
    index = read_values(catalog_of(dimension("bad", expr), KIND), runner)
    assert values(index) == {"pets.kind": ALL_KINDS}
    assert index.failures.keys() == {"pets.bad"}
    assert values(read_values(catalog_of(KIND), runner)) == {"pets.kind": ALL_KINDS}


def test_a_missing_table_is_recorded(runner: Runner) -> None:
    index = read_values(catalog_of(KIND, relation="missing"), runner)
    assert index == ValueIndex(failures=index.failures)
    assert "missing" in index.failures["pets.kind"]


def test_hostile_relation_names_are_quoted(runner: Runner) -> None:
    runner.execute("""create table val."pets""; drop table val.pets; --" as select 'x' as kind""")
    hostile = catalog_of(KIND, relation='pets"; drop table val.pets; --')
    assert values(read_values(hostile, runner)) == {"pets.kind": ("x",)}
    assert values(read_values(catalog_of(KIND), runner)) == {"pets.kind": ALL_KINDS}


def test_bounds_keep_what_was_read(runner: Runner) -> None:
    few = read_values(catalog_of(KIND), runner, ValueLimits(values=2))["pets.kind"]
    assert (len(few.values), few.complete) == (2, False)
    short = read_values(catalog_of(KIND), runner, ValueLimits(characters=5))["pets.kind"]
    assert (short.values, short.complete) == (("", "Dog", "cat", "o'rat"), False)
    small = read_values(catalog_of(KIND), runner, ValueLimits(total_bytes=13))["pets.kind"]
    assert (small.values, small.complete) == (("", "100% {{ x }}"), False)


def test_out_of_time_is_said_and_made_up_for(runner: Runner, tmp_path: Path) -> None:
    late = read_values(catalog_of(KIND), runner, ValueLimits(seconds=0), tmp_path)
    assert values(late) == {}
    assert "next run" in late.warnings[0]
    assert values(read_values(catalog_of(KIND), runner, cache_folder=tmp_path)) != {}


def test_unchanged_data_is_not_read_again(runner: Runner, tmp_path: Path) -> None:
    weight = dimension("weight")
    first = read_values(catalog_of(KIND, weight), runner, cache_folder=tmp_path)
    count = len(runner.queries)
    assert read_values(catalog_of(KIND, weight), runner, cache_folder=tmp_path) == first
    assert len(runner.queries) == count
    runner.execute("insert into val.pets values ('newt', 1, false, 'z')")
    runner.versions["pets"] = "2"
    changed = read_values(catalog_of(KIND), runner, cache_folder=tmp_path)
    assert "newt" in changed["pets.kind"].values
    other = dimension("kind", "upper(kind)")
    assert (
        "NEWT" in read_values(catalog_of(other), runner, cache_folder=tmp_path)["pets.kind"].values
    )


def test_a_view_changes_with_what_it_is_built_from(runner: Runner, tmp_path: Path) -> None:
    runner.execute("create view val.pet_view as select * from val.pets")
    base = catalog_of(KIND, relation="pet_view")
    parent = Model("source.p.raw.pets", "raw.pets", "source", Relation(None, "val", "pets"))
    view = replace(base.models["pets"], depends_on=(parent.unique_id,))
    catalog = replace(base, models={"pets": view, "raw.pets": parent})
    limits = ValueLimits(unknown_age_seconds=0)
    read_values(catalog, runner, limits, tmp_path)
    read_values(catalog, runner, limits, tmp_path)
    assert len(runner.queries) == 1
    runner.versions["pets"] = "2"
    read_values(catalog, runner, limits, tmp_path)
    assert len(runner.queries) == 2


def test_unknown_versions_are_trusted_for_a_while(runner: Runner, tmp_path: Path) -> None:
    runner.versions.clear()
    read_values(catalog_of(KIND), runner, cache_folder=tmp_path)
    read_values(catalog_of(KIND), runner, cache_folder=tmp_path)
    assert len(runner.queries) == 1
    read_values(catalog_of(KIND), runner, ValueLimits(unknown_age_seconds=0), tmp_path)
    assert len(runner.queries) == 2


@pytest.mark.parametrize("content", [b"", b"[]", b'{"format": 1, "dimensions": {"a": 5}}', b"\xff"])
def test_a_damaged_cache_is_made_again(runner: Runner, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "values.json").write_bytes(content)
    index = read_values(catalog_of(KIND), runner, cache_folder=tmp_path)
    assert values(index) == {"pets.kind": ALL_KINDS}
    assert json.loads((tmp_path / "values.json").read_bytes())["dimensions"].keys() == {"pets.kind"}


def test_a_cache_that_cannot_be_written_is_a_warning(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    index = read_values(catalog_of(KIND), runner, cache_folder=tmp_path / "file")
    assert values(index) == {"pets.kind": ALL_KINDS}
    assert len(index.warnings) == 1


def test_a_dimension_marked_later_leaves_the_cache(runner: Runner, tmp_path: Path) -> None:
    read_values(catalog_of(KIND, dimension("secret")), runner, cache_folder=tmp_path)
    marked = catalog_of(KIND, dimension("secret", sensitive=True))
    assert read_values(marked, runner, cache_folder=tmp_path).keys() == {"pets.kind"}
    assert "secret" not in (tmp_path / "values.json").read_text(encoding="utf-8")


def test_a_warehouse_that_is_down_leaves_the_old_values(runner: Runner, tmp_path: Path) -> None:
    read_values(catalog_of(KIND), runner, cache_folder=tmp_path)
    runner.down = True
    index = read_values(catalog_of(KIND), runner, cache_folder=tmp_path)
    assert values(index) == {"pets.kind": ALL_KINDS}
    assert "does not answer" in index.warnings[0]
    assert values(read_values(catalog_of(KIND), runner)) == {}


def test_the_query_is_a_tree() -> None:
    query = distinct_values(KIND, Relation("db", "s", "t"), 3, "postgres")
    assert query.sql("postgres") == (
        'SELECT DISTINCT kind AS value FROM "db"."s"."t" WHERE NOT (kind) IS NULL LIMIT 3'
    )


def test_values_of_a_real_project(shop_built: Project, runner: Runner, tmp_path: Path) -> None:
    index = read_values(load_catalog(shop_built), runner, cache_folder=tmp_path)
    assert index["customers.segment"].values == ("L", "M", "S")
    assert index["regions.region_name"].values == ("North", "South", "West Coast")
    assert "O'Brien's Corner" in index["stores.store_name"].values
    assert index["customers.generation"].values == ("founder", "newcomer")
    assert not {"customers.email", "customers.email_domain", "orders.is_online"} & index.keys()
    assert not {"products.list_price", "products.is_sold", "orders.ordered_at"} & index.keys()
    assert index.failures == {}
