"""The question cut into parts: stretches of words with everything that each may refer to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from translator.planning.embedded.mentions import Mention
from translator.planning.embedded.reading import Clues
from translator.planning.embedded.vocabulary import GENERIC_WORDS, Kind

_LEAST = {Kind.ENTITY: 0.78, Kind.DIMENSION: 0.75, Kind.VALUE: 0.85}
_CLOSE = 0.16
_EACH_PART = 0.12


@dataclass(frozen=True)
class Part:
    """Words [start, end) with their possible meanings, best first; `indices` are those meant."""

    start: int
    end: int
    indices: frozenset[int]
    meanings: tuple[Mention, ...]

    def of(self, kind: Kind) -> tuple[Mention, ...]:
        """Meanings of one kind."""
        return tuple(m for m in self.meanings if m.element.kind is kind)


def quality(mention: Mention) -> float:
    """How well (0..1) the words say the name.

    "Status" alone is the status of something; whether of what is asked for is decided later.
    """
    coverage = mention.coverage
    if is_ownerless(mention):
        coverage = min(1.0, coverage * 2)
    return coverage * mention.name.strength * min(s for _, s in mention.tokens)


def is_ownerless(mention: Mention) -> bool:
    """Whether only a word such as "name" was said, and not of what."""
    return (
        bool(mention.name.context)
        and GENERIC_WORDS.issuperset(mention.name.terms)
        and len(mention.tokens) <= len(mention.name.terms)
    )


def cut(clues: Clues, mentions: Sequence[Mention]) -> list[Part]:
    """The parts that together explain most of the question, in its order."""
    spans: dict[tuple[int, int], list[Mention]] = defaultdict(list)
    for mention in mentions:
        if quality(mention) >= _LEAST.get(mention.element.kind, 1.0):
            spans[(mention.start, mention.end)].append(mention)
    ends: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for (start, end), found in spans.items():
        ends[end].append((start, max(_value(clues, m) for m in found) - _EACH_PART))
    best: list[float] = [0.0]
    chosen: list[int | None] = [None]
    for end in range(1, len(clues.phrasing.tokens) + 1):
        value = best[-1]
        start: int | None = None
        for first, gain in ends.get(end, ()):
            if best[first] + gain > value + 1e-9:
                value, start = best[first] + gain, first
        best.append(value)
        chosen.append(start)
    parts: list[Part] = []
    end = len(clues.phrasing.tokens)
    while end > 0:
        begin = chosen[end]
        if begin is None:
            end -= 1
            continue
        parts.append(_part(begin, end, spans[(begin, end)]))
        end = begin
    return parts[::-1]


def _value(clues: Clues, mention: Mention) -> float:
    """What a mention explains: words by their weight."""
    return quality(mention) * sum(
        max(0.3, clues.weights[i]) * strength for i, strength in mention.tokens
    )


def _part(start: int, end: int, found: list[Mention]) -> Part:
    ordered = sorted(found, key=lambda m: -quality(m))
    kept = [m for m in ordered if quality(m) >= quality(ordered[0]) - _CLOSE]
    indices = frozenset(i for m in kept for i in m.indices)
    return Part(start, end, indices, tuple(kept))
