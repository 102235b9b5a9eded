"""History: what was asked, to open again, to compare with today, and to pin; verified questions."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from translator.answer import Answer, Status
from translator.json_text import json_text
from ui.explorer import session
from ui.explorer.auth import user_name
from ui.explorer.card.result import labels_of, show_table
from ui.explorer.history import Entry, MemoryHistory
from ui.explorer.markdown import literal
from ui.explorer.navigation import go_to_ask
from ui.explorer.resources import Resources

_JUDGED = {None: "", True: "👍", False: "👎"}


def show(resources: Resources) -> None:
    """The page."""
    st.title("History", anchor=False)
    asked, verified = st.tabs(["Asked", "Verified questions"], key="history-tabs")
    with asked:
        _asked(resources)
    with verified:
        _verified(resources)


def _asked(resources: Resources) -> None:
    entries = sorted(resources.history.entries(user_name()), key=lambda e: not e.pinned)
    if isinstance(resources.history, MemoryHistory):
        st.caption("Kept for as long as this explorer runs.")
    if not entries:
        st.info("Nothing has been asked yet.", icon=":material/history:")
        return
    event = st.dataframe(
        pd.DataFrame(
            {
                "": ["📌" if e.pinned else "" for e in entries],
                "Asked": [_ago(e.asked_at) for e in entries],
                "Question": [e.question for e in entries],
                "Understood as": [e.answer.explanation or "refused" for e in entries],
                "Judged": [_JUDGED[e.liked] for e in entries],
            }
        ),
        hide_index=True,
        height=min(380, 35 * (len(entries) + 1) + 3),
        on_select="rerun",
        selection_mode="single-row",
        key="history-list",
        column_config={"Question": st.column_config.TextColumn(width="medium")},
    )
    rows = event["selection"]["rows"]
    if rows and rows[0] < len(entries):
        _show_entry(resources, entries[rows[0]])
    else:
        st.caption("Select a question to open it again.")


def _show_entry(resources: Resources, entry: Entry) -> None:
    answer = entry.answer
    with st.container(border=True):
        st.subheader(literal(entry.question), anchor=False)
        if answer.explanation:
            st.text(answer.explanation)
        if entry.reason:
            st.caption(f"Judged: {literal(entry.reason)}")
        answered = answer.status is Status.ANSWERED
        with st.container(horizontal=True, gap="small"):
            if st.button("Open", type="primary", icon=":material/open_in_new:"):
                session.start_over()
                if answered:
                    session.run(resources, session.plan_of(answer), "reopen", entry.question)
                else:
                    session.ask(resources, entry.question)
                go_to_ask()
            compare = answered and st.button("Compare with then", icon=":material/compare:")
            if st.button("Unpin" if entry.pinned else "Pin", icon=":material/keep:"):
                resources.history.pin(entry.trace_id, not entry.pinned)
                st.rerun()
        if compare:
            _compare(resources, entry)


def _compare(resources: Resources, entry: Entry) -> None:
    then = entry.answer
    with st.spinner("Running it again …"):
        now = resources.translator.run(session.plan_of(then), as_of=entry.as_of)
    if now.error is not None:
        st.error(f"{literal(now.error.message)} {literal(now.error.hint)}")
        return
    # What was kept is what JSON has of it.
    then, now = _only(then, _as_json(then.rows)), _only(now, _as_json(now.rows))
    if not entry.complete:
        st.caption(f"The first {len(then.rows):,} rows were kept; these are compared.")
        now = _only(now, now.rows[: len(then.rows)])
    if now.rows == then.rows:
        st.success("The same rows as then.", icon=":material/check_circle:")
        return
    gone, new = _rows_without(then, now), _rows_without(now, then)
    st.warning(
        f"The data changed: {len(gone):,} of {len(then.rows):,} rows are not as they were.",
        icon=":material/difference:",
    )
    labels = labels_of(then, resources.translator.catalog)
    for title, answer in (("Then", _only(then, gone)), ("Now", _only(now, new))):
        st.markdown(f"**{title}**")
        show_table(answer, labels)


def _only(answer: Answer, rows: tuple[tuple[Any, ...], ...]) -> Answer:
    """The answer with only these rows."""
    return replace(answer, rows=rows)


def _as_json(rows: tuple[tuple[Any, ...], ...]) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(row) for row in json.loads(json_text([list(row) for row in rows])))


def _rows_without(answer: Answer, other: Answer) -> tuple[tuple[Any, ...], ...]:
    known = set(other.rows)
    return tuple(row for row in answer.rows if row not in known)


def _verified(resources: Resources) -> None:
    found = resources.verified
    if not found:
        st.info(
            "The project has no verified questions yet. Save an answer as one: every evaluation "
            "asks it again.",
            icon=":material/verified:",
        )
        return
    st.caption("Questions with a known answer, from the project's folder of questions.")
    text = st.text_input("Search", key="verified-search", icon=":material/search:")
    chosen = [q for q in found if text.lower() in q.text.lower()]
    for question in chosen[:50]:
        if st.button(
            literal(question.text),
            key=f"verified-{question.file.name}-{question.id}",
            type="tertiary",
        ):
            session.start_over()
            session.ask(resources, question.text)
            go_to_ask()
    if len(chosen) > 50:
        st.caption(f"… and {len(chosen) - 50:,} more: search for them.")


def _ago(moment: datetime) -> str:
    minutes = int((datetime.now(UTC) - moment).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    return f"{minutes} min ago" if minutes < 60 else f"{moment:%d %b %H:%M} UTC"
