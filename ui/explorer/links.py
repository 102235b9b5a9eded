"""A link that reopens a question: its words, and the typed query that answered it.

The query is in the link and not only its words, so that whoever opens it sees the same, also after
changes by controls. SQL over models never is: a link must not bring SQL along; its words are asked.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from semantic.catalog import SemanticCatalog
from semantic.errors import ConfigurationError
from translator.query import SemanticQuery
from translator.question_text import MAX_QUESTION
from ui.explorer.chart.shape import ChartKind

_LONGEST = 6_000
_LARGEST = 200_000


@dataclass(frozen=True)
class Linked:
    """What a link holds. Without `query` the question is asked anew."""

    question: str
    query: SemanticQuery | None = None
    chart: ChartKind | None = None


def to_parameters(
    question: str, query: SemanticQuery | None, as_of: date, chart: ChartKind | None
) -> dict[str, str]:
    """Parameters of an address; the query is left out where it makes the address too long."""
    found = {"q": question}
    if query is not None:
        content = {k: v for k, v in query.to_dict().items() if v not in (None, [])}
        packed = zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 9)
        text = base64.urlsafe_b64encode(packed).decode().rstrip("=")
        if len(text) <= _LONGEST:
            found |= {"query": text, "as_of": as_of.isoformat()}
    if chart is not None:
        found["chart"] = chart.value
    return found


def from_parameters(parameters: Mapping[str, Any], catalog: SemanticCatalog) -> Linked | None:
    """What the address of a page asks for; None without a question.

    Raises:
        ConfigurationError: the link is damaged.
    """
    question = str(parameters.get("q") or "")[:MAX_QUESTION].strip()
    if not question:
        return None
    query = None
    if parameters.get("query"):
        try:
            text = str(parameters["query"])
            packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            # Bounded: a few bytes may unpack to gigabytes.
            content = zlib.decompressobj().decompress(packed, _LARGEST)
            query = SemanticQuery.from_dict(json.loads(content), catalog.grains)
        except (ValueError, TypeError, AttributeError, zlib.error, RecursionError):
            raise ConfigurationError(
                "This link is damaged: its query cannot be read.", "Ask the question again."
            ) from None
    kinds = {kind.value: kind for kind in ChartKind}
    return Linked(question, query, kinds.get(str(parameters.get("chart") or "")))
