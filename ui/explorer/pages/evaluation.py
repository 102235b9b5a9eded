"""Evaluation: the stored runs, what was not right, and how two runs differ."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from eval.comparison import compare_runs, right_cases
from eval.outcome import Outcome, Verdict
from eval.report.figures import HEADINGS, VERDICTS, interval, percent, rows_of
from eval.report.markdown import comparison_sentence
from eval.store import Run, RunStore
from eval.summary import summarise
from translator.settings import embedded_home
from ui.explorer import session
from ui.explorer.markdown import literal
from ui.explorer.navigation import go_to_ask
from ui.explorer.resources import Resources


def show(resources: Resources) -> None:
    """The page."""
    st.title("Evaluation", anchor=False)
    home = embedded_home(resources.project.project_dir, resources.settings)
    runs = [run for run in RunStore(home / "runs").runs() if run.outcomes]
    if not runs:
        st.info(
            "No run is stored yet. `metricspeak eval` asks the project's test questions and scores "
            "the answers.",
            icon=":material/fact_check:",
        )
        return
    named = {_title(run): run for run in runs}
    left, right = st.columns(2)
    run = named[left.selectbox("Run", list(named), key="eval-run")]
    others = ["no other", *(title for title, other in named.items() if other is not run)]
    other = named.get(right.selectbox("Compare with", others, key="eval-other"))
    _figures(run)
    if other is not None:
        _comparison(run, other)
    _failures(resources, run)


def _figures(run: Run) -> None:
    outcomes = list(run.outcomes.values())
    summary = summarise(outcomes)
    overall = summary.overall
    with st.container(horizontal=True, gap="large"):
        st.metric("Right", percent(overall.accuracy.value), width="content")
        precision = overall.precision.value if overall.precision else None
        st.metric("Right of those answered", percent(precision), width="content")
        st.metric("Answered", percent(overall.coverage), width="content")
        st.metric("Wrong answers", percent(overall.wrong), width="content")
    st.caption(
        f"{overall.n:,} cases; right {interval(overall.accuracy)} with its 95 % interval; "
        f"{literal(run.header.planner)} planner"
        + (f", {literal(run.header.model)}" if run.header.model else "")
        + ("" if run.header.finished else "; this run is not finished")
    )
    rows = rows_of(summary)
    frame = pd.DataFrame(rows, columns=["kind", *HEADINGS[1:]])
    st.dataframe(frame, hide_index=True, height=min(360, 35 * (len(rows) + 1) + 3))


def _comparison(run: Run, other: Run) -> None:
    found = compare_runs(other, run)
    st.markdown(literal(comparison_sentence(other, found).replace("`", "")))
    before, now = right_cases(other), right_cases(run)
    changed = [key for key in now if key in before and before[key] != now[key]]
    if changed:
        frame = pd.DataFrame(
            {
                "Question": [run.outcomes[key].text for key in changed],
                "Then": [VERDICTS[other.outcomes[key].verdict] for key in changed],
                "Now": [VERDICTS[run.outcomes[key].verdict] for key in changed],
                "Why": [run.outcomes[key].reason for key in changed],
            }
        )
        st.dataframe(frame, hide_index=True)


def _failures(resources: Resources, run: Run) -> None:
    # What is held out is evaluated and never looked at one by one.
    failed = [o for o in run.outcomes.values() if o.verdict is not Verdict.RIGHT and not o.held_out]
    st.subheader("Not right", anchor=False)
    if not failed:
        st.success("Every case that may be looked at was right.", icon=":material/check_circle:")
        return
    order = list(Verdict)
    failed.sort(key=lambda o: (order.index(o.verdict), o.key))
    event = st.dataframe(
        pd.DataFrame(
            {
                "Verdict": [VERDICTS[o.verdict] for o in failed],
                "Question": [o.text for o in failed],
                "Why": [o.reason for o in failed],
            }
        ),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"failures-{run.header.id}",
    )
    rows = event["selection"]["rows"]
    if rows and rows[0] < len(failed):
        _show_failure(resources, failed[rows[0]])


def _show_failure(resources: Resources, outcome: Outcome) -> None:
    with st.container(border=True):
        st.markdown(f"**{literal(outcome.text)}**")
        st.text(outcome.explanation or outcome.reason)
        got, wanted = st.columns(2)
        for column, title, sql in (
            (got, "Got", outcome.sql),
            (wanted, "Expected", outcome.expected_sql),
        ):
            column.caption(title)
            column.code(sql or "no SQL", language="sql", height=240)
        if st.button("Ask it now", icon=":material/search:"):
            session.start_over()
            session.ask(resources, outcome.text)
            go_to_ask()


def _title(run: Run) -> str:
    header = run.header
    return f"{header.started[:16].replace('T', ' ')} · {header.planner} · {header.id[-4:]}"
