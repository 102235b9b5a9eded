"""`POST /v1/ask`, `/v1/query` and `/v1/compile`: what comes in becomes an answer."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import suppress
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sse_starlette import EventSourceResponse
from starlette.responses import Response

from translator.answer import Answer
from translator.history.history import History
from translator.pipeline import Translator
from translator.progress import Progress
from translator.query import SemanticQuery
from translator.question_text import MAX_QUESTION
from ui.api.examples import ASKED, QUERIES
from ui.api.metrics import Metrics
from ui.api.openapi import answer_responses, query_body
from ui.api.problem import Problem, timed_out
from ui.api.workers import Workers
from ui.render.json_lines import to_json

_LOG = logging.getLogger(__name__)
_PING_SECONDS = 15


def _day(value: object) -> object:
    """A date as it is written; numbers would be taken for seconds since 1970."""
    if isinstance(value, str) and len(value) == 10:
        return date.fromisoformat(value)
    raise ValueError("write it as 2025-01-31")


Day = Annotated[date, BeforeValidator(_day)]
AsOf = Annotated[
    Day | None, Query(description="Today for the checks; by default the project's, or the real.")
]


class Asked(BaseModel):
    """A question in plain language."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [*ASKED]})

    question: str = Field(min_length=1, max_length=MAX_QUESTION, description="In English")
    session_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=128,
        description="A name that you choose, such as a random UUID: a question may follow up on "
        "the last one that was answered under the same name",
    )
    planner: Literal["auto", "embedded", "llm"] | None = Field(
        default=None, description="What reads the question; by default the project's setting"
    )
    as_of: Day | None = Field(
        default=None,
        description="Today for relative dates; by default the project's setting, or the real today",
    )
    dry_run: bool = Field(
        default=False, strict=True, description="Plan and compile without running"
    )


def asking_routes(
    translator: Translator, workers: Workers, history: History | None, metrics: Metrics
) -> APIRouter:
    """The routes that give answers; `history` keeps them, `metrics` count them."""
    routes = APIRouter(prefix="/v1", tags=["answers"], responses=answer_responses())

    def ask(asked: Asked, progress: Progress) -> str:
        answer = translator.ask(
            asked.question,
            as_of=asked.as_of,
            planner=asked.planner or translator.settings.planner,
            session_id=asked.session_id,
            dry_run=asked.dry_run,
            progress=progress,
        )
        return written(answer, asked.as_of)

    def written(answer: Answer, as_of: date | None) -> str:
        metrics.answered(answer)
        if history is not None:
            history.add(answer, as_of=as_of)
        return _written(answer)

    async def answered(request: Request, work: Callable[[Progress], str]) -> Response:
        progress = Progress()
        content = await workers.run(lambda: work(progress), progress, _gone(request))
        return _json(content)

    @routes.post("/ask", summary="Ask a question in plain language")
    async def ask_route(
        request: Request,
        asked: Asked,
        stream: Annotated[
            bool,
            Query(
                description="Answer with Server-Sent Events: `progress` as each stage begins, "
                "then one `answer`, or one `problem`"
            ),
        ] = False,
    ) -> Response:
        if not stream:
            return await answered(request, lambda progress: ask(asked, progress))
        events = _Events(workers.timeout_seconds)
        events.follow(workers.start(lambda: ask(asked, events), events))
        return EventSourceResponse(events.sent(), ping=_PING_SECONDS, sep="\n")

    def run(body: dict[str, Any], as_of: date | None, dry_run: bool, progress: Progress) -> str:
        try:
            query = SemanticQuery.from_dict(body, translator.catalog.grains)
        except ValueError as error:
            raise Problem(
                422,
                "invalid_request",
                "The request cannot be read",
                f"The query cannot be read: {error}.",
                "GET /openapi.json describes a SemanticQuery.",
            ) from None
        return written(translator.run(query, as_of, dry_run, progress), as_of)

    @routes.post(
        "/query",
        summary="Run a SemanticQuery, without any language",
        openapi_extra=query_body(QUERIES),
    )
    async def query_route(
        request: Request, query: Annotated[dict[str, Any], Body()], as_of: AsOf = None
    ) -> Response:
        return await answered(request, lambda progress: run(query, as_of, False, progress))

    @routes.post(
        "/compile",
        summary="The SQL of a SemanticQuery; nothing runs",
        openapi_extra=query_body(QUERIES),
    )
    async def compile_route(request: Request, query: Annotated[dict[str, Any], Body()]) -> Response:
        return await answered(request, lambda progress: run(query, None, True, progress))

    return routes


class _Events(Progress):
    """What one question sends while it is answered."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._entered: asyncio.Queue[str | None] = asyncio.Queue()
        self._deadline = time.monotonic() + seconds
        self._seconds = seconds
        self._answer: Future[str] | None = None

    def follow(self, answer: Future[str]) -> None:
        """Send this answer when it is there."""
        self._answer = answer
        answer.add_done_callback(lambda _: self._put(None))

    def enter(self, stage: str) -> None:
        """See `Progress.enter`."""
        super().enter(stage)
        self._put(stage)

    def _put(self, stage: str | None) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            self._loop.call_soon_threadsafe(self._entered.put_nowait, stage)

    async def sent(self) -> AsyncIterator[dict[str, str]]:
        """The events. A client that goes away ends this, and the question with it."""
        assert self._answer is not None
        try:
            while True:
                left = self._deadline - time.monotonic()
                stage = await asyncio.wait_for(self._entered.get(), max(left, 0.0))
                if stage is None:
                    break
                yield {"event": "progress", "data": json.dumps({"stage": stage})}
            yield {"event": "answer", "data": self._answer.result()}
        except TimeoutError:
            yield {"event": "problem", "data": to_json(timed_out(self._seconds).to_dict())}
        finally:
            self.stop()


async def _gone(request: Request) -> None:
    """Ends when the client went away; its whole request has been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _written(answer: Answer) -> str:
    """The answer as JSON; written in the worker, as many rows take a while."""
    # Neither question nor figures: a log is read by others than the one who asked.
    _LOG.info(
        "%s trace=%s planner=%s code=%s ms=%s",
        answer.status.value,
        answer.trace_id,
        answer.planner,
        answer.error.code if answer.error else "-",
        answer.timings_ms.get("total"),
    )
    return to_json(answer.to_dict())


def _json(content: str) -> Response:
    return Response(content, media_type="application/json")
