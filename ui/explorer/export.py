"""The rows of an answer as files."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from semantic.errors import ConfigurationError
from translator.answer import Answer, AnswerColumn

_EXCEL_FORMATS = {"currency": "#,##0.00", "percent": "0.0%", "count": "#,##0"}
_EXCEL_TEXT = 32_767


def to_csv(answer: Answer) -> bytes:
    """Header and rows, values as they are."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in answer.columns])
    writer.writerows(answer.rows)
    return text.getvalue().encode("utf-8-sig")


def to_parquet(answer: Answer) -> bytes:
    """A Parquet file with types: decimals stay exact, dates are dates."""
    import pyarrow as pa
    from pyarrow import parquet

    arrays = [
        _array(column, [row[position] for row in answer.rows])
        for position, column in enumerate(answer.columns)
    ]
    target = pa.BufferOutputStream()
    parquet.write_table(pa.table(arrays, names=[c.name for c in answer.columns]), target)
    content: bytes = target.getvalue().to_pybytes()
    return content


def to_excel(answer: Answer, labels: Sequence[str]) -> bytes:
    """A workbook: the rows, and a sheet that says what they are and how they were checked."""
    import xlsxwriter

    target = io.BytesIO()
    # A text stays a text: one that begins with = is no formula, an address no link.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet("Answer")
        for position, (column, label) in enumerate(zip(answer.columns, labels, strict=True)):
            sheet.write_string(0, position, label, bold)
            form = book.add_format({"num_format": _excel_format(column)})
            sheet.set_column(position, position, max(12, min(40, len(label) + 4)))
            for line, row in enumerate(answer.rows, 1):
                _write_cell(sheet, line, position, row[position], column, form)
        sheet.freeze_panes(1, 0)
        about = book.add_worksheet("About")
        about.set_column(0, 0, 16)
        about.set_column(1, 1, 100)
        facts = [
            ("Question", answer.question),
            ("What it is", answer.explanation or ""),
            ("Governed", "yes" if answer.governed else "no: no metric is behind it"),
            ("Cut", f"at {len(answer.rows):,} rows" if answer.truncated else "no"),
            *((f"Check {c.status}", c.detail) for c in answer.checks),
            ("SQL", answer.sql or ""),
            ("Trace", answer.trace_id),
        ]
        for line, (name, value) in enumerate(facts):
            about.write_string(line, 0, name, bold)
            about.write_string(line, 1, value[:_EXCEL_TEXT])
    return target.getvalue()


def to_png(chart: Any) -> bytes:
    """The chart as a picture, on white.

    Raises:
        ConfigurationError: it cannot be drawn.
    """
    import vl_convert

    content = chart.properties(background="white").to_dict()
    _widen(content)
    try:
        picture: bytes = vl_convert.vegalite_to_png(content, scale=2)
        return picture
    except ValueError as error:
        raise ConfigurationError(
            f"The chart cannot be drawn as a picture: {str(error)[:200]}", "Export the rows."
        ) from None


def _widen(content: dict[str, Any]) -> None:
    """A page gives a chart its width; a picture has none to give."""
    if content.get("width") == "container":
        content["width"] = 800


def _array(column: AnswerColumn, values: list[Any]) -> Any:
    import pyarrow as pa

    if column.type == "integer":
        return pa.array(values, pa.int64())
    if column.type == "number":
        if any(isinstance(v, float) for v in values):
            return pa.array([None if v is None else float(v) for v in values], pa.float64())
        return pa.array([None if v is None else Decimal(v) for v in values])
    if column.type == "boolean":
        return pa.array(values, pa.bool_())
    if column.type == "date":
        return pa.array([None if v is None else date.fromisoformat(v) for v in values], pa.date32())
    if column.type == "timestamp":
        return pa.array([None if v is None else datetime.fromisoformat(v) for v in values])
    return pa.array([None if v is None else str(v) for v in values], pa.string())


def _excel_format(column: AnswerColumn) -> str:
    if column.type == "date":
        return "yyyy-mm-dd"
    if column.type == "timestamp":
        return "yyyy-mm-dd hh:mm:ss"
    if column.role == "metric" and column.format in _EXCEL_FORMATS:
        return _EXCEL_FORMATS[column.format]
    if column.role == "metric" and column.type == "number":
        return "#,##0.00"
    return "#,##0" if column.role == "metric" and column.type == "integer" else "General"


def _write_cell(
    sheet: Any, line: int, position: int, value: Any, column: AnswerColumn, form: Any
) -> None:
    if value is None:
        sheet.write_blank(line, position, None)
    elif isinstance(value, bool):
        sheet.write_boolean(line, position, value)
    elif isinstance(value, int | float | Decimal):
        # Excel keeps fifteen digits: a longer number is an identifier.
        if abs(float(value)) < 10**15:
            sheet.write_number(line, position, float(value), form)
        else:
            sheet.write_string(line, position, str(value))
    elif column.type in {"date", "timestamp"}:
        moment = datetime.fromisoformat(str(value)).replace(tzinfo=None)
        sheet.write_datetime(line, position, moment, form)
    else:
        sheet.write_string(line, position, str(value)[:_EXCEL_TEXT])
