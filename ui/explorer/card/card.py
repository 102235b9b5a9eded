"""One answer as a card: what matters first, everything underneath."""

from __future__ import annotations

import streamlit as st

from translator.answer import Status
from ui.explorer import session
from ui.explorer.card import evidence, outcomes
from ui.explorer.card.chips import show_chips
from ui.explorer.card.feedback import show_feedback
from ui.explorer.card.result import labels_of, show_result, show_table, with_meanings
from ui.explorer.card.save import show_save
from ui.explorer.card.share import show_export, show_link
from ui.explorer.chart.shape import ChartKind
from ui.explorer.conversation import Turn
from ui.explorer.markdown import literal
from ui.explorer.refine.panel import show_controls
from ui.explorer.resources import Resources


def show_card(resources: Resources, turn: Turn, wanted: ChartKind | None = None) -> None:
    """Show the turn's answer.

    Args:
        resources: of the project.
        turn: what to show.
        wanted: the kind of chart that a link asks for.
    """
    answer = turn.answer
    with st.container(border=True, key="card"):
        st.subheader(literal(turn.question), anchor=False)
        if answer.status is Status.CLARIFY and answer.clarification is not None:
            outcomes.show_clarification(resources, turn, answer.clarification)
            return
        if answer.status is Status.UNSUPPORTED and answer.refusal is not None:
            outcomes.show_refusal(resources, turn, answer.refusal)
            show_save(resources, turn)
            return
        if answer.status is Status.ERROR and answer.error is not None:
            outcomes.show_error(answer.error)
            if answer.sql:
                with st.expander("The SQL that was to run"):
                    evidence.show_sql(answer)
            st.button(
                "Try again",
                icon=":material/refresh:",
                on_click=session.ask,
                args=(resources, turn.question),
            )
            return
        _show_answer(resources, turn, wanted)


def _show_answer(resources: Resources, turn: Turn, wanted: ChartKind | None) -> None:
    answer = turn.answer
    evidence.show_failed(answer)
    if answer.explanation:
        st.text(answer.explanation)
    show_chips(resources, turn)
    show_controls(resources, turn)
    drawn = show_result(resources, turn, wanted)
    evidence.show_trust(answer)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if turn.changed:
            st.button(
                "Undo",
                icon=":material/undo:",
                key=f"undo-{turn.version}",
                on_click=session.undo,
                args=(resources,),
            )
        show_export(resources, turn, drawn)
        show_link(turn)
        show_save(resources, turn)
        show_feedback(resources, turn)
    labels = labels_of(answer, resources.translator.catalog)
    table, checks, sql, query, lineage, trace = st.tabs(
        ["Table", f"Checks ({len(answer.checks)})", "SQL", "Query", "Lineage", "Trace"],
        key=f"tabs-{turn.version}",
    )
    with table:
        if answer.rows:
            show_table(with_meanings(answer, resources.translator.catalog), labels)
        else:
            st.caption("No rows.")
    with checks:
        evidence.show_checks(answer)
    with sql:
        evidence.show_sql(answer)
    with query:
        evidence.show_query(answer)
    with lineage:
        evidence.show_lineage(resources, answer)
    with trace:
        evidence.show_trace(answer)
