"""The question cut into parts: stretches of words with everything that each may refer to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from translator.planning.embedded.mentions import Mention
from translator.planning.embedded.reading import Clues
from translator.planning.embedded.text import Token
from translator.planning.embedded.vocabulary import GENERIC_WORDS, Kind

_LEAST = {Kind.ENTITY: 0.78, Kind.DIMENSION: 0.75, Kind.VALUE: 0.85}
_CLOSE = 0.16
_EACH_PART = 0.12
_BOUNDARIES = frozenset(
    ["with", "without", "by", "per", "each", "every", "who", "that", "which", "and", ",", "have"]
    + ["has", "had", "do", "does", "did", "are", "were", "is", "was", "no", "not", "never"]
)
_PARTICLES = frozenset({"up", "off", "out", "on", "in", "down", "away"})
_TIME_WORDS = frozenset({"date", "day", "time", "timestamp", "on", "at"})


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


def _completed(mention: Mention, tokens: Sequence[Token]) -> Mention:
    """For "signed up": the particle of a verb says the rest of "Signed up at"."""
    said = {tokens[i].lemma for i in mention.indices}
    missing = set(mention.name.terms) - said
    after = tokens[mention.end].lower if mention.end < len(tokens) else ""
    if mention.element.kind is Kind.DIMENSION and after in missing & _PARTICLES:
        rest = missing - {after} - _TIME_WORDS
        if not rest and tokens[mention.end - 1].lower.endswith(("ed", "ing")):
            return Mention(
                mention.element, mention.name, (*mention.tokens, (mention.end, 1.0)), 1.0
            )
    return mention


def _core(mention: Mention, tokens: Sequence[Token]) -> frozenset[int]:
    """The words of the name itself, without those that say whose it is: a part of their own."""
    kept = sorted(mention.indices)
    for index in (kept[0], kept[-1]):
        told = {tokens[index].lemma, tokens[index].lower} & set(mention.name.terms)
        if len(kept) > max(1, len(mention.name.terms)) and not told:
            kept.remove(index)
    return frozenset(kept)


def is_ownerless(mention: Mention) -> bool:
    """Whether only a word such as "name" was said, and not of what."""
    return (
        bool(mention.name.context)
        and GENERIC_WORDS.issuperset(mention.name.terms)
        and len(mention.tokens) <= len(mention.name.terms)
    )


def cut(clues: Clues, mentions: Sequence[Mention], dates: Container[str]) -> list[Part]:
    """The parts that together explain most of the question, in its order.

    Args:
        clues: the question.
        mentions: what its words may mean.
        dates: keys of the dimensions that are dates.
    """
    tokens = clues.phrasing.tokens
    spans: dict[tuple[int, int], list[Mention]] = defaultdict(list)
    for found in mentions:
        mention = _completed(found, tokens)
        if quality(mention) >= _LEAST.get(mention.element.kind, 1.0):
            core = _core(mention, tokens)
            inside = {t.lower for t in tokens[min(core) : max(core)]}
            if inside & _BOUNDARIES and mention.element.kind is not Kind.VALUE:
                continue
            spans[(min(core), max(core) + 1)].append(mention)
    ends: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for (start, end), meant in spans.items():
        ends[end].append((start, max(_value(clues, m) for m in meant) - _EACH_PART))
    best: list[float] = [0.0]
    chosen: list[int | None] = [None]
    for end in range(1, len(clues.phrasing.tokens) + 1):
        value = best[-1]
        first_of: int | None = None
        for first, gain in ends.get(end, ()):
            if best[first] + gain > value + 1e-9:
                value, first_of = best[first] + gain, first
        best.append(value)
        chosen.append(first_of)
    parts: list[Part] = []
    end = len(clues.phrasing.tokens)
    while end > 0:
        begin = chosen[end]
        if begin is None:
            end -= 1
            continue
        if not _is_heading(clues, begin, end, chosen):
            part = _part(tokens, begin, end, spans[(begin, end)])
            if tokens[end : end + 1] and tokens[end].lemma == "date":
                dated = tuple(m for m in part.meanings if m.element.key in dates)
                part = replace(part, meanings=dated or part.meanings)
            parts.append(part)
        end = begin
    return parts[::-1]


def _value(clues: Clues, mention: Mention) -> float:
    """What a mention explains: words by their weight."""
    return quality(mention) * sum(
        max(0.3, clues.weights[i]) * strength
        for i, strength in mention.tokens
        if i in _core(mention, clues.phrasing.tokens)
    )


def _is_heading(clues: Clues, start: int, end: int, chosen: Sequence[int | None]) -> bool:
    """Whether it is but the "date" of an "opening date", of which the first word is a part."""
    lemmas = {t.lemma for t in clues.phrasing.tokens[start:end]}
    return lemmas <= {"date", "day", "time"} and start > 0 and chosen[start] is not None


def _part(tokens: Sequence[Token], start: int, end: int, found: list[Mention]) -> Part:
    ordered = sorted(found, key=lambda m: -quality(m))
    kept = [m for m in ordered if quality(m) >= quality(ordered[0]) - _CLOSE]
    indices = frozenset(i for m in kept for i in _core(m, tokens))
    return Part(start, end, indices, tuple(kept))
