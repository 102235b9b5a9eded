"""The stand-in is worth what it has in common with TGI: what its client reads, what it refuses."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from text_generation import Client
from text_generation.errors import OverloadedError, ValidationError
from text_generation.types import Grammar

from tests.standins.tgi import Fails, Says, TgiStandIn, refused_url

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
# The client calls a method that pydantic has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:text_generation.*")


def post(url: str, body: Any) -> tuple[int, Any]:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or b"null")


def test_tgis_own_client_reads_its_answers() -> None:
    with TgiStandIn(["one two three", "one two three", {"n": 1}]) as server:
        client = Client(server.url)
        whole = client.generate("count", max_new_tokens=10)
        parts = list(client.generate_stream("count", max_new_tokens=10))
        grammar = Grammar(type="json", value=SCHEMA)
        constrained = client.generate("count", grammar=grammar)

    assert whole.generated_text == "one two three"
    assert whole.details.finish_reason == "eos_token"
    assert "".join(p.token.text for p in parts if not p.token.special) == "one two three"
    assert parts[-1].generated_text == "one two three"
    assert json.loads(constrained.generated_text) == {"n": 1}
    assert server.rejected == []


def test_tgis_own_client_reads_its_errors() -> None:
    with TgiStandIn([Fails(429), Fails(429, in_stream=True)]) as server:
        with pytest.raises(OverloadedError):
            Client(server.url).generate("count")
        with pytest.raises(OverloadedError):
            list(Client(server.url).generate_stream("count"))
        with pytest.raises(ValidationError, match="seed"):
            Client(server.url).generate("count", seed=0)


REFUSED = [
    ("/generate", {"inputs": ""}, "inputs"),
    ("/generate", {"inputs": "x", "stream": True}, "unknown field stream"),
    ("/generate", {"inputs": "x", "parameters": {"temperature": 0}}, "temperature"),
    ("/generate", {"inputs": "x", "parameters": {"top_p": 1.5}}, "top_p"),
    ("/generate", {"inputs": "x", "parameters": {"stop": ["a"] * 5}}, "stop"),
    ("/generate", {"inputs": "x", "parameters": {"max_tokens": 5}}, "unknown field max_tokens"),
    ("/generate", {"inputs": "x", "parameters": {"max_new_tokens": 9000}}, "<= 8192"),
    ("/generate", {"inputs": "x", "parameters": {"grammar": {"type": "json"}}}, "grammar"),
    (
        "/generate",
        {"inputs": "x", "parameters": {"grammar": {"type": "json", "value": {"type": "object"}}}},
        "grammar",
    ),
    ("/generate", ["x"], "no object"),
    ("/v1/chat/completions", {}, "messages"),
    ("/v1/chat/completions", {"messages": [{"role": "user"}]}, "messages"),
    (
        "/v1/chat/completions",
        {
            "messages": [{"role": "user", "content": "x"}],
            "response_format": {"type": "json_schema", "json_schema": {"schema": SCHEMA}},
        },
        "response_format",
    ),
]


@pytest.mark.parametrize(("path", "body", "said"), REFUSED)
def test_what_tgi_does_not_take_is_refused_and_noted(path: str, body: Any, said: str) -> None:
    with TgiStandIn(["never"]) as server:
        status, answer = post(server.url + path, body)

    assert status == 422
    assert answer["error_type"] == "validation"
    assert said in answer["error"]
    assert any(said in problem for problem in server.rejected)
    assert server.generations == []


def test_a_script_that_breaks_the_grammar_is_the_tests_own_mistake() -> None:
    body = {"inputs": "x", "parameters": {"grammar": {"type": "json", "value": SCHEMA}}}
    with TgiStandIn([{"n": "one"}, Says("one"), Says("one", obeys=False)]) as server:
        answers = [post(server.url + "/generate", body) for _ in range(4)]

    assert [status for status, _ in answers] == [500, 500, 200, 500]
    assert "breaks the grammar" in answers[0][1]["error"]
    assert "no answer left" in answers[3][1]["error"]


def test_nobody_listens_at_a_refused_address() -> None:
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(refused_url(), timeout=5)
