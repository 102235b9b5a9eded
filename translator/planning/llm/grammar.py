"""The JSON Schema that the model's output has to obey.

It is one schema for every question and every catalog: names are patterns, checked afterwards with
suggestions. TGI turns a schema into one regular expression and an automaton over the model's whole
vocabulary and keeps few of them, so that a schema with the names of each question would cost most
of a minute a question (`eval/benchmarks/grammar_size.py` measures it). For the same reason arrays
and texts have no upper bound: the automaton would need states for each length (200 characters for
`reading` alone double them). `max_tokens` bounds the output.

It keeps to what both converters take, outlines-core's (TGI) and llama.cpp's: `type`, `properties`,
`required`, `additionalProperties: false`, `items`, `enum` of texts, and `pattern` of character
classes and counts, anchored at both ends. Both write properties in the schema's order.

The shape is flat, every slot but the first two optional and in a fixed order, because a model then
writes only what the question needs. Days are inclusive ("first_day", "last_day"): a model is asked
for what people say, and decoding makes the half-open range.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from translator.query import CalculationKind, Operator

KINDS = ("metrics", "sql", "ask", "refuse")
HAVING_OPERATORS = ("=", "!=", "<", "<=", ">", ">=")
OFFSET_GRAINS = ("day", "week", "month", "quarter", "year")
QUERY_SLOTS = (
    "metrics",
    "group_by",
    "where",
    "having",
    "time_range",
    "order_by",
    "limit",
    "calculations",
)
OPTION_SLOTS = ("metrics", "group_by", "where", "time_range", "order_by", "limit")

_TEXT: Mapping[str, Any] = {"type": "string"}
_NAME: Mapping[str, Any] = {"type": "string", "pattern": "^[A-Za-z0-9_]+$"}
_ORDER: Mapping[str, Any] = {"type": "string", "pattern": "^-?[A-Za-z0-9_]+$"}
_DAY: Mapping[str, Any] = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_NUMBER: Mapping[str, Any] = {"type": "number"}
_WHOLE: Mapping[str, Any] = {"type": "integer"}


def plan_schema() -> dict[str, Any]:
    """The schema: no recursion, no reference, top-level `properties`, as the servers take it."""
    query = _query_slots()
    option = {"label": _TEXT} | {slot: query[slot] for slot in OPTION_SLOTS}
    return _object(
        {
            "reading": _TEXT,
            "kind": {"type": "string", "enum": list(KINDS)},
            **query,
            "sql": _TEXT,
            "message": _TEXT,
            "options": _array(_object(option, ["label"])),
        },
        ["reading", "kind"],
    )


def _query_slots() -> dict[str, Any]:
    return {
        "metrics": _array(_NAME),
        "group_by": _array(_NAME),
        "where": _array(
            _object(
                {
                    "item": _NAME,
                    "op": {"type": "string", "enum": [o.value for o in Operator]},
                    "values": _array(_TEXT),
                },
                ["item", "op", "values"],
            )
        ),
        "having": _array(
            _object(
                {
                    "metric": _NAME,
                    "op": {"type": "string", "enum": list(HAVING_OPERATORS)},
                    "value": _NUMBER,
                    "per": _NAME,
                },
                ["metric", "op", "value"],
            )
        ),
        "time_range": _object({"first_day": _DAY, "last_day": _DAY}, []),
        "order_by": _array(_ORDER),
        "limit": _WHOLE,
        "calculations": _array(
            _object(
                {
                    "kind": {"type": "string", "enum": [k.value for k in CalculationKind]},
                    "metric": _NAME,
                    "n": _WHOLE,
                    "grain": {"type": "string", "enum": list(OFFSET_GRAINS)},
                    "within": _array(_NAME),
                    "lowest_first": {"type": "boolean"},
                },
                ["kind", "metric"],
            )
        ),
    }


def _array(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(items)}


def _object(properties: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: dict(schema) for name, schema in properties.items()},
        "required": required,
        "additionalProperties": False,
    }
