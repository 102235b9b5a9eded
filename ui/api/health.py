"""Whether the server lives, and whether it can answer."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from semantic.errors import MetricSpeakError
from translator.pipeline import Translator
from ui.api.workers import Workers
from ui.render.json_lines import to_json

_FRESH_SECONDS = 2.0
_PATIENCE_SECONDS = 5.0


class Readiness:
    """Asks the parts that an answer needs; what they said holds for a moment.

    That moment keeps a flood of requests, which need no token, away from the warehouse.
    """

    def __init__(self, translator: Translator, workers: Workers) -> None:
        """Nothing is asked yet."""
        self._translator = translator
        self._workers = workers
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="metricspeak-ready")
        self._asked: asyncio.Future[dict[str, str]] | None = None
        self._known: dict[str, str] = {}
        self._at = float("-inf")

    async def report(self) -> dict[str, str]:
        """What each part says: `ok`, or what is wrong."""
        if time.monotonic() - self._at > _FRESH_SECONDS:
            if self._asked is None or self._asked.done():
                loop = asyncio.get_running_loop()
                self._asked = loop.run_in_executor(self._pool, self._ask)
            done, _ = await asyncio.wait({self._asked}, timeout=_PATIENCE_SECONDS)
            if not done:
                return {"warehouse": f"no answer after {_PATIENCE_SECONDS:g} s"}
            self._known, self._at = self._asked.result(), time.monotonic()
        busy = self._workers.busy
        free = "ok" if busy < self._workers.most else f"all {busy} workers are busy"
        return {**self._known, "workers": free}

    def close(self) -> None:
        """Let go of the thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _ask(self) -> dict[str, str]:
        return {"metricflow": self._metricflow(), "warehouse": self._warehouse()}

    def _warehouse(self) -> str:
        try:
            self._translator.warehouse.execute("select 1", 1, _FRESH_SECONDS)
        except MetricSpeakError:
            return "cannot be reached"  # its message may name hosts; the log of asks has it
        return "ok"

    def _metricflow(self) -> str:
        try:
            self._translator.compiler.metricflow.warm()
        except MetricSpeakError:
            return "does not accept the project"
        return "ok"


def health_routes(readiness: Readiness) -> APIRouter:
    """`/healthz` and `/readyz`: open to everyone, as orchestrators bring no token."""
    routes = APIRouter(tags=["operations"])

    @routes.get("/healthz", summary="Whether the process lives")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get(
        "/readyz",
        summary="Whether questions can be answered now",
        responses={503: {"description": "A part that answers need does not work, or all are busy"}},
    )
    async def readyz() -> Response:
        parts: dict[str, Any] = await readiness.report()
        ready = all(state == "ok" for state in parts.values())
        content = {"status": "ready" if ready else "not ready", "parts": parts}
        return Response(to_json(content), 200 if ready else 503, media_type="application/json")

    return routes
