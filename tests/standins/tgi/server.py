"""The HTTP server of the stand-ins: one real server on loopback, a thread for each connection."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from typing import Any, Self

from tests.standins.tgi import contract, wire
from tests.standins.tgi.answers import (
    Answer,
    Fails,
    Says,
    Sends,
    answer_of,
)
from tests.standins.tgi.handler import JSON, Handler, Recorded

Item = Answer | str | Mapping[str, Any]


class _StandIn:
    """What both stand-ins share: the script, the record, the misbehaviour."""

    def __init__(
        self, script: Iterable[Item] | Callable[[Recorded], Item] = (), api_key: str | None = None
    ) -> None:
        self._lock = threading.Lock()
        self._script = script if callable(script) else iter(list(script))
        self._api_key = api_key
        self.closing = threading.Event()
        self.requests: list[Recorded] = []
        """Every request, also for what the server says of itself and those refused."""
        self.generations: list[Recorded] = []
        """Requests that took an answer from the script."""
        self.rejected: list[str] = []
        """What was wrong with requests that TGI would have refused."""
        self.hung_up = 0
        """Answers whose client went away before their end."""
        server = self

        class Bound(Handler):
            standin = server

        self._http = _Server(("127.0.0.1", 0), Bound)
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def count(self, path: str) -> int:
        """How many requests came for a path."""
        with self._lock:
            return sum(request.path == path for request in self.requests)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(timeout=5)

    def note(self, request: Recorded) -> bool:
        """Keep a request; whether its key is right."""
        with self._lock:
            self.requests.append(request)
        wanted = None if self._api_key is None else f"Bearer {self._api_key}"
        return wanted is None or request.headers.get("authorization") == wanted

    def next_answer(self, request: Recorded) -> Answer:
        with self._lock:
            self.generations.append(request)
            item = None if callable(self._script) else next(self._script, None)
        if callable(self._script):
            item = self._script(request)
        if item is None:
            return Fails(500, "the script of the stand-in has no answer left")
        return answer_of(item)

    def reject(self, problems: list[str]) -> Fails:
        with self._lock:
            self.rejected.extend(problems)
        return Fails(422, "; ".join(problems), "validation")

    def left(self) -> None:
        with self._lock:
            self.hung_up += 1

    def get(self, path: str) -> Any:
        """The document at `path`, None when there is none."""
        raise NotImplementedError

    def post(self, handler: Handler, request: Recorded) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class _Limits:
    max_input_tokens: int = 7168
    max_total_tokens: int = 8192


class TgiStandIn(_StandIn):
    """Serves TGI's routes and takes what TGI 3 takes; anything else it answers 422 and notes.

    Four characters count as one token, for its limits and its counts.
    """

    def __init__(
        self,
        script: Iterable[Item] | Callable[[Recorded], Item] = (),
        *,
        model: str = "meta-llama/Meta-Llama-3-70B-Instruct",
        max_input_tokens: int = 7168,
        max_total_tokens: int = 8192,
        api_key: str | None = None,
        info: Answer | None = None,
    ) -> None:
        super().__init__(script, api_key)
        self.model = model
        self.limits = _Limits(max_input_tokens, max_total_tokens)
        self.info = info

    def get(self, path: str) -> Any:
        match path:
            case "/info":
                return self.info or {
                    "model_id": self.model,
                    "model_sha": None,
                    "model_pipeline_tag": "text-generation",
                    "max_concurrent_requests": 128,
                    "max_best_of": 2,
                    "max_stop_sequences": 4,
                    "max_input_tokens": self.limits.max_input_tokens,
                    "max_total_tokens": self.limits.max_total_tokens,
                    "validation_workers": 2,
                    "max_client_batch_size": 4,
                    "router": "text-generation-router",
                    "version": "3.3.6",
                    "sha": None,
                    "docker_label": None,
                }
            case "/v1/models":
                entry = {"id": self.model, "object": "model", "created": 0, "owned_by": self.model}
                return {"object": "list", "data": [entry]}
            case "/health":
                return Sends(b"", "text/plain")
        return None

    def post(self, handler: Handler, request: Recorded) -> None:
        body, path = request.body, request.path
        chat = path == "/v1/chat/completions"
        if path not in {"/", "/generate", "/generate_stream", "/v1/chat/completions", "/tokenize"}:
            return handler.send(Sends(b"", "text/plain", 404))
        problems = (
            contract.chat_problems(body)
            if chat
            else contract.generate_problems(body, stream_field=path == "/")
        )
        if path == "/tokenize" and not problems:
            return handler.send_json(wire.tokens(request.prompt))
        streamed = path == "/generate_stream" or bool(isinstance(body, dict) and body.get("stream"))
        frames = wire.Chat(self.model, body) if chat else wire.Generate(path)
        problems = problems or self._too_long(request, chat)
        if problems:
            return handler.answer(self.reject(problems), frames, streamed)
        forced = wire.forced_document(request.schema)
        answer = self.next_answer(request) if forced is None else Says(forced)
        if isinstance(answer, Says):
            answer = wire.checked(answer, request.schema)
        handler.answer(answer, frames, streamed, wire.count(request.prompt))

    def _too_long(self, request: Recorded, chat: bool) -> list[str]:
        prompt = wire.count(request.prompt)
        wanted = (
            request.body.get("max_tokens")
            if chat
            else request.body.get("parameters", {}).get("max_new_tokens")
        )
        if prompt > self.limits.max_input_tokens:
            return [f"inputs must have less than {self.limits.max_input_tokens} tokens"]
        if prompt + (wanted or 0) > self.limits.max_total_tokens:
            return [
                f"inputs tokens + max_new_tokens must be <= {self.limits.max_total_tokens}. "
                f"Given: {prompt} inputs tokens and {wanted} max_new_tokens"
            ]
        return []


@dataclass(frozen=True)
class OpenAiDialect:
    """Which shapes of `response_format` a server obeys, ignores with a 200, or refuses with 400."""

    obeyed: tuple[str, ...] = ("json_schema", "json_object+schema")
    ignored: tuple[str, ...] = ("json_object+value",)

    @staticmethod
    def shape(response_format: Mapping[str, Any]) -> str:
        kind = str(response_format.get("type"))
        extra = next((k for k in ("schema", "value") if k in response_format), "")
        return f"{kind}+{extra}" if extra else kind


class OpenAiStandIn(_StandIn):
    """A server as llama.cpp's or vLLM's: `/v1` only, OpenAI's response format obeyed.

    A constraint in a shape that it does not know changes nothing of the answer, or is refused, as
    `dialect` says. `owner` is `llamacpp`, `vllm` or `sglang`, as the server names itself.
    """

    def __init__(
        self,
        script: Iterable[Item] | Callable[[Recorded], Item] = (),
        *,
        model: str = "meta-llama/Meta-Llama-3-70B-Instruct",
        owner: str = "vllm",
        window: int = 8192,
        version: str = "1",
        api_key: str | None = None,
        dialect: OpenAiDialect | None = None,
    ) -> None:
        super().__init__(script, api_key)
        self.model = model
        self.owner = owner
        self.window = window
        self.version = version
        self.dialect = dialect or OpenAiDialect()

    def get(self, path: str) -> Any:
        entry: dict[str, Any] = {"id": self.model, "object": "model", "owned_by": self.owner}
        if self.owner == "llamacpp":
            entry["meta"] = {"n_ctx_train": 131_072}
        else:
            entry["max_model_len"] = self.window
        match path:
            case "/v1/models":
                return {"object": "list", "data": [entry]}
            case "/props" if self.owner == "llamacpp":
                settings = {"n_ctx": self.window}
                return {"default_generation_settings": settings, "build_info": self.version}
            case "/version" if self.owner == "vllm":
                return {"version": self.version}
            case "/health":
                return {"status": "ok"}
        return None

    def post(self, handler: Handler, request: Recorded) -> None:
        if request.path != "/v1/chat/completions":
            return handler.send(Sends(b'{"error":{"code":404,"message":"no route"}}', JSON, 404))
        frames = wire.Chat(self.model, request.body, usage_apart=True)
        streamed = bool(request.body.get("stream"))
        obeyed = False
        if request.constraint is not None:
            shape = OpenAiDialect.shape(request.constraint)
            obeyed = shape in self.dialect.obeyed
            if not obeyed and shape not in self.dialect.ignored:
                refusal = {"code": 400, "message": f"response_format of type {shape}", "type": "x"}
                return handler.send(Sends(json.dumps({"error": refusal}).encode(), JSON, 400))
        forced = wire.forced_document(request.schema)
        if forced is not None:
            return handler.answer(Says(forced if obeyed else "banana"), frames, streamed)
        answer = self.next_answer(request)
        if isinstance(answer, Says) and obeyed:
            answer = wire.checked(answer, request.schema)
        handler.answer(answer, frames, streamed, wire.count(request.prompt))


def refused_url() -> str:
    """An address on loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what some tests want; `hung_up` counts those."""
