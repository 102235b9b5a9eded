from __future__ import annotations

import threading

import pytest

from translator.planning.llm.chat import (
    ChatCancelled,
    ChatModel,
    ChatReply,
    ChatRequest,
    FinishReason,
    Message,
    ModelUnavailable,
)
from translator.planning.llm.serving.scripted import ScriptedChatModel


def asked(text: str) -> ChatRequest:
    return ChatRequest((Message("user", text),))


def test_a_script_is_followed_in_order_and_the_requests_are_kept() -> None:
    scripted = ScriptedChatModel(["one", {"two": 2}])
    model: ChatModel = scripted
    pieces: list[str] = []

    first = model.chat(asked("a"), pieces.append)
    second = model.chat(asked("b"), pieces.append)

    assert (first.text, second.text) == ("one", '{"two": 2}')
    assert first.finish_reason is FinishReason.STOP
    assert pieces == ["one", '{"two": 2}']
    assert [r.messages[0].content for r in scripted.requests] == ["a", "b"]


def test_a_script_may_be_a_function_of_the_request() -> None:
    model = ScriptedChatModel(lambda request: request.messages[0].content.upper())

    assert model.chat(asked("hello")).text == "HELLO"


def test_replies_cut_by_length_and_errors_can_be_scripted() -> None:
    cut = ChatReply("{", FinishReason.LENGTH, model="")
    model = ScriptedChatModel([cut, ModelUnavailable("It is down.", "Start it.")])

    reply = model.chat(asked("a"))

    assert reply.finish_reason is FinishReason.LENGTH
    assert reply.model == model.info().model_id
    with pytest.raises(ModelUnavailable):
        model.chat(asked("b"))


def test_asking_past_the_end_is_the_tests_own_mistake() -> None:
    with pytest.raises(AssertionError, match="no reply left for: one too many"):
        ScriptedChatModel([]).chat(asked("one too many"))


def test_a_cancelled_question_is_not_asked() -> None:
    model = ScriptedChatModel(["never"])
    cancelled = threading.Event()
    cancelled.set()

    with pytest.raises(ChatCancelled):
        model.chat(asked("a"), cancelled=cancelled)
    assert model.requests == ()
