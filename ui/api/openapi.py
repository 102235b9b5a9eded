"""The OpenAPI document: what an answer is comes from the same schema file that tests hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from ui.api.examples import ANSWER, PROBLEM
from ui.api.problem import MEDIA_TYPE

_REF = "#/components/schemas/"
_WORDS = {
    400: "The body is not JSON",
    401: "No valid bearer token",
    404: "There is no such thing",
    408: "The body came too slowly",
    413: "The body is too large",
    422: "A member is missing, unknown or of the wrong kind",
    503: "Too much is asked at once, or the server stops; see Retry-After",
    504: "The answer took too long",
}
_PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "hint": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
_EVENT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "One event. `data` is JSON: of `progress` an object with `stage`, of `answer` "
    "an Answer, of `problem` a Problem.",
    "required": ["event", "data"],
    "properties": {
        "event": {"enum": ["progress", "answer", "problem"]},
        "data": {"type": "string"},
    },
}
Responses = dict[int | str, dict[str, Any]]


def problem_responses(*statuses: int) -> Responses:
    """The problems that a route may end with."""
    schema = {"$ref": f"{_REF}Problem"}
    content = {MEDIA_TYPE: {"schema": schema, "example": PROBLEM}}
    return {status: {"description": _WORDS[status], "content": content} for status in statuses}


def answer_responses() -> Responses:
    """An answer, or a problem."""
    schema = {"$ref": f"{_REF}Answer"}
    answered = {
        "description": "The answer; `status` says how asking ended",
        "content": {"application/json": {"schema": schema}},
    }
    return {200: answered, **problem_responses(400, 401, 408, 413, 422, 503, 504)}


def query_body(examples: Mapping[str, Any]) -> dict[str, Any]:
    """The body of the routes that take a SemanticQuery."""
    schema = {"$ref": f"{_REF}SemanticQueryInput"}
    content = {"application/json": {"schema": schema, "examples": dict(examples)}}
    return {"requestBody": {"required": True, "content": content}}


def describe_with(app: FastAPI, secured: bool) -> dict[str, Any]:
    """The whole document.

    Args:
        app: with all its routes.
        secured: whether requests bring a token.
    """
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    components = document.setdefault("components", {})
    components.setdefault("schemas", {}).update(_schemas())
    for name in ("HTTPValidationError", "ValidationError"):  # ours are problems
        components["schemas"].pop(name, None)
    for path in ("/v1/ask", "/v1/query", "/v1/compile"):
        content = document["paths"][path]["post"]["responses"]["200"]["content"]
        # Here, as FastAPI takes what is null out of the examples of a route.
        content["application/json"]["example"] = ANSWER
        if path == "/v1/ask":
            content["text/event-stream"] = {"schema": _EVENT_SCHEMA}
    if secured:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
    return document


def _schemas() -> dict[str, Any]:
    text = files("ui.contract").joinpath("answer.schema.json").read_text(encoding="utf-8")
    answer = json.loads(text.replace("#/$defs/", _REF))
    parts = answer.pop("$defs")
    for key in ("$schema", "$id"):
        answer.pop(key)
    asked = deepcopy(parts["query"])
    _optional(asked)
    asked["description"] = (
        "A SemanticQuery: metrics, what they are grouped and filtered by, and a half-open time "
        "range. What is left out takes its default; GET /v1/dimensions has the spellings."
    )
    return {**parts, "Answer": answer, "Problem": _PROBLEM_SCHEMA, "SemanticQueryInput": asked}


def _optional(query: dict[str, Any]) -> None:
    """What an answer always writes, a query may leave out."""
    query.pop("required")
    properties = query["properties"]
    for name, needed in (
        ("where", ["item", "operator"]),
        ("having", ["metric", "operator"]),
        ("order_by", ["name"]),
        ("calculations", ["kind", "metric"]),
    ):
        properties[name]["items"]["required"] = needed
    properties["time_range"]["anyOf"][0].pop("required")
