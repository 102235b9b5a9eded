"""What was asked over HTTP and MCP, and what people think of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from mcp import Client as AgentClient
from pydantic import SecretStr

from semantic.project import Project
from tests.translator.history.conftest import database
from tests.ui.api.conftest import Client, bounded, listening
from translator.history.history import History, open_history
from translator.pipeline import Translator
from translator.settings.history import HistorySettings
from ui.agents.tools import agent_server
from ui.api.application import create_app

__all__ = ["database"]


@pytest.fixture
def history(
    database: str,
    shop_built: Project,
    shop_translator: Translator,
    tmp_path: Path,
) -> Iterator[History]:
    kept = HistorySettings(enabled=True, url=SecretStr(database))
    settings = shop_translator.settings.model_copy(update={"history": kept, "home": tmp_path})
    found = open_history(shop_built, settings, "api")
    assert found is not None
    yield found
    found.close()


@pytest.fixture
def keeping(shop_translator: Translator, history: History) -> Iterator[Client]:
    """A server that keeps its history."""
    same = bounded(shop_translator, None)
    with listening(create_app(same, history), same.settings.serve) as url:
        yield Client(url, None)


def test_answers_are_kept_and_judged(keeping: Client) -> None:
    answer = keeping.ask("revenue by month in 2024")
    refused = keeping.ask("number of unicorns by planet")
    query = {"metrics": ["revenue"]}
    ran = keeping.post("/v1/query", json=query).json()

    said = keeping.post(
        "/v1/feedback", json={"trace_id": answer["trace_id"], "liked": False, "reason": "No."}
    )
    page = keeping.get("/v1/history").json()
    disliked = keeping.get("/v1/history?liked=false").json()

    assert said.status_code == 202
    assert [item["trace_id"] for item in page["items"]] == [
        ran["trace_id"],
        refused["trace_id"],
        answer["trace_id"],
    ]
    assert page["total"] == 3
    assert page["items"][0]["answer"]["query"]["metrics"] == ["revenue"]
    assert [item["reason"] for item in disliked["items"]] == ["No."]
    entry = keeping.get(f"/v1/history/{answer['trace_id']}").json()
    assert entry["answer"] == answer
    assert entry["as_of"] == "2025-03-15"
    assert entry["surface"] == "api"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/history?limit=0", 422),
        ("/v1/history?status=odd", 422),
        ("/v1/history?search=%00", 200),
        ("/v1/history/unknown", 404),
        (f"/v1/history/{'0' * 32}", 404),
    ],
)
def test_odd_requests(keeping: Client, path: str, status: int) -> None:
    assert keeping.get(path).status_code == status


def test_feedback_on_what_nobody_asked(keeping: Client) -> None:
    body = {"trace_id": "0" * 32, "liked": True}

    assert keeping.post("/v1/feedback", json=body).status_code == 404
    assert keeping.post("/v1/feedback", json={**body, "liked": "yes"}).status_code == 422


def test_without_a_history_the_routes_say_so(client: Client) -> None:
    response = client.get("/v1/history")

    assert response.status_code == 404
    assert response.json()["code"] == "no_history"


def test_a_database_that_is_down_costs_no_answer(
    shop_translator: Translator, shop_built: Project, tmp_path: Path
) -> None:
    kept = HistorySettings(enabled=True, url=SecretStr("postgresql://me:secret@127.0.0.1:1/none"))
    settings = shop_translator.settings.model_copy(update={"history": kept, "home": tmp_path})
    history = open_history(shop_built, settings, "api")
    same = bounded(shop_translator, None)
    with listening(create_app(same, history), same.settings.serve) as url:
        client = Client(url, None)
        answer = client.ask("revenue by month in 2024")
        said = client.post("/v1/feedback", json={"trace_id": answer["trace_id"], "liked": True})
        page = client.get("/v1/history")

    assert answer["status"] == "answered"
    assert said.status_code == 202  # kept on this machine
    assert page.status_code == 503
    assert page.headers["Retry-After"]
    assert "secret" not in page.text


def test_what_agents_ask_is_kept(shop_translator: Translator, history: History) -> None:
    async def ask() -> None:
        server = agent_server(bounded(shop_translator), history)
        async with AgentClient(server) as client:
            await client.call_tool("ask", {"question": "revenue by month in 2024"})
            await client.call_tool("query_metrics", {"metrics": ["revenue"]})

    with ThreadPoolExecutor(1) as pool:  # this thread may have a loop, that of a browser
        pool.submit(asyncio.run, ask()).result()

    assert history.page().total == 2
