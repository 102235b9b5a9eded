"""Which dialect a server obeys: found out by what it does, not by its status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.standins.tgi import Fails, OpenAiDialect, OpenAiStandIn, Recorded, Says, TgiStandIn
from tests.translator.planning.llm.serving.conftest import ANSWER, SCHEMA, Opener, asking
from translator.planning.llm.chat import ModelMisconfigured, ModelUnavailable
from translator.planning.llm.serving.dialects import Dialect, response_format
from translator.planning.llm.serving.fault import ServerFault
from translator.planning.llm.serving.open import open_backend
from translator.settings import LlmSettings

IGNORES_ALL = OpenAiDialect(
    obeyed=(), ignored=("json_schema", "json_object+schema", "json_object+value", "json+value")
)
REFUSES_ALL = OpenAiDialect(obeyed=(), ignored=())
LLAMA_CPPS_OWN = OpenAiDialect(obeyed=("json_object+schema",), ignored=("json_schema",))
TGIS_OWN = OpenAiDialect(obeyed=("json+value",), ignored=("json_schema", "json_object+schema"))


def probes(server: OpenAiStandIn | TgiStandIn) -> list[Recorded]:
    sent = [r for r in server.requests if r.path == "/v1/chat/completions"]
    return [r for r in sent if r not in server.generations]


def test_openais_shape_is_used_where_it_is_obeyed(opened: Opener) -> None:
    with OpenAiStandIn([ANSWER]) as server:
        opened("openai", server.url).chat(asking())

    constraint = server.generations[0].constraint
    assert constraint is not None
    assert constraint["type"] == "json_schema"
    assert constraint["json_schema"]["schema"] == SCHEMA
    assert len(probes(server)) == 1


def test_a_good_status_is_no_proof(opened: Opener) -> None:
    """The server answers 200 to OpenAI's shape and ignores it; llama.cpp's own shape it obeys."""
    with OpenAiStandIn([ANSWER], dialect=LLAMA_CPPS_OWN) as server:
        opened("openai", server.url).chat(asking())

    assert server.generations[0].constraint == {"type": "json_object", "schema": SCHEMA}
    assert len(probes(server)) == 2


def test_a_refused_shape_leads_to_the_next(opened: Opener) -> None:
    with OpenAiStandIn([ANSWER], dialect=TGIS_OWN) as server:
        opened("openai", server.url).chat(asking())

    assert server.generations[0].constraint == {"type": "json", "value": SCHEMA}


def test_tgis_messages_api_gets_tgis_shape(opened: Opener) -> None:
    with TgiStandIn([ANSWER]) as server:
        opened("huggingface", server.url).chat(asking())

    assert server.generations[0].constraint == {"type": "json", "value": SCHEMA}
    assert server.rejected == []


def test_the_hugging_face_client_finds_the_dialect_of_llama_cpp(opened: Opener) -> None:
    """It ignores TGI's shape with a 200; llama.cpp's own goes through that client unchanged."""
    with OpenAiStandIn([ANSWER], dialect=OpenAiDialect(ignored=("json+value",))) as server:
        opened("huggingface", server.url).chat(asking())

    assert server.generations[0].constraint == {"type": "json_object", "schema": SCHEMA}


@pytest.mark.parametrize("dialect", [IGNORES_ALL, REFUSES_ALL])
@pytest.mark.parametrize("kind", ["openai", "huggingface"])
def test_a_server_that_obeys_none_is_refused(
    opened: Opener, kind: str, dialect: OpenAiDialect
) -> None:
    with OpenAiStandIn([ANSWER], dialect=dialect) as server:
        model = opened(kind, server.url)
        with pytest.raises(ModelMisconfigured, match="does not keep to a JSON schema") as caught:
            model.chat(asking())

    assert "llm.response_format" in caught.value.hint
    assert server.generations == []


def test_it_can_be_used_unconstrained_if_the_settings_say_so(opened: Opener) -> None:
    with OpenAiStandIn([ANSWER], dialect=REFUSES_ALL) as server:
        opened("openai", server.url, response_format="none").chat(asking())

    assert server.generations[0].constraint is None
    assert probes(server) == []


def test_a_dialect_in_the_settings_is_not_probed(opened: Opener) -> None:
    with OpenAiStandIn([ANSWER]) as server:
        opened("openai", server.url, response_format="llama_cpp").chat(asking())

    assert server.generations[0].constraint == {"type": "json_object", "schema": SCHEMA}
    assert probes(server) == []


def test_openais_shape_through_the_hugging_face_client_is_refused(tmp_path: Path) -> None:
    settings = LlmSettings(server="huggingface", url="http://llm", response_format="openai")

    with pytest.raises(ServerFault) as caught:
        open_backend(settings, tmp_path)

    assert "'openai'" in caught.value.hint


def test_free_text_needs_no_probe(opened: Opener) -> None:
    with OpenAiStandIn(["Revenue grew."]) as server:
        opened("openai", server.url).chat(asking(schema=None))

    assert probes(server) == []


def test_the_dialect_is_remembered_between_runs(opened: Opener, tmp_path: Path) -> None:
    with OpenAiStandIn([ANSWER, ANSWER, ANSWER]) as server:
        opened("openai", server.url).chat(asking())
        opened("openai", server.url).chat(asking())
        assert len(probes(server)) == 1

        [memory] = (tmp_path / "cache").iterdir()
        assert list(json.loads(memory.read_text("utf-8")).values()) == ["openai"]
        memory.unlink()
        opened("openai", server.url).chat(asking())
        assert len(probes(server)) == 2


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff\xfe", b'{"x": 3}', b""])
def test_a_broken_memory_is_replaced(opened: Opener, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cache").mkdir()
    memory = tmp_path / "cache" / "llm-dialects.json"
    memory.write_bytes(content)

    with OpenAiStandIn([ANSWER]) as server:
        opened("openai", server.url).chat(asking())

    assert "openai" in json.loads(memory.read_text("utf-8")).values()


def test_a_memory_that_cannot_be_written_is_no_failure(opened: Opener, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be", encoding="utf-8")

    with OpenAiStandIn([ANSWER, ANSWER]) as server:
        model = opened("openai", server.url)
        model.chat(asking())
        model.chat(asking())

    assert len(probes(server)) == 1


@pytest.mark.parametrize("owner", ["vllm", "llamacpp"])
def test_another_version_is_probed_anew(opened: Opener, owner: str) -> None:
    with OpenAiStandIn([ANSWER] * 3, owner=owner) as server:
        opened("openai", server.url).chat(asking())
        server.version = "2"
        opened("openai", server.url).chat(asking())
        opened("openai", server.url).chat(asking())

        assert len(probes(server)) == 2


def test_an_output_that_breaks_its_schema_makes_it_probe_again_once(opened: Opener) -> None:
    """The server was replaced by one that ignores the remembered dialect."""
    broken = Says("Sure! Revenue it is.", obeys=False)
    with OpenAiStandIn([broken, ANSWER, broken, ANSWER]) as server:
        model = opened("openai", server.url)
        assert model.chat(asking()).text == broken.text
        for _ in range(3):
            model.chat(asking())

    assert len(probes(server)) == 2


def test_an_output_cut_by_length_says_nothing_of_the_dialect(opened: Opener) -> None:
    with OpenAiStandIn([Says('{"metr', "length"), ANSWER]) as server:
        model = opened("openai", server.url)
        model.chat(asking())
        model.chat(asking())

    assert len(probes(server)) == 1


def test_an_overloaded_server_is_not_taken_for_one_that_obeys_nothing(opened: Opener) -> None:
    class Busy(OpenAiStandIn):
        def post(self, handler: object, request: Recorded) -> None:
            handler.answer(Fails(503, "busy"), None, False)  # type: ignore[attr-defined]

    with Busy() as server:
        with pytest.raises(ModelUnavailable, match="503: busy"):
            opened("openai", server.url, retries=1).chat(asking())
        assert len(probes(server)) == 2


@pytest.mark.parametrize("dialect", Dialect)
def test_every_dialect_has_a_shape(dialect: Dialect) -> None:
    found = response_format(dialect, SCHEMA)

    assert (found is None) == (dialect is Dialect.NONE)
