"""An answer becomes part of the dbt project: the same code as `metricspeak save`, diff first."""

from __future__ import annotations

import re

import streamlit as st

from semantic.errors import MetricSpeakError
from translator.answer import Status
from translator.artifact.artifact import Kind
from translator.artifact.files import diff
from translator.artifact.save import Asked, Prepared, SaveOptions, Saver
from ui.explorer.conversation import Turn
from ui.explorer.markdown import literal
from ui.explorer.resources import Resources
from ui.explorer.session import plan_of

_KINDS = {
    "Verified question": Kind.QUESTION,
    "Model": Kind.MODEL,
    "Saved query": Kind.SAVED_QUERY,
    "Exposure": Kind.EXPOSURE,
}
_HELP = {
    Kind.QUESTION: "The question with its right answer: asked again by every evaluation.",
    Kind.MODEL: "A dbt model with tests and documentation, built once to prove it.",
    Kind.SAVED_QUERY: "A saved query of the semantic layer, with MetricFlow's own rows compared.",
    Kind.EXPOSURE: "An exposure: what this answer depends on, in dbt's lineage.",
    Kind.DRAFT: "What is missing for the question, as the refusal drafted it.",
}


def show_save(resources: Resources, turn: Turn) -> None:
    """A button that opens the dialog, where there is something to save."""
    answer = turn.answer
    refused = answer.status is Status.UNSUPPORTED
    if refused and (answer.refusal is None or answer.refusal.draft is None):
        return
    if st.button("Save", icon=":material/save:", key=f"save-{turn.version}"):
        st.session_state.pop("metricspeak_prepared", None)
        _dialog(resources, turn)


@st.dialog("Save into the dbt project", width="large")
def _dialog(resources: Resources, turn: Turn) -> None:
    kind = Kind.DRAFT
    if turn.answer.status is Status.ANSWERED:
        kinds = dict(_KINDS)
        if not turn.answer.governed:
            del kinds["Saved query"]
        if turn.changed:
            # Its words do not give this answer any more.
            del kinds["Verified question"]
        kind = kinds[st.selectbox("As", list(kinds), key="save-kind")]
    st.caption(_HELP[kind])
    suggested = _name(turn.question)
    if kind is Kind.DRAFT and turn.answer.refusal and turn.answer.refusal.draft:
        suggested = turn.answer.refusal.draft.name
    name = st.text_input("Name", suggested, max_chars=63, key="save-name")
    owner = url = ""
    if kind is Kind.EXPOSURE:
        owner = st.text_input("Owner", placeholder="Name <mail@example.org>", key="save-owner")
        url = st.text_input("Address where it can be seen", key="save-url")
    wanted = (kind, name, owner, url, turn.version)
    if st.button("Show what would change", key="save-prepare"):
        st.session_state.pop("metricspeak_prepared", None)
        try:
            with st.spinner("Writing it down …"):
                prepared = _prepare(resources, turn, kind, name, owner, url)
            st.session_state["metricspeak_prepared"] = (wanted, prepared)
        except MetricSpeakError as error:
            _show_error(error)
    ready = st.session_state.get("metricspeak_prepared")
    # Another name or kind is another change: it is shown before it is written.
    if ready is not None and ready[0] == wanted:
        _confirm(resources, ready[1])


def _prepare(
    resources: Resources, turn: Turn, kind: Kind, name: str, owner: str, url: str
) -> Prepared:
    saver = Saver(resources.project, resources.translator)
    if kind is Kind.DRAFT:
        return saver.prepare_draft(name, turn.question, turn.as_of)
    # A changed answer is to a query, and no longer to the words.
    question = "" if turn.changed else turn.question
    asked = Asked(question, turn.as_of, plan_of(turn.answer))
    return saver.prepare(kind, name, asked, SaveOptions(owner=owner or None, url=url or None))


def _confirm(resources: Resources, prepared: Prepared) -> None:
    changes = prepared.artifact.changes
    st.code(diff(changes, resources.project.project_dir), language="diff", height=320)
    for note in prepared.artifact.notes:
        st.warning(literal(note))
    if not st.button("Try it and write it", type="primary", key="save-write"):
        return
    saver = Saver(resources.project, resources.translator)
    try:
        with st.status("Trying it in a copy of the project …", expanded=True) as status:
            for sentence in saver.try_out(prepared):
                st.markdown(f":green[:material/check:] {literal(sentence)}")
            saver.write(prepared.artifact)
            status.update(label="Written", state="complete")
    except MetricSpeakError as error:
        _show_error(error)
        return
    st.session_state.pop("metricspeak_prepared", None)
    root = resources.project.project_dir.resolve()
    written = ", ".join(str(c.path.relative_to(root)) for c in changes)
    st.success(f"Written: {literal(written)}. Commit it like any other change.")


def _show_error(error: MetricSpeakError) -> None:
    st.error(literal(error.message))
    if error.hint:
        st.caption(literal(error.hint))


def _name(question: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", question.lower()).strip("_")[:50].strip("_")
    return words if words[:1].isalpha() else f"answer_{words}".strip("_")
