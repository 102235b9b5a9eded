"""Values as SQL literals, as sqlglot trees, never by formatting."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import Decimal

from sqlglot import exp

from semantic.errors import QueryError
from translator.query import QueryIssue, Value

_JINJA = ("{{", "{%", "{#", "}}", "%}", "#}")
_CONTROL = re.compile(r"([\x01-\x1f\x7f])")


def literal_expression(value: Value) -> exp.Expr:
    """A value as a sqlglot tree.

    Raises:
        QueryError: the value cannot be written safely (Jinja marks, NUL, not a finite number).
    """
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, int):
        return _number(str(value))
    if isinstance(value, float | Decimal):
        if not math.isfinite(value):
            raise _refused("a number that is not finite")
        return _number(format(Decimal(str(value)), "f"))
    if isinstance(value, date):
        kind = "timestamp" if isinstance(value, datetime) else "date"
        text = exp.Literal.string(value.isoformat())
        return exp.Cast(this=text, to=exp.DataType.build(kind))
    problem = unsafe_text(value)
    if problem:
        raise _refused(problem)
    return _text(value)


def unsafe_text(value: str) -> str | None:
    """What in a text may not stand in SQL that passes through Jinja, in words; None if nothing."""
    if any(mark in value for mark in _JINJA):
        return "template marks such as {{ or {%"
    if any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in value):
        return "characters that are not text"
    return None


def _number(text: str) -> exp.Expr:
    if text.startswith("-"):
        return exp.Neg(this=exp.Literal.number(text[1:]))
    return exp.Literal.number(text)


def _text(value: str) -> exp.Expr:
    """A text; line breaks and their kind by code, as MetricFlow indents the lines of its SQL."""
    pieces = [p for p in _CONTROL.split(value) if p] or [""]
    trees: list[exp.Expr] = [
        exp.Chr(expressions=[exp.Literal.number(ord(p))])
        if _CONTROL.fullmatch(p)
        else exp.Literal.string(p)
        for p in pieces
    ]
    tree = trees[0]
    for more in trees[1:]:
        tree = exp.DPipe(this=tree, expression=more)
    return exp.Paren(this=tree) if len(trees) > 1 else tree


def _refused(what: str) -> QueryError:
    message = f"A filter value holds {what}, which is not allowed."
    return QueryError(message, "Filter by another value.", (QueryIssue("unsafe_value", message),))
