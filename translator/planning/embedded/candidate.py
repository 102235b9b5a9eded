"""A reading with its query, before anything is decided."""

from __future__ import annotations

from dataclasses import dataclass

from translator.planning.embedded.draft import Draft
from translator.planning.embedded.reading import Reading
from translator.query import SemanticQuery


@dataclass(frozen=True)
class Candidate:
    """`leftover` are words that found no place, with what of them is unexplained (0..1)."""

    reading: Reading
    query: SemanticQuery
    draft: Draft
    leftover: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Judged:
    """A reading with its query and how far it accounts for the question."""

    reading: Reading
    query: SemanticQuery
    draft: Draft
    leftover: tuple[tuple[str, float], ...]
    confidence: float
