"""Rows of a warehouse as JSON values, and columns with their roles.

Decimals stay exact here: an integral one becomes an int, another stays a `Decimal` until it is
written as a JSON number. Dates are ISO text; a timestamp at midnight of a column grouped by day or
coarser is a date. NaN and infinity, which JSON has not, become null.
"""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlglot import exp

from semantic.catalog import SemanticCatalog
from translator.answer import AnswerColumn
from translator.compile.model_query_roles import column_roles
from translator.query import CalculationKind, SemanticQuery
from translator.warehouse.warehouse import Result


def answer_table(
    result: Result, query: SemanticQuery, catalog: SemanticCatalog
) -> tuple[tuple[AnswerColumn, ...], tuple[tuple[Any, ...], ...]]:
    """Columns and rows of the answer contract."""
    calculations = {c: k for k in query.calculations for c in k.columns}
    days = {
        g.qualified_name
        for g in query.group_by
        if g.grain and g.grain not in {"hour", "minute", "second"}
    }
    formats = {
        e.qualified_name: e.dimension.format
        for e in (catalog.group_bys(query.metrics) if query.metrics else ())
        if e.dimension is not None
    }
    columns = []
    for name, kind in zip(result.columns, result.types, strict=True):
        if name in calculations:
            calculation = calculations[name]
            metric = catalog.metrics[calculation.metric]
            ratio = name.endswith(("__share", "__percent_change"))
            form = "percent" if ratio else metric.format
            if calculation.kind is CalculationKind.RANK:
                form = None
            columns.append(AnswerColumn(name, kind, "metric", form))
        elif name in catalog.metrics and name in query.metrics:
            columns.append(AnswerColumn(name, kind, "metric", catalog.metrics[name].format))
        else:
            shown = "date" if name in days and kind == "timestamp" else kind
            columns.append(AnswerColumn(name, shown, "dimension", formats.get(name)))
    rows = tuple(
        tuple(json_value(v, c.type == "date") for v, c in zip(row, columns, strict=True))
        for row in result.rows
    )
    return tuple(columns), rows


def model_query_table(
    result: Result, tree: exp.Query
) -> tuple[tuple[AnswerColumn, ...], tuple[tuple[Any, ...], ...]]:
    """Columns and rows of SQL over models; `tree` says which columns are computed."""
    roles = column_roles(tree, result.types)
    columns = []
    for i, (name, kind) in enumerate(zip(result.columns, result.types, strict=True)):
        values = (row[i] for row in result.rows if row[i] is not None)
        days = kind == "timestamp" and all(_is_midnight(v) for v in values)
        columns.append(AnswerColumn(name, "date" if days else kind, roles[i]))
    rows = tuple(
        tuple(json_value(v, c.type == "date") for v, c in zip(row, columns, strict=True))
        for row in result.rows
    )
    return tuple(columns), rows


def _is_midnight(value: Any) -> bool:
    return isinstance(value, datetime) and value.time() == time()


def json_value(value: Any, as_date: bool = False) -> Any:
    """One value of the warehouse as a JSON value (or an exact `Decimal`)."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        if not value.is_finite():
            return None
        return int(value) if value == value.to_integral_value() else value.normalize()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        return value.date().isoformat() if as_date else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, list | tuple):
        return [json_value(v) for v in value]
    return str(value)
