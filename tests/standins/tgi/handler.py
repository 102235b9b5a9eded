"""One connection of a stand-in: reads requests, and answers or misbehaves as the script says."""

from __future__ import annotations

import json
import select
import socket
import struct
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.standins.tgi import wire
from tests.standins.tgi.answers import (
    Answer,
    Fails,
    Hangs,
    Resets,
    Says,
    Sends,
    Streams,
)

JSON = "application/json"


@dataclass(frozen=True)
class Recorded:
    """One request as it arrived. Header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any = None

    @property
    def prompt(self) -> str:
        """All that the model would read, as one text."""
        if "inputs" in self.body:
            return str(self.body["inputs"])
        return "\n".join(str(m["content"]) for m in self.body["messages"])

    @property
    def constraint(self) -> Mapping[str, Any] | None:
        """The grammar or response format."""
        parameters = self.body.get("parameters") or {}
        found: Mapping[str, Any] | None = parameters.get("grammar")
        return found or self.body.get("response_format")

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """The JSON Schema in the constraint, whichever dialect it is in."""
        found: Any = self.constraint or {}
        for key in ("value", "json_schema", "schema"):
            found = found.get(key, found) if isinstance(found, Mapping) else found
        return found if isinstance(found, Mapping) and "properties" in found else None


class Handler(BaseHTTPRequestHandler):
    """One connection. Writing to a client that went away raises, which ends the thread."""

    protocol_version = "HTTP/1.1"
    standin: Any

    def log_message(self, *_: object) -> None:
        """Tests keep the terminal quiet."""

    def do_GET(self) -> None:
        request = self._request("GET")
        if not self.standin.note(request):
            return self.send(Sends(b"", "text/plain", 401))
        found = self.standin.get(self.path)
        if found is None:
            return self.send(Sends(b"", "text/plain", 404))
        if isinstance(found, Answer):
            return self.answer(found, None, streamed=False)
        self.send_json(found)

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            body = json.loads(data)
        except ValueError:
            body = None
        request = self._request("POST", body)
        if not self.standin.note(request):
            return self.send(Sends(b"", "text/plain", 401))
        self.standin.post(self, request)

    def _request(self, method: str, body: Any = None) -> Recorded:
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Recorded(method, self.path, headers, body)

    def answer(
        self,
        answer: Answer,
        frames: wire.Generate | wire.Chat | None,
        streamed: bool,
        prompt_tokens: int = 0,
    ) -> None:
        """Do what the script says, in the form that was asked for."""
        match answer:
            case Says():
                assert frames is not None
                if streamed:
                    return self._stream(answer, frames, prompt_tokens)
                if not self._sleep(answer.first_token_after):
                    return None
                document, headers = frames.whole(answer, prompt_tokens)
                return self.send_json(document, headers=headers, cut=answer.cut_after is not None)
            case Fails():
                if streamed and answer.in_stream and frames is not None:
                    lines = [frames.token(n, "x") for n in range(answer.tokens_before)]
                    return self._lines([*lines, *frames.error(answer)])
                headers = {} if answer.retry_after is None else {"Retry-After": answer.retry_after}
                return self.send_json(answer.body, answer.status, headers)
            case Sends():
                return self.send(answer)
            case Streams():
                return self._lines(list(answer.lines))
            case Hangs():
                if answer.headers:
                    self._head(200, "text/event-stream", {"Transfer-Encoding": "chunked"})
                self._sleep(None)
                self.close_connection = True
                return None
            case Resets():
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
                self.close_connection = True
                return None

    def send_json(
        self,
        document: Any,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        cut: bool = False,
    ) -> None:
        data = json.dumps(document).encode()
        if not cut:
            return self.send(Sends(data, JSON, status), headers)
        self._head(status, JSON, {"Content-Length": str(len(data))} | dict(headers or {}))
        self.wfile.write(data[: len(data) // 2])
        self.close_connection = True

    def send(self, answer: Sends, headers: Mapping[str, str] | None = None) -> None:
        length = {"Content-Length": str(len(answer.body))}
        self._head(answer.status, answer.content_type, length | dict(headers or {}))
        with self._noticing():
            self.wfile.write(answer.body)

    def _stream(self, answer: Says, frames: wire.Generate | wire.Chat, prompt_tokens: int) -> None:
        self._head(200, "text/event-stream", {"Transfer-Encoding": "chunked"})
        with self._noticing():
            # TGI sends comments to keep a waiting connection alive.
            self._chunk(":\n\n")
            if not self._sleep(answer.first_token_after):
                return
            for index, text in enumerate(answer.tokens):
                if answer.cut_after is not None and index >= answer.cut_after:
                    self.close_connection = True
                    return
                self._chunk(frames.token(index, text))
                if not self._sleep(answer.token_every):
                    return
            for line in frames.end(answer, prompt_tokens):
                self._chunk(line)
            self.wfile.write(b"0\r\n\r\n")

    def _lines(self, lines: list[str]) -> None:
        self._head(200, "text/event-stream", {"Transfer-Encoding": "chunked"})
        with self._noticing():
            for line in lines:
                self._chunk(line)
            self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _head(self, status: int, content_type: str, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()

    def _sleep(self, seconds: float | None) -> bool:
        """Wait, for ever with None; false when the client went away or the server closes."""
        until = None if seconds is None else time.monotonic() + seconds
        while until is None or time.monotonic() < until:
            readable, _, _ = select.select([self.connection], [], [], 0.01)
            # Something to read while it is our turn is the end of the connection.
            if readable:
                self.standin.left()
                self.close_connection = True
                return False
            if self.standin.closing.is_set():
                self.close_connection = True
                return False
        return True

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            self.standin.left()
            self.close_connection = True
