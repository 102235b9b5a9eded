"""The JSON form of a query: there and back, and errors that name the key."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

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

ITEM = GroupByItem.parse("customer__region__country")
MONTH = GroupByItem.parse("metric_time__month")
QUERIES = [
    SemanticQuery(("revenue",)),
    SemanticQuery(group_by=(ITEM,)),
    SemanticQuery(("a", "b"), (MONTH, ITEM, GroupByItem.parse("metric_time__extract_dow"))),
    SemanticQuery(
        ("a",),
        where=(
            WhereFilter(ITEM, Operator.IN, ("DE", "it's {")),
            WhereFilter(ITEM, Operator.IS_NULL),
            WhereFilter(GroupByItem.parse("order__is_online"), Operator.EQ, (True,)),
            WhereFilter(GroupByItem.parse("order__ordered_at"), Operator.LT, (date(2024, 2, 29),)),
        ),
        having=(
            MetricFilter("a", Operator.GT, (3,)),
            MetricFilter("a", Operator.LE, (Decimal("2.50"),)),
            MetricFilter("b", Operator.NE, (1.5,), GroupByItem("customer")),
        ),
        time_range=TimeRange(date(2024, 1, 1), None),
        order_by=(OrderByItem("a", True), OrderByItem("a__rank")),
        limit=5,
    ),
    *(
        SemanticQuery(
            ("a",),
            (MONTH, ITEM),
            calculations=(
                Calculation(kind, "a", Offset(2, "quarter"), (ITEM,), keep=3, window=4),
                Calculation(kind, "a", ascending=True),
            ),
        )
        for kind in CalculationKind
    ),
]


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_there_and_back(query: SemanticQuery) -> None:
    assert SemanticQuery.from_dict(json.loads(json.dumps(query.to_dict()))) == query


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"metric": ["a"]}, "metric"),
        ({"metrics": "a"}, "metrics"),
        ({"metrics": 0}, "metrics"),
        ({"metrics": [""]}, r"metrics\[0\]"),
        ({"group_by": ["a", "b____c"]}, r"group_by\[1\]"),
        ({"group_by": [None]}, r"group_by\[0\]"),
        ({"where": [{"item": "a", "operator": "like", "values": []}]}, r"where\[0\].operator"),
        ({"where": [{"item": "a", "operator": [], "values": []}]}, r"where\[0\].operator"),
        ({"where": [{"item": "a", "operator": "=", "values": "x"}]}, r"where\[0\].values"),
        ({"where": [{"item": "a", "operator": "=", "values": [None]}]}, r"where\[0\].values"),
        ({"where": ["a = 1"]}, r"where\[0\]"),
        ({"having": [{"operator": "=", "values": [1]}]}, r"having\[0\].metric"),
        ({"time_range": {"start": "yesterday"}}, "time_range.start"),
        ({"time_range": {"from": "2024-01-01"}}, "from"),
        ({"order_by": [{"name": "a", "descending": "yes"}]}, r"order_by\[0\].descending"),
        ({"limit": "5"}, "limit"),
        ({"limit": True}, "limit"),
        ({"calculations": [{"kind": "median", "metric": "a"}]}, r"calculations\[0\].kind"),
        ({"calculations": [{"kind": "rank", "metric": "a", "keep": True}]}, "keep"),
        ({"calculations": [{"kind": "rank", "metric": "a", "ascending": 1}]}, "ascending"),
        (
            {"calculations": [{"kind": "rank", "metric": "a", "offset": {"count": "1"}}]},
            r"calculations\[0\].offset.count",
        ),
        ([], "query"),
    ],
)
def test_errors_name_the_key(data: Any, key: str) -> None:
    with pytest.raises(ValueError, match=key):
        SemanticQuery.from_dict(data)
