"""TGI on an Amazon SageMaker endpoint, through boto3 (the extra `sagemaker`)."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EventStreamError, HTTPClientError

from translator.planning.llm.chat import ChatRequest, ModelInfo
from translator.planning.llm.serving.backend import End, Piece
from translator.planning.llm.serving.blocking import in_thread, iterate_in_thread
from translator.planning.llm.serving.fault import (
    ServerFault,
    dropped,
    fault_of_status,
    unreachable,
    unreadable,
)
from translator.planning.llm.serving.limits import model_info
from translator.planning.llm.serving.sse import EventDecoder
from translator.planning.llm.serving.tgi_protocol import GRAMMAR, event, payload, whole
from translator.settings import ANY_MODEL, LlmSettings


class SageMakerBackend:
    """A `Backend` for a SageMaker endpoint whose container is TGI.

    Who may call it is AWS's business: keys come from AWS's own chain (environment, profile, role).
    boto3 blocks, so each request has a thread. A cancelled request is given up at once; its thread
    ends with the next token or with the read timeout, whichever is first.
    """

    def __init__(self, client: Any, settings: LlmSettings) -> None:
        self._client = client
        self._settings = settings

    @property
    def dialect(self) -> str:
        return GRAMMAR

    async def info(self) -> ModelInfo:
        # An endpoint passes on /invocations only: what it serves is what the settings say.
        known = self._settings.model
        model_id = self._settings.endpoint or "" if known == ANY_MODEL else known
        return model_info(self._settings, model_id, server="sagemaker")

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Piece | End, None]:
        call = {
            "EndpointName": self._settings.endpoint,
            "ContentType": "application/json",
            "Body": json.dumps(payload(request) | {"stream": self._settings.stream}),
        }
        fault: ServerFault
        try:
            if self._settings.stream:
                async for item in self._streamed(call):
                    yield item
            else:
                for item in whole(_document(await in_thread(lambda: self._invoke(call)))):
                    yield item
            return
        except (ClientError, EventStreamError) as error:
            fault = _fault(error.response)
        except (HTTPClientError, BotoCoreError) as error:
            fault = _connection_fault(error, self._client.meta.endpoint_url)
        raise fault

    async def close(self) -> None:
        self._client.close()

    def _invoke(self, call: dict[str, Any]) -> bytes:
        body: bytes = self._client.invoke_endpoint(**call)["Body"].read(_LONGEST_BODY)
        return body

    async def _streamed(self, call: dict[str, Any]) -> AsyncGenerator[Piece | End, None]:
        decoder = EventDecoder()
        opened: list[Any] = []

        def parts() -> Iterator[bytes]:
            stream = self._client.invoke_endpoint_with_response_stream(**call)["Body"]
            opened.append(stream)
            for part in stream:
                yield part["PayloadPart"]["Bytes"]

        try:
            async with aclosing(iterate_in_thread(parts)) as data:
                async for part in data:
                    for document in decoder.feed(part):
                        for item in event(document):
                            yield item
        finally:
            for stream in opened:
                _hang_up(stream)
        for document in decoder.finish():
            for item in event(document):
                yield item


def sagemaker_client(settings: LlmSettings) -> Any:
    """A boto3 client of SageMaker's runtime.

    Raises:
        ServerFault: AWS's own settings do not name a region.
    """
    try:
        # A session of its own: the default one is shared, and keeps credentials.
        return boto3.session.Session().client(
            "sagemaker-runtime",
            region_name=settings.region,
            config=Config(
                connect_timeout=settings.connect_timeout_seconds,
                read_timeout=settings.total_timeout_seconds,
                # Trying again is `ResilientChatModel`'s business.
                retries={"total_max_attempts": 1},
                max_pool_connections=settings.max_in_flight,
            ),
        )
    except BotoCoreError as error:
        said = str(error)
    raise ServerFault(
        "AWS's settings do not suffice to find the SageMaker endpoint",
        "Set 'llm.region', or AWS_REGION, or AWS_PROFILE.",
        said=said,
        again=False,
    )


_LONGEST_BODY = 8_000_000
_STATUS_OF_CODE = {
    "ThrottlingException": 429,
    "ServiceUnavailable": 503,
    "InternalFailure": 500,
    "InternalStreamFailure": 500,
    "ModelNotReadyException": 503,
    "ModelStreamError": 424,
}


def _fault(response: Any) -> ServerFault:
    """What AWS's error means; a `ModelError` carries what the container answered."""
    error = response.get("Error", {})
    code = str(error.get("Code", ""))
    said = response.get("OriginalMessage") or error.get("Message") or code
    if code == "ModelError" and isinstance(response.get("OriginalStatusCode"), int):
        return fault_of_status(response["OriginalStatusCode"], said)
    meta = response.get("ResponseMetadata", {})
    status = _STATUS_OF_CODE.get(code) or meta.get("HTTPStatusCode") or 500
    fault = fault_of_status(status, said, meta.get("HTTPHeaders", {}))
    if not fault.again:
        fault.hint = (
            "Check 'llm.endpoint' and 'llm.region', and that AWS's credentials may call "
            "sagemaker:InvokeEndpoint and sagemaker:InvokeEndpointWithResponseStream on it."
        )
    return fault


def _connection_fault(error: Exception, place: str) -> ServerFault:
    name = type(error).__name__
    if name in {"EndpointConnectionError", "ConnectTimeoutError", "ProxyConnectionError"}:
        return unreachable(place, name)
    if name in {"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"}:
        return ServerFault(
            "AWS credentials are missing or incomplete",
            "Set them as for any AWS tool: environment, AWS_PROFILE, or the machine's role.",
            again=False,
        )
    return dropped(name)


def _document(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        raise unreadable("a generated text", body[:2000].decode("utf-8", "replace")) from None


def _hang_up(stream: Any) -> None:
    """End a stream that a thread may be reading: botocore has no public way to wake that thread."""
    with contextlib.suppress(Exception):
        stream._raw_stream.shutdown()
