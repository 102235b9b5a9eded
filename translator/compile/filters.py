"""A typed `WhereFilter` as a SQL condition on whatever expression holds its dimension."""

from __future__ import annotations

from datetime import date

from sqlglot import exp

from semantic.catalog import GroupByElement
from translator.compile.conditions import condition, is_text_operator, text_condition
from translator.compile.literals import literal_expression
from translator.compile.periods import period_start
from translator.query import Operator, Value, WhereFilter

_TRUE = ("true", "t", "yes", "y", "1")
_FALSE = ("false", "f", "no", "n", "0")
_EQUAL = {Operator.EQ, Operator.IN}
_UNEQUAL = {Operator.NE, Operator.NOT_IN}


def filter_condition(subject: exp.Expr, where: WhereFilter, element: GroupByElement) -> exp.Expr:
    """The condition, with values as the dimension stores them.

    Raises:
        QueryError: a value cannot be written safely.
    """
    if is_text_operator(where.operator):
        return text_condition(subject, where.operator, where.values[0])
    kind = _kind(element)
    booleans = [v for v in where.values if isinstance(v, bool)]
    if booleans and kind == "text" and where.operator in _EQUAL | _UNEQUAL:
        words = [w for v in booleans for w in (_TRUE if v else _FALSE)]
        operator = Operator.IN if where.operator in _EQUAL else Operator.NOT_IN
        texts = [exp.Literal.string(w) for w in words]
        return condition(exp.Lower(this=subject), operator, texts)
    values = [_stored(v, where, element, kind) for v in where.values]
    return condition(subject, where.operator, values)


def _stored(value: Value, where: WhereFilter, element: GroupByElement, kind: str) -> exp.Expr:
    item = where.item
    if item.date_part:
        return literal_expression(value)
    if element.is_time:
        day = _as_day(value)
        if day is not None and where.operator in _EQUAL | _UNEQUAL:
            day = period_start(day, item.grain or "day")
        return literal_expression(value if day is None else day)
    if isinstance(value, date):
        # A text column may hold dates as text; a date column takes an untyped literal as well.
        return literal_expression(value.isoformat())
    if isinstance(value, bool) and kind == "number":
        return literal_expression(int(value))
    if kind == "text" and not isinstance(value, str):
        return literal_expression(str(value))
    return literal_expression(value)


def _as_day(value: Value) -> date | None:
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return None


def _kind(element: GroupByElement) -> str:
    return column_kind(element.dimension.data_type if element.dimension else None)


def column_kind(data_type: str | None) -> str:
    """`text`, `number`, `boolean`, `time`, or `unknown`, from a warehouse's name of a type."""
    name = (data_type or "").lower()
    if any(word in name for word in ("char", "text", "string", "uuid")):
        return "text"
    if "bool" in name:
        return "boolean"
    if name.startswith(("date", "time")):
        return "time"
    numbers = ("int", "numeric", "decimal", "number", "float", "double", "real", "serial", "money")
    if any(word in name for word in numbers) and "interval" not in name:
        return "number"
    return "unknown"
