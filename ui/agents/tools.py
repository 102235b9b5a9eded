"""The MCP server: the tools that agents know from dbt's own server, and `ask`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated, Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BaseModel, Field

from semantic.catalog import SemanticCatalog
from translator.answer import Answer
from translator.history.history import History
from translator.pipeline import Translator
from translator.progress import Progress
from translator.query import GroupByItem, Operator, SemanticQuery, WhereFilter
from translator.question_text import MAX_QUESTION
from translator.suggestions import near_metrics
from ui.agents.pages import compact, page_of
from ui.agents.results import (
    CompiledMetrics,
    DimensionLine,
    DimensionsPage,
    DimensionValuesPage,
    EntitiesPage,
    EntityLine,
    MetricLine,
    MetricsPage,
    Result,
)
from ui.api.problem import Problem
from ui.api.workers import Workers
from ui.listing import dimensions_of, find_entries
from ui.render.json_lines import to_json

_INSTRUCTIONS = """\
Figures of a business from the governed metrics of its dbt project. `ask` takes a question in plain
English and is the shortest way. Or find metrics with `list_metrics`, what they can be grouped by
with `get_dimensions`, and run them with `query_metrics`. Tell the `explanation` and every warning
with the figures. With status `clarify`, let the person choose; never choose for them."""
_ROWS = 100
_READ_ONLY = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)

Metrics = Annotated[list[str], Field(min_length=1, max_length=50, description="Names of metrics")]
Search = Annotated[str | None, Field(max_length=200, description="Words to look for")]
Limit = Annotated[int, Field(ge=1, le=200, description="Entries at most")]
Offset = Annotated[int, Field(ge=0, description="next_offset of the page before")]
GroupBy = Annotated[
    list[str],
    Field(
        description="As get_dimensions spells it: customer__region; a time dimension with its "
        "grain: metric_time__month"
    ),
]
Where = Annotated[
    list[dict[str, Any]],
    Field(
        description='Filters, all of which hold: {"item": "customer__region", "operator": "in", '
        '"values": ["West"]}. Operators: ' + ", ".join(operator.value for operator in Operator)
    ),
]
Day = Annotated[str | None, Field(description="YYYY-MM-DD")]
OrderBy = Annotated[
    list[dict[str, Any]],
    Field(description='{"name": "revenue", "descending": true}; name is an output column'),
]


def agent_server(translator: Translator, history: History | None = None) -> MCPServer[Any]:
    """The server of one project, for any transport.

    Args:
        translator: answers; the caller closes it.
        history: keeps what was asked; the caller closes it, too.
    """
    catalog = translator.catalog
    serve = translator.settings.serve
    workers = Workers(serve.max_asks, serve.timeout_seconds)
    server: MCPServer[Any] = MCPServer(
        "metricspeak",
        title="MetricSpeak",
        instructions=_INSTRUCTIONS,
        version=version("metricspeak"),
        log_level="WARNING",
    )

    async def answered(work: Callable[[Progress], Answer]) -> Answer:
        progress = Progress()

        def kept() -> Answer:
            answer = work(progress)
            if history is not None:
                history.add(answer)
            return answer

        try:
            # A call that is cancelled ends here, and stops what runs for it.
            answer = await workers.run(kept, progress, asyncio.Event().wait())
        except Problem as problem:
            raise ToolError(f"{problem.detail} {problem.hint}".strip()) from None
        if answer.error is not None:
            raise ToolError(f"{answer.error.message} {answer.error.hint}".strip())
        return answer

    def query_of(content: dict[str, Any]) -> SemanticQuery:
        try:
            return SemanticQuery.from_dict(content, catalog.grains)
        except ValueError as error:
            raise ToolError(f"The query cannot be read: {error}.") from None

    @server.tool(title="Ask a question", annotations=_READ_ONLY)
    async def ask(
        question: Annotated[str, Field(min_length=1, max_length=MAX_QUESTION)],
        session_id: Annotated[
            str | None,
            Field(max_length=128, description="Any name; later questions under it may follow up"),
        ] = None,
    ) -> Annotated[CallToolResult, Result]:
        """Answer a business question in plain English: figures, what they mean, warnings."""
        answer = await answered(
            lambda progress: translator.ask(
                question,
                planner=translator.settings.planner,
                session_id=session_id or None,
                progress=progress,
            )
        )
        return _said(_result(answer))

    @server.tool(title="List metrics", annotations=_READ_ONLY)
    async def list_metrics(
        search: Search = None, limit: Limit = 50, offset: Offset = 0
    ) -> Annotated[CallToolResult, MetricsPage]:
        """List the project's metrics, a page at a time; with `search`, those that match best."""
        entries = await asyncio.to_thread(find_entries, catalog, "metric", search)
        found, after = page_of(entries, MetricLine.model_validate, limit, offset)
        return _said(MetricsPage(metrics=found, total=len(entries), next_offset=after))

    @server.tool(title="What metrics can be grouped by", annotations=_READ_ONLY)
    async def get_dimensions(
        metrics: Metrics, search: Search = None, limit: Limit = 100, offset: Offset = 0
    ) -> Annotated[CallToolResult, DimensionsPage]:
        """List the dimensions that all of these metrics can be grouped and filtered by."""
        _known(metrics, catalog)
        entries = [e for e in dimensions_of(catalog, metrics, search) if e["kind"] != "entity"]
        found, after = page_of(entries, DimensionLine.model_validate, limit, offset)
        return _said(DimensionsPage(dimensions=found, total=len(entries), next_offset=after))

    @server.tool(title="Entities of metrics", annotations=_READ_ONLY)
    async def get_entities(
        metrics: Metrics, search: Search = None, limit: Limit = 100, offset: Offset = 0
    ) -> Annotated[CallToolResult, EntitiesPage]:
        """List the entities, such as customer or order, that these metrics can be grouped by."""
        _known(metrics, catalog)
        entries = [e for e in dimensions_of(catalog, metrics, search) if e["kind"] == "entity"]
        found, after = page_of(entries, EntityLine.model_validate, limit, offset)
        return _said(EntitiesPage(entities=found, total=len(entries), next_offset=after))

    @server.tool(title="Values of a dimension", annotations=_READ_ONLY)
    async def get_dimension_values(
        dimension: Annotated[str, Field(description="As get_dimensions spells it, without grain")],
        search: Annotated[
            str | None, Field(max_length=200, description="A part that the values contain")
        ] = None,
        limit: Limit = 50,
    ) -> Annotated[CallToolResult, DimensionValuesPage]:
        """List the distinct values of a dimension, as filters take them."""
        try:
            item = GroupByItem.parse(dimension, catalog.grains)
        except ValueError as error:
            raise ToolError(f"'{dimension}' is no dimension: {error}.") from None
        where = (WhereFilter(item, Operator.CONTAINS, (search,)),) if search else ()
        query = SemanticQuery(group_by=(item,), where=where, limit=limit + 1)
        answer = await answered(lambda progress: translator.run(query, progress=progress))
        values = [row[0] for row in answer.rows]
        complete = len(values) <= limit and not answer.truncated
        return _said(
            DimensionValuesPage(dimension=dimension, values=values[:limit], complete=complete)
        )

    @server.tool(title="Run metrics", annotations=_READ_ONLY)
    async def query_metrics(
        metrics: Metrics,
        group_by: GroupBy = [],  # noqa: B006
        where: Where = [],  # noqa: B006
        start: Day = None,
        end: Annotated[str | None, Field(description="YYYY-MM-DD, itself not included")] = None,
        order_by: OrderBy = [],  # noqa: B006
        limit: Annotated[int | None, Field(ge=1, le=10_000)] = None,
    ) -> Annotated[CallToolResult, Result]:
        """Run metrics, grouped, filtered and ordered; at most the first 100 rows are shown."""
        query = query_of(_content(metrics, group_by, where, start, end, order_by, limit))
        answer = await answered(lambda progress: translator.run(query, progress=progress))
        return _said(_result(answer))

    @server.tool(title="SQL of metrics", annotations=_READ_ONLY)
    async def get_metrics_compiled_sql(
        metrics: Metrics,
        group_by: GroupBy = [],  # noqa: B006
        where: Where = [],  # noqa: B006
        start: Day = None,
        end: Annotated[str | None, Field(description="YYYY-MM-DD, itself not included")] = None,
        order_by: OrderBy = [],  # noqa: B006
        limit: Annotated[int | None, Field(ge=1, le=10_000)] = None,
    ) -> Annotated[CallToolResult, CompiledMetrics]:
        """Compile the SQL that query_metrics would run; nothing runs."""
        query = query_of(_content(metrics, group_by, where, start, end, order_by, limit))
        answer = await answered(
            lambda progress: translator.run(query, dry_run=True, progress=progress)
        )
        return _said(
            CompiledMetrics(
                sql=answer.sql or "",
                dbt_sql=answer.dbt_sql or "",
                models=list(answer.models),
                explanation=answer.explanation or "",
            )
        )

    return server


