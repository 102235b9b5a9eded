"""`GET /v1/history` and `POST /v1/feedback`: what was asked, and what people think of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from semantic.errors import MetricSpeakError
from translator.history.entry import Selection
from translator.history.history import History
from ui.api.openapi import problem_responses
from ui.api.problem import Problem, no_history, unavailable
from ui.render.json_lines import to_json

_TRACE = r"^[0-9a-f]{32}$"


class Judged(BaseModel):
    """What a person thinks of an answer."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "trace_id": "3f0f6d7f5c8e4f0c9b7c1f1f8a3a0f52",
                    "liked": False,
                    "reason": "Returns were not taken off.",
                }
            ]
        },
    )

    trace_id: str = Field(pattern=_TRACE, description="Of the answer")
    liked: bool = Field(strict=True)
    reason: str = Field(default="", max_length=2_000, description="In words")


def history_routes(history: History | None) -> APIRouter:
    """The routes over the history; they say so where none is kept."""
    routes = APIRouter(
        prefix="/v1", tags=["history"], responses=problem_responses(401, 404, 422, 503)
    )

    def kept() -> History:
        if history is None:
            raise no_history()
        return history

    @routes.get("/history", summary="What was asked, latest first, a page at a time")
    def history_route(
        search: Annotated[
            str | None, Query(max_length=200, description="A part of the question")
        ] = None,
        status: Annotated[
            Literal["answered", "clarify", "unsupported", "error"] | None,
            Query(description="How asking ended"),
        ] = None,
        surface: Annotated[
            Literal["cli", "api", "mcp", "explorer"] | None, Query(description="Where it was asked")
        ] = None,
        liked: Annotated[bool | None, Query(description="Only what was judged so")] = None,
        limit: Annotated[int, Query(ge=1, le=500, description="Entries at most")] = 50,
        offset: Annotated[int, Query(ge=0, le=1_000_000, description="To leave out first")] = 0,
    ) -> Response:
        wanted = Selection(status=status, surface=surface, search=_clean(search), liked=liked)
        try:
            page = kept().page(wanted, limit, offset)
        except MetricSpeakError as error:
            raise unavailable(error) from None
        items = [entry.to_dict() for entry in page.entries]
        return _json({"items": items, "total": page.total, "limit": limit, "offset": offset})

    @routes.get("/history/{trace_id}", summary="One answer as it was given")
    def entry_route(trace_id: str) -> Response:
        try:
            entry = kept().entry(trace_id) if len(trace_id) == 32 else None
        except MetricSpeakError as error:
            raise unavailable(error) from None
        if entry is None:
            raise _unknown()
        return _json(entry.to_dict())

    @routes.post("/feedback", status_code=202, summary="Say what you think of an answer")
    def feedback_route(judged: Judged) -> dict[str, str]:
        found = kept()
        try:
            known = found.entry(judged.trace_id) is not None
        except MetricSpeakError:
            known = True  # nobody can tell now; an opinion must not be lost for that
        if not known:
            raise _unknown()
        try:
            found.judge(judged.trace_id, judged.liked, judged.reason)
        except MetricSpeakError as error:
            raise unavailable(error) from None
        return {"trace_id": judged.trace_id}

    return routes


def _clean(search: str | None) -> str | None:
    """Postgres has no NUL."""
    return None if search is None else search.replace("\0", "\ufffd")


def _unknown() -> Problem:
    return Problem(
        404,
        "not_found",
        "There is no such thing",
        "The history has no answer with this trace.",
        "Answers have it as trace_id; GET /v1/history lists them.",
    )


def _json(content: Any) -> Response:
    return Response(to_json(content), media_type="application/json")
