"""The HTTP API: routes, gates and one shape of errors around a `Translator`."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from translator.history.history import History
from translator.pipeline import Translator
from ui.api.access import AccessGate
from ui.api.asking import asking_routes
from ui.api.browsing import browsing_routes
from ui.api.health import Readiness, health_routes
from ui.api.history import history_routes
from ui.api.metrics import Counting, Metrics, metrics_routes
from ui.api.openapi import describe_with
from ui.api.problem import Problem, internal
from ui.api.request_body import BodyGate
from ui.api.workers import Workers

_LOG = logging.getLogger(__name__)
_DESCRIPTION = (
    "Questions over a dbt project in plain language; governed, tested, explained answers. "
    "A question that was asked comes back as an Answer with status 200, whatever became of it; "
    "any other status comes with problem details (RFC 9457)."
)


def create_app(translator: Translator, history: History | None = None) -> FastAPI:
    """The application of one project. It stops what runs in its lifespan, and closes nothing else.

    Args:
        translator: answers; the caller closes it when the server is down.
        history: keeps what was asked; the caller starts and closes it, too.
    """
    serve = translator.settings.serve
    workers = Workers(serve.max_asks, serve.timeout_seconds)
    metrics = Metrics(workers, history)
    readiness = Readiness(translator, workers)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        readiness.close()
        # The server has already waited for the requests; what still runs has nobody waiting.
        await asyncio.to_thread(workers.stop, 0.0)

    app = FastAPI(
        title="MetricSpeak",
        version=version("metricspeak"),
        description=_DESCRIPTION,
        lifespan=lifespan,
        # Their pages load scripts from a server elsewhere.
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(asking_routes(translator, workers, history, metrics))
    app.include_router(browsing_routes(translator.catalog))
    app.include_router(history_routes(history))
    app.include_router(health_routes(readiness))
    app.include_router(metrics_routes(metrics))
    # The last one added is asked first: who may not ask is counted, but nothing of theirs is read.
    app.add_middleware(
        BodyGate, most_bytes=serve.max_request_bytes, seconds=serve.read_timeout_seconds
    )
    app.add_middleware(AccessGate, token=serve.token)
    app.add_middleware(Counting, metrics=metrics)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _fault)
    document: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not document:
            document.update(describe_with(app, secured=serve.token is not None))
        return document

    app.openapi = openapi  # type: ignore[method-assign]
    return app


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _invalid(_: Request, error: Exception) -> Response:
    """Says what is wrong and where; never repeats what was sent."""
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(e["type"] == "json_invalid" for e in found):
        return Problem(
            400,
            "invalid_json",
            "The body is not JSON",
            f"The body cannot be read as JSON: {found[0]['ctx']['error']}.",
            'Send, for example, {"question": "revenue by month"}.',
        ).response()
    errors = [{"pointer": _pointer(e["loc"]), "detail": str(e["msg"])} for e in found[:20]]
    return Problem(
        422,
        "invalid_request",
        "The request cannot be read",
        f"{errors[0]['pointer']}: {errors[0]['detail']}.",
        "Send JSON with 'Content-Type: application/json'; GET /openapi.json describes the request.",
        errors,
    ).response()


def _pointer(location: tuple[Any, ...]) -> str:
    """A JSON pointer (RFC 6901) into the body, or the name of a parameter."""
    place, *rest = location
    if place == "body":
        return "/" + "/".join(str(p).replace("~", "~0").replace("/", "~1") for p in rest)
    return "?" + ".".join(str(p) for p in rest) if place == "query" else str(rest[-1])


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    known = {
        400: ("invalid_json", "The body is not JSON", "Send a JSON object in UTF-8."),
        404: ("not_found", "There is no such thing", "GET /openapi.json lists the routes."),
        405: ("method_not_allowed", "Not by this method", "GET /openapi.json lists the routes."),
    }
    code, title, hint = known.get(
        error.status_code, ("invalid_request", "The request cannot be read", "")
    )
    return Problem(
        error.status_code, code, title, f"{title}.", hint, headers=error.headers
    ).response()


async def _fault(request: Request, error: Exception) -> Response:
    trace_id = uuid.uuid4().hex
    _LOG.error("request failed, trace %s, %s", trace_id, request.url.path, exc_info=error)
    return internal(trace_id).response()
