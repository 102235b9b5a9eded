"""Conditions: how many values an operator takes, of which kinds, and on which entities."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.translator.conftest import Shop
from translator.query import GroupByItem, MetricFilter, Operator, SemanticQuery, WhereFilter
from translator.validate import validate

BRAND, PRICE, SOLD = "product__brand", "product__list_price", "product__is_sold"
DAY, DOW = "metric_time__day", "metric_time__extract_dow"


def issues(shop: Shop, name: str, operator: Operator, *values: Any) -> list[str]:
    where = WhereFilter(GroupByItem.parse(name), operator, values)
    return [i.kind for i in validate(SemanticQuery(("revenue",), where=(where,)), shop.catalog)]


@pytest.mark.parametrize(
    ("name", "operator", "values"),
    [
        (BRAND, Operator.EQ, ("Alba",)),
        (BRAND, Operator.EQ, ("no such brand",)),  # what is not there gives an empty result
        (BRAND, Operator.IN, ("Alba", "Fjord")),
        (BRAND, Operator.IS_NULL, ()),
        (BRAND, Operator.CONTAINS, ("50%",)),
        (BRAND, Operator.EQ, ('O\'Brien "x" {y} %s',)),
        (PRICE, Operator.GT, (5,)),
        (PRICE, Operator.GT, (Decimal("5.25"),)),
        (PRICE, Operator.EQ, ("5.25",)),
        (DAY, Operator.GE, (date(2024, 1, 1),)),
        (DAY, Operator.GE, ("2024-01-01",)),
        (DOW, Operator.EQ, (7,)),
    ],
)
def test_values_that_fit(
    shop: Shop, name: str, operator: Operator, values: tuple[Any, ...]
) -> None:
    assert issues(shop, name, operator, *values) == []


@pytest.mark.parametrize(
    ("name", "operator", "values", "kind"),
    [
        (BRAND, Operator.EQ, (), "values"),
        (BRAND, Operator.EQ, ("Alba", "Fjord"), "values"),
        (BRAND, Operator.IN, (), "values"),
        (BRAND, Operator.IS_NOT_NULL, ("Alba",), "values"),
        (BRAND, Operator.EQ, ("{{ env_var('HOME') }}",), "unsafe_value"),
        (BRAND, Operator.STARTS_WITH, ("{% raw %}",), "unsafe_value"),
        (BRAND, Operator.EQ, ("a\x00b",), "unsafe_value"),
        (PRICE, Operator.GT, ("dear",), "values"),
        (PRICE, Operator.GT, (float("nan"),), "values"),
        (DAY, Operator.GE, ("yesterday",), "values"),
        (DAY, Operator.GE, (5,), "values"),
        (DAY, Operator.CONTAINS, ("2024",), "values"),
        (DOW, Operator.EQ, ("Monday",), "values"),
        (DOW, Operator.EQ, (1.5,), "values"),
        (DOW, Operator.EQ, (float("inf"),), "values"),
    ],
)
def test_values_that_do_not(
    shop: Shop, name: str, operator: Operator, values: tuple[Any, ...], kind: str
) -> None:
    assert kind in issues(shop, name, operator, *values)


@pytest.mark.parametrize(
    ("metric", "entity", "kind"),
    [
        ("visits", "customer", None),
        ("visits", "custmer", "unknown_dimension"),
        ("visits", "product__brand", "not_an_entity"),
        ("visits", "product", "unreachable_dimension"),
        ("vists", "customer", "unknown_metric"),
    ],
)
def test_conditions_on_each_entity(shop: Shop, metric: str, entity: str, kind: str | None) -> None:
    having = MetricFilter(metric, Operator.GT, (3,), GroupByItem.parse(entity))
    found = validate(SemanticQuery(("revenue",), having=(having,)), shop.catalog)

    assert [i.kind for i in found] == ([kind] if kind else [])


@pytest.mark.parametrize("values", [(None,), (True,), (float("nan"),), ("3",), (1, 2), ()])
def test_a_metric_is_compared_with_one_number(shop: Shop, values: tuple[Any, ...]) -> None:
    having = MetricFilter("revenue", Operator.GT, values)
    found = validate(SemanticQuery(("revenue",), having=(having,)), shop.catalog)

    assert {i.kind for i in found} == {"values"}
