"""Which key goes to which server: from the environment, and to nobody else's address."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from pydantic import SecretStr

from translator.settings import LlmSettings

# The well-known variables hold keys of well-known services. Another address gets a key only when it
# was set for MetricSpeak: a mistyped or hostile 'llm.url' must not receive somebody's token.
_OWNERS = {
    "HF_TOKEN": ("huggingface.co", "endpoints.huggingface.cloud", "hf.space"),
    "OPENAI_API_KEY": ("api.openai.com",),
}


def api_key(settings: LlmSettings) -> SecretStr | None:
    """The key for the server of `settings`, None when there is none to send.

    `METRICSPEAK_LLM__API_KEY` goes to the address in `llm.url`; `HF_TOKEN` to Hugging Face's own
    hosts and `OPENAI_API_KEY` to OpenAI's, over TLS only.
    """
    if settings.api_key is not None and settings.api_key.get_secret_value():
        return settings.api_key
    if settings.server == "huggingface" and settings.url is None:
        return _from("HF_TOKEN")
    address = urlsplit(settings.url or "")
    host = (address.hostname or "").lower()
    for variable, owned in _OWNERS.items():
        if address.scheme == "https" and any(host == o or host.endswith(f".{o}") for o in owned):
            return _from(variable)
    return None


def _from(variable: str) -> SecretStr | None:
    value = os.environ.get(variable, "").strip()
    return SecretStr(value) if value else None
