"""Requests that are wrong, too many, too large or without right; parts that are down."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import requests
from pydantic import SecretStr

from semantic.errors import ConfigurationError
from semantic.project import Project
from tests.ui.api.conftest import AS_OF, TOKEN, Client, Serve
from translator.opening import open_translator
from translator.settings import load_settings
from ui.api.access import check_address

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]
Lock = Callable[[], AbstractContextManager[Callable[[int], None]]]
ASK = {"question": "revenue by brand in 2024", "as_of": AS_OF}


def problem(response: requests.Response, status: int, code: str) -> Any:
    """The problem of a response, which has the one shape of all errors."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found = response.json()
    assert found["status"] == status
    assert found["type"] == f"urn:metricspeak:problem:{code}"
    assert found["title"] and found["detail"]
    return found


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        (b"{", 400, "invalid_json", None),
        (b"\xff\xfe", 400, "invalid_json", None),
        (b"[" * 20_000, 400, "invalid_json", None),
        (b"", 422, "invalid_request", "/"),
        (b"[]", 422, "invalid_request", "/"),
        (b"{}", 422, "invalid_request", "/question"),
        (b'{"question": 5}', 422, "invalid_request", "/question"),
        (b'{"question": "\\ud800"}', 422, "invalid_request", "/question"),
        (b'{"question": ""}', 422, "invalid_request", "/question"),
        (b'{"question": "a", "session": "b"}', 422, "invalid_request", "/session"),
        (b'{"question": "a", "as_of": "yesterday"}', 422, "invalid_request", "/as_of"),
        (b'{"question": "a", "as_of": 20250131}', 422, "invalid_request", "/as_of"),
        (b'{"question": "a", "dry_run": 0}', 422, "invalid_request", "/dry_run"),
        (b'{"question": "a", "planner": "gpt"}', 422, "invalid_request", "/planner"),
    ],
)
def test_bad_bodies_are_problems(
    client: Client, body: bytes, status: int, code: str, pointer: str | None
) -> None:
    response = client.post("/v1/ask", data=body, headers={"Content-Type": "application/json"})

    found = problem(response, status, code)
    assert found["hint"]
    if pointer:
        assert found["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    "body",
    [
        {"metrics": "revenue"},
        {"metrics": ["revenue"], "where": [{"item": "x", "operator": "like", "values": []}]},
        {"metrics": ["revenue"], "sql": "select 1"},
        {"metrics": ["revenue"], "limit": "many"},
    ],
)
def test_bad_queries_are_problems(client: Client, body: Any) -> None:
    assert (
        "cannot be read"
        in problem(client.post("/v1/query", json=body), 422, "invalid_request")["detail"]
    )


@pytest.mark.parametrize("question", [" ", "\x00\x01", "{{ env_var('HOME') }}"])
def test_odd_questions_end_as_answers(client: Client, question: str) -> None:
    body = json.dumps({"question": question})
    response = client.post("/v1/ask", data=body, headers={"Content-Type": "application/json"})

    assert response.status_code == 200
    assert response.json()["status"] in {"error", "unsupported", "clarify"}


def test_unknown_routes_and_methods_are_problems(client: Client) -> None:
    problem(client.get("/v2/ask"), 404, "not_found")
    problem(client.get("/v1/ask"), 405, "method_not_allowed")
    problem(client.get("/v1/metrics?limit=0"), 422, "invalid_request")
    problem(client.post("/v1/query?as_of=0", json={"metrics": ["revenue"]}), 422, "invalid_request")


def test_a_body_that_is_too_large_is_refused(client: Client) -> None:
    large = json.dumps({"question": "x" * 100_000})
    json_type = {"Content-Type": "application/json"}

    problem(client.post("/v1/ask", data=large, headers=json_type), 413, "too_large")
    pieces = (b" " * 10_000 for _ in range(20))  # chunked, so that no length is announced
    problem(client.post("/v1/ask", data=pieces, headers=json_type), 413, "too_large")


def test_a_body_that_does_not_come_is_not_waited_for(serve: Serve) -> None:
    with serve(read_timeout_seconds=0.2) as client:
        host, port = client.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), 30) as connection:
            connection.sendall(
                b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Authorization: Bearer " + TOKEN.encode() + b"\r\nContent-Length: 50\r\n\r\n{"
            )
            assert b" 408 " in connection.recv(1000)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ä"]
)
def test_without_the_token_nothing_is_told(client: Client, header: str) -> None:
    headers = {"Authorization": header.encode("latin-1")} if header else {}
    for path in ("/v1/catalog", "/openapi.json", "/no/such/route"):
        response = requests.get(client.url + path, headers=headers, timeout=60)
        found = problem(response, 401, "unauthorized")
        assert response.headers["www-authenticate"].startswith("Bearer")
        assert TOKEN not in json.dumps(found)
    assert requests.get(client.url + "/healthz", timeout=60).json() == {"status": "ok"}


def test_only_loopback_may_be_served_without_a_token() -> None:
    check_address("127.0.0.1", None)
    check_address("::1", None)
    check_address("0.0.0.0", SecretStr(TOKEN))
    for host in ("0.0.0.0", "::", "192.168.1.5", "example.com"):
        with pytest.raises(ConfigurationError, match="this machine only"):
            check_address(host, None)


