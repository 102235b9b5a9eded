"""The result itself: a figure or a chart first, then the table."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from semantic.catalog import SemanticCatalog
from translator.answer import Answer, AnswerColumn
from translator.elements import query_elements
from ui.explorer.chart.build import Drawn, draw
from ui.explorer.chart.shape import ChartKind, Shape, shape_of
from ui.explorer.conversation import Turn
from ui.explorer.markdown import literal
from ui.explorer.resources import Resources
from ui.explorer.words import column_label
from ui.render.values import MISSING, format_column, format_value, is_numeric

_LOG = logging.getLogger(__name__)
_NAMES = {
    ChartKind.FIGURE: "Figure",
    ChartKind.LINE: "Line",
    ChartKind.BAR: "Bars",
    ChartKind.GROUPED: "Grouped",
    ChartKind.STACKED: "Stacked",
    ChartKind.SHARE: "Share",
    ChartKind.TABLE: "Table",
}
_ICONS = {
    ChartKind.FIGURE: ":material/123:",
    ChartKind.LINE: ":material/show_chart:",
    ChartKind.BAR: ":material/bar_chart:",
    ChartKind.GROUPED: ":material/grouped_bar_chart:",
    ChartKind.STACKED: ":material/stacked_bar_chart:",
    ChartKind.SHARE: ":material/percent:",
    ChartKind.TABLE: ":material/table:",
}
_ROW_PIXELS, _MOST_PIXELS = 35, 420
_MOST_STYLED = 100_000


def labels_of(answer: Answer, catalog: SemanticCatalog) -> list[str]:
    """What the columns are called; no two alike."""
    labels: list[str] = []
    for column in answer.columns:
        label = column_label(column.name, catalog)
        labels.append(label if label not in labels else f"{label} ({column.name})")
    return labels


def with_meanings(answer: Answer, catalog: SemanticCatalog) -> Answer:
    """The answer with what codes mean instead of the codes, for people; files keep the codes."""
    meanings = [_meanings(column, answer, catalog) for column in answer.columns]
    if not any(meanings):
        return answer
    rows = tuple(
        tuple(
            meant.get(value, value) if meant and isinstance(value, str) else value
            for value, meant in zip(row, meanings, strict=True)
        )
        for row in answer.rows
    )
    return replace(answer, rows=rows)


def _meanings(column: AnswerColumn, answer: Answer, catalog: SemanticCatalog) -> dict[str, str]:
    if column.role != "dimension" or answer.query is None:
        return {}
    element = query_elements(answer.query, catalog).get(column.name)
    if element is None or element.dimension is None:
        return {}
    return {code: f"{text} ({code})" for code, text in element.dimension.value_labels}


def shape(answer: Answer, catalog: SemanticCatalog) -> Shape:
    """The shape of the answer's result."""
    additive = frozenset(name for name, metric in catalog.metrics.items() if metric.additive)
    return shape_of(answer.columns, answer.rows, additive)


def show_result(resources: Resources, turn: Turn, wanted: ChartKind | None = None) -> Drawn | None:
    """Show the result; gives the chart, for export, where there is one.

    Args:
        resources: of the project.
        turn: whose answer is shown.
        wanted: the kind of chart that a link asks for.
    """
    catalog = resources.translator.catalog
    answer = with_meanings(turn.answer, catalog)
    labels = labels_of(answer, catalog)
    if not answer.rows:
        st.info(
            "Nothing matches: the query ran, and no row meets its filters and period.",
            icon=":material/search_off:",
        )
        return None
    found = shape(answer, catalog)
    kind = _choice(turn, found, wanted)
    drawn = None
    if kind is ChartKind.FIGURE:
        show_figures(answer, labels)
    elif kind is ChartKind.TABLE:
        show_table(answer, labels)
    else:
        try:
            drawn = draw(kind, found, answer.columns, answer.rows, labels, _dark())
        except Exception:  # a chart is an extra: the rows are the answer
            _LOG.exception("chart of %s", answer.trace_id)
            st.warning("The chart could not be drawn; here are the rows.")
            show_table(answer, labels)
            return None
        st.altair_chart(drawn.chart, alt=drawn.summary, key=f"chart-{turn.version}-{kind.value}")
        if drawn.note:
            st.caption(literal(drawn.note))
    if answer.truncated:
        st.warning(
            f"Cut at {len(answer.rows):,} rows: there are more. Filter, or group by less.",
            icon=":material/content_cut:",
        )
    return drawn


