"""Values as SQL literals, through sqlglot, never by formatting."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal

from sqlglot import exp

from semantic.errors import QueryError
from translator.query import QueryIssue, Value

_JINJA = ("{{", "{%", "{#", "}}", "%}", "#}")


def literal_expression(value: Value) -> exp.Expression:
    """A value as a sqlglot tree.

    Raises:
        QueryError: the value cannot be written safely (Jinja marks, NUL, not a finite number).
    """
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, int):
        return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))
    if isinstance(value, float | Decimal):
        if not math.isfinite(value):
            raise _refused("a number that is not finite")
        text = format(Decimal(str(value)), "f")
        positive = exp.Literal.number(text.lstrip("-"))
        return exp.Neg(this=positive) if text.startswith("-") else positive
    if isinstance(value, date):
        return exp.Cast(this=exp.Literal.string(value.isoformat()), to=exp.DataType.build("date"))
    if "\x00" in value:
        raise _refused("a NUL character")
    if any(mark in value for mark in _JINJA):
        raise _refused("template marks such as {{ or {%")
    return exp.Literal.string(value)


def literal(value: Value, dialect: str) -> str:
    """A value as SQL text for `dialect`."""
    return literal_expression(value).sql(dialect=dialect)


def _refused(what: str) -> QueryError:
    message = f"A filter value holds {what}, which is not allowed."
    return QueryError(message, "Filter by another value.", (QueryIssue("unsafe_value", message),))
