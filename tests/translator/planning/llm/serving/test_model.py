"""Which model a server may serve, and the limits that follow."""

from __future__ import annotations

import pytest

from tests.standins.tgi import OpenAiStandIn, Sends, TgiStandIn
from tests.translator.planning.llm.serving.conftest import ANSWER, Opener, asking
from translator.planning.llm.chat import ModelInfo, ModelMisconfigured
from translator.planning.llm.serving.fault import ServerFault
from translator.planning.llm.serving.limits import listed_model, model_info
from translator.settings import LlmSettings

DEFAULT = "meta-llama/Meta-Llama-3-70B-Instruct"
SMALL = "meta-llama/Llama-3.1-8B-Instruct"


@pytest.mark.parametrize("kind", ["tgi", "huggingface", "openai"])
def test_another_model_than_the_settings_want_is_refused(opened: Opener, kind: str) -> None:
    standin = OpenAiStandIn if kind == "openai" else TgiStandIn
    with standin([ANSWER], model=SMALL) as server:
        with pytest.raises(ModelMisconfigured) as caught:
            opened(kind, server.url).chat(asking())

        assert f"'{SMALL}', not '{DEFAULT}'" in caught.value.message
        assert "llm.model" in caught.value.hint
        assert server.generations == []

        assert opened(kind, server.url, model=SMALL).info().model_id == SMALL
        assert opened(kind, server.url, model="any").info().model_id == SMALL


@pytest.mark.parametrize(
    ("wanted", "served"),
    [
        (DEFAULT, DEFAULT.lower()),
        (DEFAULT, "/data/Meta-Llama-3-70B-Instruct/"),
        ("meta-llama/Meta-Llama-3.1-8B-Instruct", SMALL),
        ("Llama-3.1-8B-Instruct", SMALL),
    ],
)
def test_names_of_one_model_are_the_same(wanted: str, served: str) -> None:
    assert model_info(LlmSettings(model=wanted), served).model_id == served


@pytest.mark.parametrize("mount", ["/repository", "/opt/ml/model"])
def test_a_mounted_folder_tells_nothing_of_the_model(opened: Opener, mount: str) -> None:
    with TgiStandIn([ANSWER], model=mount) as server:
        reply = opened("tgi", server.url).chat(asking())

    assert reply.model == DEFAULT


@pytest.mark.parametrize("served", ["meta-llama/Llama-3.1-70B-Instruct", "mistralai/Mistral-7B"])
def test_models_of_another_size_or_version_are_others(served: str) -> None:
    with pytest.raises(ServerFault, match="not 'meta-llama/Meta-Llama-3-70B-Instruct'"):
        model_info(LlmSettings(), served)


def test_another_chat_format_is_not_sent_to_tgis_own_api(opened: Opener) -> None:
    with TgiStandIn([ANSWER, ANSWER], model="mistralai/Mistral-7B-Instruct-v0.3") as server:
        with pytest.raises(ModelMisconfigured, match="not of the Llama 3 family") as caught:
            opened("tgi", server.url, model="any").chat(asking())
        assert "'huggingface'" in caught.value.hint

        opened("huggingface", server.url, model="any").chat(asking())


LIMITS = [
    # settings, what the server tells (input, total), expected (input, total)
    ({}, (7168, 8192), (7168, 8192)),
    ({}, (8191, 8192), (7168, 8192)),
    ({"max_output_tokens": 512}, (8191, 8192), (7680, 8192)),
    ({}, (None, None), (7168, 8192)),
    ({}, (None, 131_072), (130_048, 131_072)),
    ({"max_total_tokens": 4096}, (7168, 8192), (3072, 4096)),
    ({"max_input_tokens": 2000}, (7168, 8192), (2000, 8192)),
    ({"max_output_tokens": 9000}, (None, 4096), (1, 4096)),
]


@pytest.mark.parametrize(("changes", "told", "expected"), LIMITS)
def test_limits_are_those_of_the_settings_then_of_the_server(
    changes: dict[str, int], told: tuple[int | None, int | None], expected: tuple[int, int]
) -> None:
    settings = LlmSettings(**changes)  # type: ignore[arg-type]

    found = model_info(settings, DEFAULT, *told)

    assert found == ModelInfo(DEFAULT, *expected)


def test_the_wanted_model_is_found_among_several() -> None:
    listed = {"data": [{"id": "other"}, {"id": DEFAULT, "max_model_len": 4096}]}

    assert listed_model(LlmSettings(), listed).max_total_tokens == 4096
    assert listed_model(LlmSettings(model="any"), listed).model_id == "other"


@pytest.mark.parametrize("document", [None, [], {}, {"data": None}, {"data": [1, {"x": 2}]}])
def test_a_list_of_models_that_is_none(document: object) -> None:
    with pytest.raises(ServerFault, match="a list of models"):
        listed_model(LlmSettings(), document)


def test_older_versions_of_tgi_name_the_limit_differently(opened: Opener) -> None:
    old = (
        b'{"model_id": "%s", "max_input_length": 1024, "max_total_tokens": 2048}' % DEFAULT.encode()
    )
    with TgiStandIn(info=Sends(old, "application/json")) as server:
        assert opened("tgi", server.url).info().max_input_tokens == 1024


def test_an_endpoint_without_tgis_description_lists_its_model(opened: Opener) -> None:
    with OpenAiStandIn(window=4096) as server:
        info = opened("huggingface", server.url).info()

    assert (info.model_id, info.max_total_tokens) == (DEFAULT, 4096)
