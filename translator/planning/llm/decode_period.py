"""The period of a query: the slot `time_range`, and conditions on `metric_time` that mean the same.

Days are inclusive in what a model writes, and half-open in a query.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from translator.planning.llm.slots import wrong_shape
from translator.query import Operator, QueryIssue, TimeRange, WhereFilter

_ONE_DAY = timedelta(days=1)


def read_period(days: Any) -> TimeRange | QueryIssue | None:
    """The slot `time_range`; None where it bounds nothing."""
    if not days:
        return None
    if not isinstance(days, Mapping):
        return wrong_shape("'time_range' needs the keys first_day and last_day.")
    bounds: list[date | None] = []
    for key in ("first_day", "last_day"):
        text = days.get(key)
        try:
            bounds.append(date.fromisoformat(str(text)[:10]) if text else None)
        except ValueError:
            return QueryIssue("time_range", f"'{text}' is no day; write it as YYYY-MM-DD.")
    first, last = bounds
    if first and last and first > last:
        return QueryIssue(
            "time_range",
            f"The period ends ({last}) before it begins ({first}).",
            (f"first_day {last}, last_day {first}",),
        )
    if first is None and last is None:
        return None
    return TimeRange(first, last + _ONE_DAY if last and last < date.max else None)


def limit_period(period: TimeRange | None, condition: WhereFilter) -> TimeRange | None:
    """The period, narrowed by a condition on `metric_time`; None where it is no such thing."""
    if condition.item.grain not in {None, "day"} or condition.item.date_part:
        return None
    days = [v for v in condition.values if isinstance(v, date)]
    if len(days) != 1 or len(condition.values) != 1 or days[0] == date.max:
        return None
    day = days[0]
    bounds = {
        Operator.GE: (day, None),
        Operator.GT: (day + _ONE_DAY, None),
        Operator.LT: (None, day),
        Operator.LE: (None, day + _ONE_DAY),
        Operator.EQ: (day, day + _ONE_DAY),
    }.get(condition.operator)
    if bounds is None:
        return None
    starts = [d for d in (bounds[0], period.start if period else None) if d]
    ends = [d for d in (bounds[1], period.end if period else None) if d]
    return TimeRange(max(starts) if starts else None, min(ends) if ends else None)
