"""What TGI 3 takes, by its published API: fields, types and bounds, in our own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jsonschema import Draft202012Validator

Check = Callable[[Any], bool]


def _number(low: float | None = None, high: float | None = None, open_low: bool = True) -> Check:
    def check(value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        above = low is None or (value > low if open_low else value >= low)
        return above and (high is None or value <= high)

    return check


def _integer(low: int = 0) -> Check:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= low


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _string(value: Any) -> bool:
    return isinstance(value, str)


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def _stops(value: Any) -> bool:
    return _strings(value) and len(value) <= 4


def _grammar(value: Any) -> bool:
    """`type` and `value`, nothing else; OpenAI's `json_schema` beside the type is not taken."""
    if not isinstance(value, Mapping) or set(value) != {"type", "value"}:
        return False
    kind, inner = value["type"], value["value"]
    if kind == "regex":
        return isinstance(inner, str)
    schema = inner.get("schema") if kind == "json_schema" and isinstance(inner, Mapping) else inner
    known = kind in {"json", "json_object", "json_schema"}
    return known and isinstance(schema, Mapping) and "properties" in schema and _is_schema(schema)


def _is_schema(schema: Mapping[str, Any]) -> bool:
    return not list(Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema))


def _message(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and set(value) <= {"role", "content", "name"}
        and isinstance(value.get("role"), str)
        and isinstance(value.get("content"), str)
    )


PARAMETERS: Mapping[str, Check] = {
    "adapter_id": _string,
    "best_of": _integer(1),
    "decoder_input_details": _flag,
    "details": _flag,
    "do_sample": _flag,
    "frequency_penalty": _number(-2),
    "grammar": _grammar,
    "max_new_tokens": _integer(1),
    "repetition_penalty": _number(0),
    "return_full_text": _flag,
    "seed": _integer(1),
    "stop": _stops,
    "temperature": _number(0),
    "top_k": _integer(1),
    "top_n_tokens": _integer(1),
    "top_p": _number(0, 1),
    "truncate": _integer(1),
    "typical_p": _number(0, 1),
    "watermark": _flag,
}
CHAT: Mapping[str, Check] = {
    "frequency_penalty": _number(-2),
    "logit_bias": lambda value: isinstance(value, list),
    "logprobs": _flag,
    "max_tokens": _integer(1),
    "messages": lambda value: isinstance(value, list) and bool(value) and all(map(_message, value)),
    "model": _string,
    "n": _integer(1),
    "presence_penalty": _number(),
    "response_format": _grammar,
    "seed": _integer(0),
    "stop": _strings,
    "stream": _flag,
    "stream_options": lambda value: isinstance(value, Mapping) and set(value) <= {"include_usage"},
    "temperature": _number(0, open_low=False),
    "tool_choice": _string,
    "tool_prompt": _string,
    "tools": lambda value: isinstance(value, list),
    "top_logprobs": _integer(0),
    "top_p": _number(0, 1),
}


def generate_problems(body: Any, stream_field: bool) -> list[str]:
    """What is wrong with a body for `/generate`; the root also takes `stream`."""
    if not isinstance(body, Mapping):
        return ["the body is no object"]
    known = {"inputs", "parameters"} | ({"stream"} if stream_field else set())
    problems = [f"unknown field {name}" for name in sorted(set(body) - known)]
    if not isinstance(body.get("inputs"), str) or not body["inputs"]:
        problems.append("inputs is no text")
    if "stream" in body and not _flag(body["stream"]):
        problems.append("stream is no flag")
    return problems + _problems(body.get("parameters", {}), PARAMETERS)


def chat_problems(body: Any) -> list[str]:
    """What is wrong with a body for `/v1/chat/completions`."""
    if not isinstance(body, Mapping):
        return ["the body is no object"]
    missing = [] if "messages" in body else ["messages are missing"]
    return missing + _problems(body, CHAT)


def _problems(found: Any, fields: Mapping[str, Check]) -> list[str]:
    if not isinstance(found, Mapping):
        return ["no object"]
    unknown = [f"unknown field {name}" for name in sorted(set(found) - set(fields))]
    wrong = [
        f"{name} cannot be {value!r}"
        for name, value in found.items()
        if name in fields and value is not None and not fields[name](value)
    ]
    return unknown + wrong
