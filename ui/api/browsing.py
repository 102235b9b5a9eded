"""`GET /v1/catalog`, `/v1/metrics` and `/v1/dimensions`: what can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from semantic.catalog import SemanticCatalog
from semantic.describe import describe_catalog, describe_item
from semantic.errors import QueryError
from ui.api.openapi import problem_responses
from ui.api.problem import Problem
from ui.listing import dimensions_of, find_entries
from ui.render.json_lines import to_json

Search = Annotated[
    str | None, Query(max_length=200, description="Words to look for in names, labels, synonyms")
]
Limit = Annotated[int, Query(ge=1, le=1000, description="Entries at most")]
Offset = Annotated[int, Query(ge=0, le=1_000_000, description="Entries to leave out first")]


def browsing_routes(catalog: SemanticCatalog) -> APIRouter:
    """The routes that tell what can be asked. Plain functions: they run beside the event loop."""
    routes = APIRouter(prefix="/v1", tags=["catalog"], responses=problem_responses(401, 404, 422))

    @routes.get("/catalog", summary="Everything that can be asked")
    def catalog_route() -> Response:
        return _json({**describe_catalog(catalog), "fingerprint": catalog.fingerprint})

    @routes.get("/metrics", summary="The metrics, a page at a time")
    def metrics_route(search: Search = None, limit: Limit = 100, offset: Offset = 0) -> Response:
        return _page(find_entries(catalog, "metric", search), limit, offset)

    @routes.get("/metrics/{name}", summary="All that is known of a metric")
    def metric_route(name: str) -> Response:
        if name not in catalog.metrics:
            raise _unknown("metric", name, catalog)
        described = describe_item(catalog, name)
        return _json(next(item for item in described if item["kind"] == "metric"))

    @routes.get("/dimensions", summary="The dimensions, or what metrics can be grouped by")
    def dimensions_route(
        metrics: Annotated[
            list[str] | None,
            Query(
                max_length=50,
                description="Only what all of these metrics can be grouped by (repeat the "
                "parameter), as a query spells it",
            ),
        ] = None,
        search: Search = None,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> Response:
        if metrics:
            for metric in metrics:
                if metric not in catalog.metrics:
                    raise _unknown("metric", metric, catalog)
            return _page(dimensions_of(catalog, metrics, search), limit, offset)
        return _page(find_entries(catalog, "dimension", search), limit, offset)

    return routes


def _unknown(kind: str, name: str, catalog: SemanticCatalog) -> Problem:
    hint = "GET /v1/metrics lists them."
    try:
        describe_item(catalog, name)
    except QueryError as error:
        hint = error.hint if error.hint.startswith("Similar") else hint
    return Problem(404, "not_found", "There is no such thing", f"No {kind} '{name[:100]}'.", hint)


def _page(entries: Sequence[dict[str, Any]], limit: int, offset: int) -> Response:
    content = {"items": list(entries[offset : offset + limit]), "total": len(entries)}
    return _json({**content, "limit": limit, "offset": offset})


def _json(content: Any) -> Response:
    return Response(to_json(content), media_type="application/json")
