"""What `metricspeak doctor` finds of the language model. Its key is never shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from semantic.errors import MetricSpeakError, ServiceDownError
from ui.doctor.check import Finding

if TYPE_CHECKING:
    from translator.settings import LlmSettings

_NAME = "language model"


def language_model(settings: LlmSettings, cache_dir: Path) -> Finding:
    """Whether one is configured, answers, and keeps to a JSON schema."""
    if settings.server == "none":
        detail = "not configured: the embedded planner answers alone, which needs none"
        return Finding(_NAME, "ok", detail)
    from translator.planning.llm.serving.check import check_server

    place = settings.url or settings.endpoint or "Hugging Face's providers"
    try:
        found = check_server(settings, cache_dir)
    except MetricSpeakError as error:
        down = isinstance(error, ServiceDownError)
        detail = f"{settings.server} at {place}: {error.message}"
        return Finding(_NAME, "fail", detail, error.hint, down)
    info = found.info
    detail = (
        f"{info.model_id} at {place} ({info.server or settings.server}), "
        f"{info.max_total_tokens:,} tokens, {info.max_input_tokens:,} of them for the prompt; "
        f"output held to a schema by {found.dialect}"
    )
    if found.obeys:
        return Finding(_NAME, "ok", detail)
    remedy = (
        "Its output broke the schema that was sent: plans will fail more often. Set "
        "'llm.response_format' to what the server takes, or serve the model with TGI, vLLM, "
        "SGLang or llama.cpp."
    )
    return Finding(_NAME, "warn", detail, remedy)
