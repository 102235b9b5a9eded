"""A SageMaker endpoint on loopback: boto3's HTTP in front of the stand-in's answers."""

from __future__ import annotations

import json
import struct
import threading
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class SageMakerStandIn:
    """Answers `invoke_endpoint` with and without response stream, from a function.

    The function gets the body that the container would get, and gives a status with a document, or
    the lines of a stream. A line of None keeps the connection open without an answer.
    """

    def __init__(self, answer: Callable[[dict[str, Any]], Any]) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.closing = threading.Event()
        standin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                """Tests keep the terminal quiet."""

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                standin.requests.append((self.path, body))
                status, found = answer(body)
                if status != 200:
                    return self._error(status, found)
                if isinstance(found, tuple):
                    return self._stream(found)
                self._send(200, "application/json", json.dumps(found).encode())

            def _error(self, status: int, found: dict[str, Any]) -> None:
                self.send_response(status)
                self.send_header("x-amzn-ErrorType", found["code"])
                data = json.dumps(found).encode()
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def _send(self, status: int, kind: str, data: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def _stream(self, lines: tuple[str | None, ...]) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/vnd.amazon.eventstream")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for line in lines:
                    if line is None:
                        standin.closing.wait()
                        self.close_connection = True
                        return
                    kind = "ModelStreamError" if line.startswith("!") else "PayloadPart"
                    # TGI's lines come cut anywhere.
                    for part in (line[:7], line[7:]) if kind == "PayloadPart" else (line[1:],):
                        frame = _frame(kind, part.encode())
                        self.wfile.write(f"{len(frame):x}\r\n".encode() + frame + b"\r\n")
                self.wfile.write(b"0\r\n\r\n")

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(timeout=5)


def _frame(kind: str, payload: bytes) -> bytes:
    """One message of AWS's event stream encoding: prelude, headers, payload, checksums."""
    error = kind.endswith("Error")
    headers = _header(":message-type", "exception" if error else "event")
    headers += _header(":exception-type" if error else ":event-type", kind)
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    prelude += struct.pack(">I", zlib.crc32(prelude))
    message = prelude + headers + payload
    return message + struct.pack(">I", zlib.crc32(message))


def _header(name: str, value: str) -> bytes:
    text = value.encode()
    return bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(text)) + text
