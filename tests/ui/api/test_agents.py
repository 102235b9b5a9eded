"""The tools for agents, asked by the SDK's own client: in memory, over pipes, and over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator
from mcp import Client as AgentClient
from mcp import StdioServerParameters
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

from semantic.catalog import Metric, MetricType
from semantic.project import Project
from tests.ui.api.conftest import TOKEN, bounded, listening
from translator.pipeline import Translator
from ui.agents.tools import agent_server
from ui.agents.transports import agent_app

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]
TOOLS = {
    "ask",
    "list_metrics",
    "get_dimensions",
    "get_entities",
    "get_dimension_values",
    "query_metrics",
    "get_metrics_compiled_sql",
}
Call = Callable[..., Awaitable[Any]]


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run in a thread of its own: this one may have a loop, that of a browser's tests."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(asyncio.run, work).result()


async def converse(client: AgentClient) -> None:
    """What an agent does: look around, query, ask, and follow up."""
    schemas = {}
    for tool in (await client.list_tools()).tools:
        assert tool.annotations is not None and tool.annotations.read_only_hint
        assert tool.description
        schemas[tool.name] = Draft202012Validator(tool.output_schema)
    assert set(schemas) == TOOLS

    async def call(name: str, **arguments: Any) -> Any:
        result = await client.call_tool(name, arguments)
        assert not result.is_error, result.content
        schemas[name].validate(result.structured_content)
        assert json.loads(result.content[0].text) == result.structured_content
        return result.structured_content

    found = await call("list_metrics", search="turnover")
    assert found["metrics"][0]["name"] == "revenue"
    dimensions = await call("get_dimensions", metrics=["revenue"])
    names = {entry["name"] for entry in dimensions["dimensions"]}
    assert {"product__brand", "metric_time"} <= names
    entities = await call("get_entities", metrics=["revenue"])
    assert entities["total"] > 0
    values = await call("get_dimension_values", dimension="product__brand", limit=2)
    assert len(values["values"]) == 2
    assert values["complete"] is False
    some = await call("get_dimension_values", dimension="product__brand", search="ordwin")
    assert some["values"] == ["Nordwind"]
    query = {
        "metrics": ["revenue"],
        "group_by": ["product__brand"],
        "start": "2024-01-01",
        "end": "2025-01-01",
        "order_by": [{"name": "revenue", "descending": True}],
    }
    result = await call("query_metrics", **query)
    assert result["rows"][0] == ["Nordwind", 21026]
    compiled = await call("get_metrics_compiled_sql", **query)
    assert "{{ ref('" in compiled["dbt_sql"]
    answer = await call("ask", question="revenue by brand in 2024", session_id="talk")
    assert answer["rows"][0] == ["Nordwind", 21026]
    assert "Revenue" in answer["explanation"]
    follow = await call("ask", question="and in 2023?", session_id="talk")
    assert follow["query"]["time_range"]["start"] == "2023-01-01"
    asked_back = await call("ask", question="value by status")
    assert asked_back["status"] == "clarify"
    assert len(asked_back["options"]) > 1
    refused = await call("ask", question="how many unicorns were painted")
    assert refused["status"] == "unsupported"
    assert refused["message"]

    for name, arguments, said in (
        ("get_dimensions", {"metrics": ["revenu"]}, "revenue"),
        ("query_metrics", {"metrics": ["revenu"]}, "revenue"),
        ("query_metrics", {"metrics": ["revenue"], "start": "soon"}, "time_range.start"),
        ("get_dimension_values", {"dimension": "no__such"}, "no__such"),
        ("ask", {"question": "x" * 3000}, "question"),
    ):
        failed = await client.call_tool(name, arguments)
        assert failed.is_error
        assert said in failed.content[0].text


def test_over_standard_input_and_output(shop_built: Project) -> None:
    arguments = ["-c", "from ui.cli.app import main; main()", "mcp"]
    arguments += ["--project-dir", str(shop_built.project_dir)]
    server = StdioServerParameters(command=sys.executable, args=arguments, env=dict(os.environ))

    async def talk() -> None:
        async with AgentClient(server) as client:
            await converse(client)

    _run(asyncio.wait_for(talk(), 120))


def test_over_http(shop_translator: Translator) -> None:
    translator = bounded(shop_translator)

    async def talk(url: str) -> None:
        async with (
            create_mcp_http_client({"Authorization": f"Bearer {TOKEN}"}) as http,
            AgentClient(streamable_http_client(url, http_client=http)) as client,
        ):
            await converse(client)

    with listening(agent_app(translator), translator.settings.serve) as url:
        _run(asyncio.wait_for(talk(f"{url}/mcp"), 120))
        assert requests.post(f"{url}/mcp", json={}, timeout=60).status_code == 401


def test_without_a_token_pages_of_other_names_get_nothing(shop_translator: Translator) -> None:
    translator = bounded(shop_translator, token=None)

    with listening(agent_app(translator), translator.settings.serve) as url:
        headers = {"Host": "evil.example"}
        refused = requests.post(f"{url}/mcp", json={}, headers=headers, timeout=60)
    assert refused.status_code == 421


def test_a_thousand_metrics_do_not_flood_a_context(shop_translator: Translator) -> None:
    described = "What customers of this department paid, after discounts and without tax. " * 5
    names = [f"revenue_of_department_{number}" for number in range(1000)]
    metrics = {
        name: Metric(name, MetricType.SIMPLE, name.replace("_", " "), described) for name in names
    }
    translator = bounded(shop_translator)
    translator.catalog = replace(translator.catalog, metrics=metrics)
    seen: list[str] = []

    async def read() -> None:
        async with AgentClient(agent_server(translator)) as client:
            offset: int | None = 0
            while offset is not None:
                page = await client.call_tool("list_metrics", {"offset": offset})
                # Three characters a token is less than any tokenizer has for such text.
                assert len(page.model_dump_json()) / 3 < 4000
                assert page.structured_content is not None
                assert page.structured_content["total"] == 1000
                seen.extend(metric["name"] for metric in page.structured_content["metrics"])
                offset = page.structured_content.get("next_offset")
            one = await client.call_tool("list_metrics", {"search": "department 77"})
            assert one.structured_content is not None
            assert one.structured_content["metrics"][0]["name"] == "revenue_of_department_77"

    _run(read())
    assert seen == names
