"""Joins, keys and groups of SQL over models are checked as those of metrics are."""

from __future__ import annotations

import pytest

from tests.translator.checks.conftest import bad, checks
from translator.answer import Check
from translator.pipeline import Translator
from translator.plan import ModelQuery

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]


def joins(faults: Translator, sql: str) -> list[Check]:
    answer = faults.run(ModelQuery(sql, ""))
    assert answer.checks[0].name == "governed"
    return checks(answer, "joins")


def test_a_join_that_repeats_what_is_summed(faults: Translator) -> None:
    (check,) = joins(
        faults,
        "select t.district, sum(s.amount) as amount from {{ ref('fct_sales') }} s "
        "join {{ ref('dim_stores') }} t on t.store_id = s.store_id group by 1",
    )
    assert check.status == "fail"
    assert check.detail.startswith(
        "Joining dim_stores repeats rows of fct_sales before sum of amount is taken: "
    )
    assert "1 store_id value stands on more than one row of dim_stores" in check.detail


def test_two_paths_to_many_rows_each(faults: Translator) -> None:
    found = joins(
        faults,
        "select p.category, sum(s.amount) as sold, sum(r.amount) as refunded "
        "from {{ ref('dim_products') }} p "
        "join {{ ref('fct_sales') }} s on s.product_id = p.product_id "
        "join {{ ref('fct_refunds') }} r on r.product_id = p.product_id group by 1",
    )
    assert {c.status for c in found} == {"fail"}
    assert any("repeats rows of dim_products" in c.detail for c in found)


def test_aggregated_apart_they_are_right(faults: Translator) -> None:
    found = joins(
        faults,
        "with sold as (select product_id, sum(amount) as amount from {{ ref('fct_sales') }} "
        "group by 1), refunded as (select product_id, sum(amount) as amount "
        "from {{ ref('fct_refunds') }} group by 1) "
        "select p.category, sum(sold.amount) as sold, sum(refunded.amount) as refunded "
        "from {{ ref('dim_products') }} p left join sold on sold.product_id = p.product_id "
        "left join refunded on refunded.product_id = p.product_id group by 1",
    )
    assert [c.status for c in found] == ["pass"], found


def test_a_join_that_drops_rows(faults: Translator) -> None:
    (check,) = joins(
        faults,
        "select c.segment, sum(s.amount) as amount from {{ ref('fct_sales') }} s "
        "join {{ ref('dim_customers') }} c on c.customer_code = s.customer_code group by 1",
    )
    assert check.status == "warn"
    assert check.detail.startswith("243 of 269 rows of fct_sales (90 %) have a ")
    assert check.detail.endswith("with no match in dim_customers: the join drops them.")


def test_the_many_side_may_be_summed_and_distinct_counted(faults: Translator) -> None:
    found = joins(
        faults,
        "select p.category, sum(s.amount) as amount, count(distinct p.product_id) as products "
        "from {{ ref('dim_products') }} p "
        "join {{ ref('fct_sales') }} s on s.product_id = p.product_id group by 1",
    )
    assert [c.status for c in found] == ["pass"], found


def test_health_is_told_of_models_too(faults: Translator) -> None:
    answer = faults.run(ModelQuery("select count(*) as n from {{ ref('fct_refunds') }}", ""))
    (check,) = checks(answer, "dbt_tests")
    assert check.status == "fail"


def test_a_repeated_key_is_told_of_models_too(faults: Translator) -> None:
    answer = faults.run(ModelQuery("select sum(amount) as a from {{ ref('fct_refunds') }}", ""))
    (check,) = checks(answer, "keys")
    assert check.status == "fail"
    assert check.detail.startswith(
        "1 refund_id value of fct_refunds stands on more than one row: 3 of 42 rows share one"
    )
    assert answer.confidence < 1.0


@pytest.mark.parametrize(
    "sql",
    [
        "select channel, count(*) as sales from {{ ref('fct_sales') }} group by channel",
        "select count(*) as sales, s.channel as way from {{ ref('fct_sales') }} s group by 2",
        "with found as (select channel as way, count(*) as sales from {{ ref('fct_sales') }} "
        "group by way) select * from found order by sales",
        "select way, sales from (select channel as way, count(*) as sales "
        "from {{ ref('fct_sales') }} group by 1) as found",
    ],
)
def test_nulls_in_what_models_are_grouped_by(faults: Translator, sql: str) -> None:
    (check,) = checks(faults.run(ModelQuery(sql, "")), "null_keys")
    # What the SQL calls "sales" need not be the metric, so no share of it is told.
    assert (check.status, check.detail) == ("warn", "1 of 2 rows has an empty group.")


@pytest.mark.parametrize(
    "sql",
    [
        "select sale_id, channel from {{ ref('fct_sales') }}",
        "select channel, count(*) as n from {{ ref('fct_sales') }} group by rollup (channel)",
        "select max(channel) as way from {{ ref('fct_sales') }} where channel is null",
    ],
)
def test_an_empty_value_that_is_no_group(faults: Translator, sql: str) -> None:
    assert checks(faults.run(ModelQuery(sql, "")), "null_keys") == []


def test_healthy_groups_and_keys(faults: Translator) -> None:
    sql = "select product_id, sum(amount) as amount from {{ ref('fct_sales') }} group by 1"
    answer = faults.run(ModelQuery(sql, ""))
    assert [c.name for c in bad(answer)] == ["governed"]
    assert [c.status for c in checks(answer, "null_keys")] == ["pass"]
    (keys,) = checks(answer, "keys")
    assert keys.detail == "sale_id is there once in each of the 269 rows of fct_sales."


def test_a_filter_inside_a_common_table_is_told(faults: Translator) -> None:
    answer = faults.run(
        ModelQuery(
            "with real as (select amount from {{ ref('fct_sales') }} where not is_test) "
            "select sum(amount) as amount from real",
            "",
        )
    )
    assert "is not test" in (answer.explanation or "")
