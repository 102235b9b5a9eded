"""Evidence is bounded, may be switched off, and never costs the answer."""

from __future__ import annotations

from datetime import date

import psycopg2
import pytest

from semantic.project import Project
from tests.conftest import Postgres
from tests.translator.checks.conftest import TODAY, by, checks
from translator.opening import open_translator
from translator.pipeline import Translator
from translator.query import GroupByItem, TimeRange
from translator.settings import CheckSettings, Settings

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]
QUERY = by("revenue", "store__district", time_range=TimeRange(date(2025, 6, 1), date(2025, 7, 1)))
FROM_WAREHOUSE = {"reconciliation", "joins", "keys", "coverage"}


def opened(project: Project, bounds: CheckSettings) -> Translator:
    return open_translator(project, Settings(as_of=TODAY, checks=bounds))


def test_switched_off_nothing_is_asked(faults_project: Project) -> None:
    translator = opened(faults_project, CheckSettings(evidence=False))
    answer = translator.run(QUERY)
    assert answer.rows
    assert not FROM_WAREHOUSE & {c.name for c in answer.checks}
    assert checks(answer, "dbt_tests")
    translator.close()


def test_out_of_time_is_a_warning(faults_project: Project) -> None:
    translator = opened(faults_project, CheckSettings(max_seconds=0.000_001))
    translator.forget_evidence()  # what is known costs no time and is told all the same
    answer = translator.run(QUERY)
    assert answer.rows
    for name in FROM_WAREHOUSE:
        (check,) = checks(answer, name)
        assert check.status == "warn"
        assert "could not be checked: " in check.detail
    assert answer.confidence == 1.0
    translator.close()


def test_what_may_not_be_read_is_a_warning(
    faults_project: Project, faults: Translator, postgres: Postgres
) -> None:
    """A role that may read the columns of the query, and not those of the model's key."""
    columns = "product_id, amount, sold_on"
    with psycopg2.connect(postgres.dsn) as connection, connection.cursor() as cursor:
        cursor.execute("create role narrow login")
        cursor.execute("grant usage on schema faults to narrow")
        cursor.execute(f"grant select ({columns}) on faults.fct_sales to narrow")
        cursor.execute("grant select on faults.dim_products to narrow")
    connection.close()
    profile = faults_project.profiles_dir / "profiles.yml"
    text = profile.read_text()
    profile.write_text(text.replace("schema: faults", "schema: faults\n      role: narrow"))
    try:
        translator = opened(faults_project, CheckSettings())
        answer = translator.run(by("revenue", "product__category"))
        translator.close()
    finally:
        profile.write_text(text)
    (keys,) = checks(answer, "keys")
    assert keys.status == "warn"
    assert "could not be checked: the warehouse's user may not read this" in keys.detail
    (reconciliation,) = checks(answer, "reconciliation")
    assert reconciliation.status == "pass"


def test_rows_that_change_are_looked_at_again(faults: Translator, postgres: Postgres) -> None:
    """What is remembered of a model is forgotten with its rows."""
    query = by("units", "product__category")
    (before,) = checks(faults.run(query), "keys")
    assert before.status == "pass"
    with psycopg2.connect(postgres.dsn) as connection, connection.cursor() as cursor:
        cursor.execute("create table faults.stock_copy as select * from faults.fct_stock")
        cursor.execute("insert into faults.stock_copy select * from faults.fct_stock limit 2")
        cursor.execute("alter table faults.fct_stock rename to stock_before")
        cursor.execute("alter table faults.stock_copy rename to fct_stock")
    connection.close()
    try:
        (after,) = checks(faults.run(query), "keys")
        assert after.status == "fail"
        assert "2 stock_id values of fct_stock stand on more than one row" in after.detail
    finally:
        with psycopg2.connect(postgres.dsn) as connection, connection.cursor() as cursor:
            cursor.execute("drop table faults.fct_stock")
            cursor.execute("alter table faults.stock_before rename to fct_stock")
        connection.close()


def test_group_by_a_key_of_another_model(faults: Translator) -> None:
    query = by("sales")
    item = GroupByItem("supplier", ("product",))
    answer = faults.run(type(query)(query.metrics, (item,)))
    (joins,) = checks(answer, "joins")
    assert "fct_sales to dim_products" in joins.detail
