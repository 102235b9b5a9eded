"""A question on its way: the stages, the seconds, and a button that stops it."""

from __future__ import annotations

import streamlit as st

from ui.explorer import session
from ui.explorer.job import STAGES, Job
from ui.explorer.markdown import literal

_AT_ONCE_SECONDS = 0.5
_EVERY_SECONDS = 0.4


def wait_for(job: Job) -> None:
    """Return when the job is done; show how it goes until then."""
    # Most answers are there in a moment, and need no spinner that comes and goes.
    if job.wait(_AT_ONCE_SECONDS):
        return
    _watch(job)
    st.stop()


@st.fragment(run_every=_EVERY_SECONDS)
def _watch(job: Job) -> None:
    if job.done or session.job() is not job:
        st.rerun()
    with st.container(border=True):
        if job.request.question:
            st.markdown(f"**{literal(job.request.question)}**")
        stages = job.progress.stages
        running = STAGES.get(stages[-1], stages[-1]) if stages else "Beginning"
        with st.status(f"{running} … {job.seconds:,.0f} s", expanded=True, state="running"):
            for stage in stages[:-1]:
                st.markdown(f":green[:material/check:] {STAGES.get(stage, stage)}")
        if st.button("Stop", icon=":material/stop_circle:", key="stop", type="primary"):
            job.stop()
            if not job.wait(_AT_ONCE_SECONDS):
                session.stop()
            st.rerun()
