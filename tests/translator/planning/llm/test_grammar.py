"""The one schema of every question: what servers can take, and what it lets through."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import jsonschema
import pytest
from outlines_core.json_schema import build_regex_from_schema

from translator.planning.llm.compact import compact
from translator.planning.llm.grammar import plan_schema
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

FULL = SemanticQuery(
    metrics=("revenue", "orders"),
    group_by=(GroupByItem("metric_time", (), "month"), GroupByItem("segment", ("customer",))),
    where=(
        WhereFilter(GroupByItem("channel", ("order",)), Operator.IN, ('a "b"', "c\\d")),
        WhereFilter(GroupByItem("shipped_on", ("order",)), Operator.IS_NULL),
    ),
    having=(MetricFilter("revenue", Operator.GT, (10,), GroupByItem("customer")),),
    time_range=TimeRange(date(2024, 1, 1), date(2025, 1, 1)),
    order_by=(OrderByItem("revenue", True),),
    limit=5,
    calculations=(
        Calculation(CalculationKind.PERIOD_OVER_PERIOD, "revenue", Offset(1, "year")),
        Calculation(CalculationKind.RANK, "revenue", keep=3, ascending=True),
    ),
)
DOCUMENTS: list[dict[str, Any]] = [
    compact(FULL, "All of it."),
    {"reading": "r", "kind": "sql", "sql": "select 1 as one from {{ ref('dim_customers') }}"},
    {"reading": "r", "kind": "refuse", "message": "No."},
    {
        "reading": "r",
        "kind": "ask",
        "message": "Which?",
        "options": [{"label": "a", "metrics": ["revenue"]}, {"label": "b", "limit": 3}],
    },
]
BROKEN: list[dict[str, Any]] = [
    {"kind": "sql"},
    {"reading": "r", "kind": "answer"},
    {"reading": "r", "kind": "metrics", "metrics": ["revenue; drop table x"]},
    {"reading": "r", "kind": "metrics", "figures": 5},
    {"reading": "r", "kind": "metrics", "time_range": {"first_day": "last month"}},
]


@pytest.fixture(scope="module")
def expression() -> re.Pattern[str]:
    """What TGI makes of the schema: the same conversion, as a regular expression."""
    return re.compile(build_regex_from_schema(json.dumps(plan_schema())))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_obey_it(document: dict[str, Any], expression: re.Pattern[str]) -> None:
    jsonschema.validate(document, plan_schema())
    assert expression.fullmatch(json.dumps(document))


@pytest.mark.parametrize("document", BROKEN)
def test_other_documents_do_not(document: dict[str, Any], expression: re.Pattern[str]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, plan_schema())
    assert not expression.fullmatch(json.dumps(document))


KEYWORDS = {"type", "properties", "required", "additionalProperties", "items", "enum", "pattern"}
"""What outlines-core's and llama.cpp's converters both take in full."""
TYPES = {"object", "array", "string", "number", "integer", "boolean"}
# llama.cpp takes a pattern only if it is anchored at both ends, and no escapes, groups, lookaround.
SIMPLE_PATTERN = re.compile(r"\^-?\??(\[[A-Za-z0-9_-]+\](\{\d\}|\+)-?)+\$")


def test_every_construct_is_one_that_tgi_and_llama_cpp_take() -> None:
    schema = plan_schema()
    assert (
        schema["type"] == "object" and "properties" in schema
    )  # TGI's router wants them at the top
    found = list(_schemas(schema))
    assert len(found) > 20
    for part in found:
        assert set(part) <= KEYWORDS, part
        assert part["type"] in TYPES
        assert ("properties" in part) == (part["type"] == "object")
        assert ("items" in part) == (part["type"] == "array")
        if part["type"] == "object":
            assert part["additionalProperties"] is False
            assert set(part["required"]) <= set(part["properties"])
        if "enum" in part:
            assert part["type"] == "string" and all(isinstance(e, str) for e in part["enum"])
        if "pattern" in part:
            assert part["type"] == "string" and SIMPLE_PATTERN.fullmatch(part["pattern"])


def test_slots_come_in_the_order_of_the_schema(expression: re.Pattern[str]) -> None:
    """The reading before the kind, and both before what follows from them."""
    document = {"kind": "refuse", "reading": "r", "message": "No."}
    assert not expression.fullmatch(json.dumps(document))
    assert expression.fullmatch(json.dumps({"reading": "r", **document}))


def test_the_expression_stays_small(expression: re.Pattern[str]) -> None:
    assert len(expression.pattern) < 8_000


def _schemas(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schema and every one in it."""
    yield schema
    for part in (*schema.get("properties", {}).values(), *filter(None, [schema.get("items")])):
        yield from _schemas(part)