def test_without_a_token_pages_of_other_names_get_nothing(serve: Serve) -> None:
    with serve(token=None) as client:
        assert client.get("/v1/metrics").status_code == 200
        headers = {"Host": "evil.example"}
        response = requests.get(client.url + "/v1/metrics", headers=headers, timeout=60)
        problem(response, 421, "wrong_host")
        # A form can post text without asking; it is not taken for JSON.
        text = {"Content-Type": "text/plain"}
        problem(client.post("/v1/ask", data=json.dumps(ASK), headers=text), 422, "invalid_request")
        assert "access-control-allow-origin" not in response.headers


def test_too_much_at_once_is_refused_at_once(
    serve: Serve, lock_orders: Lock, shop_built: Project
) -> None:
    with serve(max_asks=1) as client, ThreadPoolExecutor(1) as pool:
        with lock_orders() as wait_for:
            first = pool.submit(client.post, "/v1/ask", json=ASK)
            wait_for(1)
            refused = client.post("/v1/ask", json=ASK)
            problem(refused, 503, "overloaded")
            assert int(refused.headers["retry-after"]) > 0
            problem(client.post("/v1/ask?stream=true", json=ASK), 503, "overloaded")
            # The rest of the server stays free meanwhile.
            assert client.get("/healthz").status_code == 200
            assert client.get("/v1/metrics").status_code == 200
            ready = client.get("/readyz")
            assert ready.status_code == 503
            assert "busy" in ready.json()["parts"]["workers"]
        assert first.result().json()["status"] == "answered"
        assert client.post("/v1/ask", json=ASK).json()["status"] == "answered"


def test_an_answer_that_takes_too_long_is_not_waited_for(serve: Serve, lock_orders: Lock) -> None:
    with serve(timeout_seconds=0.3) as client, lock_orders():
        problem(client.post("/v1/ask", json=ASK), 504, "timed_out")
        streamed = client.post("/v1/ask?stream=true", json=ASK)
        assert "event: problem" in streamed.text
        assert "timed_out" in streamed.text


def test_a_client_that_goes_away_takes_nothing_along(serve: Serve, lock_orders: Lock) -> None:
    with serve(max_asks=2) as client:
        with lock_orders() as wait_for:
            for path in ("/v1/ask", "/v1/ask?stream=true"):
                host, port = client.url.removeprefix("http://").split(":")
                body = json.dumps(ASK).encode()
                with socket.create_connection((host, int(port)), 30) as connection:
                    connection.sendall(
                        f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
                        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                        .encode() + body
                    )  # fmt: skip
                    wait_for(1)
            wait_for(2)
        deadline = time.monotonic() + 30
        while client.post("/v1/ask", json=ASK).status_code == 503:
            assert time.monotonic() < deadline, "a worker stays taken"
        assert client.ask("revenue in 2024")["status"] == "answered"


def test_a_warehouse_that_is_down_is_said(
    shop_built: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from tests.ui.api.conftest import served

    settings = load_settings(shop_built.project_dir)
    monkeypatch.setenv("METRICSPEAK_TEST_PGHOST", str(tmp_path))
    translator = open_translator(shop_built, settings)
    try:
        with served(translator) as client:
            answer = client.ask("revenue by brand in 2024")
            assert answer["status"] == "error"
            assert answer["error"]["code"] == "service_down"
            assert client.get("/healthz").status_code == 200
            ready = client.get("/readyz")
            assert ready.status_code == 503
            assert ready.json()["parts"]["warehouse"] == "cannot be reached"
            assert str(tmp_path) not in ready.text
    finally:
        translator.close()


def test_a_server_that_works_is_ready(client: Client) -> None:
    response = requests.get(client.url + "/readyz", timeout=60)

    assert response.status_code == 200
    assert response.json()["status"] == "ready"


def _command(project: Project, *options: str) -> list[str]:
    main = "from ui.cli.app import main; main()"
    place = ["--project-dir", str(project.project_dir)]
    return [sys.executable, "-c", main, "serve", *place, *options]


def test_the_command_serves_and_ends_what_runs(
    shop_built: Project, lock_orders: Lock, postgres: Any
) -> None:
    environment = {**os.environ, "METRICSPEAK_SERVE__TOKEN": TOKEN}
    process = subprocess.Popen(
        _command(shop_built, "--port", "0"), env=environment, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        said = ""
        while "answers on" not in said:
            said = process.stderr.readline()
            assert said, "the server ended"
        client = Client(said.split()[-1], TOKEN)
        assert client.ask("revenue by brand in 2024")["rows"][0] == ["Nordwind", 21026]
        with ThreadPoolExecutor(1) as pool:
            with lock_orders() as wait_for:
                running = pool.submit(client.post, "/v1/ask", json=ASK)
                wait_for(1)
                process.send_signal(signal.SIGTERM)
                with pytest.raises(requests.ConnectionError):
                    while client.get("/healthz"):
                        time.sleep(0.05)
            assert running.result().json()["status"] == "answered"
        _, log = process.communicate(timeout=60)
        assert process.returncode == 0
        assert TOKEN not in log
        assert "Traceback" not in log
        assert "revenue" not in log  # what people ask is not for the log
    finally:
        process.kill()
        process.wait()


def test_the_command_refuses_what_would_be_open_to_all(shop_built: Project) -> None:
    done = subprocess.run(
        _command(shop_built, "--host", "0.0.0.0"), capture_output=True, text=True, timeout=120
    )

    assert done.returncode == 2
    assert "METRICSPEAK_SERVE__TOKEN" in done.stderr


def test_a_port_that_is_taken_is_said(shop_built: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            _command(shop_built, "--port", port), capture_output=True, text=True, timeout=120
        )

    assert done.returncode == 2
    assert port in done.stderr
