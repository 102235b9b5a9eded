"""Ask: one field, the answer, and the conversation before it."""

from __future__ import annotations

import streamlit as st

from semantic.errors import ConfigurationError
from ui.explorer import links, session
from ui.explorer.card.card import show_card
from ui.explorer.card.outcomes import show_error
from ui.explorer.card.progress import wait_for
from ui.explorer.card.share import parameters
from ui.explorer.markdown import literal
from ui.explorer.resources import Resources
from ui.explorer.suggestions import first_questions

_FIELD, _OPENED, _WANTED = "question", "metricspeak_opened", "metricspeak_wanted_chart"


def show(resources: Resources) -> None:
    """The page."""
    _open_link(resources)
    talk = session.conversation()
    running = session.job()
    if not talk.turns and running is None:
        st.title("What do you want to know?", anchor=False)
    _field(resources)
    if running is not None:
        wait_for(running)
        session.finish(resources)
        # From the top: widgets above were drawn before the answer was there.
        st.rerun()
    problem = session.notice()
    if problem is not None:
        show_error(problem)
    turn = talk.current
    if turn is None:
        st.query_params.clear()
        _first(resources)
        return
    _earlier(resources)
    wanted = st.session_state.get(_WANTED) if len(talk.turns) == 1 and not turn.changed else None
    show_card(resources, turn, wanted)
    st.query_params.from_dict(parameters(turn))


def _field(resources: Resources) -> None:
    talk = session.conversation()
    with (
        st.form("ask", clear_on_submit=True, border=False, enter_to_submit=True),
        st.container(horizontal=True, gap="small", vertical_alignment="bottom"),
    ):
        text = st.text_input(
            "Your question",
            key=_FIELD,
            placeholder="Ask on: and by region? only 2024?"
            if talk.turns
            else "For example: revenue by month this year",
            autocomplete="off",
            icon=":material/search:",
            label_visibility="collapsed",
        )
        asked = st.form_submit_button("Ask", type="primary")
    if asked and text.strip():
        session.ask(resources, text.strip())
        st.rerun()


def _first(resources: Resources) -> None:
    """Before anything is asked."""
    catalog = resources.translator.catalog
    if not catalog.metrics:
        st.info(
            "This project defines no metrics yet. Ask, and the refusal drafts what is missing.",
            icon=":material/info:",
        )
        return
    st.caption(
        f"{len(catalog.metrics):,} metrics of {literal(catalog.project_name)} can be asked for, "
        "in plain English. Try one of these, or look through the catalog."
    )
    with st.container(horizontal=True, gap="small"):
        for position, text in enumerate(first_questions(resources.translator, resources.verified)):
            st.button(
                literal(text), key=f"first-{position}", on_click=session.ask, args=(resources, text)
            )


def _earlier(resources: Resources) -> None:
    """The way to a new conversation, and the turns of this one to go back to."""
    talk = session.conversation()
    shown = talk.shown % len(talk.turns)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            "New question",
            icon=":material/add:",
            type="tertiary",
            help="The next question follows up on nothing",
            on_click=session.start_over,
        )
        if len(talk.turns) < 2:
            return
        for position, turn in enumerate(talk.turns):
            st.button(
                literal(turn.question),
                key=f"turn-{turn.id}",
                type="secondary" if position == shown else "tertiary",
                disabled=position == shown,
                on_click=session.show,
                args=(resources, position),
            )


def _open_link(resources: Resources) -> None:
    """What the address asks for, once a session."""
    if st.session_state.get(_OPENED):
        return
    st.session_state[_OPENED] = True
    try:
        linked = links.from_parameters(st.query_params.to_dict(), resources.translator.catalog)
    except ConfigurationError as error:
        st.error(f"{literal(error.message)} {literal(error.hint)}")
        return
    if linked is None:
        return
    st.session_state[_WANTED] = linked.chart
    if linked.query is not None:
        session.run(resources, linked.query, "reopen", linked.question)
    else:
        session.ask(resources, linked.question)
