"""Leaves a server alone for a while after it failed several times in a row."""

from __future__ import annotations

import time
from collections.abc import Callable

from translator.planning.llm.serving.fault import ServerFault


class CircuitBreaker:
    """Counts calls that failed in a row. Not locked: all its callers run on one event loop.

    Closed, it lets every call pass. After `failures` it is open: for `seconds` every call fails at
    once, so that a person whose server is down waits for nothing. Then one call may try; its end
    closes the breaker or opens it again.
    """

    def __init__(
        self, failures: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = failures
        self._seconds = seconds
        self._clock = clock
        self._failed = 0
        self._opened_at = 0.0
        self._trying = False
        self._last = ""

    def enter(self) -> None:
        """Ask to make a call; `success`, `failure` or `neutral` has to follow.

        Raises:
            ServerFault: the server is left alone.
        """
        if self._failed < self._limit:
            return
        remaining = self._opened_at + self._seconds - self._clock()
        if remaining > 0 or self._trying:
            raise ServerFault(
                f"The language model's server failed {self._failed} times in a row and is left "
                f"alone for another {max(remaining, 1):.0f} s",
                "Look at the server; MetricSpeak tries it again by itself.",
                said=self._last,
                again=True,
            )
        self._trying = True

    def success(self) -> None:
        """The call was answered."""
        self._failed = 0
        self._trying = False

    def failure(self, fault: str) -> None:
        """The call failed in a way that says the server is not well."""
        self._failed += 1
        self._trying = False
        self._opened_at = self._clock()
        self._last = fault

    def neutral(self) -> None:
        """The call ended without telling of the server's health, as when it was cancelled."""
        self._trying = False
