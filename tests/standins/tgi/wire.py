"""How TGI writes answers: documents, events, counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator

from tests.standins.tgi.answers import Fails, Says

_LOGPROB = -0.25


def count(text: str) -> int:
    """Tokens of a text as the stand-in counts them."""
    return -(-len(text) // 4)


def tokens(prompt: str) -> list[dict[str, Any]]:
    """The answer of `/tokenize`."""
    pieces = Says(prompt).tokens
    return [
        {"id": n, "text": p, "start": n * 6, "stop": n * 6 + len(p)} for n, p in enumerate(pieces)
    ]


def forced_document(schema: Mapping[str, Any] | None) -> str | None:
    """The only document that obeys a schema all of whose properties have one possible value.

    Such a schema is a client's question whether schemas are obeyed; it takes nothing of the script.
    """
    properties = (schema or {}).get("properties")
    if not properties or any(len(p.get("enum", ())) != 1 for p in properties.values()):
        return None
    return json.dumps({name: p["enum"][0] for name, p in properties.items()})


def checked(answer: Says, schema: Mapping[str, Any] | None) -> Says | Fails:
    """`answer`, if a server that obeys grammars could have given it."""
    if schema is None or not answer.obeys or answer.finish_reason == "length":
        return answer
    try:
        problems = list(Draft202012Validator(dict(schema)).iter_errors(json.loads(answer.text)))
    except ValueError:
        problems = [f"no JSON: {answer.text}"]
    if problems:
        return Fails(500, f"the script breaks the grammar it is asked to obey: {problems[0]}")
    return answer


class Generate:
    """Answers of `/generate`, `/generate_stream` and the root."""

    def __init__(self, path: str) -> None:
        self._path = path

    def whole(self, answer: Says, prompt_tokens: int) -> tuple[Any, dict[str, str]]:
        document = {
            "generated_text": answer.text,
            "details": {
                "finish_reason": answer.finish_reason,
                "generated_tokens": len(answer.tokens),
                "seed": None,
                "prefill": [],
                "tokens": [_token(n, t) for n, t in enumerate(answer.tokens)],
            },
        }
        headers = {"x-prompt-tokens": str(prompt_tokens)}
        return ([document] if self._path == "/" else document), headers

    def token(self, index: int, text: str) -> str:
        return _event(
            {
                "index": index + 1,
                "token": _token(index, text),
                "generated_text": None,
                "details": None,
            }
        )

    def end(self, answer: Says, prompt_tokens: int) -> list[str]:
        special = answer.finish_reason != "length"
        token = {
            "id": 128009,
            "text": "<|eot_id|>" if special else "",
            "logprob": _LOGPROB,
            "special": special,
        }
        details = {
            "finish_reason": answer.finish_reason,
            "generated_tokens": len(answer.tokens),
            "seed": None,
            "input_length": prompt_tokens,
        }
        return [
            _event(
                {
                    "index": len(answer.tokens) + 1,
                    "token": token,
                    "generated_text": answer.text,
                    "details": details,
                }
            )
        ]

    def error(self, failure: Fails) -> list[str]:
        return [_event(failure.body)]


class Chat:
    """Answers of `/v1/chat/completions`; `usage_apart` as OpenAI does it, in a chunk of its own."""

    def __init__(self, model: str, body: Mapping[str, Any], usage_apart: bool = False) -> None:
        self._model = model
        self._logprobs = bool(body.get("logprobs"))
        self._usage = bool((body.get("stream_options") or {}).get("include_usage"))
        self._apart = usage_apart

    def whole(self, answer: Says, prompt_tokens: int) -> tuple[Any, dict[str, str]]:
        choice: dict[str, Any] = {
            "index": 0,
            "message": {"role": "assistant", "content": answer.text},
            "finish_reason": self._reason(answer),
            "logprobs": self._probabilities(*answer.tokens),
        }
        return self._document("chat.completion", [choice], self._used(answer, prompt_tokens)), {}

    def token(self, index: int, text: str) -> str:
        choice = {
            "index": 0,
            "delta": {"role": "assistant", "content": text},
            "logprobs": self._probabilities(text),
            "finish_reason": None,
        }
        return _event(self._document("chat.completion.chunk", [choice], None))

    def end(self, answer: Says, prompt_tokens: int) -> list[str]:
        used = self._used(answer, prompt_tokens) if self._usage else None
        last = {
            "index": 0,
            "delta": {"role": "assistant", "content": ""},
            "logprobs": None,
            "finish_reason": self._reason(answer),
        }
        kind = "chat.completion.chunk"
        lines = [_event(self._document(kind, [last], None if self._apart else used))]
        if self._apart and used:
            lines.append(_event(self._document(kind, [], used)))
        return [*lines, "data: [DONE]\n\n"]

    def error(self, failure: Fails) -> list[str]:
        """Versions of TGI keep the reason to themselves and only end the stream."""
        return ["data: [DONE]\n\n"]

    def _reason(self, answer: Says) -> str:
        return "length" if answer.finish_reason == "length" else "stop"

    def _probabilities(self, *texts: str) -> Any:
        if not self._logprobs:
            return None
        entries = [{"token": t, "logprob": _LOGPROB, "top_logprobs": []} for t in texts]
        return {"content": entries}

    def _used(self, answer: Says, prompt_tokens: int) -> dict[str, int]:
        made = len(answer.tokens)
        return {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": made,
            "total_tokens": prompt_tokens + made,
        }

    def _document(self, kind: str, choices: list[Any], usage: Any) -> dict[str, Any]:
        return {
            "id": "1",
            "object": kind,
            "created": 1,
            "model": self._model,
            "system_fingerprint": "3.3.6-native",
            "choices": choices,
            "usage": usage,
        }


def _token(index: int, text: str) -> dict[str, Any]:
    return {"id": index, "text": text, "logprob": _LOGPROB, "special": False}


def _event(document: Any) -> str:
    return f"data:{json.dumps(document)}\n\n"
