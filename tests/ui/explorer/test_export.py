"""Files hold the rows exactly, with types, and run nothing."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal

from pyarrow import parquet

from translator.answer import Answer, AnswerColumn, Check, Status
from ui.explorer.export import to_csv, to_excel, to_parquet

ANSWER = Answer(
    Status.ANSWERED,
    "revenue?",
    "t1",
    explanation="Revenue by region.",
    columns=(
        AnswerColumn("day", "date", "dimension"),
        AnswerColumn("at", "timestamp", "dimension"),
        AnswerColumn("region", "string", "dimension"),
        AnswerColumn("new", "boolean", "dimension"),
        AnswerColumn("revenue", "number", "metric", "currency"),
        AnswerColumn("orders", "integer", "metric"),
    ),
    rows=(
        ("2024-01-31", "2024-01-31T10:00:00", "=1+1", True, Decimal("0.10"), 2**60),
        (None, None, "http://x.example", None, 3, None),
    ),
    checks=(Check("total", "pass", "It adds up."),),
    sql="select 1",
)


def test_csv_has_header_and_values() -> None:
    rows = list(csv.reader(io.StringIO(to_csv(ANSWER).decode("utf-8-sig"))))
    assert rows[0] == ["day", "at", "region", "new", "revenue", "orders"]
    assert rows[1] == ["2024-01-31", "2024-01-31T10:00:00", "=1+1", "True", "0.10", str(2**60)]


def test_parquet_keeps_types_and_exact_decimals() -> None:
    rows = parquet.read_table(io.BytesIO(to_parquet(ANSWER))).to_pylist()
    assert rows[0]["day"] == date(2024, 1, 31)
    assert rows[0]["revenue"] == Decimal("0.10")
    assert rows[0]["orders"] == 2**60
    assert rows[1]["region"] == "http://x.example" and rows[1]["day"] is None


def test_a_workbook_has_no_formula_and_no_link_and_says_what_it_is() -> None:
    labels = ["Day", "At", "Region", "New", "Revenue", "Orders"]
    with zipfile.ZipFile(io.BytesIO(to_excel(ANSWER, labels))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
        assert not any("rels" in n and "sheet1" in n for n in book.namelist())
    assert "<f>" not in sheet
    assert "=1+1" in texts and "Revenue by region." in texts and "It adds up." in texts
