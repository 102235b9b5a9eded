"""Typed plans in the form that the model writes (`grammar`): for examples and conversations."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from translator.plan import ModelQuery, Refusal
from translator.query import Calculation, SemanticQuery, TimeRange, Value


def compact(plan: SemanticQuery | ModelQuery | Refusal, reading: str) -> dict[str, Any]:
    """The document that a model would have written for a plan."""
    if isinstance(plan, ModelQuery):
        return {"reading": reading, "kind": "sql", "sql": " ".join(plan.sql.split())}
    if isinstance(plan, Refusal):
        return {"reading": reading, "kind": "refuse", "message": plan.reason}
    return {"reading": reading, "kind": "metrics", **compact_query(plan)}


def compact_query(query: SemanticQuery) -> dict[str, Any]:
    """The slots of a query that are not empty, in the grammar's order."""
    slots: dict[str, Any] = {
        "metrics": list(query.metrics),
        "group_by": [g.qualified_name for g in query.group_by],
        "where": [
            {
                "item": w.item.qualified_name,
                "op": w.operator.value,
                "values": [_text(v) for v in w.values],
            }
            for w in query.where
        ],
        "having": [
            {"metric": h.metric, "op": h.operator.value, "value": _number(h.values[0])}
            | ({"per": h.entity.qualified_name} if h.entity else {})
            for h in query.having
            if h.values
        ],
        "time_range": _days(query.time_range) if query.time_range else {},
        "order_by": [("-" if o.descending else "") + o.name for o in query.order_by],
        "limit": query.limit,
        "calculations": [_calculation(c) for c in query.calculations],
    }
    return {name: value for name, value in slots.items() if value}


def _days(time_range: TimeRange) -> dict[str, str]:
    days: dict[str, str] = {}
    if time_range.start:
        days["first_day"] = time_range.start.isoformat()
    if time_range.end:
        days["last_day"] = (time_range.end - timedelta(days=1)).isoformat()
    return days


def _calculation(calculation: Calculation) -> dict[str, Any]:
    number = calculation.keep or calculation.window
    offset = calculation.offset
    slots: dict[str, Any] = {
        "kind": calculation.kind.value,
        "metric": calculation.metric,
        "n": offset.count if offset else number,
        "grain": offset.grain if offset else None,
        "within": [g.qualified_name for g in calculation.partition_by],
        "lowest_first": calculation.ascending or None,
    }
    return {name: value for name, value in slots.items() if value}


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def _number(value: Value) -> Any:
    if isinstance(value, Decimal | str):
        number = float(value)
        return int(number) if number.is_integer() else number
    return value
