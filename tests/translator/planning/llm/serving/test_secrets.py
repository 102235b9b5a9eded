"""The key reaches the server that it is meant for, and nothing else: no error, log or repr."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

import pytest

from tests.standins.tgi import Fails, Recorded, Sends, Streams
from tests.translator.planning.llm.serving.conftest import ANSWER, STANDINS, Opener, asking
from translator.planning.llm.serving.keys import api_key
from translator.planning.llm.serving.open import open_chat_model
from translator.settings import LlmSettings, load_settings

KEY = "hf_k9Xw2vLq7Rt4Zs"
OTHER = "sk-not-for-this-server"


@pytest.mark.parametrize("kind", STANDINS)
def test_the_key_of_the_environment_goes_to_the_server(
    opened: Opener, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRICSPEAK_LLM__API_KEY", KEY)
    settings = load_settings(tmp_path).llm

    with STANDINS[kind]([ANSWER], api_key=KEY) as server:
        opened(kind, server.url, api_key=settings.api_key).chat(asking())

    assert {r.headers.get("authorization") for r in server.requests} == {f"Bearer {KEY}"}


@pytest.mark.parametrize("kind", STANDINS)
def test_keys_of_well_known_services_do_not_go_to_other_servers(
    opened: Opener, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not from the environment, and not the token that `hf auth login` saved."""
    monkeypatch.setenv("HF_TOKEN", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", OTHER)
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    from huggingface_hub import constants

    saved = tmp_path / "token"
    saved.write_text(KEY, encoding="utf-8")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(saved))

    with STANDINS[kind]([ANSWER]) as server:
        opened(kind, server.url).chat(asking())

    for request in server.requests:
        assert "authorization" not in request.headers
        assert not {KEY, OTHER, "org-1"} & set(request.headers.values())


@pytest.mark.parametrize("kind", STANDINS)
def test_a_missing_key_is_said(opened: Opener, kind: str) -> None:
    with STANDINS[kind]([ANSWER], api_key=KEY) as server:
        model = opened(kind, server.url)
        with pytest.raises(Exception, match="401") as caught:
            model.chat(asking())

    assert "METRICSPEAK_LLM__API_KEY" in str(caught.value)


def echo(request: Recorded) -> str:
    """What a careless server, or a debugging proxy, writes into its errors."""
    return f"refused: Authorization: {request.headers['authorization']} ({'x' * 270} {KEY})"


ECHOES = {
    "error": lambda r: Fails(401, echo(r)),
    "retried error": lambda r: Fails(503, echo(r)),
    "error in the stream": lambda r: Fails(422, echo(r), in_stream=True),
    "text": lambda r: Sends(echo(r).encode(), "text/plain", 500),
    "page": lambda r: Sends(f"<html>{echo(r)}</html>".encode(), status=403),
    "no JSON": lambda r: Sends(echo(r).encode(), "application/json"),
    "no event": lambda r: Streams((f"data: {echo(r)}\n\n",)),
    "another event": lambda r: Streams((f'data: {{"said": "{echo(r)}"}}\n\n',)),
    "event of an error": lambda r: Streams((f'data: {{"error": "{echo(r)}"}}\n\n',)),
}


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("name", ECHOES)
@pytest.mark.parametrize("kind", STANDINS)
def test_a_server_that_repeats_the_key_does_not_spread_it(
    opened: Opener, kind: str, name: str, stream: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with STANDINS[kind](ECHOES[name], api_key=KEY) as server:
        model = opened(kind, server.url, api_key=KEY, stream=stream, retries=1)
        with pytest.raises(Exception) as caught:
            model.chat(asking())

    error = caught.value
    shown = [str(error), repr(error), repr(vars(error)), repr(model), repr(vars(model))]
    shown += traceback.format_exception(error)
    shown += [record.getMessage() + repr(record.args) for record in caplog.records]
    # Not even a beginning of it, where a long message was cut.
    assert [text for text in shown if KEY[:8] in text] == []
    chain = [error.__cause__, error.__context__]
    assert chain == [None, None]


def test_a_key_in_the_settings_is_not_shown() -> None:
    settings = LlmSettings(server="tgi", url="http://llm", api_key=KEY)  # type: ignore[arg-type]

    model = open_chat_model(settings, None)

    assert KEY not in repr(settings) + repr(model) + str(settings.model_dump())


OWNERS = [
    # url, variable, whether its key may go there
    ("https://abc.us-east-1.aws.endpoints.huggingface.cloud", "HF_TOKEN", True),
    ("https://router.huggingface.co/v1", "HF_TOKEN", True),
    ("http://abc.endpoints.huggingface.cloud", "HF_TOKEN", False),
    ("https://huggingface.co.evil.example", "HF_TOKEN", False),
    ("https://evilhuggingface.co", "HF_TOKEN", False),
    ("https://api.openai.com/v1", "OPENAI_API_KEY", True),
    ("https://api.openai.com.evil.example", "OPENAI_API_KEY", False),
    ("https://api.openai.com/v1", "HF_TOKEN", False),
    ("http://10.0.0.3:8080", "OPENAI_API_KEY", False),
]


@pytest.mark.parametrize(("url", "variable", "sent"), OWNERS)
def test_a_key_goes_to_its_owner_only(
    monkeypatch: pytest.MonkeyPatch, url: str, variable: str, sent: bool
) -> None:
    monkeypatch.setenv(variable, KEY)

    found = api_key(LlmSettings(server="openai", url=url))

    assert (found is not None) == sent
