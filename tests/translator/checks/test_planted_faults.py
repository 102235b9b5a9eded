"""Each planted fault is caught by its check, and nothing is said where there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.translator.checks.conftest import bad, by, checks
from translator.pipeline import Translator
from translator.query import GroupByItem, MetricFilter, Operator, TimeRange, WhereFilter

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]
JUNE = TimeRange(date(2025, 6, 1), date(2025, 7, 1))


def test_a_healthy_answer_has_no_complaint_and_all_the_proof(faults: Translator) -> None:
    answer = faults.run(by("revenue", "product__supplier__supplier_name", time_range=JUNE))
    assert bad(answer) == []
    (reconciliation,) = checks(answer, "reconciliation")
    assert reconciliation.detail.startswith("The 2 rows of Revenue add up to 387, as taken")
    (joins,) = checks(answer, "joins")
    assert "269 rows of fct_sales to dim_products by product_id" in joins.detail
    assert "4 rows of dim_products to dim_suppliers by supplier_id" in joins.detail
    (keys,) = checks(answer, "keys")
    assert keys.detail == "sale_id is there once in each of the 269 rows of fct_sales."
    (coverage,) = checks(answer, "coverage")
    assert coverage.detail == (
        "Data of fct_sales reach from 1 Jan 2025 to 14 Oct 2025 and cover the period."
    )
    (tests,) = checks(answer, "dbt_tests")
    assert tests.detail.startswith("All 6 dbt tests of 3 models and sources passed on ")
    assert answer.confidence == 1.0


def test_a_join_that_multiplies_rows_fails_twice_and_lowers_confidence(faults: Translator) -> None:
    answer = faults.run(by("revenue", "store__district", time_range=JUNE))
    (joins,) = checks(answer, "joins")
    assert joins.status == "fail"
    assert "269 rows of fct_sales become 359" in joins.detail
    assert "1 store_id value stands on more than one row of dim_stores" in joins.detail
    (reconciliation,) = checks(answer, "reconciliation")
    assert reconciliation.status == "fail"
    assert "to 387 taken straight from fct_sales" in reconciliation.detail
    assert "counted more than once" in reconciliation.detail
    assert answer.checks[0].status == "fail"
    assert answer.confidence == 0.25


def test_a_total_over_a_filter_that_multiplies_is_caught_too(faults: Translator) -> None:
    district = GroupByItem("district", ("store",))
    south = WhereFilter(district, Operator.IN, ("south", "east"))
    answer = faults.run(replace(by("revenue"), where=(south,)))
    (reconciliation,) = checks(answer, "reconciliation")
    assert reconciliation.status == "fail"


def test_a_broken_key_is_told_with_its_share(faults: Translator) -> None:
    answer = faults.run(by("revenue", "customer__segment", time_range=JUNE))
    (joins,) = checks(answer, "joins")
    assert joins.status == "fail"
    assert joins.detail.startswith(
        "243 of 269 rows of fct_sales (90 %) have a customer_code with no match in dim_customers"
    )
    (null_keys,) = checks(answer, "null_keys")
    assert null_keys.status == "warn"
    assert null_keys.detail.startswith("1 of 2 rows has an empty group, with 90 % of Revenue")


def test_empty_keys_are_told_apart_from_broken_ones(faults: Translator) -> None:
    answer = faults.run(by("revenue", "seller__seller_name", time_range=JUNE))
    (joins,) = checks(answer, "joins")
    assert joins.status == "pass"
    assert "(5 rows without seller_id)" in joins.detail


def test_windows_of_validity_that_overlap(faults: Translator) -> None:
    answer = faults.run(by("revenue", "seller__team"))
    (joins,) = checks(answer, "joins")
    assert joins.status == "fail"
    assert "1 window of validity in dim_seller_teams begins before" in joins.detail
    (reconciliation,) = checks(answer, "reconciliation")
    assert reconciliation.status == "fail"


def test_a_repeated_primary_key_and_a_failed_dbt_test(faults: Translator) -> None:
    answer = faults.run(by("refunds", "product__category"))
    (keys,) = checks(answer, "keys")
    assert keys.status == "fail"
    assert keys.detail.startswith(
        "1 refund_id value of fct_refunds stands on more than one row: 3 of 42 rows share one"
    )
    (tests,) = checks(answer, "dbt_tests")
    assert tests.status == "fail"
    assert "unique on fct_refunds.refund_id (1 row)" in tests.detail


def test_nulls_in_what_is_grouped_by(faults: Translator) -> None:
    (check,) = checks(faults.run(by("sales", "sale__channel", time_range=JUNE)), "null_keys")
    assert check.status == "warn"
    assert check.detail.startswith("1 of 2 rows has an empty group, with ")


def test_a_stale_source(faults: Translator) -> None:
    (check,) = checks(faults.run(by("units", "product__category")), "freshness")
    assert check.status == "fail"
    assert check.detail.startswith("The source depot.raw_stock was last loaded on 1 Oct 2025")
    assert check.detail.endswith("; the project allows 2 days.")


def test_a_gap_in_time_only_where_it_is_asked_about(faults: Translator) -> None:
    first_half = TimeRange(date(2025, 1, 1), date(2025, 7, 1))
    (check,) = checks(faults.run(by("sales", time_range=first_half)), "coverage")
    assert check.status == "warn"
    assert check.detail == "fct_sales has no rows from 3 May 2025 to 20 May 2025 (18 days)."
    (check,) = checks(faults.run(by("sales", time_range=JUNE)), "coverage")
    assert check.status == "pass"


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (date(2024, 1, 1), date(2025, 1, 1), "begin on 1 Jan 2025, after the period asked for."),
        (date(2026, 1, 1), date(2026, 2, 1), "end on 14 Oct 2025, before the period asked for."),
        (date(2024, 12, 1), date(2025, 2, 1), "begin on 1 Jan 2025, 31 days after the period"),
    ],
)
def test_a_period_without_data(faults: Translator, start: date, end: date, text: str) -> None:
    (check,) = checks(faults.run(by("sales", time_range=TimeRange(start, end))), "coverage")
    assert check.status == "warn"
    assert text in check.detail


def test_a_period_that_is_not_over(faults: Translator) -> None:
    october = TimeRange(date(2025, 10, 1), date(2025, 11, 1))
    (check,) = checks(faults.run(by("sales", time_range=october)), "partial_period")
    assert check.status == "warn"


def test_a_filter_hidden_in_a_metric_is_told_and_reconciled(faults: Translator) -> None:
    answer = faults.run(by("real_revenue", "metric_time__month", time_range=JUNE))
    assert bad(answer) == []
    (hidden,) = checks(answer, "metric_filters")
    assert "is_test" in hidden.detail or "Test sale" in hidden.detail
    (reconciliation,) = checks(answer, "reconciliation")
    assert "taken straight from fct_sales" in reconciliation.detail


def test_what_does_not_add_up_says_why(faults: Translator) -> None:
    (average,) = checks(faults.run(by("average_sale", "product__category")), "reconciliation")
    assert average.status == "pass"
    assert average.detail.endswith("as averages do not add up.")
    (units,) = checks(faults.run(by("units", "product__category")), "reconciliation")
    assert "not added up over counted on" in units.detail


@pytest.mark.parametrize(
    "where",
    [
        WhereFilter(GroupByItem("segment", ("customer",)), Operator.IS_NULL),
        WhereFilter(GroupByItem("segment", ("customer",)), Operator.IS_NOT_NULL),
        WhereFilter(GroupByItem("segment", ("customer",)), Operator.NE, ("segment 1",)),
        WhereFilter(GroupByItem("supplier_name", ("product", "supplier")), Operator.EQ, ("Ava",)),
        WhereFilter(GroupByItem("channel", ("sale",)), Operator.IS_NULL),
        WhereFilter(GroupByItem("metric_time"), Operator.GE, (date(2025, 6, 15),)),
        WhereFilter(GroupByItem("customer"), Operator.STARTS_WITH, ("C",)),
    ],
)
def test_the_second_derivation_agrees_under_every_kind_of_filter(
    faults: Translator, where: WhereFilter
) -> None:
    answer = faults.run(replace(by("sales", "product__category"), where=(where,)))
    (check,) = checks(answer, "reconciliation")
    assert check.status == "pass", check.detail
    assert "as taken straight from fct_sales" in check.detail


def test_only_a_part_shown_is_told_with_its_share(faults: Translator) -> None:
    query = replace(by("sales", "metric_time__month"), limit=1)
    (check,) = checks(faults.run(query), "reconciliation")
    assert check.detail == "1 row shown makes up 12 % of Sales, 269 in all."
    over_30 = MetricFilter("sales", Operator.GE, (31,))
    query = replace(by("sales", "metric_time__month"), having=(over_30,))
    (check,) = checks(faults.run(query), "reconciliation")
    assert "of Sales, 269 in all" in check.detail
