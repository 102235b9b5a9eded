"""Questions, queries and the catalog over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.ui.api.conftest import AS_OF, Client

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]
SCHEMA = Path(__file__).resolve().parents[3] / "ui" / "contract" / "answer.schema.json"
QUERY = {
    "metrics": ["revenue"],
    "group_by": ["product__brand"],
    "time_range": {"start": "2024-01-01", "end": "2025-01-01"},
    "order_by": [{"name": "revenue", "descending": True}],
}


@pytest.fixture(scope="module")
def valid() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_a_question_is_answered_as_the_command_does(
    client: Client, valid: Draft202012Validator
) -> None:
    answer = client.ask("revenue by brand in 2024")

    valid.validate(answer)
    assert answer["status"] == "answered"
    assert answer["rows"][0] == ["Nordwind", 21026]
    assert answer["session_id"] is None
    assert {c["status"] for c in answer["checks"]} <= {"pass", "warn"}


@pytest.mark.parametrize(
    ("question", "status"),
    [("value by status", "clarify"), ("how many unicorns were painted", "unsupported")],
)
def test_what_is_not_answered_is_an_answer_too(
    client: Client, valid: Draft202012Validator, question: str, status: str
) -> None:
    answer = client.ask(question)

    valid.validate(answer)
    assert answer["status"] == status


def test_sessions_follow_up_each_on_its_own(client: Client) -> None:
    client.ask("revenue in 2024", session_id="first")
    client.ask("revenue in 2023", session_id="second")
    first = client.ask("by brand", session_id="first")
    second = client.ask("by brand", session_id="second")

    assert (first["session_id"], second["session_id"]) == ("first", "second")
    assert first["query"]["metrics"] == ["revenue"]
    assert first["query"]["time_range"]["start"] == "2024-01-01"
    assert second["query"]["time_range"]["start"] == "2023-01-01"


def test_as_of_is_today_for_relative_dates(client: Client) -> None:
    answer = client.ask("revenue last month", as_of="2024-07-02")

    assert answer["query"]["time_range"] == {"start": "2024-06-01", "end": "2024-07-01"}


def test_a_planner_that_is_not_there_is_said(client: Client) -> None:
    answer = client.ask("revenue in 2024", planner="llm")

    assert answer["status"] == "error"
    assert answer["error"]["code"] == "configuration"


def test_a_query_runs_and_compiles(client: Client, valid: Draft202012Validator) -> None:
    ran = client.post("/v1/query", json=QUERY).json()
    compiled = client.post("/v1/compile", json=QUERY).json()

    valid.validate(ran)
    valid.validate(compiled)
    assert ran["rows"][0] == ["Nordwind", 21026]
    assert compiled["sql"] == ran["sql"]
    assert "{{ ref('" in compiled["dbt_sql"]
    assert compiled["rows"] == []


def test_a_query_of_unknown_metrics_says_what_is_near(client: Client) -> None:
    answer = client.post("/v1/query", json={"metrics": ["revenu"]}).json()

    assert answer["error"]["code"] == "bad_query"
    assert "revenue" in answer["error"]["message"]


def test_the_stages_of_a_question_are_streamed(client: Client) -> None:
    body = {"question": "revenue by brand in 2024", "as_of": AS_OF}
    response = client.post("/v1/ask?stream=true", json=body)

    assert response.headers["content-type"].startswith("text/event-stream")
    events = _events(response.text)
    stages = [data["stage"] for name, data in events[:-1] if name == "progress"]
    assert stages[:2] == ["plan", "compile"]
    assert {"execute", "checks"} <= set(stages)
    assert events[-1][0] == "answer"
    assert events[-1][1]["rows"][0] == ["Nordwind", 21026]


def _events(text: str) -> list[tuple[str, Any]]:
    """The events of a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line[:1] != ":")
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def test_the_catalog_says_what_can_be_asked(client: Client) -> None:
    catalog = client.get("/v1/catalog").json()

    assert "revenue" in {metric["name"] for metric in catalog["metrics"]}
    assert catalog["fingerprint"]


def test_metrics_come_in_pages_and_by_words(client: Client) -> None:
    everything = client.get("/v1/metrics?limit=1000").json()
    first = client.get("/v1/metrics?limit=2").json()
    second = client.get("/v1/metrics?limit=2&offset=2").json()

    assert len(first["items"]) == 2
    assert first["items"] + second["items"] == everything["items"][:4]
    assert first["total"] == len(everything["items"])
    found = client.get("/v1/metrics", params={"search": "turnover"}).json()
    assert found["items"][0]["name"] == "revenue"


def test_one_metric_is_described_whole(client: Client) -> None:
    assert client.get("/v1/metrics/revenue").json()["description"].startswith("What customers paid")
    missing = client.get("/v1/metrics/revenu")
    assert missing.status_code == 404
    assert "revenue" in missing.json()["hint"]


def test_dimensions_of_metrics_are_spelled_as_a_query_takes_them(client: Client) -> None:
    found = client.get("/v1/dimensions", params={"metrics": "revenue", "limit": 1000}).json()
    names = {entry["name"] for entry in found["items"]}

    assert {"product__brand", "metric_time"} <= names
    assert client.get("/v1/dimensions?metrics=no_such").status_code == 404
    assert client.get("/v1/dimensions?search=brand").json()["total"] >= 1


def test_the_document_describes_every_route(client: Client, valid: Draft202012Validator) -> None:
    document = client.get("/openapi.json").json()

    assert {"/v1/ask", "/v1/query", "/v1/compile", "/v1/catalog", "/v1/metrics", "/v1/dimensions",
            "/healthz", "/readyz"} <= set(document["paths"])  # fmt: skip
    assert document["security"] == [{"token": []}]
    responses = document["paths"]["/v1/ask"]["post"]["responses"]
    valid.validate(responses["200"]["content"]["application/json"]["example"])
    assert "HTTPValidationError" not in json.dumps(document)
    for reference in _references(document):
        assert reference.rpartition("/")[2] in document["components"]["schemas"]


def _references(content: Any) -> list[str]:
    if isinstance(content, dict):
        own = [content["$ref"]] if isinstance(content.get("$ref"), str) else []
        return own + [r for value in content.values() for r in _references(value)]
    if isinstance(content, list):
        return [r for value in content for r in _references(value)]
    return []
