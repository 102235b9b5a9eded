"""What is shown where there is no result: readings to choose from, a refusal, an error."""

from __future__ import annotations

import streamlit as st

from translator.answer import AnswerError
from translator.plan import Clarification, ModelQuery, Refusal
from ui.explorer import session
from ui.explorer.conversation import Turn
from ui.explorer.markdown import literal
from ui.explorer.resources import Resources

_FAULTS = {
    "service_down": "A service is down",
    "timeout": "It took too long",
    "stopped": "Stopped",
    "warehouse": "The warehouse refused",
    "bad_question": "This is not a question yet",
    "bad_query": "It cannot be computed like this",
    "configuration": "Something is not set up",
    "internal": "MetricSpeak failed",
}


def show_clarification(resources: Resources, turn: Turn, clarification: Clarification) -> None:
    """The readings as buttons."""
    st.markdown(f"**{literal(clarification.message)}**")
    with st.container(key="readings"):
        for position, option in enumerate(clarification.options):
            mark = " (not governed)" if isinstance(option.plan, ModelQuery) else ""
            st.button(
                literal(option.label) + mark,
                key=f"reading-{turn.version}-{position}",
                width="stretch",
                on_click=session.run,
                args=(resources, option.plan, "choose", turn.question),
            )
    st.caption("Or ask again, in the words of what you mean.")


def show_refusal(resources: Resources, turn: Turn, refusal: Refusal) -> None:
    """Why, what can be asked instead, and what would make it answerable."""
    st.warning(
        f"**This project cannot answer that.** {literal(refusal.reason)}",
        icon=":material/block:",
    )
    if refusal.suggestions:
        st.markdown("What it can answer:")
        with st.container(horizontal=True):
            for position, text in enumerate(refusal.suggestions):
                st.button(
                    literal(text),
                    key=f"nearest-{turn.version}-{position}",
                    on_click=session.ask,
                    args=(resources, text),
                )
    draft = refusal.draft
    if draft is not None:
        with st.expander("What would make it answerable", icon=":material/edit_note:"):
            st.markdown(literal(draft.reason))
            st.caption(f"For {literal(draft.file_name)}; dbt parses the project with it.")
            st.code(draft.text, language="yaml" if draft.kind == "metric" else "sql")


def show_error(error: AnswerError) -> None:
    """What went wrong and what to do."""
    title = _FAULTS.get(error.code, "It did not work")
    text = f"**{title}.** {literal(error.message)}"
    if error.code == "stopped":
        st.info(text, icon=":material/stop_circle:")
    else:
        st.error(text, icon=":material/error:")
    if error.hint:
        st.caption(literal(error.hint))
