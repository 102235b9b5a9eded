"""Reads a request's body before anything else does: bounded in size and in time."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.api.problem import Problem, too_large, too_slow

_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class BodyGate:
    """Refuses a body that is too large or comes too slowly."""

    def __init__(self, app: ASGIApp, most_bytes: int, seconds: float) -> None:
        """Guard `app`.

        Args:
            app: what answers.
            most_bytes: size of a body at most.
            seconds: time in which it has to arrive.
        """
        self._app = app
        self._most = most_bytes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its whole body, or answer with a problem."""
        if scope["type"] != "http" or scope["method"] not in _WITH_BODY:
            await self._app(scope, receive, send)
            return
        try:
            body = await asyncio.wait_for(self._read(Headers(scope=scope), receive), self._seconds)
        except TimeoutError:
            await too_slow(self._seconds).response()(scope, receive, send)
            return
        except Problem as problem:
            await problem.response()(scope, receive, send)
            return
        if body is None:
            return  # the client went away
        whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        await self._app(scope, replay, send)

    async def _read(self, headers: Headers, receive: Receive) -> bytes | None:
        announced = headers.get("content-length", "")
        if announced.isdigit() and int(announced) > self._most:
            raise too_large(self._most)
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._most:
                raise too_large(self._most)
            if not message.get("more_body", False):
                return b"".join(parts)
