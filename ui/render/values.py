"""How one value of a result looks to a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from translator.answer import AnswerColumn
from ui.render.text import printable

MISSING = "–"
_FIXED = {"currency", "percent"}


def is_numeric(column: AnswerColumn) -> bool:
    """Whether the column is right-aligned."""
    return column.type in {"number", "integer"}


def format_column(values: Iterable[Any], column: AnswerColumn) -> list[str]:
    """All values of a column; where one has decimals all get them, so that the points align.

    >>> format_column([1200, 3.5, None], AnswerColumn("x", "number", "metric"))
    ['1,200.00', '3.50', '–']
    """
    shown = [format_value(value, column) for value in values]
    if not is_numeric(column) or column.role != "metric" or column.format in _FIXED:
        return shown
    if any(len(text.partition(".")[2]) == 2 for text in shown):
        return [text if text == MISSING or "." in text else f"{text}.00" for text in shown]
    return shown


def format_value(value: Any, column: AnswerColumn) -> str:
    """`value` in the format and at the grain of its column.

    >>> format_value(1234.5, AnswerColumn("revenue", "number", "metric", "currency"))
    '1,234.50'
    >>> format_value("2024-04-01", AnswerColumn("metric_time__quarter", "date", "dimension"))
    '2024-Q2'
    """
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal) or (is_numeric(column) and _is_number(value)):
        return _number(Decimal(str(value)), column)
    if column.type in {"date", "timestamp"}:
        return _moment(str(value), column.name.rpartition("__")[2])
    return printable(str(value))


def _number(value: Decimal, column: AnswerColumn) -> str:
    if not value.is_finite():
        return str(value)
    if column.format == "percent":
        return f"{value * 100:,.1f}%"
    if column.format == "currency":
        return f"{value:,.2f}"
    # A year, an id or a number of a month is a name here, not an amount.
    if column.role == "dimension":
        return f"{value:f}" if value != value.to_integral_value() else f"{value:.0f}"
    if value == value.to_integral_value():
        return f"{value:,.0f}"
    # Four significant digits below one, two decimals above: 0.01234 but 1,234.57.
    return f"{value:,.4g}" if abs(value) < 1 else f"{value:,.2f}"


def _moment(text: str, grain: str) -> str:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return printable(text)
    by_grain: dict[str, Callable[[], str]] = {
        "day": lambda: day.isoformat(),
        "week": lambda: f"week of {day.isoformat()}",
        "month": lambda: f"{day:%Y-%m}",
        "quarter": lambda: f"{day.year}-Q{(day.month + 2) // 3}",
        "year": lambda: f"{day.year}",
    }
    if grain in by_grain:
        return by_grain[grain]()
    return printable(text.replace("T00:00:00", "").replace("T", " "))


def _is_number(value: Any) -> bool:
    try:
        Decimal(str(value))
    except InvalidOperation:
        return False
    return True
