"""One person's sitting: kept in Streamlit's session state, of which nothing else knows the keys."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from translator.answer import Answer, AnswerError, Status
from translator.artifact.remembered import remember
from translator.plan import ModelQuery
from translator.query import SemanticQuery
from ui.explorer.auth import user_name
from ui.explorer.conversation import Conversation, Turn
from ui.explorer.job import Job, Request
from ui.explorer.resources import Resources

_CONVERSATION, _JOB, _NOTICE = (
    "metricspeak_conversation",
    "metricspeak_job",
    "metricspeak_notice",
)


def conversation() -> Conversation:
    """This session's conversation."""
    if _CONVERSATION not in st.session_state:
        st.session_state[_CONVERSATION] = Conversation()
    found: Conversation = st.session_state[_CONVERSATION]
    return found


def start_over() -> None:
    """Forget the conversation: the next question follows up on nothing."""
    stop()
    st.session_state[_CONVERSATION] = Conversation()


def job() -> Job | None:
    """The question that is being answered."""
    found: Job | None = st.session_state.get(_JOB)
    return found


def stop() -> None:
    """Stop the question that is being answered, if any, and forget it."""
    running = job()
    if running is not None:
        running.stop()
        st.session_state[_JOB] = None


def ask(resources: Resources, question: str) -> None:
    """Have a question in words answered."""
    stop()
    session_id = conversation().session_id
    planner = resources.settings.planner
    st.session_state[_JOB] = Job(
        Request("ask", question),
        lambda progress: resources.translator.ask(
            question, planner=planner, session_id=session_id, progress=progress
        ),
    )


def run(resources: Resources, query: SemanticQuery | ModelQuery, kind: str, question: str) -> None:
    """Run a query without a planner: a reading, a change by controls, or what a link holds."""
    stop()
    shown = conversation().current
    as_of = shown.as_of if shown and kind == "change" else resources.today
    st.session_state[_JOB] = Job(
        Request(kind, question),
        lambda progress: resources.translator.run(query, as_of=as_of, progress=progress),
    )


def finish(resources: Resources) -> Turn | None:
    """Take the finished job's answer into the conversation."""
    done = job()
    if done is None or not done.done:
        return None
    st.session_state[_JOB] = None
    if done.failure is not None:
        raise done.failure
    assert done.answer is not None
    answer, request = done.answer, done.request
    talk = conversation()
    shown = talk.current
    as_of = resources.today
    # A changed query that fails leaves the answer where it was: the page says why beside it.
    if request.kind == "change" and shown is not None:
        if answer.status is Status.ERROR:
            st.session_state[_NOTICE] = answer.error
            return shown
        turn = talk.change(_as_asked(answer, shown.question))
    else:
        turn = talk.add(request.question, as_of, _as_asked(answer, request.question))
    _keep(resources, talk, turn)
    return turn


def notice() -> AnswerError | None:
    """Why the last change could not be made; told once."""
    found: AnswerError | None = st.session_state.pop(_NOTICE, None)
    return found


def show(resources: Resources, position: int) -> None:
    """Go back to an earlier turn; the next question follows up on it."""
    talk = conversation()
    talk.shown = position
    _follow(resources, talk)


def undo(resources: Resources) -> None:
    """Take the last change by hand back."""
    talk = conversation()
    talk.undo()
    _follow(resources, talk)


def _as_asked(answer: Answer, question: str) -> Answer:
    return answer if answer.question else replace(answer, question=question)


def _keep(resources: Resources, talk: Conversation, turn: Turn) -> None:
    _follow(resources, talk)
    if turn.answer.status in {Status.ANSWERED, Status.UNSUPPORTED}:
        resources.history.add(turn.answer, turn.question, turn.as_of, user_name())
        remember(resources.project, turn.answer, turn.as_of)


def _follow(resources: Resources, talk: Conversation) -> None:
    turn = talk.current
    if turn is not None and turn.answer.status is Status.ANSWERED:
        resources.translator.continue_from(talk.session_id, plan_of(turn.answer))


def plan_of(answer: Answer) -> SemanticQuery | ModelQuery:
    """The plan of an answer that has one."""
    if answer.query is not None:
        return answer.query
    return ModelQuery(answer.dbt_sql or "", answer.explanation or "")
