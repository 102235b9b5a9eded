"""Chooses the client that the settings want."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from translator.planning.llm.chat import ChatModel
from translator.planning.llm.serving.backend import Backend
from translator.planning.llm.serving.dialects import Dialect
from translator.planning.llm.serving.fault import ServerFault
from translator.planning.llm.serving.http import HttpClient
from translator.planning.llm.serving.keys import api_key
from translator.planning.llm.serving.probe import DialectProbe
from translator.planning.llm.serving.resilient import Patience, ResilientChatModel
from translator.settings import LlmSettings


def open_chat_model(settings: LlmSettings, cache_dir: Path | None) -> ChatModel | None:
    """The chat model of the settings, None when they want none. Sends nothing yet.

    Args:
        settings: The project's settings for the language model.
        cache_dir: Where to remember which dialect a server obeys; None remembers it in memory only.

    Raises:
        ModelMisconfigured: the settings lack what that kind of server needs.
    """
    if settings.server == "none":
        return None
    key = api_key(settings)
    secrets = () if key is None else (key,)
    try:
        backend = open_backend(settings, cache_dir)
    except ServerFault as fault:
        error = fault.public(secrets)
    else:
        return ResilientChatModel(backend, Patience.of(settings), secrets)
    raise error


def open_backend(settings: LlmSettings, cache_dir: Path | None) -> Backend:
    """The client of the settings' server, without patience.

    Raises:
        ServerFault: the settings lack what that kind of server needs.
    """
    # Each client is imported only when it is used: together they take seconds to load.
    key = api_key(settings)
    if settings.server == "sagemaker":
        try:
            from translator.planning.llm.serving.sagemaker import (
                SageMakerBackend,
                sagemaker_client,
            )
        except ModuleNotFoundError:
            raise _misconfigured(
                "SageMaker needs a package that is not installed",
                "Install it with: pip install 'metricspeak[sagemaker]'",
            ) from None
        return SageMakerBackend(sagemaker_client(settings), settings)
    url = settings.url
    if url is None:
        from translator.planning.llm.serving.huggingface import ProvidersBackend

        if key is None:
            raise _misconfigured(
                "Hugging Face's Inference Providers need a key",
                "Set HF_TOKEN, or 'llm.url' if you have an endpoint of your own.",
            )
        return ProvidersBackend(key, settings, _probe(settings, "providers", cache_dir))
    http = HttpClient(_root(url), key, settings.connect_timeout_seconds)
    if settings.server == "tgi":
        from translator.planning.llm.serving.tgi import TgiBackend

        return TgiBackend(http, settings)
    if settings.server == "huggingface":
        from translator.planning.llm.serving.huggingface import EndpointBackend

        return EndpointBackend(http, key, settings, _probe(settings, url, cache_dir))
    from translator.planning.llm.serving.openai_compatible import OpenAiBackend

    return OpenAiBackend(http, key, settings, _probe(settings, url, cache_dir))


# In the order in which they are tried. To an address, `huggingface_hub` cannot send OpenAI's shape.
_CANDIDATES = {
    "endpoint": (Dialect.TGI, Dialect.LLAMA_CPP),
    "providers": (Dialect.OPENAI, Dialect.TGI),
    "openai": (Dialect.OPENAI, Dialect.LLAMA_CPP, Dialect.TGI),
}


def _probe(settings: LlmSettings, url: str, cache_dir: Path | None) -> DialectProbe:
    kind = "openai"
    if settings.server == "huggingface":
        kind = "providers" if settings.url is None else "endpoint"
    if settings.response_format == "auto":
        return DialectProbe(url, _CANDIDATES[kind], cache_dir)
    wanted = Dialect(settings.response_format)
    if kind == "endpoint" and wanted is Dialect.OPENAI:
        raise _misconfigured(
            "With 'llm.server: huggingface' and an address, the client turns OpenAI's response "
            "format into TGI's",
            "Set 'llm.server' to 'openai' for that server.",
        )
    return DialectProbe(url, (wanted,), cache_dir)


def _root(url: str) -> str:
    """The address without the `/v1` that some write behind it."""
    return url.removesuffix("/v1") if urlsplit(url).path.endswith("/v1") else url


def _misconfigured(message: str, hint: str) -> ServerFault:
    return ServerFault(message, hint, again=False)
