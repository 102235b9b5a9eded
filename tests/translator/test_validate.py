"""Issues of a query: their kinds, and what they suggest instead."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.translator.conftest import Shop
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
from translator.validate import validate

BRAND = GroupByItem.parse("product__brand")
MONTH = GroupByItem.parse("metric_time__month")
WEEK = GroupByItem.parse("metric_time__week")
POP = CalculationKind.PERIOD_OVER_PERIOD


def revenue(*group_by: GroupByItem, **more: Any) -> SemanticQuery:
    return SemanticQuery(("revenue",), group_by, **more)


CASES: list[tuple[SemanticQuery, str, str | None]] = [
    (SemanticQuery(), "empty_query", None),
    (SemanticQuery(("revenu",)), "unknown_metric", "revenue"),
    (SemanticQuery(("revenue", "revenue")), "duplicate", "revenue"),
    (revenue(BRAND, BRAND), "duplicate", "product__brand"),
    (revenue(GroupByItem.parse("product__brnd")), "unknown_dimension", "product__brand"),
    (SemanticQuery(("visits",), (BRAND,)), "unreachable_dimension", "revenue"),
    (revenue(GroupByItem("brand", ("product",), "month")), "unknown_grain", None),
    (revenue(GroupByItem("metric_time")), "missing_grain", "metric_time__month"),
    (revenue(GroupByItem("metric_time", (), None, "era")), "unknown_grain", "year"),
    (revenue(GroupByItem("brand", ("product",), None, "year")), "unknown_grain", None),
    (SemanticQuery(group_by=(BRAND, GroupByItem.parse("region__country"))),
     "unreachable_dimension", None),
    (SemanticQuery(group_by=(BRAND,), time_range=TimeRange(date(2024, 1, 1), None)),
     "time_range", None),
    (revenue(where=(WhereFilter(BRAND, Operator.EQ, ()),)), "values", None),
    (revenue(where=(WhereFilter(BRAND, Operator.IS_NULL, ("x",)),)), "values", None),
    (revenue(having=(MetricFilter("revenue", Operator.GT, ("many",)),)), "values", None),
    (revenue(having=(MetricFilter("revenue", Operator.CONTAINS, (1,)),)), "values", None),
    (revenue(having=(MetricFilter("orders", Operator.GT, (1,)),)), "having_not_shown", "orders"),
    (revenue(having=(MetricFilter("ordrs", Operator.GT, (1,)),)), "unknown_metric", "orders"),
    (revenue(order_by=(OrderByItem("revenu"),)), "unknown_order_by", "revenue"),
    (revenue(limit=0), "limit", None),
    (revenue(time_range=TimeRange(date(2024, 1, 2), date(2024, 1, 1))), "time_range", None),
    (revenue(calculations=(Calculation(CalculationKind.RANK, "orders"),)), "calculation", None),
    (revenue(calculations=(Calculation(CalculationKind.RANK, "revenue", keep=0),)),
     "calculation", None),
    (revenue(calculations=(Calculation(CalculationKind.RUNNING_TOTAL, "revenue"),)),
     "calculation", None),
    (revenue(calculations=(Calculation(POP, "revenue"),)), "calculation", None),
    (revenue(WEEK, calculations=(Calculation(POP, "revenue", Offset(1, "year")),)),
     "calculation", "week"),
    (revenue(MONTH, calculations=(Calculation(POP, "revenue", Offset(1, "age")),)),
     "calculation", "month"),
    (revenue(MONTH, calculations=(Calculation(POP, "revenue", Offset(1, "month")),) * 2),
     "duplicate", None),
    (revenue(calculations=(
        Calculation(CalculationKind.SHARE_OF_TOTAL, "revenue", partition_by=(BRAND,)),)),
     "calculation", None),
]  # fmt: skip


@pytest.mark.parametrize(("query", "kind", "suggestion"), CASES, ids=range(len(CASES)))
def test_issues(shop: Shop, query: SemanticQuery, kind: str, suggestion: str | None) -> None:
    issues = validate(query, shop.catalog)
    assert kind in [i.kind for i in issues]
    assert all(i.message.endswith(".") or i.message.endswith("?") for i in issues)
    if suggestion is not None:
        assert suggestion in [s for i in issues if i.kind == kind for s in i.suggestions]


def test_a_good_query_has_none(shop: Shop) -> None:
    query = revenue(MONTH, BRAND, order_by=(OrderByItem("revenue", True),), limit=3)
    assert validate(query, shop.catalog) == ()
