"""Text Generation Inference through its own API: a prompt, a grammar, tokens with probabilities.

The types of requests and answers are those of the `text-generation` client. Its `Client` is not
used to send them: it gives no way to stop a request, no time limit for the first token, and no
headers (Retry-After, x-prompt-tokens).
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing

from translator.planning.llm.chat import ChatRequest, ModelInfo
from translator.planning.llm.serving.backend import End, Piece
from translator.planning.llm.serving.fault import ServerFault, unreadable
from translator.planning.llm.serving.http import HttpClient
from translator.planning.llm.serving.limits import model_info
from translator.planning.llm.serving.sse import EventDecoder
from translator.planning.llm.serving.tgi_protocol import GRAMMAR, event, payload, whole
from translator.settings import LlmSettings


class TgiBackend:
    """A `Backend` for TGI 2 and 3 with a model of the Llama 3 family."""

    def __init__(self, http: HttpClient, settings: LlmSettings) -> None:
        self._http = http
        self._settings = settings

    @property
    def dialect(self) -> str:
        return GRAMMAR

    async def info(self) -> ModelInfo:
        found = tgi_info(self._settings, await self._http.get_json("/info"))
        if not re.search(r"llama[-_]?3", found.model_id.lower()) and found.model_id[:1] != "/":
            raise ServerFault(
                f"'{found.model_id}' is not of the Llama 3 family, whose chat format is sent to "
                "TGI's own API",
                "Set 'llm.server' to 'huggingface': then TGI applies the model's own chat format.",
                again=False,
            )
        return found

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Piece | End, None]:
        if not self._settings.stream:
            for item in whole(*await self._http.post_json("/generate", payload(request))):
                yield item
            return
        decoder = EventDecoder()
        async with aclosing(self._http.post_stream("/generate_stream", payload(request))) as data:
            async for part in data:
                for document in decoder.feed(part):
                    for item in event(document):
                        yield item
        for document in decoder.finish():
            for item in event(document):
                yield item

    async def close(self) -> None:
        await self._http.close()


def tgi_info(settings: LlmSettings, document: object) -> ModelInfo:
    """What TGI's `/info` says.

    Raises:
        ServerFault: it is no such document, or names another model than the settings.
    """
    found = document if isinstance(document, dict) else {}
    model_id = found.get("model_id")
    # TGI 1 called the first limit `max_input_length`.
    prompt = found.get("max_input_tokens") or found.get("max_input_length")
    total = found.get("max_total_tokens")
    if not isinstance(model_id, str) or not isinstance(prompt, int) or not isinstance(total, int):
        raise unreadable("TGI's description of itself", str(document))
    server = f"text-generation-inference {found.get('version', '')}"
    return model_info(settings, model_id, prompt, total, server)
