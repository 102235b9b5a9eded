"""Rows as SQL that reads no table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlglot import exp

from translator.answer import AnswerColumn
from translator.compile.identifiers import identifier
from translator.compile.literals import literal_expression

Row = Sequence[Any]


def values_sql(columns: Sequence[AnswerColumn], rows: Sequence[Row], dialect: str) -> str:
    """A SELECT that gives exactly these rows and reads no table."""
    names = [identifier(c.name, dialect) for c in columns]
    if not rows:
        nothing = exp.select(*(exp.Alias(this=exp.Null(), alias=name) for name in names)).where(
            exp.false()
        )
        return nothing.sql(dialect=dialect, pretty=True)
    tuples = [
        exp.Tuple(expressions=[_literal(v, c) for v, c in zip(row, columns, strict=True)])
        for row in rows
    ]
    values = exp.Values(
        expressions=tuples,
        alias=exp.TableAlias(this=exp.to_identifier("pinned"), columns=names),
    )
    return exp.select("*").from_(values).sql(dialect=dialect, pretty=True)


def _literal(value: Any, column: AnswerColumn) -> exp.Expr:
    if value is None:
        return exp.Null()
    if column.type == "date" and isinstance(value, str):
        return literal_expression(date.fromisoformat(value))
    if isinstance(value, bool):
        return exp.true() if value else exp.false()
    return literal_expression(value)
