"""A link brings question, query and chart back, and refuses what is damaged."""

from __future__ import annotations

import base64
import zlib
from datetime import date

import pytest

from semantic.catalog import SemanticCatalog
from semantic.errors import ConfigurationError
from translator.query import GroupByItem, Operator, SemanticQuery, TimeRange, WhereFilter
from ui.explorer.chart.shape import ChartKind
from ui.explorer.links import from_parameters, to_parameters

CATALOG = SemanticCatalog("shop", "postgres", "x")
QUERY = SemanticQuery(
    metrics=("revenue",),
    group_by=(GroupByItem("metric_time", grain="month"),),
    where=(WhereFilter(GroupByItem("region", ("customer",)), Operator.IN, ("Å & ?",)),),
    time_range=TimeRange(date(2024, 1, 1), None),
)


def test_there_and_back() -> None:
    parameters = to_parameters("revenue?", QUERY, date(2025, 1, 1), ChartKind.BAR)
    found = from_parameters(parameters, CATALOG)
    assert found is not None
    assert (found.question, found.query, found.chart) == ("revenue?", QUERY, ChartKind.BAR)


def test_without_a_query_the_words_are_asked() -> None:
    found = from_parameters(to_parameters("revenue?", None, date(2025, 1, 1), None), CATALOG)
    assert found is not None and found.query is None and found.chart is None


def test_a_query_that_is_too_long_for_an_address_is_left_out() -> None:
    values = tuple(str(i * 7919) * 3 for i in range(3000))
    long = SemanticQuery(("m",), where=(WhereFilter(GroupByItem("x"), Operator.IN, values),))
    assert "query" not in to_parameters("q", long, date(2025, 1, 1), None)


def packed(text: str) -> str:
    return base64.urlsafe_b64encode(zlib.compress(text.encode())).decode()


@pytest.mark.parametrize(
    "query",
    ["x", "%%%", "AAAA", packed("{}")[:5], packed("[1]"), packed('{"metrics": 5}'), packed("nul")],
)
def test_a_damaged_link_is_an_error_and_no_crash(query: str) -> None:
    with pytest.raises(ConfigurationError, match="damaged"):
        from_parameters({"q": "revenue", "query": query}, CATALOG)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = base64.urlsafe_b64encode(zlib.compress(b" " * 50_000_000)).decode()
    with pytest.raises(ConfigurationError):
        from_parameters({"q": "revenue", "query": bomb}, CATALOG)


def test_an_address_without_question_asks_nothing() -> None:
    assert from_parameters({"query": "x"}, CATALOG) is None
