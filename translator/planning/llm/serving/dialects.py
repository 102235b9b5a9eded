"""The shapes in which servers of chat completions take a JSON schema as `response_format`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

Schema = Mapping[str, Any]


class Dialect(StrEnum):
    """Who takes which shape; a server may answer 200 to one that it does not obey."""

    TGI = "tgi"
    OPENAI = "openai"
    LLAMA_CPP = "llama_cpp"
    NONE = "none"


def response_format(dialect: Dialect, schema: Schema) -> dict[str, Any] | None:
    """`schema` as the server of that dialect takes it; None sends no constraint."""
    match dialect:
        case Dialect.TGI:
            return {"type": "json", "value": dict(schema)}
        case Dialect.OPENAI:
            named = {"name": "answer", "schema": dict(schema), "strict": True}
            return {"type": "json_schema", "json_schema": named}
        case Dialect.LLAMA_CPP:
            return {"type": "json_object", "schema": dict(schema)}
        case Dialect.NONE:
            return None
