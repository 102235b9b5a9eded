from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from translator.answer import AnswerColumn
from ui.render.text import printable, printable_json
from ui.render.values import format_value


def column(name: str = "x", type: str = "number", role: str = "metric", format: str | None = None):  # type: ignore[no-untyped-def]
    return AnswerColumn(name, type, role, format)


@pytest.mark.parametrize(
    ("value", "of", "shown"),
    [
        (1234567, column(), "1,234,567"),
        (1234.567, column(), "1,234.57"),
        (0.012345, column(), "0.01234"),
        (Decimal("12.00"), column(), "12"),
        (1234.5, column(format="currency"), "1,234.50"),
        (0.1234, column(format="percent"), "12.3%"),
        ("1234.50", column(format="currency"), "1,234.50"),
        (2024, column("year", "integer", "dimension"), "2024"),
        (10250, column("order_id", "integer", "dimension"), "10250"),
        (None, column(), "–"),
        (True, column(type="boolean"), "yes"),
        (float("inf"), column(), "Infinity"),
        ("2024-05-01", column("metric_time__month", "date", "dimension"), "2024-05"),
        ("2024-05-01", column("metric_time__quarter", "date", "dimension"), "2024-Q2"),
        ("2024-05-06", column("metric_time__week", "date", "dimension"), "week of 2024-05-06"),
        ("2024-01-01T00:00:00", column("x__year", "timestamp", "dimension"), "2024"),
        ("2024-01-01T12:30:00", column("paid_at", "timestamp", "dimension"), "2024-01-01 12:30:00"),
        ("0044-bc", column("x__day", "date", "dimension"), "0044-bc"),
        ("a\x1b]0;title\x07b", column(type="string", role="dimension"), "a␛]0;title␇b"),
    ],
)
def test_format_value(value: Any, of: AnswerColumn, shown: str) -> None:
    assert format_value(value, of) == shown


def test_controls_become_visible() -> None:
    assert printable("a\r\n\tb\x7f\x9b\u202e") == "a␍␊␉b␡\ufffd\ufffd"
    assert printable("a\nb", lines=True) == "a\nb"


def test_json_keeps_its_value() -> None:
    import json

    text = json.dumps("a\x9bé", ensure_ascii=False)
    assert "\x9b" not in printable_json(text)
    assert json.loads(printable_json(text)) == "a\x9bé"
