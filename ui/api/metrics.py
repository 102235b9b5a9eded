"""`GET /metrics`: what an operator watches, in Prometheus's text format."""

from __future__ import annotations

import time

from fastapi import APIRouter
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from translator.answer import Answer
from translator.history.history import History
from ui.api.openapi import problem_responses
from ui.api.workers import Workers

_SECONDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0)
_OTHER = "other"


class Metrics:
    """Counts and times of one application; labels have few values, whatever is asked."""

    def __init__(self, workers: Workers, history: History | None) -> None:
        """Everything is at zero.

        Args:
            workers: those that answer questions.
            history: what waits for its database is told, too.
        """
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Counter(
            "metricspeak_requests",
            "HTTP requests by route, method and status",
            ["route", "method", "status"],
            registry=registry,
        )
        self._request_seconds = Histogram(
            "metricspeak_request_seconds",
            "Time from a request's arrival to the end of its response",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._answers = Counter(
            "metricspeak_answers",
            "Answers by how asking ended, planner and code of the error",
            ["status", "planner", "code"],
            registry=registry,
        )
        self._stage_seconds = Histogram(
            "metricspeak_stage_seconds",
            "Time that the stages of answers took",
            ["stage"],
            buckets=_SECONDS,
            registry=registry,
        )
        busy = Gauge("metricspeak_workers_busy", "Questions being answered", registry=registry)
        busy.set_function(lambda: workers.busy)
        most = Gauge("metricspeak_workers_max", "Questions answered at once", registry=registry)
        most.set(workers.most)
        if history is not None:
            waiting = Gauge(
                "metricspeak_history_waiting_bytes",
                "What is kept on this machine and not yet in the history's database",
                registry=registry,
            )
            waiting.set_function(lambda: history.waiting_bytes)

    def answered(self, answer: Answer) -> None:
        """Count an answer and the time of its stages."""
        code = answer.error.code if answer.error else ""
        self._answers.labels(answer.status.value, answer.planner, code).inc()
        for stage, milliseconds in answer.timings_ms.items():
            self._stage_seconds.labels(stage).observe(milliseconds / 1000)

    def requested(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(route, method, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)


class Counting:
    """Counts the requests of an application, also those that are refused."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.monotonic()
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            # Without the values in the path: anyone may write anything there.
            route = getattr(scope.get("route"), "path", _OTHER)
            method = scope["method"] if scope["method"] in {"GET", "POST"} else _OTHER
            self._metrics.requested(route, method, status, time.monotonic() - started)


def metrics_routes(metrics: Metrics) -> APIRouter:
    """`/metrics`, behind the same token as questions: Prometheus can send one."""
    routes = APIRouter(tags=["operations"], responses=problem_responses(401))

    @routes.get("/metrics", summary="Counts and times, for Prometheus")
    def metrics_route() -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return routes
