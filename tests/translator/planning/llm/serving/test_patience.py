"""Retry-After, the breaker, the cap on requests in flight, cancelling."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.standins.tgi import Fails, Hangs, Says, TgiStandIn
from tests.translator.planning.llm.serving.conftest import ANSWER, STANDINS, Opener, asking
from translator.planning.llm.chat import ChatCancelled, ModelMisconfigured, ModelUnavailable
from translator.planning.llm.serving.breaker import CircuitBreaker
from translator.planning.llm.serving.fault import ServerFault, retry_after


@pytest.mark.parametrize("kind", STANDINS)
def test_the_server_is_left_alone_as_long_as_it_asks(
    opened: Opener, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="translator")
    with STANDINS[kind]([Fails(429, retry_after="1"), ANSWER]) as server:
        reply = opened(kind, server.url).chat(asking())

    assert reply.attempts == 2
    assert reply.seconds >= 1
    assert "the next follows in 1.0 s" in caplog.text


def test_it_is_not_waited_for_past_the_total_time(opened: Opener) -> None:
    with TgiStandIn(lambda _: Fails(503, "maintenance", retry_after="3600")) as server:
        model = opened("tgi", server.url, total_timeout_seconds=30)
        with pytest.raises(ModelUnavailable, match="503: maintenance") as caught:
            model.chat(asking())

    assert len(server.generations) == 1
    assert "left alone for 3600 s" in caught.value.hint


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("0", 0.0),
        ("soon", None),
        ("", None),
        (None, None),
        ("-3", None),
    ],
)
def test_retry_after_in_seconds(header: str | None, seconds: float | None) -> None:
    assert retry_after(header) == seconds


def test_retry_after_as_a_date() -> None:
    later = datetime.now(UTC) + timedelta(seconds=90)

    assert 80 < (retry_after(format_datetime(later, usegmt=True)) or 0) <= 90
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0


def test_without_retries_a_failure_is_told_at_once(opened: Opener) -> None:
    with (
        TgiStandIn([Fails(503), ANSWER]) as server,
        pytest.raises(ModelUnavailable),
    ):
        opened("tgi", server.url, retries=0).chat(asking())

    assert len(server.generations) == 1


def test_a_failing_server_is_left_alone_and_tried_again_later(opened: Opener) -> None:
    failing = True

    def script(_: object) -> Fails | Says:
        return Fails(503, "no memory") if failing else Says(json.dumps(ANSWER))

    with TgiStandIn(script) as server:
        model = opened("tgi", server.url, retries=0, breaker_failures=2, breaker_seconds=0.5)
        for _ in range(2):
            with pytest.raises(ModelUnavailable, match="503"):
                model.chat(asking())
        with pytest.raises(ModelUnavailable, match="left alone.*no memory"):
            model.chat(asking())
        asked = len(server.generations)

        failing = False
        threading.Event().wait(0.6)
        reply = model.chat(asking())
        model.chat(asking())

    assert asked == 2
    assert json.loads(reply.text) == ANSWER


def test_a_refused_request_does_not_open_the_breaker(opened: Opener) -> None:
    with TgiStandIn(lambda _: Fails(422, "too long")) as server:
        model = opened("tgi", server.url, breaker_failures=1)
        for _ in range(3):
            with pytest.raises(ModelMisconfigured, match="422"):
                model.chat(asking())

    assert len(server.generations) == 3


def test_the_breaker_lets_one_call_try() -> None:
    now = 0.0
    breaker = CircuitBreaker(1, 10, lambda: now)
    breaker.enter()
    breaker.failure("down")
    with pytest.raises(ServerFault, match="another 10 s"):
        breaker.enter()

    now = 11.0
    breaker.enter()
    with pytest.raises(ServerFault):
        breaker.enter()
    breaker.neutral()
    breaker.enter()
    breaker.failure("still down")
    with pytest.raises(ServerFault):
        breaker.enter()

    now = 22.0
    breaker.enter()
    breaker.success()
    breaker.enter()
    breaker.enter()


def test_no_more_requests_are_in_flight_than_allowed(opened: Opener) -> None:
    lock = threading.Lock()
    running = most = 0
    enough = threading.Barrier(2, timeout=20)

    def script(_: object) -> dict[str, str]:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        # Two have to be there at the same time; a third must not come meanwhile.
        enough.wait()
        with lock:
            running -= 1
        return {"metric": "revenue"}

    with TgiStandIn(script) as server:
        model = opened("tgi", server.url, max_in_flight=2)
        with ThreadPoolExecutor(6) as pool:
            replies = list(pool.map(lambda _: model.chat(asking()), range(6)))

    assert len(replies) == 6
    assert most == 2


def test_waiting_for_a_turn_has_an_end(opened: Opener) -> None:
    with TgiStandIn(lambda _: Hangs()) as server:
        model = opened("tgi", server.url, max_in_flight=1, total_timeout_seconds=1.0)
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(model.chat, asking())
            while not server.generations:
                threading.Event().wait(0.01)
            with pytest.raises(ModelUnavailable) as second:
                model.chat(asking())
            assert isinstance(first.exception(), ModelUnavailable)

    # The first one ends first; whether the second gets its turn then is a matter of milliseconds.
    assert "llm." in second.value.hint


@pytest.mark.parametrize("kind", STANDINS)
@pytest.mark.parametrize(
    "answer", [Hangs(), Hangs(headers=True), Says("x" * 60, token_every=30, obeys=False)]
)
def test_a_cancelled_question_ends_at_once_and_the_server_is_told(
    opened: Opener, kind: str, answer: Hangs | Says
) -> None:
    cancelled = threading.Event()
    with STANDINS[kind](lambda _: answer) as server:
        model = opened(kind, server.url)
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(model.chat, asking(), None, cancelled)
            while not server.generations:
                threading.Event().wait(0.01)
            cancelled.set()
            with pytest.raises(ChatCancelled):
                asked.result(timeout=20)
        while not server.hung_up:
            threading.Event().wait(0.01)


def test_a_question_can_be_cancelled_while_it_waits_to_be_sent_again(opened: Opener) -> None:
    cancelled = threading.Event()
    with TgiStandIn(lambda _: Fails(429, retry_after="60")) as server:
        model = opened("tgi", server.url)
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(model.chat, asking(), None, cancelled)
            while not server.generations:
                threading.Event().wait(0.01)
            cancelled.set()
            with pytest.raises(ChatCancelled):
                asked.result(timeout=20)

    assert len(server.generations) == 1


def test_a_question_cancelled_before_is_not_sent(opened: Opener) -> None:
    cancelled = threading.Event()
    cancelled.set()
    with (
        TgiStandIn([ANSWER]) as server,
        pytest.raises(ChatCancelled),
    ):
        opened("tgi", server.url).chat(asking(), cancelled=cancelled)

    assert server.requests == []


def test_an_error_of_who_reads_the_text_ends_the_request(opened: Opener) -> None:
    def broken(_: str) -> None:
        raise RuntimeError("the terminal is gone")

    with (
        TgiStandIn([Says("x" * 60, token_every=30, obeys=False)]) as server,
        pytest.raises(RuntimeError, match="the terminal is gone"),
    ):
        opened("tgi", server.url).chat(asking(), broken)
        while not server.hung_up:
            threading.Event().wait(0.01)


def test_a_model_can_be_closed_while_it_is_asked(opened: Opener) -> None:
    with TgiStandIn(lambda _: Hangs()) as server:
        model = opened("tgi", server.url)
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(model.chat, asking())
            while not server.generations:
                threading.Event().wait(0.01)
            model.close()
            with pytest.raises(ChatCancelled):
                asked.result(timeout=20)
        model.close()


FORGETFUL = """
import sys
from translator.planning.llm.chat import ChatRequest, Message
from translator.planning.llm.serving.open import open_chat_model
from translator.settings import LlmSettings

model = open_chat_model(LlmSettings(server="tgi", url=sys.argv[1]), None)
print(model.chat(ChatRequest((Message("user", "hello"),))).text)
"""


def test_a_model_that_nobody_closed_ends_with_the_program_and_in_silence() -> None:
    with TgiStandIn(["hello to you"]) as server:
        ended = subprocess.run(
            [sys.executable, "-c", FORGETFUL, server.url],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "hello to you\n", "")
