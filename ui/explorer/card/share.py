"""Taking an answer elsewhere: files, a picture of its chart, a link."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from ui.explorer import links
from ui.explorer.card.result import chart_choice, labels_of
from ui.explorer.chart.build import Drawn
from ui.explorer.conversation import Turn
from ui.explorer.export import to_csv, to_excel, to_parquet, to_png
from ui.explorer.resources import Resources

_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show_export(resources: Resources, turn: Turn, drawn: Drawn | None) -> None:
    """Files of the rows, and of the chart where there is one. Made only when asked for."""
    answer = turn.answer
    if not answer.columns:
        return
    labels = labels_of(answer, resources.translator.catalog)
    name = _file_name(turn.question)
    with st.popover("Export", icon=":material/download:", key=f"export-{turn.version}"):
        files = [
            ("CSV", "csv", "text/csv", lambda: to_csv(answer)),
            ("Excel", "xlsx", _EXCEL, lambda: to_excel(answer, labels)),
            ("Parquet", "parquet", "application/vnd.apache.parquet", lambda: to_parquet(answer)),
        ]
        if drawn is not None:
            files.append(("PNG of the chart", "png", "image/png", lambda: to_png(drawn.chart)))
        for label, suffix, mime, make in files:
            st.download_button(
                label,
                make,
                file_name=f"{name}.{suffix}",
                mime=mime,
                key=f"file-{suffix}-{turn.version}",
                on_click="ignore",
                width="stretch",
            )


def show_link(turn: Turn) -> None:
    """The address that reopens this question in this state."""
    with st.popover("Link", icon=":material/link:", key=f"link-{turn.version}"):
        st.caption("Opens this question again, with every change, on today's data.")
        base = str(st.context.url or "").partition("?")[0]
        st.code(f"{base}?{urlencode(parameters(turn))}", language=None, wrap_lines=True)


def parameters(turn: Turn) -> dict[str, str]:
    """The link's parameters."""
    return links.to_parameters(turn.question, turn.answer.query, turn.as_of, chart_choice(turn))


def _file_name(question: str) -> str:
    words = "".join(c if c.isalnum() and c.isascii() else " " for c in question.lower()).split()
    return "_".join(words)[:60] or "answer"