def _dark() -> bool:
    return st.context.theme.type == "dark"


def chart_choice(turn: Turn) -> ChartKind | None:
    """The kind of chart that the person chose for this answer."""
    found: ChartKind | None = st.session_state.get(f"kind-{turn.version}")
    return found


def _choice(turn: Turn, found: Shape, wanted: ChartKind | None) -> ChartKind:
    if len(found.offered) == 1:
        return found.best
    default = wanted if wanted in found.offered else found.best
    chosen = st.segmented_control(
        "Show as",
        found.offered,
        default=default,
        format_func=lambda k: f"{_ICONS[k]} {_NAMES[k]}",
        key=f"kind-{turn.version}",
        label_visibility="collapsed",
    )
    return chosen or default


def show_figures(answer: Answer, labels: Sequence[str]) -> None:
    """One row: each figure large, with what it was earlier."""
    row = answer.rows[0]
    names = {column.name: i for i, column in enumerate(answer.columns)}
    where = [
        f"{labels[i]}: {format_value(row[i], c)}"
        for i, c in enumerate(answer.columns)
        if c.role == "dimension"
    ]
    if where:
        st.text(" · ".join(where))
    with st.container(horizontal=True, gap="large"):
        for position, column in enumerate(answer.columns):
            metric, _, tail = column.name.rpartition("__")
            if column.role != "metric" or (
                metric in names and tail in {"previous", "change", "percent_change"}
            ):
                continue
            earlier = names.get(f"{column.name}__previous")
            change = names.get(f"{column.name}__percent_change")
            delta = description = None
            if earlier is not None:
                before = format_value(row[earlier], answer.columns[earlier])
                description = literal(f"{before} {_before(answer)}")
                percent = row[change] if change is not None else None
                delta = "no comparison" if percent is None else f"{float(percent) * 100:+,.1f}%"
            st.metric(
                literal(labels[position]),
                format_value(row[position], column),
                delta=delta,
                # Whether more is better, nobody told us.
                delta_color="off",
                delta_description=description,
                width="content",
            )


def _before(answer: Answer) -> str:
    """What a figure was compared with, in words."""
    for calculation in answer.query.calculations if answer.query else ():
        if calculation.offset is not None:
            count, grain = calculation.offset.count, calculation.offset.grain
            return f"one {grain} earlier" if count == 1 else f"{count} {grain}s earlier"
    return "earlier"


def show_table(answer: Answer, labels: Sequence[str]) -> None:
    """All rows, with their formats; sortable."""
    frame = frame_of(answer, labels)
    shown = frame
    if frame.size <= _MOST_STYLED:
        formats = {
            label: _formatter([row[position] for row in answer.rows], column)
            for position, (label, column) in enumerate(zip(labels, answer.columns, strict=True))
            if _is_figure(column)
        }
        shown = frame.style.format(formats, na_rep=MISSING)
    st.dataframe(
        shown,
        hide_index=True,
        height=min(_MOST_PIXELS, _ROW_PIXELS * (len(answer.rows) + 1) + 3),
        placeholder=MISSING,
    )
    rows = len(answer.rows)
    st.caption(f"{rows:,} {'row' if rows == 1 else 'rows'}")


def frame_of(answer: Answer, labels: Sequence[str]) -> Any:
    """The rows as a data frame: figures as numbers, everything else as people read it."""
    return pd.DataFrame(
        {
            label: _series([row[position] for row in answer.rows], column)
            for position, (label, column) in enumerate(zip(labels, answer.columns, strict=True))
        }
    )


def _series(values: list[Any], column: AnswerColumn) -> Any:
    if not _is_figure(column):
        return pd.Series(
            [None if v is None else format_value(v, column) for v in values], dtype="str"
        )
    if all(v is None or (isinstance(v, int) and abs(v) < 2**63) for v in values):
        return pd.array(values, dtype="Int64")
    return pd.Series([None if v is None else float(v) for v in values], dtype="float64")


def _formatter(values: list[Any], column: AnswerColumn) -> Callable[[Any], str]:
    """As the command line writes the column: where one figure has decimals, all have them."""
    aligned = any("." in text for text in format_column(values, column))

    def shown(value: Any) -> str:
        text = format_value(value if isinstance(value, int | float) else float(value), column)
        return f"{text}.00" if aligned and "." not in text else text

    return shown


def _is_figure(column: AnswerColumn) -> bool:
    return column.role == "metric" and is_numeric(column)
