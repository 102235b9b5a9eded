"""Inference Providers: a model by its name, through a router; both stood in for on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants
from huggingface_hub.inference._providers import _common

from tests.standins.tgi import OpenAiStandIn, Recorded, Sends
from tests.translator.planning.llm.serving.conftest import ANSWER, SCHEMA, asking
from translator.planning.llm.chat import ChatModel, ModelMisconfigured
from translator.planning.llm.serving.open import open_chat_model
from translator.settings import LlmSettings

KEY = "hf_n3Vb8Kp5Qw"
MODEL = "meta-llama/Llama-3.3-70B-Instruct"


class Hub(OpenAiStandIn):
    """The Hub's description of a model, and the router to its providers, under one address."""

    providers: dict[str, Any] = {
        "nscale": {
            "status": "live",
            "providerId": "llama-3.3-70b",
            "task": "conversational",
        }
    }

    def get(self, path: str) -> Any:
        if path.startswith(f"/api/models/{MODEL}"):
            return {"id": MODEL, "inferenceProviderMapping": self.providers}
        if path.startswith("/api/models/"):
            return Sends(b'{"error": "Repository not found"}', "application/json", 404)
        return super().get(path)

    def post(self, handler: Any, request: Recorded) -> None:
        _, provider, path = request.path.split("/", 2)
        routed = Recorded(request.method, f"/{path}", request.headers, request.body)
        assert provider == "nscale"
        super().post(handler, routed)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("HF_TOKEN", KEY)
    with Hub([ANSWER, ANSWER], model="llama-3.3-70b") as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setattr("huggingface_hub.hf_api.constants.ENDPOINT", server.url)
        monkeypatch.setattr("huggingface_hub.hf_api.api.endpoint", server.url)
        monkeypatch.setattr(constants, "INFERENCE_PROXY_TEMPLATE", server.url + "/{provider}")
        _common._fetch_inference_provider_mapping.cache_clear()
        yield server
    _common._fetch_inference_provider_mapping.cache_clear()


@pytest.fixture
def model(hub: Hub) -> Iterator[ChatModel]:
    found = open_chat_model(LlmSettings(server="huggingface", model=MODEL), None)
    assert found is not None
    yield found
    found.close()


def test_a_question_goes_to_the_provider_in_openais_shape(hub: Hub, model: ChatModel) -> None:
    reply = model.chat(asking())

    assert json.loads(reply.text) == ANSWER
    [request] = hub.generations
    assert request.constraint is not None
    assert request.constraint["json_schema"]["schema"] == SCHEMA
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body["model"] == "llama-3.3-70b"
    info = model.info()
    assert (info.model_id, info.max_total_tokens) == (MODEL, 8192)


def test_a_model_that_no_provider_serves_is_said(hub: Hub, tmp_path: Path) -> None:
    hub.providers = {}
    found = open_chat_model(LlmSettings(server="huggingface", model=MODEL), tmp_path)
    assert found is not None
    with pytest.raises(ModelMisconfigured) as caught:
        found.chat(asking())
    found.close()

    assert MODEL in caught.value.message
    assert KEY not in str(caught.value)


def test_a_model_that_does_not_exist_is_said(hub: Hub) -> None:
    found = open_chat_model(LlmSettings(server="huggingface", model="meta-llama/None"), None)
    assert found is not None
    with pytest.raises(ModelMisconfigured, match="404") as caught:
        found.info()
    found.close()

    assert "llm.model" in caught.value.hint


def test_another_provider_can_be_set(hub: Hub) -> None:
    settings = LlmSettings(server="huggingface", model=MODEL, provider="groq")
    found = open_chat_model(settings, None)
    assert found is not None
    with pytest.raises(ModelMisconfigured, match="No Inference Provider") as caught:
        found.info()
    found.close()

    assert "llm.provider" in caught.value.hint


def test_without_a_key_there_is_nobody_to_ask() -> None:
    with pytest.raises(ModelMisconfigured, match="need a key") as caught:
        open_chat_model(LlmSettings(server="huggingface", model=MODEL), None)

    assert "HF_TOKEN" in caught.value.hint
