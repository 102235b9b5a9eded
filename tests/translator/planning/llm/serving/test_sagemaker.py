"""TGI behind SageMaker: boto3 against botocore's Stubber, and against a real HTTP server."""

from __future__ import annotations

import io
import json
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from tests.standins.tgi import Says, refused_url
from tests.standins.tgi.wire import Generate
from tests.translator.planning.llm.serving.aws import SageMakerStandIn
from tests.translator.planning.llm.serving.conftest import ANSWER, SCHEMA, asking
from translator.planning.llm.chat import (
    ChatCancelled,
    FinishReason,
    ModelMisconfigured,
    ModelUnavailable,
)
from translator.planning.llm.serving.open import open_chat_model
from translator.planning.llm.serving.resilient import Patience, ResilientChatModel
from translator.planning.llm.serving.sagemaker import SageMakerBackend, sagemaker_client
from translator.settings import LlmSettings

Opener = Callable[..., tuple[ResilientChatModel, Any]]

TEXT = json.dumps(ANSWER)
WHOLE = Generate("/").whole(Says(TEXT), 40)[0]


def lines(answer: Says) -> tuple[str, ...]:
    frames = Generate("/generate_stream")
    tokens = [frames.token(n, t) for n, t in enumerate(answer.tokens)]
    return (*tokens, *frames.end(answer, 40))


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-aws")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    models: list[ResilientChatModel] = []

    def open_model(url: str = "", **changes: Any) -> tuple[ResilientChatModel, Any]:
        if url:
            monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        settings = LlmSettings(
            server="sagemaker", endpoint="llama-3-70b", region="eu-west-1", **changes
        )
        client = sagemaker_client(settings)
        patience = replace(Patience.of(settings), first_wait=0.005, longest_wait=0.01)
        models.append(ResilientChatModel(SageMakerBackend(client, settings), patience))
        return models[-1], client

    yield open_model
    for model in models:
        model.close()


def test_an_endpoint_is_invoked_with_tgis_request(opened: Opener) -> None:
    model, client = opened(stream=False)
    body = io.BytesIO(json.dumps(WHOLE).encode())
    sent: list[dict[str, Any]] = []
    client.meta.events.register(
        "provide-client-params.sagemaker-runtime.InvokeEndpoint",
        lambda params, **_: sent.append(json.loads(params["Body"])),
    )
    with Stubber(client) as stubber:
        stubber.add_response(
            "invoke_endpoint",
            {"Body": StreamingBody(body, len(body.getvalue())), "ContentType": "application/json"},
            {"EndpointName": "llama-3-70b", "ContentType": "application/json", "Body": ANY},
        )
        reply = model.chat(asking(max_tokens=99))
        stubber.assert_no_pending_responses()

    assert json.loads(reply.text) == ANSWER
    assert reply.finish_reason is FinishReason.STOP
    assert set(reply.logprobs) == {-0.25}
    [request] = sent
    assert request["stream"] is False
    assert request["parameters"]["grammar"] == {"type": "json", "value": SCHEMA}
    assert request["inputs"].endswith("assistant<|end_header_id|>\n\n")


ERRORS = [
    # AWS's code, HTTP status, what the container said, error, what is said, whether it is retried
    ("ThrottlingException", 429, None, ModelUnavailable, "429", True),
    ("ServiceUnavailable", 503, None, ModelUnavailable, "503", True),
    ("InternalFailure", 500, None, ModelUnavailable, "500", True),
    ("ModelError", 424, (429, "Model is overloaded"), ModelUnavailable, "429: Model is", True),
    (
        "ModelError",
        424,
        (422, "inputs too long"),
        ModelMisconfigured,
        "422: inputs too long",
        False,
    ),
    ("ModelError", 424, (500, "out of memory"), ModelUnavailable, "500: out of memory", True),
    ("ValidationError", 400, None, ModelMisconfigured, "400", False),
    ("AccessDeniedException", 403, None, ModelMisconfigured, "403", False),
]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(("code", "status", "original", "error", "said", "again"), ERRORS)
def test_errors_of_aws_and_of_the_container_are_told_apart(
    opened: Opener,
    stream: bool,
    code: str,
    status: int,
    original: tuple[int, str] | None,
    error: type[Exception],
    said: str,
    again: bool,
) -> None:
    model, client = opened(stream=stream, retries=1)
    operation = "invoke_endpoint_with_response_stream" if stream else "invoke_endpoint"
    extra = {} if original is None else dict(zip(_ORIGINAL, original, strict=True))
    with Stubber(client) as stubber:
        for _ in range(2 if again else 1):
            stubber.add_client_error(
                operation, code, "it failed", status, modeled_fields=extra or None
            )
        with pytest.raises(error, match=said) as caught:
            model.chat(asking())
        stubber.assert_no_pending_responses()

    hint = str(getattr(caught.value, "hint", ""))
    assert hint
    if code == "AccessDeniedException":
        assert "sagemaker:InvokeEndpointWithResponseStream" in hint


