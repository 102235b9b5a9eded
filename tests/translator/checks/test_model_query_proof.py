"""Joins of SQL over models are checked as those of metrics are."""

from __future__ import annotations

import pytest

from tests.translator.checks.conftest import checks
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
