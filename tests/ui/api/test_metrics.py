"""What Prometheus reads."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.ui.api.conftest import Client, Serve

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]


def read(client: Client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def key(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


def test_requests_and_answers_are_counted(serve: Serve) -> None:
    with serve() as client:
        client.ask("revenue by month in 2024")
        client.ask("number of unicorns by planet")
        client.get("/v1/metrics/unknown_metric")
        client.get("/nothing/here")
        Client(client.url, "another-token-of-the-length").get("/v1/catalog")
        found = read(client)

    asked = key("metricspeak_requests_total", route="/v1/ask", method="POST", status="200")
    assert found[asked] == 2
    unknown = {"route": "/v1/metrics/{name}", "method": "GET", "status": "404"}
    assert found[key("metricspeak_requests_total", **unknown)] == 1
    for status in ("404", "401"):
        other = {"route": "other", "method": "GET", "status": status}
        assert found[key("metricspeak_requests_total", **other)] == 1
    answered = {"status": "answered", "planner": "embedded", "code": ""}
    assert found[key("metricspeak_answers_total", **answered)] == 1
    refused = {"status": "unsupported", "planner": "embedded", "code": ""}
    assert found[key("metricspeak_answers_total", **refused)] == 1
    assert found[key("metricspeak_stage_seconds_count", stage="execute")] == 1
    assert found[key("metricspeak_workers_busy")] == 0
    assert not any("unicorn" in str(sample) or "unknown_metric" in str(sample) for sample in found)


def test_they_are_behind_the_token(client: Client) -> None:
    assert Client(client.url, None).get("/metrics").status_code == 401
