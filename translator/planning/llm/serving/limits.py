"""Which model a server may serve, and how many tokens it takes."""

from __future__ import annotations

from collections.abc import Mapping

from translator.planning.llm.chat import DEFAULT_WINDOW, ModelInfo
from translator.planning.llm.serving.fault import ServerFault, unreadable
from translator.settings import ANY_MODEL, LlmSettings

_MOUNTS = ("/repository", "/opt/ml/model")
"""Where Hugging Face's Endpoints and SageMaker mount whatever model they serve."""


def model_info(
    settings: LlmSettings,
    model_id: str,
    max_input_tokens: int | None = None,
    max_total_tokens: int | None = None,
    server: str = "",
) -> ModelInfo:
    """What a server said, with the settings' limits before its own.

    Raises:
        ServerFault: it serves another model than the settings want, or takes no prompt at all.
    """
    total = settings.max_total_tokens or max_total_tokens or DEFAULT_WINDOW
    room = total - min(settings.max_output_tokens, total - 1)
    prompt = settings.max_input_tokens or min(max_input_tokens or total - 1, room)
    if settings.model != ANY_MODEL and not _same_model(settings.model, model_id):
        raise ServerFault(
            f"The server serves the model '{model_id}', not '{settings.model}'",
            f"Set 'llm.model' to '{model_id}' if that is the one you want, or to '{ANY_MODEL}'.",
            again=False,
        )
    known = settings.model if model_id in _MOUNTS and settings.model != ANY_MODEL else model_id
    return ModelInfo(known, prompt, total, server)


def listed_model(
    settings: LlmSettings, document: object, window: int | None = None, version: str = ""
) -> ModelInfo:
    """The model that `/v1/models` lists: the wanted one, or the first.

    `window` and `version` are what else is known of the server. vLLM and SGLang list the window as
    `max_model_len`; OpenAI's own list and TGI's have none.

    Raises:
        ServerFault: it is no such document, or lists other models only.
    """
    data = document.get("data") if isinstance(document, Mapping) else None
    listed = [m for m in data or [] if isinstance(m, Mapping) and isinstance(m.get("id"), str)]
    if not listed:
        raise unreadable("a list of models", str(document))
    found = next((m for m in listed if _same_model(settings.model, m["id"])), listed[0])
    listed_window = found.get("max_model_len")
    if window is None and isinstance(listed_window, int) and listed_window > 1:
        window = listed_window
    server = f"{found.get('owned_by', '')} {version}".strip()
    return model_info(settings, found["id"], max_total_tokens=window, server=server)


def _same_model(wanted: str, served: str) -> bool:
    if served in _MOUNTS:
        return True
    return _plain(wanted) == _plain(served)


def _plain(model_id: str) -> str:
    """The name without its owner or folder, and without what Meta put before it at first.

    `meta-llama/Meta-Llama-3.1-8B-Instruct` and `/models/Llama-3.1-8B-Instruct` are one model.
    """
    name = model_id.replace("\\", "/").rstrip("/").rpartition("/")[2].lower()
    return name.removeprefix("meta-")
