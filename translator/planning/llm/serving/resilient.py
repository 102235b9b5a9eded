"""A `ChatModel` over a server that may be slow, overloaded, broken or gone."""

from __future__ import annotations

import asyncio
import atexit
import logging
import random
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential_jitter,
)

from translator.planning.llm.chat import (
    ChatReply,
    ChatRequest,
    ModelInfo,
    OnText,
)
from translator.planning.llm.serving.backend import Backend
from translator.planning.llm.serving.breaker import CircuitBreaker
from translator.planning.llm.serving.fault import Secrets, ServerFault, unreadable
from translator.planning.llm.serving.generation import generate
from translator.planning.llm.serving.loop import EventLoopThread
from translator.settings import LlmSettings

_LOG = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for. Times are in seconds.

    `first_token` bounds the time from sending a request to its first piece of text, None when the
    output comes in one piece. `total` bounds a call with waiting for its turn and all retries.
    `first_wait` and `longest_wait` are the pauses between attempts, doubled each time, with jitter.
    """

    first_token: float | None
    total: float
    retries: int
    max_in_flight: int
    breaker_failures: int
    breaker_seconds: float
    first_wait: float = 0.5
    longest_wait: float = 10.0

    @classmethod
    def of(cls, settings: LlmSettings) -> Patience:
        """What the settings allow."""
        return cls(
            first_token=settings.first_token_timeout_seconds if settings.stream else None,
            total=settings.total_timeout_seconds,
            retries=settings.retries,
            max_in_flight=settings.max_in_flight,
            breaker_failures=settings.breaker_failures,
            breaker_seconds=settings.breaker_seconds,
        )


class ResilientChatModel:
    """Asks a `Backend` within the limits of `Patience`. Safe to use from several threads.

    It retries with jitter what may succeed later, waits as long as the server asks to be left alone
    (never past the total time), leaves a failing server alone, holds back requests over the cap,
    and stops at once when the person cancels. No error or log of it contains one of `secrets`.
    """

    def __init__(self, backend: Backend, patience: Patience, secrets: Secrets = ()) -> None:
        self._backend = backend
        self._patience = patience
        self._secrets = secrets
        self._thread = EventLoopThread("language-model")
        self._breaker = CircuitBreaker(patience.breaker_failures, patience.breaker_seconds)
        # Both belong to the event loop and are touched by nothing else.
        self._places = asyncio.Semaphore(patience.max_in_flight)
        self._asking_info = asyncio.Lock()
        self._info: ModelInfo | None = None
        # Who forgets to close it gets no complaints of open connections at the end of the program.
        atexit.register(self.close)

    def info(self) -> ModelInfo:
        return self._thread.run(lambda _: self._guarded(self._known_info))

    def chat(
        self,
        request: ChatRequest,
        on_text: OnText | None = None,
        cancelled: threading.Event | None = None,
    ) -> ChatReply:
        return self._thread.run(
            lambda emit: self._guarded(lambda call: self._answer(request, emit, call)),
            on_text,
            cancelled,
        )

    def close(self) -> None:
        atexit.unregister(self.close)
        self._thread.close(self._backend.close)

    async def _guarded(self, work: Callable[[_Call], Awaitable[T]]) -> T:
        """`work` within the total time and the breaker; a fault becomes the person's error."""
        call = _Call()
        try:
            self._breaker.enter()
        except ServerFault as refused:
            fault = refused
        else:
            try:
                async with asyncio.timeout(self._patience.total):
                    result = await self._attempts(work, call)
                self._breaker.success()
                return result
            except TimeoutError:
                fault = self._out_of_time(call)
            except ServerFault as failed:
                fault = failed
            finally:
                self._breaker.neutral()
            if fault.again and call.has_its_turn:
                self._breaker.failure(fault.text(self._secrets))
        # Raised outside of `except`, so that no chain of exceptions holds a request with its key.
        raise fault.public(self._secrets)

    async def _attempts(self, work: Callable[[_Call], Awaitable[T]], call: _Call) -> T:
        """`work`, when it is its turn, and again as often as `Patience` allows."""
        async with self._places:
            call.has_its_turn = True
            retrying = AsyncRetrying(
                retry=retry_if_exception(lambda e: isinstance(e, ServerFault) and e.again),
                stop=stop_after_attempt(self._patience.retries + 1)
                | stop_before_delay(self._patience.total - call.seconds),
                wait=self._pause,
                sleep=asyncio.sleep,
                before_sleep=self._log_retry,
                reraise=True,
            )
            async for attempt in retrying:
                with attempt:
                    call.attempts += 1
                    try:
                        return await work(call)
                    except ServerFault as fault:
                        call.last = fault
                        raise
                    except Exception as error:
                        # A client library that stumbles over what a server sent.
                        call.last = unreadable("an answer", f"{type(error).__name__}: {error}")
                        raise call.last from None
        raise AssertionError("a retrying loop ends with a result or an error")

    async def _known_info(self, call: _Call | None = None) -> ModelInfo:
        async with self._asking_info:
            if self._info is None:
                try:
                    async with asyncio.timeout(self._patience.first_token):
                        self._info = await self._backend.info()
                except TimeoutError:
                    raise ServerFault(
                        "The language model's server does not say what it serves",
                        "Check that it runs and that 'llm.url' is its address.",
                        again=True,
                    ) from None
            return self._info

    async def _answer(
        self, request: ChatRequest, emit: Callable[[str], None], call: _Call
    ) -> ChatReply:
        info = await self._known_info()
        reply = await generate(self._backend, request, emit, self._patience.first_token)
        return replace(
            reply,
            model=reply.model or info.model_id,
            seconds=call.seconds,
            attempts=call.attempts,
        )

    def _pause(self, state: RetryCallState) -> float:
        """The server's own wish, or doubling pauses with jitter; never less than the wish."""
        pause = wait_exponential_jitter(
            multiplier=self._patience.first_wait,
            max=self._patience.longest_wait,
            jitter=self._patience.first_wait,
        )(state)
        fault = state.outcome.exception() if state.outcome else None
        wish = fault.wait if isinstance(fault, ServerFault) else None
        return pause if wish is None else wish + random.uniform(0, self._patience.first_wait)

    def _log_retry(self, state: RetryCallState) -> None:
        fault = state.outcome.exception() if state.outcome else None
        if isinstance(fault, ServerFault):
            _LOG.info(
                "Request %d to the language model failed, the next follows in %.1f s: %s",
                state.attempt_number,
                state.upcoming_sleep,
                fault.text(self._secrets),
            )

    def _out_of_time(self, call: _Call) -> ServerFault:
        if not call.has_its_turn:
            return ServerFault(
                f"{self._patience.max_in_flight} other questions kept the language model busy for "
                f"{self._patience.total:g} s",
                "Ask again in a while, or raise 'llm.max_in_flight' if the server can take more.",
                again=True,
            )
        return ServerFault(
            f"The language model had not answered after {self._patience.total:g} s"
            + (f" and {call.attempts} requests" if call.attempts > 1 else ""),
            "'llm.total_timeout_seconds' sets how long it is waited for.",
            said=call.last.text(self._secrets) if call.last else "",
            again=True,
        )


class _Call:
    """What happened so far in one call."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self.has_its_turn = False
        self.attempts = 0
        self.last: ServerFault | None = None

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started
