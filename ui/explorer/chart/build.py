"""The Altair chart of a result, in the shape that was chosen for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import altair as alt

from translator.answer import AnswerColumn
from ui.explorer.chart.shape import MOST_BARS, MOST_SERIES, ChartKind, Shape
from ui.render.values import format_value

# Told apart without red and green, in light and in dark: after Okabe and Ito (2008).
COLOURS = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#8A7FD1",
    "#7F7F7F",
)
_ON_LIGHT, _ON_DARK = "#31333F", "#FAFAFA"
_BILLIONS = "replace(format(datum.value, '~s'), 'G', 'B')"

_BAR_PIXELS = 28


@dataclass(frozen=True)
class Drawn:
    """A chart; `note` says what of the result it leaves out, `summary` the same in words."""

    chart: alt.Chart | alt.LayerChart
    note: str
    summary: str


def draw(
    kind: ChartKind,
    shape: Shape,
    columns: Sequence[AnswerColumn],
    rows: Sequence[Sequence[Any]],
    labels: Sequence[str],
    dark: bool = False,
) -> Drawn:
    """The chart of `kind`, one of `shape.offered` other than figure and table.

    Args:
        kind: what to draw.
        shape: of the result.
        columns: those of the answer.
        rows: those of the answer.
        labels: what the columns are called, in their order.
        dark: whether it is drawn on a dark ground.
    """
    if shape.time is not None:
        return _over_time(kind, shape, columns, rows, labels)
    return _by_category(kind, shape, columns, rows, labels, _ON_DARK if dark else _ON_LIGHT)


def _over_time(
    kind: ChartKind,
    shape: Shape,
    columns: Sequence[AnswerColumn],
    rows: Sequence[Sequence[Any]],
    labels: Sequence[str],
) -> Drawn:
    assert shape.time is not None
    kept, note = _most_important(shape, columns, rows, labels)
    records = _records(shape, columns, kept, labels, shape.time)
    first = columns[shape.measures[0]]
    grain = columns[shape.time].name.rpartition("__")[2]
    x = _time_axis(columns[shape.time], grain, records)
    y = _value_axis(first, _axis_title(shape, labels), kind)
    several = shape.series is not None or len(shape.measures) > 1
    base = alt.Chart(alt.InlineData(values=records))
    encoding: dict[str, Any] = {"x": x, "y": y, "tooltip": _tooltip(labels[shape.time], several)}
    if several:
        encoding |= _colour(records, kind)
    if kind is ChartKind.LINE:
        if several:
            encoding["strokeDash"] = alt.StrokeDash(
                "series:N", sort=_series(records), legend=None, scale=_dashes(shape, records)
            )
        chart = base.mark_line(point=len(records) <= 60, interpolate="linear").encode(**encoding)
    elif kind is ChartKind.BAR and several:
        chart = base.mark_bar().encode(
            **(encoding | {"xOffset": alt.XOffset("series:N", sort=_series(records))})
        )
    else:
        chart = base.mark_bar().encode(**(encoding | _order(records)))
    if not several:
        chart = chart.configure_mark(color=COLOURS[0])
    summary = f"{_axis_title(shape, labels)} by {labels[shape.time]}"
    return Drawn(_framed(chart, 340), note, summary)


def _by_category(
    kind: ChartKind,
    shape: Shape,
    columns: Sequence[AnswerColumn],
    rows: Sequence[Sequence[Any]],
    labels: Sequence[str],
    ink: str,
) -> Drawn:
    assert shape.category is not None
    kept, note = _first_bars(shape, columns, rows, labels)
    records = _records(shape, columns, kept, labels, shape.category)
    first = columns[shape.measures[0]]
    several = shape.series is not None or len(shape.measures) > 1
    names = list(dict.fromkeys(r["x"] for r in records))
    y = alt.Y(
        "x:N",
        sort=names,
        title=None,
        axis=alt.Axis(
            labelLimit=220, labelOverlap=False, ticks=False, domain=False, labelPadding=8
        ),
    )
    x = _value_axis(first, _axis_title(shape, labels), kind, alt.X)
    encoding: dict[str, Any] = {
        "x": x,
        "y": y,
        "tooltip": _tooltip(labels[shape.category], several),
    }
    if several:
        encoding |= _colour(records, kind)
        if kind in {ChartKind.GROUPED, ChartKind.BAR}:
            series = _series(records)
            encoding["yOffset"] = alt.YOffset("series:N", sort=series)
        else:
            encoding |= _order(records)
    chart: Any = (
        alt.Chart(alt.InlineData(values=records)).mark_bar(cornerRadiusEnd=2).encode(**encoding)
    )
    if not several:
        # The figure at the end of each bar: read without the axis, and by more than colour.
        text = (
            alt.Chart(alt.InlineData(values=records))
            .mark_text(align="left", dx=4, baseline="middle", color=ink)
            .encode(x=alt.X("y:Q"), y=alt.Y("x:N", sort=names, title=None), text="shown:N")
        )
        text = text.transform_filter("datum.y >= 0")
        chart = (chart + text).configure_bar(color=COLOURS[0])
    side_by_side = "yOffset" in encoding
    height = alt.Step(16, **{"for": "offset"}) if side_by_side else alt.Step(_BAR_PIXELS)
    summary = f"{_axis_title(shape, labels)} by {labels[shape.category]}"
    return Drawn(_framed(chart, height), note, summary)


def _records(
    shape: Shape,
    columns: Sequence[AnswerColumn],
    rows: Sequence[Sequence[Any]],
    labels: Sequence[str],
    axis: int,
) -> list[dict[str, Any]]:
    """One record a mark. Names of columns never become names of fields: they may hold any sign."""
    records = []
    for row in rows:
        for position in shape.measures:
            column = columns[position]
            series = (
                format_value(row[shape.series], columns[shape.series])
                if shape.series is not None
                else labels[position]
            )
            shown = format_value(row[axis], columns[axis])
            if shape.naming is not None:
                shown = f"{format_value(row[shape.naming], columns[shape.naming])} ({shown})"
            records.append(
                {
                    "x": _moment(row[axis]) if shape.time is not None else shown,
                    "axis": shown,
                    "y": _number(row[position]),
                    "series": series,
                    "shown": format_value(row[position], column),
                }
            )
    return records


def _most_important(
    shape: Shape,
    columns: Sequence[AnswerColumn],
    rows: Sequence[Sequence[Any]],
    labels: Sequence[str],
) -> tuple[Sequence[Sequence[Any]], str]:
    """The rows of the largest series, where there are more than can be told apart."""
    if shape.series is None:
        return rows, ""
    totals: dict[Any, float] = {}
    for row in rows:
        value = _number(row[shape.measures[0]]) or 0.0
        totals[row[shape.series]] = totals.get(row[shape.series], 0.0) + abs(value)
    if len(totals) <= MOST_SERIES:
        return rows, ""
    largest = sorted(totals, key=lambda s: -totals[s])[:MOST_SERIES]
    note = (
        f"The chart shows the {MOST_SERIES} largest of {len(totals):,} "
        f"({labels[shape.series]}); the table has all."
    )
    return [row for row in rows if row[shape.series] in set(largest)], note


def _first_bars(
    shape: Shape,
    columns: Sequence[AnswerColumn],
    rows: Sequence[Sequence[Any]],
    labels: Sequence[str],
) -> tuple[Sequence[Sequence[Any]], str]:
    """Bars from the largest down, unless the axis has an order of its own; not too many."""
    axis = shape.category
    assert axis is not None
    totals: dict[Any, float] = {}
    for row in rows:
        totals[row[axis]] = totals.get(row[axis], 0.0) + (_number(row[shape.measures[0]]) or 0.0)
    ordered = list(totals)
    values = list(totals.values())
    # "The five lowest" come lowest first, and stay so.
    if columns[axis].type in {"string", "boolean"} and values != sorted(values):
        ordered.sort(key=lambda c: -totals[c])
    position = {name: i for i, name in enumerate(ordered[:MOST_BARS])}
    shown = [row for row in rows if row[axis] in position]
    kept = sorted(shown, key=lambda row: position[row[axis]])
    if len(ordered) <= MOST_BARS:
        return kept, ""
    return kept, (
        f"The chart shows {MOST_BARS} of {len(ordered):,} ({labels[axis]}); the table has all."
    )


def _time_axis(column: AnswerColumn, grain: str, records: Sequence[dict[str, Any]]) -> alt.X:
    if grain in {"quarter", "year"} or len({r["x"] for r in records}) <= 1:
        # As words: Vega would write 2025 as a moment in January.
        return alt.X(
            "axis:O",
            title=None,
            sort=list(dict.fromkeys(r["axis"] for r in sorted(records, key=lambda r: str(r["x"])))),
            axis=alt.Axis(labelAngle=0, labelOverlap=True),
        )
    form = {"month": "%b %Y", "day": "%d %b %Y", "week": "%d %b %Y"}.get(grain, "%d %b %Y %H:%M")
    return alt.X(
        "x:T",
        title=None,
        # Without it a day would be read as UTC and shown as local time: the day before, in America.
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(format=form, labelAngle=0, labelOverlap=True, tickCount=8, grid=False),
    )


def _value_axis(column: AnswerColumn, title: str, kind: ChartKind, channel: Any = alt.Y) -> Any:
    if kind is ChartKind.SHARE:
        axis = alt.Axis(format=".0%", tickCount=5)
        return channel("y:Q", stack="normalize", axis=axis, title=f"Share of {title}")
    axis = (
        alt.Axis(format=".1~%", tickCount=5)
        if column.format == "percent"
        else alt.Axis(labelExpr=_BILLIONS, tickCount=5)
    )
    stack = "zero" if kind is ChartKind.STACKED else None
    # A line of a share or a price may begin above zero; a bar, whose length is read, never.
    zero = kind is not ChartKind.LINE or column.format != "percent"
    return channel("y:Q", stack=stack, axis=axis, title=title, scale=alt.Scale(zero=zero))


def _colour(records: Sequence[dict[str, Any]], kind: ChartKind) -> dict[str, Any]:
    series = _series(records)
    # A line's sign is long enough to show how the line is dashed.
    sign: dict[str, Any] = (
        {"symbolType": "stroke", "symbolSize": 500} if kind is ChartKind.LINE else {}
    )
    return {
        "color": alt.Color(
            "series:N",
            sort=series,
            title=None,
            scale=alt.Scale(domain=series, range=list(COLOURS[: len(series)])),
            legend=alt.Legend(orient="top", columns=4, labelLimit=160, offset=6, **sign),
        )
    }


def _order(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    series = _series(records)
    for record in records:
        record["order"] = series.index(record["series"])
    return {"order": alt.Order("order:Q")}


def _series(records: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(record["series"] for record in records))


def _dashes(shape: Shape, records: Sequence[dict[str, Any]]) -> alt.Scale:
    """The earlier period is dashed; other lines differ by dash as well as by colour."""
    series = _series(records)
    patterns = [[1, 0], [6, 4], [2, 2], [8, 3, 2, 3], [1, 0], [6, 4], [2, 2], [8, 3, 2, 3]]
    return alt.Scale(domain=series, range=patterns[: len(series)])


def _tooltip(axis: str, several: bool) -> list[alt.Tooltip]:
    found = [alt.Tooltip("axis:N", title=_plain(axis))]
    if several:
        found.append(alt.Tooltip("series:N", title=" "))
    return [*found, alt.Tooltip("shown:N", title="Value")]


def _axis_title(shape: Shape, labels: Sequence[str]) -> str:
    return _plain(labels[shape.measures[0]])


def _framed(chart: Any, height: Any) -> Any:
    return chart.properties(height=height, width="container").configure_view(strokeWidth=0)


def _moment(value: Any) -> str | None:
    text = None if value is None else str(value)
    return f"{text}Z" if text and "T" in text else text


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float | Decimal) else None


def _plain(text: str) -> str:
    """A title on one line."""
    return " ".join(text.split())
