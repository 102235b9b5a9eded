"""Operators as SQL conditions: one table for filters on rows and on results.

NULL is as in SQL: a row without a value meets neither `= x` nor `!= x`, nor their relatives `in`,
`not in`, `contains`, `not contains`. Only `is null` finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from translator.compile.literals import literal_expression
from translator.query import Operator, Value

_Build = Callable[[exp.Expr, list[exp.Expr]], exp.Expr]


def _binary(kind: type[exp.Binary]) -> _Build:
    return lambda subject, values: kind(this=subject, expression=values[0])


def _is_null(subject: exp.Expr, values: list[exp.Expr]) -> exp.Expr:
    return exp.Is(this=subject, expression=exp.Null())


def _in(subject: exp.Expr, values: list[exp.Expr]) -> exp.Expr:
    return exp.In(this=subject, expressions=values)


def _negated(build: _Build) -> _Build:
    return lambda subject, values: exp.Not(this=build(subject, values))


_TABLE: dict[Operator, _Build] = {
    Operator.EQ: _binary(exp.EQ),
    Operator.NE: _binary(exp.NEQ),
    Operator.LT: _binary(exp.LT),
    Operator.LE: _binary(exp.LTE),
    Operator.GT: _binary(exp.GT),
    Operator.GE: _binary(exp.GTE),
    Operator.IN: _in,
    Operator.NOT_IN: _negated(_in),
    Operator.IS_NULL: _is_null,
    Operator.IS_NOT_NULL: _negated(_is_null),
}
_TEXT = frozenset({Operator.CONTAINS, Operator.NOT_CONTAINS, Operator.STARTS_WITH})


def condition(subject: exp.Expr, operator: Operator, values: Sequence[exp.Expr]) -> exp.Expr:
    """`subject operator values` for the operators that compare whole values."""
    return _TABLE[operator](subject, list(values))


def text_condition(subject: exp.Expr, operator: Operator, text: Value) -> exp.Expr:
    """`contains`, `not contains`, `starts with`: in any case, with `%` and `_` as they are."""
    # "!" escapes, because a backslash means something of its own in some dialects' literals. The
    # wildcards stay apart from the value: '{' and '%' side by side would be Jinja.
    escaped = str(text).replace("!", "!!").replace("%", "!%").replace("_", "!_")
    pattern: exp.Expr = exp.DPipe(
        this=exp.Lower(this=literal_expression(escaped)), expression=exp.Literal.string("%")
    )
    if operator is not Operator.STARTS_WITH:
        pattern = exp.DPipe(this=exp.Literal.string("%"), expression=pattern)
    like = exp.Escape(
        this=exp.Like(this=exp.Lower(this=subject), expression=pattern),
        expression=exp.Literal.string("!"),
    )
    return exp.Not(this=like) if operator is Operator.NOT_CONTAINS else like


def is_text_operator(operator: Operator) -> bool:
    """Whether `text_condition` is for it."""
    return operator in _TEXT
