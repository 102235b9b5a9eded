"""What went wrong with a request, in one shape: problem details (RFC 9457).

A question that was asked always comes back as an answer, also one that failed (`status: error`).
A problem is what kept a request from being asked, or from waiting for its answer.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from semantic.errors import MetricSpeakError
from ui.render.json_lines import to_json

_LOG = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """A request that ends without what it asked for."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        hint: str = "",
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Describe it.

        Args:
            status: of HTTP.
            code: one word for programs; `type` is made of it.
            title: the same for every occurrence.
            detail: of this occurrence.
            hint: what to do.
            errors: what is wrong in the body, each with `pointer` (RFC 6901) and `detail`.
            headers: to send with it.
        """
        super().__init__(detail)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.hint = hint
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    def to_dict(self) -> dict[str, Any]:
        """The members of the problem; those that are empty are left out."""
        members = {
            "type": f"urn:metricspeak:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "hint": self.hint,
            "errors": [dict(error) for error in self.errors],
        }
        return {key: value for key, value in members.items() if value not in ("", [])}

    def response(self) -> Response:
        """The problem as it is sent."""
        return Response(
            to_json(self.to_dict()), self.status, headers=self.headers, media_type=MEDIA_TYPE
        )


def unauthorized() -> Problem:
    """No token, or another one."""
    return Problem(
        401,
        "unauthorized",
        "A token is needed",
        "The request brings no valid bearer token.",
        "Send the header 'Authorization: Bearer TOKEN' with the token of METRICSPEAK_SERVE__TOKEN.",
        headers={"WWW-Authenticate": 'Bearer realm="metricspeak"'},
    )


def wrong_host() -> Problem:
    """A browser was led here by a name that is not ours."""
    return Problem(
        421,
        "wrong_host",
        "Not the host that was meant",
        "Without a token, this server answers only to localhost, 127.0.0.1 and [::1].",
        "Address it so, or set METRICSPEAK_SERVE__TOKEN.",
    )


def too_large(most: int) -> Problem:
    """The body is too long."""
    return Problem(
        413,
        "too_large",
        "The request is too large",
        f"The body has more than {most:,} bytes.",
        "Send less, or raise serve.max_request_bytes.",
        headers={"Connection": "close"},
    )


def too_slow(seconds: float) -> Problem:
    """The body did not come."""
    return Problem(
        408,
        "too_slow",
        "The request came too slowly",
        f"The body was not there after {seconds:g} s.",
        "Send it in one go.",
        headers={"Connection": "close"},
    )


def overloaded(most: int) -> Problem:
    """All workers are busy."""
    return Problem(
        503,
        "overloaded",
        "Too much is asked at once",
        f"{most} questions are being answered, which is as many as this server takes.",
        "Ask again after the seconds in Retry-After.",
        headers={"Retry-After": "2"},
    )


def stopping() -> Problem:
    """The server is going down."""
    return Problem(
        503,
        "stopping",
        "The server is stopping",
        "It takes no more questions.",
        "Ask again: another instance, or this one when it is back.",
        headers={"Retry-After": "5"},
    )


def timed_out(seconds: float) -> Problem:
    """The answer did not come in time."""
    return Problem(
        504,
        "timed_out",
        "The answer took too long",
        f"There was no answer after {seconds:g} s.",
        "Ask for less, or raise serve.timeout_seconds.",
    )


def no_history() -> Problem:
    """The settings switch it off."""
    return Problem(
        404,
        "no_history",
        "No history is kept",
        "This server keeps no history.",
        "Set history.enabled to true and start it again.",
    )


def unavailable(error: MetricSpeakError) -> Problem:
    """A service of ours does not work; its error is in the log, as it may name hosts."""
    _LOG.warning("%s", error.message)
    return Problem(
        503,
        "unavailable",
        "A part of the server does not work",
        "The history cannot be reached.",
        "Ask again; the server's log has the reason.",
        headers={"Retry-After": "5"},
    )


def client_gone() -> Problem:
    """Nobody is there to read it."""
    return Problem(499, "client_gone", "The client went away", "Nobody waits for the answer.")


def internal(trace_id: str) -> Problem:
    """A fault of ours; the log has its traceback under the same trace."""
    return Problem(
        500,
        "internal",
        "MetricSpeak failed on this request",
        f"This is a fault of MetricSpeak. Its trace is {trace_id}.",
        "Report it with the lines of the server's log that have this trace.",
    )
