"""What is wrong with a condition's values: how many there are, and what they are."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation

from semantic.catalog import GroupByElement
from translator.compile.filters import column_kind
from translator.compile.literals import unsafe_text
from translator.query import MetricFilter, Operator, QueryIssue, Value, WhereFilter

_NO_VALUES = {Operator.IS_NULL, Operator.IS_NOT_NULL}
_MANY_VALUES = {Operator.IN, Operator.NOT_IN}
_TEXT_OPERATORS = {Operator.CONTAINS, Operator.NOT_CONTAINS, Operator.STARTS_WITH}


def where_value_issues(where: WhereFilter, element: GroupByElement) -> Iterable[QueryIssue]:
    """Issues of a filter on rows."""
    yield from _arity(where)
    name = where.item.qualified_name
    if where.operator in _TEXT_OPERATORS:
        if element.is_time:
            yield QueryIssue("values", f"'{where.operator.value}' is for text, not for '{name}'.")
        yield from _safety(where.values)
        return
    wanted = _wanted(where, element)
    for value in where.values:
        if not _fits(value, wanted):
            yield QueryIssue("values", f"'{name}' holds {_SAY[wanted]}, and {value!r} is none.")
    yield from _safety(where.values)


def metric_value_issues(having: MetricFilter) -> Iterable[QueryIssue]:
    """Issues of a condition on a metric's value."""
    yield from _arity(having)
    if having.operator in _TEXT_OPERATORS:
        yield QueryIssue("values", f"'{having.operator.value}' compares text, not a metric.")
    elif not all(_fits(v, "metric") for v in having.values):
        yield QueryIssue("values", f"'{having.metric}' is compared with numbers, and only these.")


_SAY = {
    "time": "dates",
    "part": "whole numbers",
    "number": "numbers",
    "boolean": "true and false",
    "text": "texts",
    "metric": "numbers",
}


def _wanted(where: WhereFilter, element: GroupByElement) -> str:
    if where.item.date_part:
        return "part"
    if element.is_time:
        # A grain of the time spine's own may be named by anything.
        return "time" if (where.item.grain or "day") in _CALENDAR else "unknown"
    if element.dimension is None:
        return "unknown"
    return column_kind(element.dimension.data_type)


_CALENDAR = {"hour", "day", "week", "month", "quarter", "year"}


def _fits(value: Value, wanted: str) -> bool:
    is_number = (
        isinstance(value, int | float | Decimal)
        and not isinstance(value, bool)
        and math.isfinite(value)
    )
    if wanted == "time":
        return isinstance(value, date) or _is_day(value)
    if wanted == "part":
        return is_number and value == int(value)  # type: ignore[arg-type]
    if wanted == "metric":
        return is_number
    if wanted == "number":
        return is_number or isinstance(value, bool) or _is_number(value)
    if wanted == "boolean":
        return isinstance(value, bool) or str(value).lower() in {"true", "false"}
    return True


def _is_day(value: Value) -> bool:
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _is_number(value: Value) -> bool:
    try:
        return Decimal(str(value)).is_finite()
    except InvalidOperation:
        return False


def _arity(condition: WhereFilter | MetricFilter) -> Iterable[QueryIssue]:
    count, operator = len(condition.values), condition.operator
    wanted = (
        count == 0
        if operator in _NO_VALUES
        else count >= 1
        if operator in _MANY_VALUES
        else count == 1
    )
    if not wanted:
        yield QueryIssue("values", f"'{operator.value}' does not take {count} values.")


def _safety(values: Iterable[Value]) -> Iterable[QueryIssue]:
    for value in values:
        problem = unsafe_text(value) if isinstance(value, str) else None
        if problem:
            yield QueryIssue(
                "unsafe_value", f"A filter value holds {problem}, which is not allowed."
            )
