"""Thumbs, with a reason."""

from __future__ import annotations

import streamlit as st

from ui.explorer.conversation import Turn
from ui.explorer.resources import Resources

_MOST = 1_000


def show_feedback(resources: Resources, turn: Turn) -> None:
    """Let the person judge the answer; a thumb down is asked for its reason."""
    key = f"thumbs-{turn.version}"
    trace = turn.answer.trace_id

    def judged() -> None:
        value = st.session_state.get(key)
        if value is not None:
            resources.history.judge(trace, bool(value), "")

    st.feedback("thumbs", key=key, on_change=judged)
    if st.session_state.get(key) != 0:
        return
    with st.popover("What is wrong?", key=f"reason-{turn.version}"):
        reason = st.text_area("What is wrong with it?", max_chars=_MOST, key=f"why-{turn.version}")
        if st.button("Send", type="primary", key=f"send-{turn.version}"):
            resources.history.judge(trace, False, reason.strip())
            st.toast("Thank you: it is kept with the answer.")
