"""Restatements: the sentence that a person reads to see what was computed."""

from __future__ import annotations

from datetime import date

import pytest

from tests.translator.conftest import Shop
from translator.explain import explain
from translator.query import (
    Calculation,
    CalculationKind,
    GroupByItem,
    MetricFilter,
    Offset,
    Operator,
    OrderByItem,
    SemanticQuery,
    TimeRange,
    WhereFilter,
)

Y2024 = TimeRange(date(2024, 1, 1), date(2025, 1, 1))
BRAND = GroupByItem.parse("product__brand")
CASES = [
    (SemanticQuery(("revenue",)), "Revenue, over all time."),
    (
        SemanticQuery(("revenue", "orders"), (GroupByItem.parse("metric_time__month"),),
                      time_range=Y2024),
        "Revenue and Orders by month, from 1 Jan 2024 to 31 Dec 2024.",
    ),
    (
        SemanticQuery(("revenue",), time_range=TimeRange(date(2024, 5, 1), date(2024, 5, 2))),
        "Revenue, on 1 May 2024.",
    ),
    (
        SemanticQuery(("revenue",), time_range=TimeRange(date(2024, 5, 1), None)),
        "Revenue, since 1 May 2024.",
    ),
    (
        SemanticQuery(("revenue",), (BRAND,), order_by=(OrderByItem("revenue", True),), limit=3),
        "Revenue by Brand, over all time; highest Revenue first, the first 3 only.",
    ),
    (
        SemanticQuery(("revenue",), where=(WhereFilter(BRAND, Operator.IN, ("Alba", "Fjord")),)),
        "Revenue, where brand is Alba or Fjord, over all time.",
    ),
    (SemanticQuery(group_by=(BRAND,)), "List of Brand."),
    (
        SemanticQuery(("customers",), having=(
            MetricFilter("orders", Operator.GT, (3,), GroupByItem("customer")),)),
        "Customers, where Orders is more than 3 for the customer (over all time), over all time.",
    ),
    (
        SemanticQuery(("revenue",), time_range=Y2024, calculations=(
            Calculation(CalculationKind.PERIOD_OVER_PERIOD, "revenue", Offset(1, "year")),)),
        "Revenue, from 1 Jan 2024 to 31 Dec 2024; Revenue compared with one year earlier.",
    ),
    (
        SemanticQuery(("revenue",), (BRAND,), calculations=(
            Calculation(CalculationKind.SHARE_OF_TOTAL, "revenue"),)),
        "Revenue by Brand, over all time; with the share of total Revenue.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("query", "sentence"), CASES, ids=range(len(CASES)))
def test_restatements(shop: Shop, query: SemanticQuery, sentence: str) -> None:
    assert explain(query, shop.catalog).lower() == sentence.lower()