def _content(
    metrics: list[str],
    group_by: list[str],
    where: list[dict[str, Any]],
    start: str | None,
    end: str | None,
    order_by: list[dict[str, Any]],
    limit: int | None,
) -> dict[str, Any]:
    return {
        "metrics": metrics,
        "group_by": group_by,
        "where": where,
        "time_range": {"start": start, "end": end} if start or end else None,
        "order_by": order_by,
        "limit": limit,
    }


def _known(metrics: list[str], catalog: SemanticCatalog) -> None:
    for name in metrics:
        if name not in catalog.metrics:
            near = near_metrics(name, catalog)
            hint = f"Near: {', '.join(near)}." if near else "list_metrics has them."
            raise ToolError(f"No metric '{name}'. {hint}")


def _result(answer: Answer) -> Result:
    content = answer.to_dict()
    asked, refused = content["clarification"], content["refusal"]
    return Result(
        status=content["status"],
        explanation=answer.explanation,
        governed=answer.governed,
        confidence=content["confidence"],
        columns=[column["name"] for column in content["columns"]],
        rows=content["rows"][:_ROWS],
        row_count=content["row_count"],
        truncated=answer.truncated,
        warnings=[f"{c.name}: {c.detail}" for c in answer.checks if c.status != "pass"],
        query=content["query"],
        message=asked["message"] if asked else refused["reason"] if refused else None,
        options=asked["options"] if asked else [],
        suggestions=refused["suggestions"] if refused else [],
        session_id=answer.session_id,
        trace_id=answer.trace_id,
    )


def _said(content: BaseModel) -> CallToolResult:
    """The content as structure and, for clients that read none, as JSON text."""
    text = to_json(compact(content))
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=json.loads(text)
    )
