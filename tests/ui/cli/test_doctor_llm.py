"""`metricspeak doctor` on the language model, over HTTP against stand-ins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.standins.tgi import HTML, Fails, Hangs, OpenAiStandIn, TgiStandIn, refused_url
from tests.ui.cli.conftest import Run
from translator.settings import LlmSettings
from ui.doctor.check import Finding
from ui.doctor.language_model import language_model

READY = {"word": "ready"}
KEY = "hf_a-secret-that-nobody-may-see"


def found(cache: Path, **settings: Any) -> Finding:
    patient = {"first_token_timeout_seconds": 1, "total_timeout_seconds": 3}
    finding = language_model(LlmSettings(**(patient | {"api_key": KEY} | settings)), cache)
    assert KEY not in repr(finding)
    return finding


def test_none_is_needed(tmp_path: Path) -> None:
    finding = found(tmp_path)
    assert finding.status == "ok" and "not configured" in finding.detail


def test_a_server_is_described(tmp_path: Path) -> None:
    with TgiStandIn([READY], api_key=KEY, max_total_tokens=8192) as server:
        finding = found(tmp_path, server="tgi", url=server.url)

    assert finding.status == "ok", finding
    for said in ("Meta-Llama-3-70B-Instruct", server.url, "8,192 tokens", "TGI's JSON grammar"):
        assert said in finding.detail


def test_the_dialect_that_a_server_obeys_is_told(tmp_path: Path) -> None:
    with OpenAiStandIn([READY]) as server:
        finding = found(tmp_path, server="openai", url=server.url)

    assert finding.status == "ok" and "'openai'" in finding.detail


def test_a_server_that_ignores_schemas_is_warned_of(tmp_path: Path) -> None:
    with OpenAiStandIn(["Sure, I am ready!"]) as server:
        finding = found(tmp_path, server="openai", url=server.url, response_format="none")

    assert finding.status == "warn" and "response_format" in finding.remedy


@pytest.mark.parametrize(
    "answer", [Fails(503), Hangs(), HTML], ids=["503", "never answers", "HTML"]
)
def test_a_server_that_fails_is_down(tmp_path: Path, answer: Any) -> None:
    with TgiStandIn([answer]) as server:
        finding = found(tmp_path, server="tgi", url=server.url)

    assert (finding.status, finding.service) == ("fail", True)
    assert finding.remedy


def test_wrong_settings_are_no_service_that_is_down(tmp_path: Path) -> None:
    with TgiStandIn([]) as server:
        finding = found(tmp_path, server="tgi", url=server.url, model="another/Llama-3-8B")

    assert (finding.status, finding.service) == ("fail", False), finding
    assert "another/Llama-3-8B" in finding.detail


@pytest.mark.dbt
@pytest.mark.postgres
def test_the_command_shows_it(
    run: Run, shop: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRICSPEAK_LLM__SERVER", "tgi")
    monkeypatch.setenv("METRICSPEAK_LLM__URL", refused_url())
    monkeypatch.setenv("METRICSPEAK_LLM__API_KEY", KEY)

    outcome = run("doctor", *shop)

    assert outcome.code == 5
    assert "language model" in outcome.out and KEY not in outcome.out + outcome.err
