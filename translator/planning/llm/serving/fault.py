"""What went wrong at a server, before it is decided whether to try again or to tell the person."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from pydantic import SecretStr

from translator.planning.llm.chat import ModelMisconfigured, ModelUnavailable

QUOTED_CHARACTERS = 300
"""How much of what a server says is repeated in a message."""

Secrets = tuple[SecretStr, ...]


class ServerFault(Exception):
    """A request that brought no usable answer.

    Attributes:
        message: What happened, in our words and without a full stop.
        said: What the server said of it; may hold anything, even the key.
        hint: What the person can do.
        again: Whether the same request may succeed later.
        wait: Time in seconds for which the server asks to be left alone, None when it does not say.
        status: The HTTP status, None when there was none.
    """

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        said: str = "",
        again: bool,
        wait: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.said = said
        self.hint = hint
        self.again = again
        self.wait = wait
        self.status = status

    def text(self, secrets: Secrets) -> str:
        """The message with what the server said, without keys, as one sentence."""
        said = _cut(redacted(self.said, secrets))
        return redacted(self.message, secrets) + (f": {said}" if said else ".")

    def public(self, secrets: Secrets) -> ModelUnavailable | ModelMisconfigured:
        """The error for the person: no key in it, and nothing of the original exception."""
        kind = ModelUnavailable if self.again else ModelMisconfigured
        hint = redacted(self.hint, secrets)
        if self.wait:
            hint += f" It asks to be left alone for {self.wait:.0f} s."
        return kind(self.text(secrets), hint.strip())


_LATER = "Ask again in a while; if it lasts, look at the server's log."
_HINTS = {
    400: "The server refuses the request as it is: compare 'llm.server' with what runs there.",
    401: "Set METRICSPEAK_LLM__API_KEY to a key that this server accepts.",
    402: "The account behind the key has no credit left.",
    403: "The key in METRICSPEAK_LLM__API_KEY may not use this model.",
    404: "Check 'llm.url', 'llm.server' and 'llm.model': nothing answers there by that name.",
    405: "Check 'llm.url' and 'llm.server': what answers there is no server of that kind.",
    413: "The prompt is too long for the server: lower 'llm.max_input_tokens'.",
    422: "The server refuses the request as it is: lower 'llm.max_input_tokens' or "
    "'llm.max_output_tokens' if it is too long, else compare 'llm.server' with what runs there.",
    424: "The model failed while it generated. " + _LATER,
    429: "It has more requests than it can serve. Ask again in a while, or lower "
    "'llm.max_in_flight'.",
    503: "It is starting or overloaded. " + _LATER,
}
_AGAIN = {408, 424, 425, 429}


def fault_of_status(
    status: int, body: object, headers: Mapping[str, str] | None = None
) -> ServerFault:
    """The fault that an HTTP status means; `body` is what the server said about it."""
    again = status in _AGAIN or status >= 500
    hint = _HINTS.get(status, _LATER if again else _HINTS[400])
    wait = retry_after((headers or {}).get("Retry-After")) if again else None
    return ServerFault(
        f"The language model's server answers {status}",
        hint,
        said=error_text(body),
        again=again,
        wait=wait,
        status=status,
    )


_STATUS_OF_TYPE = {
    "overloaded": 429,
    "validation": 422,
    "template_error": 422,
    "generation": 424,
    "incomplete_generation": 500,
}


def fault_of_event(payload: Mapping[str, Any]) -> ServerFault:
    """The fault that an error inside a stream means; its HTTP status was 200.

    TGI tells by `error_type` what it could not tell by the status any more.
    """
    error = payload.get("error")
    kind = payload.get("error_type") or (error.get("type") if isinstance(error, Mapping) else None)
    code = error.get("code") if isinstance(error, Mapping) else None
    status = _STATUS_OF_TYPE.get(str(kind), code if isinstance(code, int) else 500)
    return fault_of_status(status, error_text(payload))


def unreadable(what: str, body: str = "") -> ServerFault:
    """The fault of an answer with a good status that is not what was asked for.

    Asking again may help: a proxy shows its own page while the server behind it starts.
    """
    if "<html" in body[:1000].lower() or "<!doctype html" in body[:1000].lower():
        return ServerFault(
            f"A web page came back instead of {what}",
            "Check 'llm.url': a proxy or another service may answer there.",
            again=True,
        )
    return ServerFault(
        f"The language model's server sent something else than {what}",
        "Compare 'llm.server' and 'llm.url' with what runs there.",
        said=body,
        again=True,
    )


def dropped(detail: str = "") -> ServerFault:
    """The fault of an answer that stopped before its end."""
    return ServerFault(
        "The language model's server stopped in the middle of its answer",
        _LATER,
        said=detail,
        again=True,
    )


def endless() -> ServerFault:
    """The fault of an answer without bounds."""
    return ServerFault(
        "The language model's server sends far more text than it was asked for",
        "Compare 'llm.server' and 'llm.url' with what runs there.",
        again=False,
    )


def unreachable(place: str, detail: str) -> ServerFault:
    """The fault of a server that no connection could be made to."""
    return ServerFault(
        f"The language model's server at {place} cannot be reached",
        "Check that it runs and that 'llm.url' is its address.",
        said=detail,
        again=True,
    )


def reason(error: OSError) -> str:
    """Why a connection failed, in the system's words: "Connection refused"."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or type(error).__name__


def error_text(body: object) -> str:
    """What a server says of an error, whichever of the usual shapes it has."""
    if isinstance(body, str):
        stripped = body.strip()
        if not stripped.startswith(("{", "[")):
            return "a web page" if stripped[:1] == "<" else stripped
        try:
            body = json.loads(stripped)
        except ValueError:
            return stripped
    if isinstance(body, Mapping):
        told = [body[key] for key in ("error", "message", "detail", "Message") if key in body]
        if told:
            return error_text(next((text for text in told if text), ""))
    return body if isinstance(body, str) else str(body or "")


def retry_after(header: str | None) -> float | None:
    """Seconds that a Retry-After header asks to wait: a number, or an HTTP date (RFC 9110)."""
    if not header:
        return None
    text = header.strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= QUOTED_CHARACTERS else line[:QUOTED_CHARACTERS] + " …"


def redacted(text: str, secrets: Secrets) -> str:
    """`text` without the keys, and without anything that looks like an authorization header."""
    for secret in secrets:
        text = text.replace(secret.get_secret_value(), "***")
    return re.sub(r"(?i)\b(bearer|basic)\s+[^\s\"',;]+", r"\1 ***", text)
