from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from semantic.catalog import Model, Relation
from semantic.errors import ConfigurationError
from translator.questions.gold import render_refs, same_rows

MODELS = {"model.p.orders": Model("model.p.orders", "orders", "model", Relation("db", "s", "o"))}


@pytest.mark.parametrize(
    ("gold", "answer", "same"),
    [
        ([(1, "a"), (2, "b")], [("b", 2), ("a", 1)], True),
        ([(1, "a"), (2, "b")], [("a", 2), ("b", 1)], False),
        ([(1,)], [(1, "more")], True),
        ([(1, "more")], [(1,)], False),
        ([(Decimal("1234567.4"),)], [(1234567.1,)], True),
        ([(1234.56,)], [(1234.5601,)], True),
        ([(1234.56,)], [(1234.57,)], False),
        ([(Decimal("1234.565"),)], [(1234.5649999999999,)], True),
        ([(date(2024, 1, 1),)], [("2024-01-01",)], True),
        ([(datetime(2024, 1, 1),)], [("2024-01-01",)], True),
        ([(None,)], [(None,)], True),
        ([(None,)], [(0,)], False),
        ([(1,), (1,)], [(1,)], False),
        ([], [], True),
        ([(1, 1)], [(1, 2)], False),
    ],
)
def test_same_rows(gold: list[tuple[object]], answer: list[tuple[object]], same: bool) -> None:
    assert same_rows(gold, answer) is same


def test_refs_become_relations() -> None:
    assert render_refs("from {{ ref('orders') }}", MODELS) == 'from "s"."o"'


@pytest.mark.parametrize("sql", ["{{ ref('nothing') }}", "{{ ref( }}", "{{ env }}"])
def test_gold_sql_that_cannot_be_rendered_is_said(sql: str) -> None:
    with pytest.raises(ConfigurationError, match="Gold SQL"):
        render_refs(sql, MODELS)
