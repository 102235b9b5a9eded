"""Values of filters as a model wrote them, to what the warehouse stores."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from semantic.catalog import Dimension, GroupByElement
from semantic.value_index import DimensionValues
from translator.compile.filters import column_kind
from translator.planning.embedded.vocabulary import is_boolean
from translator.query import Operator, QueryIssue, Value, WhereFilter
from translator.suggestions import nearest

_YES, _NO = {"true", "yes", "y", "t", "1"}, {"false", "no", "n", "f", "0"}
_EXACT = {Operator.EQ, Operator.NE, Operator.IN, Operator.NOT_IN}
_ORDERED = {Operator.LT, Operator.LE, Operator.GT, Operator.GE}


def stored_values(
    where: WhereFilter, element: GroupByElement, known: Mapping[str, DimensionValues]
) -> tuple[WhereFilter, tuple[QueryIssue, ...]]:
    """The filter with values as they are stored, and an issue for each value that is not there."""
    dimension = element.dimension
    values: list[Value] = []
    issues: list[QueryIssue] = []
    for value in where.values:
        if where.item.date_part:
            values.append(_number(value))
        elif element.is_time:
            values.append(_day(value))
        elif dimension is not None and is_boolean(dimension) and _truth(value) is not None:
            values.append(_truth(value) is True)
        elif dimension is None or where.operator not in _EXACT:
            compared = where.operator in _ORDERED
            values.append(_number(value) if compared and not _is_text(dimension) else value)
        elif _is_text(dimension) or dimension.key in known or dimension.accepted_values:
            stored = _stored(str(value), dimension, known.get(dimension.key))
            if isinstance(stored, QueryIssue):
                issues.append(stored)
                values.append(value)
            else:
                values.append(stored)
        else:
            values.append(value)
    unique = tuple(dict.fromkeys(values))
    return WhereFilter(where.item, where.operator, unique), tuple(issues)


def _stored(value: str, dimension: Dimension, known: DimensionValues | None) -> str | QueryIssue:
    """The stored spelling of a value: itself, in another case, or the code that means it."""
    labels = dict(dimension.value_labels)
    stored = tuple(
        dict.fromkeys((*(known.values if known else ()), *dimension.accepted_values, *labels))
    )
    if value in stored or not stored:
        return value
    wanted = _plain(value)
    for matching in (
        [s for s in stored if _plain(s) == wanted],
        [code for code, meaning in labels.items() if _plain(meaning) == wanted],
    ):
        if len(matching) == 1:
            return matching[0]
    if known is None or not known.complete:
        return value
    near = nearest(value, {s: (s, labels.get(s, "")) for s in stored})
    near = near or tuple(s for s in stored if wanted in _plain(f"{s} {labels.get(s, '')}"))[:3]
    if not near and len(stored) <= 8:
        near = stored
    mean = f"; did you mean '{near[0]}'?" if near else "."
    return QueryIssue(
        "unknown_value", f"'{value}' is not among the values of '{dimension.name}'{mean}", near
    )


def _is_text(dimension: Dimension | None) -> bool:
    return dimension is not None and column_kind(dimension.data_type) == "text"


def _number(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    try:
        number = Decimal(value.replace(",", "").removeprefix("$").strip())
    except InvalidOperation:
        return value
    if not number.is_finite():
        return value
    return int(number) if number == number.to_integral_value() else number


def _day(value: Value) -> Value:
    try:
        return date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        return value


def _truth(value: Value) -> bool | None:
    text = str(value).strip().lower()
    return True if text in _YES else False if text in _NO else None


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("_", " ").split())
