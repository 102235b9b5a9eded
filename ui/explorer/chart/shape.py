"""Which chart shows a result best, from the shape of the result alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from translator.answer import AnswerColumn

MOST_SERIES = 8
"""Lines or colours that a person can still tell apart."""
MOST_BARS = 30
"""Bars shown in one chart; the table has the rest."""
_MOST_GROUPS = 12
_COMPARED = "__previous"
_ASIDE = ("__change", "__percent_change", "__share", "__rank")


class ChartKind(StrEnum):
    """How a result can be shown."""

    FIGURE = "figure"
    LINE = "line"
    BAR = "bar"
    GROUPED = "grouped"
    STACKED = "stacked"
    SHARE = "share"
    TABLE = "table"


@dataclass(frozen=True)
class Shape:
    """What a chart of the result is made of. Numbers are positions of columns.

    `offered` are all kinds that show it truly, the best one first; what is stacked adds up.
    `time` or `category` is the axis, `series` what is told apart by colour where one column does
    that, `measures` what is drawn. `naming` is written beside `category`: an attribute of it, such
    as the name of what the axis has by key.
    """

    offered: tuple[ChartKind, ...]
    measures: tuple[int, ...] = ()
    time: int | None = None
    category: int | None = None
    series: int | None = None
    naming: int | None = None

    @property
    def best(self) -> ChartKind:
        """What is shown unless a person chooses otherwise."""
        return self.offered[0]


_TABLE = Shape((ChartKind.TABLE,))


def shape_of(
    columns: Sequence[AnswerColumn],
    rows: Sequence[Sequence[Any]],
    additive: frozenset[str] = frozenset(),
) -> Shape:
    """The shape of a result.

    Args:
        columns: those of the answer.
        rows: those of the answer, in its order.
        additive: metrics whose parts add up to a whole.
    """
    measures = _measures(columns)
    dimensions = [i for i, column in enumerate(columns) if column.role == "dimension"]
    if not rows or not measures:
        return _TABLE
    if len(rows) == 1 and (len(dimensions) <= 1 or len(measures) == 1):
        return Shape((ChartKind.FIGURE, ChartKind.TABLE), measures)
    times = [i for i in dimensions if columns[i].type in {"date", "timestamp"}]
    others = [i for i in dimensions if i not in times]
    if len(times) > 1:
        return _TABLE
    time = times[0] if times else None
    if time is not None and _distinct(rows, time) > 1:
        return _over_time(columns, rows, measures, time, others, additive)
    if not others and time is not None:
        return _TABLE
    return _by_category(columns, rows, measures, others, additive)


def _measures(columns: Sequence[AnswerColumn]) -> tuple[int, ...]:
    """What is drawn together: the first figure with those of its format, and its earlier value."""
    numbers = [
        i
        for i, c in enumerate(columns)
        if c.role == "metric" and c.type in {"number", "integer"} and not c.name.endswith(_ASIDE)
    ]
    if not numbers:
        return tuple(
            i
            for i, c in enumerate(columns)
            if c.role == "metric"
            and c.type in {"number", "integer"}
            and not c.name.endswith("__rank")
        )[:1]
    first = columns[numbers[0]]
    alike = [i for i in numbers if columns[i].format == first.format]
    earlier = [i for i in alike if columns[i].name == f"{first.name}{_COMPARED}"]
    if earlier:
        return (numbers[0], earlier[0])
    return tuple(alike[:4])


def _over_time(
    columns: Sequence[AnswerColumn],
    rows: Sequence[Sequence[Any]],
    measures: tuple[int, ...],
    time: int,
    others: Sequence[int],
    additive: frozenset[str],
) -> Shape:
    if len(others) > 1:
        return _TABLE
    if not others:
        offered = [ChartKind.LINE, ChartKind.BAR, ChartKind.TABLE]
        if _distinct(rows, time) > MOST_BARS * 2:
            offered.remove(ChartKind.BAR)
        return Shape(tuple(offered), measures, time=time)
    first = measures[:1]
    parts = [ChartKind.LINE]
    if _adds_up(columns, rows, first[0], additive):
        parts += [ChartKind.STACKED, ChartKind.SHARE]
    return Shape((*parts, ChartKind.TABLE), first, time=time, series=others[0])


def _by_category(
    columns: Sequence[AnswerColumn],
    rows: Sequence[Sequence[Any]],
    measures: tuple[int, ...],
    others: Sequence[int],
    additive: frozenset[str],
) -> Shape:
    if len(others) == 1:
        return Shape((ChartKind.BAR, ChartKind.TABLE), measures, category=others[0])
    if len(others) != 2:
        return _TABLE
    # The axis is what there is more of, so that few colours are needed.
    category, series = sorted(others, key=lambda i: -_distinct(rows, i))
    if len(rows) > 1 and _distinct(rows, category) == len(rows):
        offered_bars = (ChartKind.BAR, ChartKind.TABLE)
        return Shape(offered_bars, measures, category=category, naming=series)
    if _distinct(rows, series) > MOST_SERIES:
        return _TABLE
    offered = [ChartKind.GROUPED, ChartKind.TABLE]
    if _adds_up(columns, rows, measures[0], additive):
        offered[1:1] = [ChartKind.STACKED, ChartKind.SHARE]
        if _distinct(rows, category) > _MOST_GROUPS:
            offered.remove(ChartKind.GROUPED)
    elif _distinct(rows, category) > _MOST_GROUPS * 2:
        return _TABLE
    return Shape(tuple(offered), measures[:1], category=category, series=series)


def _adds_up(
    columns: Sequence[AnswerColumn],
    rows: Sequence[Sequence[Any]],
    measure: int,
    additive: frozenset[str],
) -> bool:
    """Whether stacked parts are a whole: a sum or a count, and nothing below zero."""
    return columns[measure].name in additive and all(
        row[measure] is None or row[measure] >= 0 for row in rows
    )


def _distinct(rows: Sequence[Sequence[Any]], position: int) -> int:
    return len({row[position] for row in rows})
