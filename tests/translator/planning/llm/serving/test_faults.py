"""Every way in which a server misbehaves, through every client: no hang, the right error."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from semantic.errors import MetricSpeakError
from tests.standins.tgi import (
    HTML,
    Answer,
    Fails,
    Hangs,
    Resets,
    Says,
    Sends,
    Streams,
    TgiStandIn,
    refused_url,
)
from tests.translator.planning.llm.serving.conftest import ANSWER, STANDINS, Opener, asking
from translator.planning.llm.chat import ModelMisconfigured, ModelUnavailable

KINDS = tuple(STANDINS)
WAYS = [(kind, stream) for kind in KINDS for stream in (True, False)]


@dataclass(frozen=True)
class Trouble:
    """A misbehaviour; what is said about it; whether asking again may help."""

    answer: Answer
    said: str
    again: bool = True


TROUBLES = {
    "overloaded": Trouble(Fails(429, "Model is overloaded", retry_after="0"), "429"),
    "starting": Trouble(Fails(503, "not ready"), "503: not ready"),
    "broken": Trouble(Fails(500, "out of memory"), "500: out of memory"),
    "generation failed": Trouble(Fails(424, "CUDA error"), "424: CUDA error"),
    "gateway": Trouble(Sends(b"<html>Bad gateway</html>", status=502), "502"),
    "reset": Trouble(Resets(), "stopped in the middle"),
    "refused request": Trouble(Fails(422, "inputs too long"), "422: inputs too long", False),
    "wrong key": Trouble(Fails(401, "invalid token"), "401: invalid token", False),
    "forbidden": Trouble(Fails(403, "gated model"), "403: gated model", False),
    "wrong route": Trouble(Sends(b"", "text/plain", 404), "404", False),
}


@pytest.mark.parametrize("name", TROUBLES)
@pytest.mark.parametrize(("kind", "stream"), WAYS)
def test_trouble_is_retried_if_that_may_help_and_told_otherwise(
    opened: Opener, kind: str, stream: bool, name: str
) -> None:
    trouble = TROUBLES[name]
    with STANDINS[kind](lambda _: trouble.answer) as server:
        model = opened(kind, server.url, stream=stream, retries=2)
        with pytest.raises(MetricSpeakError) as caught:
            model.chat(asking())

    assert type(caught.value) is (ModelUnavailable if trouble.again else ModelMisconfigured)
    assert trouble.said in caught.value.message
    assert caught.value.hint
    assert len(server.generations) == (3 if trouble.again else 1)


@pytest.mark.parametrize("name", [name for name, t in TROUBLES.items() if t.again])
@pytest.mark.parametrize(("kind", "stream"), WAYS)
def test_no_question_is_lost_to_trouble_that_passes(
    opened: Opener, kind: str, stream: bool, name: str
) -> None:
    with STANDINS[kind]([TROUBLES[name].answer, ANSWER]) as server:
        reply = opened(kind, server.url, stream=stream).chat(asking())

    assert json.loads(reply.text) == ANSWER
    assert reply.attempts == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_that_breaks_off_is_asked_for_again(opened: Opener, kind: str) -> None:
    with STANDINS[kind]([Says(json.dumps(ANSWER), cut_after=2), ANSWER]) as server:
        reply = opened(kind, server.url).chat(asking())

    assert json.loads(reply.text) == ANSWER
    assert reply.attempts == 2


@pytest.mark.parametrize(("kind", "stream"), WAYS)
def test_an_answer_without_an_end_is_none(opened: Opener, kind: str, stream: bool) -> None:
    with STANDINS[kind](lambda _: Says(json.dumps(ANSWER), cut_after=3)) as server:
        model = opened(kind, server.url, stream=stream, retries=1)
        with pytest.raises(ModelUnavailable, match="stopped in the middle of its answer"):
            model.chat(asking())


UNREADABLE: dict[str, tuple[Answer, str]] = {
    "web page": (HTML, "A web page came back|without a word|something else"),
    "no JSON": (Sends(b"revenue: 3", "application/json"), "something else|without a word"),
    "empty": (Sends(b"", "application/json"), "something else|without a word"),
    "list": (Sends(b"[1, 2]", "application/json"), "something else|without a word"),
    "no choices": (Sends(b'{"choices": []}', "application/json"), "something else|without a word"),
    "null": (Sends(b"null", "application/json"), "something else|without a word"),
}


@pytest.mark.parametrize("name", UNREADABLE)
@pytest.mark.parametrize(("kind", "stream"), WAYS)
def test_what_cannot_be_read_is_said(opened: Opener, kind: str, stream: bool, name: str) -> None:
    answer, said = UNREADABLE[name]
    with STANDINS[kind](lambda _: answer) as server:
        model = opened(kind, server.url, stream=stream, retries=1)
        with pytest.raises((ModelUnavailable, ModelMisconfigured), match=said) as caught:
            model.chat(asking())

    assert "llm." in caught.value.hint


STREAMS = {
    "no JSON": 'data: {"token": \n\n',
    "no object": "data: 3\n\n",
    "another document": 'data: {"weather": "fine"}\n\n',
    "text": "Hello, this is a server.\n\n",
    "nothing": "",
    "only comments": ": keep alive\n\n",
}


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_of_something_else_is_said(opened: Opener, kind: str, name: str) -> None:
    lines = (STREAMS[name],) if STREAMS[name] else ()
    with STANDINS[kind](lambda _: Streams(lines)) as server:
        model = opened(kind, server.url, retries=1)
        with pytest.raises(ModelUnavailable) as caught:
            model.chat(asking())

    assert caught.value.hint
    assert len(server.generations) == 2


@pytest.mark.parametrize(
    ("failure", "error", "said"),
    [
        (Fails(429, "Model is overloaded", in_stream=True), ModelUnavailable, "429"),
        (Fails(424, "shard died", in_stream=True), ModelUnavailable, "424: shard died"),
        (Fails(500, "incomplete", in_stream=True, tokens_before=2), ModelUnavailable, "500"),
        (Fails(422, "grammar", in_stream=True), ModelMisconfigured, "422: grammar"),
    ],
)
def test_tgi_tells_errors_inside_of_a_stream(
    opened: Opener, failure: Fails, error: type[MetricSpeakError], said: str
) -> None:
    with (
        TgiStandIn(lambda _: failure) as server,
        pytest.raises(error, match=said),
    ):
        opened("tgi", server.url, retries=1).chat(asking())


def test_a_stream_that_tgis_messages_api_ends_without_a_word_points_to_the_reason(
    opened: Opener,
) -> None:
    with (
        TgiStandIn(lambda _: Fails(429, in_stream=True)) as server,
        pytest.raises(ModelUnavailable, match="without a word") as caught,
    ):
        opened("huggingface", server.url, retries=0).chat(asking())

    assert "llm.stream" in caught.value.hint


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_listening_is_said_with_the_address(opened: Opener, kind: str) -> None:
    url = refused_url()
    with pytest.raises(ModelUnavailable, match="cannot be reached") as caught:
        opened(kind, url, retries=1).chat(asking())

    assert url.removeprefix("http://") in caught.value.message


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_that_does_not_exist_is_said(opened: Opener, kind: str) -> None:
    with pytest.raises(ModelUnavailable, match="nowhere.invalid"):
        opened(kind, "http://nowhere.invalid:81", retries=0).info()


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_goes_away_between_questions_is_said(opened: Opener, kind: str) -> None:
    with STANDINS[kind]([ANSWER]) as server:
        model = opened(kind, server.url, retries=1)
        model.chat(asking())
    with pytest.raises(ModelUnavailable):
        model.chat(asking())


@pytest.mark.parametrize("token_length", [2, 5000])
@pytest.mark.parametrize(("kind", "stream"), WAYS)
def test_an_answer_far_over_the_limit_is_cut_off(
    opened: Opener, kind: str, stream: bool, token_length: int
) -> None:
    huge = Says("x" * 100_000, obeys=False, token_length=token_length)
    with STANDINS[kind](lambda _: huge) as server:
        model = opened(kind, server.url, stream=stream, retries=0, logprobs=False)
        with pytest.raises(ModelMisconfigured, match="far more text"):
            model.chat(asking(schema=None, max_tokens=100))


def test_a_body_without_end_is_cut_off(opened: Opener) -> None:
    huge = Sends(b'{"model_id": "' + b"x" * 9_000_000, "application/json")
    with (
        TgiStandIn(info=huge) as server,
        pytest.raises(ModelMisconfigured, match="far more text"),
    ):
        opened("tgi", server.url, retries=0).info()


def test_an_endless_line_is_cut_off(opened: Opener) -> None:
    with (
        TgiStandIn(lambda _: Streams(("data: " + "x" * 5_000_000,))) as server,
        pytest.raises(ModelUnavailable, match="something else"),
    ):
        opened("tgi", server.url, retries=0).chat(asking())


def test_an_endless_error_is_quoted_in_part(opened: Opener) -> None:
    with (
        TgiStandIn(lambda _: Sends(b"x" * 3_000_000, "text/plain", 500)) as server,
        pytest.raises(ModelUnavailable) as caught,
    ):
        opened("tgi", server.url, retries=0).chat(asking())

    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("kind", ["tgi", "huggingface"])
@pytest.mark.parametrize(
    "info", [HTML, Sends(b"{}", "application/json"), Sends(b"nothing", "text/plain")]
)
def test_a_description_that_is_none_is_said(opened: Opener, kind: str, info: Answer) -> None:
    with (
        TgiStandIn([ANSWER], info=info) as server,
        pytest.raises((ModelUnavailable, ModelMisconfigured)) as caught,
    ):
        opened(kind, server.url, retries=0).chat(asking())

    assert "llm." in caught.value.hint
    assert server.generations == []


def test_redirects_are_not_followed(opened: Opener) -> None:
    with TgiStandIn([ANSWER]) as other:
        moved = Sends(b"", "text/plain", 307)
        with (
            TgiStandIn([ANSWER], info=moved) as server,
            pytest.raises(ModelMisconfigured, match="307"),
        ):
            opened("tgi", server.url).info()
    assert other.requests == []


@pytest.mark.parametrize("headers", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_never_answers_is_given_up(opened: Opener, kind: str, headers: bool) -> None:
    with STANDINS[kind](lambda _: Hangs(headers)) as server:
        model = opened(kind, server.url, retries=1, first_token_timeout_seconds=0.3)
        with pytest.raises(ModelUnavailable, match=r"no first token within 0\.3 s") as caught:
            model.chat(asking())

    assert "llm.first_token_timeout_seconds" in caught.value.hint
    assert len(server.generations) == 2


@pytest.mark.parametrize(("kind", "stream"), WAYS)
def test_a_slow_answer_is_given_up_after_the_total_time(
    opened: Opener, kind: str, stream: bool
) -> None:
    slow = Says("x" * 600, token_every=0.05, first_token_after=0.0 if stream else 30, obeys=False)
    with STANDINS[kind](lambda _: slow) as server:
        model = opened(kind, server.url, stream=stream, total_timeout_seconds=0.8)
        with pytest.raises(ModelUnavailable, match=r"had not answered after 0\.8 s") as caught:
            model.chat(asking(schema=None))

    assert "llm.total_timeout_seconds" in caught.value.hint


def test_a_slow_first_token_within_the_limit_is_waited_for(opened: Opener) -> None:
    slow = Says(json.dumps(ANSWER), first_token_after=0.3)
    with TgiStandIn([slow]) as server:
        reply = opened("tgi", server.url, first_token_timeout_seconds=10).chat(asking())

    assert (reply.first_token_seconds or 0) >= 0.3


def test_a_grammar_that_the_server_ignores_is_not_hidden(opened: Opener) -> None:
    """The text comes back as it is: who asked checks it."""
    with TgiStandIn([Says("Sure! Here is the plan:", obeys=False)]) as server:
        assert opened("tgi", server.url).chat(asking()).text == "Sure! Here is the plan:"


def test_prompt_and_output_beyond_the_window_are_a_matter_of_settings(opened: Opener) -> None:
    with (
        TgiStandIn([ANSWER], max_input_tokens=50, max_total_tokens=100) as server,
        pytest.raises(ModelMisconfigured, match="422") as caught,
    ):
        opened("tgi", server.url).chat(asking("long " * 200))

    assert "llm.max_input_tokens" in caught.value.hint