_ORIGINAL = ("OriginalStatusCode", "OriginalMessage")


@pytest.mark.parametrize("stream", [True, False])
def test_over_http_an_answer_comes_whole_or_in_pieces(opened: Opener, stream: bool) -> None:
    pieces: list[str] = []
    with SageMakerStandIn(lambda _: (200, lines(Says(TEXT)) if stream else WHOLE)) as server:
        model, _ = opened(server.url, stream=stream)
        reply = model.chat(asking(), pieces.append)

    assert json.loads(reply.text) == ANSWER
    assert (len(pieces) > 1) is stream
    assert reply.prompt_tokens == (40 if stream else None)
    assert reply.model == "meta-llama/Meta-Llama-3-70B-Instruct"
    [(path, body)] = server.requests
    assert path.startswith("/endpoints/llama-3-70b/invocations")
    assert body["stream"] is stream


TROUBLE: list[tuple[Any, type[Exception], str]] = [
    ((200, lines(Says(TEXT))[:3]), ModelUnavailable, "stopped in the middle"),
    ((200, ('data: {"error": "busy", "error_type": "overloaded"}\n\n',)), ModelUnavailable, "429"),
    ((200, ('data: {"error": "no", "error_type": "validation"}\n\n',)), ModelMisconfigured, "422"),
    ((200, ('!{"Message": "shard died", "ErrorCode": "x"}',)), ModelUnavailable, "shard died"),
    ((200, ("data: nonsense\n\n",)), ModelUnavailable, "something else"),
    ((503, {"code": "ServiceUnavailable", "Message": "busy"}), ModelUnavailable, "503: busy"),
]


@pytest.mark.parametrize(("answer", "error", "said"), TROUBLE)
def test_trouble_in_a_stream_is_said(
    opened: Opener, answer: Any, error: type[Exception], said: str
) -> None:
    with SageMakerStandIn(lambda _: answer) as server:
        model, _ = opened(server.url, retries=1)
        with pytest.raises(error, match=said):
            model.chat(asking())


@pytest.mark.parametrize("sent", [0, 2])
def test_a_stream_that_stands_still_can_be_cancelled(opened: Opener, sent: int) -> None:
    cancelled = threading.Event()
    still = (*lines(Says(TEXT))[:sent], None)
    with SageMakerStandIn(lambda _: (200, still)) as server:
        model, _ = opened(server.url)
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(model.chat, asking(), None, cancelled)
            while not server.requests:
                threading.Event().wait(0.01)
            cancelled.set()
            with pytest.raises(ChatCancelled):
                asked.result(timeout=20)


def test_a_silent_endpoint_is_given_up(opened: Opener) -> None:
    with SageMakerStandIn(lambda _: (200, (None,))) as server:
        model, _ = opened(server.url, retries=0, first_token_timeout_seconds=0.3)
        with pytest.raises(ModelUnavailable, match="no first token"):
            model.chat(asking())


def test_nobody_listening_is_said(opened: Opener) -> None:
    model, _ = opened(refused_url(), retries=0)
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        model.chat(asking())


def test_missing_credentials_are_said(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    model, _ = opened("http://127.0.0.1:9", retries=0)
    with pytest.raises(ModelMisconfigured, match="credentials"):
        model.chat(asking())


def test_a_missing_region_is_said() -> None:
    with pytest.raises(ModelMisconfigured, match="do not suffice") as caught:
        open_chat_model(LlmSettings(server="sagemaker", endpoint="e"), None)

    assert "llm.region" in caught.value.hint


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    monkeypatch.delitem(sys.modules, SageMakerBackend.__module__)

    with pytest.raises(ModelMisconfigured, match="not installed") as caught:
        open_chat_model(LlmSettings(server="sagemaker", endpoint="e", region="eu-west-1"), None)

    assert "metricspeak[sagemaker]" in caught.value.hint
