"""Values of filters are values: no SQL, no pattern, no template in them does anything."""

from __future__ import annotations

from typing import Any

import pytest

from semantic.errors import QueryError
from tests.translator.conftest import Shop
from translator.query import GroupByItem, Operator, SemanticQuery, WhereFilter

NAME = GroupByItem.parse("product__product_name")
STORE = GroupByItem.parse("store__store_name")

HARMLESS = [
    "O'Brien's Corner", "it''s", '"; drop table shop.fct_orders; --',
    "'; drop table fct_orders; --", "' or '1'='1", "100%", "_", "a_b%c!", "{", "}", "{x", "x}",
    "back\\slash", "\\'", "Ünïcödé ☃ 漢字", "line\nbreak", "tab\t", "$$", "$1", ":name", "%s",
    "%(name)s", "-- comment", "/* comment */", "", "dbt_relation_0_", "x" * 5000,
]  # fmt: skip
JINJA = ["{{ env_var('HOME') }}", "{% raw %}", "{# note #}", "}}", "a %} b", "{{"]
OPERATORS = [Operator.EQ, Operator.IN, Operator.CONTAINS, Operator.STARTS_WITH]


def count(shop: Shop, item: GroupByItem, operator: Operator, value: Any) -> list[Any]:
    query = SemanticQuery(
        group_by=(item,),
        where=(WhereFilter(item, operator, (value,)),),
    )
    return sorted(row[0] for row in shop.rows(query))


@pytest.mark.parametrize("value", HARMLESS, ids=range(len(HARMLESS)))
def test_values_match_literally(shop: Shop, value: str) -> None:
    names = [row[0] for row in shop.by_hand("select store_name from dim_stores")]
    assert count(shop, STORE, Operator.EQ, value) == [n for n in names if n == value]
    folded = value.lower()
    for operator, matches in (
        (Operator.CONTAINS, lambda n: folded in n.lower()),
        (Operator.STARTS_WITH, lambda n: n.lower().startswith(folded)),
    ):
        assert count(shop, STORE, operator, value) == sorted(n for n in names if matches(n))


@pytest.mark.parametrize(
    ("text", "found"),
    [("30%", ["Backpack 30%"]), ("%", ["Backpack 30%"]), ('"max"', ['Suitcase "Max"']), ("_", [])],
)
def test_wildcards_are_letters(shop: Shop, text: str, found: list[str]) -> None:
    assert count(shop, NAME, Operator.CONTAINS, text) == found


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("value", [*JINJA, "nul\x00"])
def test_templates_are_refused(shop: Shop, value: str, operator: Operator) -> None:
    query = SemanticQuery(("orders",), where=(WhereFilter(STORE, operator, (value,)),))
    if operator in {Operator.CONTAINS, Operator.STARTS_WITH} and "%" in value:
        pytest.skip("the percent sign is escaped, so there is no template left")
    with pytest.raises(QueryError) as caught:
        shop.compiler.compile(query)
    assert [getattr(i, "kind", "") for i in caught.value.issues] == ["unsafe_value"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_none_are_refused(shop: Shop, value: float) -> None:
    query = SemanticQuery(("orders",), where=(WhereFilter(STORE, Operator.EQ, (value,)),))
    with pytest.raises(QueryError):
        shop.compiler.compile(query)


def test_dbt_form_keeps_values(shop: Shop) -> None:
    query = SemanticQuery(
        ("orders",), where=(WhereFilter(STORE, Operator.EQ, ("dbt_relation_0_",)),)
    )
    assert "'dbt_relation_0_'" in shop.compiler.compile(query).dbt_sql
