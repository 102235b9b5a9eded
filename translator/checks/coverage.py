"""Which days the data has: whether it reaches over the period asked for, without gaps.

What is a gap depends on how densely rows usually come: a day without any is one in a web shop's
orders, not in a fair's. Nothing is said of a distance between two days with rows that is within the
usual one (the 95th percentile of all) times a factor by the grain of the dates.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlglot import exp

from semantic.catalog import Dimension, SemanticCatalog, SemanticModel
from translator.answer import Check
from translator.checks.inquiry import Inquiry
from translator.checks.known import Known
from translator.checks.paths import measures_of
from translator.checks.sql import count_rows, expression, model_of, table
from translator.checks.subject import Subject
from translator.checks.words import counted, day, number
from translator.compile.periods import period_start, shift
from translator.query import CalculationKind, SemanticQuery, TimeRange

KIND = "coverage"
_MOST_DAYS = 40_000
_MANY = 20
_FACTORS = {"day": 4, "week": 2}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Timed:
    """A model with the date that its rows are counted by."""

    model: SemanticModel
    time: Dimension


def coverage_inquiries(
    query: SemanticQuery, catalog: SemanticCatalog, known: Known
) -> Iterator[Inquiry]:
    """The days of each model whose rows are aggregated, with their numbers of rows."""
    times = ((m.semantic_model, m.agg_time_dimension) for m in measures_of(query, catalog))
    for key in dict.fromkeys(times):
        yield from known.of((KIND, *key), lambda k=key: _inquiries(k[0], k[1], catalog))  # type: ignore[misc]


def _inquiries(name: str, time_name: str, catalog: SemanticCatalog) -> Iterator[Inquiry]:
    model = catalog.semantic_models[name]
    time = next((d for d in model.dimensions if d.name == time_name), None)
    if time is None:
        return
    found = model_of(model, catalog)
    value = exp.cast(expression(time.expr, catalog.adapter_type), "date")
    first = exp.Literal.number(1)
    tree = (
        exp.select(exp.alias_(value, "d"), exp.alias_(count_rows(), "n"))
        .from_(table(found))
        .group_by(first)
        .order_by(first.copy())
        .limit(_MOST_DAYS)
    )
    yield Inquiry(KIND, Timed(model, time), tree, (found,), (KIND, name, time_name))


def coverage(subject: Subject) -> Iterator[Check]:
    """One check for each model."""
    query = subject.query
    if not isinstance(query, SemanticQuery):
        return
    for finding in subject.findings:
        if finding.inquiry.kind != KIND:
            continue
        timed: Timed = finding.inquiry.about
        if finding.problem is not None:
            detail = f"The dates of {timed.model.model} could not be checked: {finding.problem}."
            yield Check(KIND, "warn", detail)
        else:
            yield _check(timed, finding.rows, query, subject.as_of)


def _check(
    timed: Timed, rows: tuple[tuple[Any, ...], ...], query: SemanticQuery, today: date
) -> Check:
    name = timed.model.model
    days = sorted(_date(d) for d, _ in rows if d is not None)
    undated = sum(int(n) for d, n in rows if d is None)
    if not days:
        return Check(KIND, "warn", f"{name} has no rows with a {_words(timed.time)}.")
    asked = _asked(query)
    problems = list(_problems(days, asked, today, timed.time.grain or "day", name))
    if problems:
        return Check(KIND, "warn", " ".join(problems))
    detail = f"Data of {name} reach from {day(days[0])} to {day(days[-1])}"
    if asked.start or asked.end:
        detail += " and cover the period"
    if undated and (asked.start or asked.end or any(g.grain for g in query.group_by)):
        detail += (
            f"; {counted(undated, 'row')} without {_words(timed.time)} "
            f"{'is' if undated == 1 else 'are'} in no period"
        )
    return Check(KIND, "pass", f"{detail}.")


def _problems(
    days: list[date], asked: TimeRange, today: date, grain: str, name: str
) -> Iterator[str]:
    first, last = days[0], days[-1]
    start, end = asked.start, asked.end
    if start is not None and start > last and _index(start, grain) > _index(last, grain):
        yield f"Data of {name} end on {day(last)}, before the period asked for."
        return
    if end is not None and end <= first:
        yield f"Data of {name} begin on {day(first)}, after the period asked for."
        return
    units = sorted({_index(d, grain) for d in days})
    allowed = _allowed(units, grain)
    if start is not None and _index(first, grain) - _index(start, grain) >= allowed:
        yield (
            f"Data of {name} begin on {day(first)}, "
            f"{_span(_index(first, grain) - _index(start, grain), grain)} after the period asked "
            "for does."
        )
    # What is not over yet need not have data yet.
    until = min(end, today) if end is not None else today
    missing = _index(until, grain) - 1 - _index(last, grain)
    if missing >= allowed and (end is not None or start is not None):
        yield (
            f"Data of {name} end on {day(last)}, {_span(missing, grain)} before "
            f"{'the period does' if until == end else day(until)}."
        )
    low = _index(start, grain) if start is not None else units[0]
    high = _index(end - timedelta(days=1), grain) if end is not None else units[-1]
    gaps = [
        (before, after)
        for before, after in zip(units, units[1:], strict=False)
        if after - before > allowed and after > low and before < high
    ]
    if gaps:
        before, after = max(gaps, key=lambda gap: gap[1] - gap[0])
        more = f", and {counted(len(gaps) - 1, 'shorter gap')}" if len(gaps) > 1 else ""
        yield (
            f"{name} has no rows from {day(_start(before + 1, grain))} to "
            f"{day(_start(after, grain) - timedelta(days=1))} "
            f"({_span(after - before - 1, grain)}{more})."
        )


def _allowed(units: list[int], grain: str) -> int:
    """The distance between two dates with rows that is no gap."""
    distances = sorted(b - a for a, b in zip(units, units[1:], strict=False))
    if not distances:
        return 10**9
    if len(distances) < _MANY:
        return _FACTORS.get(grain, 1) * distances[-1] if distances[-1] > 1 else _least(grain)
    usual = distances[math.ceil(0.95 * len(distances)) - 1]
    return usual * (4 if usual > 1 else _least(grain))


def _least(grain: str) -> int:
    return _FACTORS.get(grain, 1)


def _asked(query: SemanticQuery) -> TimeRange:
    """The period whose rows are read, that of a comparison included."""
    found = query.time_range or TimeRange(None, None)
    start = found.start
    for calculation in query.calculations:
        if calculation.kind is CalculationKind.PERIOD_OVER_PERIOD and calculation.offset:
            with suppress(ValueError):
                earlier = shift(found, calculation.offset)
                if earlier is not None and earlier.start is not None and start is not None:
                    start = min(start, earlier.start)
    return TimeRange(start, found.end)


def _index(value: date, grain: str) -> int:
    """The number of a period of that grain, one more for each later one."""
    if grain in _MONTHS:
        return (value.year * 12 + value.month - 1) // _MONTHS[grain]
    if grain == "week":
        return period_start(value, "week").toordinal() // 7
    return value.toordinal()


def _start(index: int, grain: str) -> date:
    """The first day of a period by its number."""
    if grain in _MONTHS:
        year, month = divmod(index * _MONTHS[grain], 12)
        return date(year, month + 1, 1)
    if grain == "week":
        return period_start(date.fromordinal(index * 7 + 6), "week")
    return date.fromordinal(index)


def _span(count: int, grain: str) -> str:
    unit = grain if grain in _MONTHS or grain == "week" else "day"
    return f"{number(count)} {unit}{'' if count == 1 else 's'}"


def _date(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else value


def _words(time: Dimension) -> str:
    return time.column or time.name.replace("_", " ")
