"""Reads a `SemanticQuery` from its JSON form, strictly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from translator.query import (
    Calculation,
    CalculationKind,
    GroupByItem,
    MetricFilter,
    Offset,
    Operator,
    OrderByItem,
    SemanticQuery,
    TimeRange,
    Value,
    WhereFilter,
)

_T = TypeVar("_T")


def read_query(data: Mapping[str, Any], grains: Sequence[str]) -> SemanticQuery:
    """The query of a JSON object; keys left out take their defaults.

    Raises:
        ValueError: naming the key that is wrong.
    """
    _keys(
        data,
        "query",
        "metrics group_by where having time_range order_by limit calculations",
    )

    def item(text: Any, key: str) -> GroupByItem:
        if not isinstance(text, str):
            raise ValueError(f"'{key}' must be text such as customer__region")
        try:
            return GroupByItem.parse(text, grains)
        except ValueError as error:
            raise ValueError(f"'{key}': {error}") from None

    limit = data.get("limit")
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool)):
        raise ValueError("'limit' must be a whole number or null")
    return SemanticQuery(
        metrics=_each(data, "metrics", _text),
        group_by=_each(data, "group_by", item),
        where=_each(data, "where", lambda d, k: _where(d, k, item)),
        having=_each(data, "having", lambda d, k: _having(d, k, item)),
        time_range=_time_range(data.get("time_range")),
        order_by=_each(data, "order_by", _order),
        limit=limit,
        calculations=_each(data, "calculations", lambda d, k: _calculation(d, k, item)),
    )


def _each(data: Mapping[str, Any], key: str, read: Callable[[Any, str], _T]) -> tuple[_T, ...]:
    value = data.get(key)
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise ValueError(f"'{key}' must be a list")
    return tuple(read(entry, f"{key}[{position}]") for position, entry in enumerate(value))


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"'{key}' must be text")
    return value


def _keys(data: Any, key: str, allowed: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise ValueError(f"'{key}' must be an object")
    unknown = set(data) - set(allowed.split())
    if unknown:
        raise ValueError(f"'{key}' has an unknown key '{sorted(map(str, unknown))[0]}'")
    return data


def _operator(value: Any, key: str) -> Operator:
    try:
        return Operator(value)
    except ValueError:
        known = ", ".join(o.value for o in Operator)
        raise ValueError(f"'{key}.operator' must be one of: {known}") from None


def _values(data: Mapping[str, Any], key: str) -> tuple[Value, ...]:
    values = data.get("values", [])
    if not isinstance(values, list | tuple) or not all(
        isinstance(v, str | int | float | bool) for v in values
    ):
        raise ValueError(f"'{key}.values' must be a list of texts, numbers or booleans")
    return tuple(values)


def _where(data: Any, key: str, item: Callable[[Any, str], GroupByItem]) -> WhereFilter:
    _keys(data, key, "item operator values")
    found = item(data.get("item"), f"{key}.item")
    values = _values(data, key)
    if found.grain or found.name == "metric_time" or all(_is_date(v) for v in values):
        values = tuple(_as_date(v) for v in values)
    return WhereFilter(found, _operator(data.get("operator"), key), values)


def _is_date(value: Value) -> bool:
    if not isinstance(value, str) or len(value) != 10:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _as_date(value: Value) -> Value:
    return date.fromisoformat(value) if isinstance(value, str) and _is_date(value) else value


def _as_number(value: Value) -> Value:
    """Exact decimals are written as text."""
    if not isinstance(value, str):
        return value
    try:
        return Decimal(value)
    except InvalidOperation:
        return value


def _having(data: Any, key: str, item: Callable[[Any, str], GroupByItem]) -> MetricFilter:
    _keys(data, key, "metric operator values entity")
    entity = data.get("entity")
    return MetricFilter(
        _text(data.get("metric"), f"{key}.metric"),
        _operator(data.get("operator"), key),
        tuple(_as_number(v) for v in _values(data, key)),
        item(entity, f"{key}.entity") if entity is not None else None,
    )


def _time_range(data: Any) -> TimeRange | None:
    if data is None:
        return None
    _keys(data, "time_range", "start end")
    bounds: list[date | None] = []
    for key in ("start", "end"):
        value = data.get(key)
        if value is not None and not (isinstance(value, str) and _is_date(value)):
            raise ValueError(f"'time_range.{key}' must be a date such as 2025-01-31, or null")
        bounds.append(date.fromisoformat(value) if value is not None else None)
    return TimeRange(bounds[0], bounds[1])


def _order(data: Any, key: str) -> OrderByItem:
    _keys(data, key, "name descending")
    descending = data.get("descending", False)
    if not isinstance(descending, bool):
        raise ValueError(f"'{key}.descending' must be true or false")
    return OrderByItem(_text(data.get("name"), f"{key}.name"), descending)


def _calculation(data: Any, key: str, item: Callable[[Any, str], GroupByItem]) -> Calculation:
    _keys(data, key, "kind metric offset partition_by keep window ascending")
    try:
        kind = CalculationKind(data.get("kind"))
    except ValueError:
        known = ", ".join(k.value for k in CalculationKind)
        raise ValueError(f"'{key}.kind' must be one of: {known}") from None
    offset = data.get("offset")
    if offset is not None:
        _keys(offset, f"{key}.offset", "count grain")
        if type(offset.get("count")) is not int:
            raise ValueError(f"'{key}.offset.count' must be a whole number")
    for name in ("keep", "window"):
        if data.get(name) is not None and type(data[name]) is not int:
            raise ValueError(f"'{key}.{name}' must be a whole number or null")
    if not isinstance(data.get("ascending", False), bool):
        raise ValueError(f"'{key}.ascending' must be true or false")
    return Calculation(
        kind,
        _text(data.get("metric"), f"{key}.metric"),
        Offset(offset["count"], _text(offset.get("grain"), f"{key}.offset.grain"))
        if offset
        else None,
        _each(data, "partition_by", item),
        data.get("keep"),
        data.get("window"),
        bool(data.get("ascending", False)),
    )
