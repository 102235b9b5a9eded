"""Values of answers as JSON text."""

from __future__ import annotations

import json
import math
from datetime import date, time
from decimal import Decimal
from typing import Any


def json_text(content: Any, indent: int | None = None) -> str:
    """JSON that can be written as UTF-8, exact: decimals as numbers, dates as ISO text."""
    try:
        text = json.dumps(
            content, indent=indent, ensure_ascii=False, allow_nan=False, default=_value
        )
        text.encode("utf-8")
    except ValueError:
        # JSON has no NaN, and UTF-8 no lone surrogates (a question of broken bytes).
        text = json.dumps(_finite(content), indent=indent, allow_nan=False, default=_value)
    return text


def _value(value: object) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _finite(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
