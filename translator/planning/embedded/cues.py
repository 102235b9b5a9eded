"""The words that say what to do with the things mentioned: how many, top 5, by, not, share of.

Cues come from the lexicon's closed classes, so they hold for any project.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from translator.planning.embedded.cue_phrases import (
    CHANGE,
    EXCLUDED,
    GROUP_PHRASES,
    NEGATIONS,
    NEVER,
    RUNNING,
    SHARE,
    VERSUS,
)
from translator.planning.embedded.lexicon import (
    Aggregation,
    Comparative,
    Lexicon,
    Ordering,
    PhraseMatch,
    Superlative,
)
from translator.planning.embedded.moving import MovingCue, find_moving
from translator.planning.embedded.text import Phrasing, Token
from translator.planning.embedded.time.tokens import NUMBERS
from translator.query import Operator

_LIST = frozenset(
    ["list", "show", "which", "who", "name", "display", "return", "give", "find", "what"]
)
_COMPARATIVE_OPERATORS = {
    ">": Operator.GT,
    ">=": Operator.GE,
    "<": Operator.LT,
    "<=": Operator.LE,
    "=": Operator.EQ,
    "!=": Operator.NE,
}
_NUMBER_WORDS = NUMBERS | {"zero": 0, "fifty": 50}


@dataclass(frozen=True)
class Span:
    """Token indices [start, end)."""

    start: int
    end: int

    @property
    def indices(self) -> frozenset[int]:
        """The indices."""
        return frozenset(range(self.start, self.end))


@dataclass(frozen=True)
class AggregationCue:
    """For "how many", "average": what kind of figure the words nearby should be."""

    span: Span
    kind: str
    strength: float


@dataclass(frozen=True)
class RankCue:
    """For "top 5", "cheapest": order by a figure, keep `limit` rows (None: order only)."""

    span: Span
    limit: int | None
    descending: bool
    quantity: str | None
    counted: int | None = None
    """The token of a `limit` that stands apart."""


@dataclass(frozen=True)
class CompareCue:
    """For "more than 3": a comparison with numbers."""

    span: Span
    operator: Operator
    values: tuple[float, ...]
    quantity: str | None = None
    """What "older than" and "longer than" compare."""


@dataclass
class Cues:
    """Everything of this kind in one question."""

    aggregations: list[AggregationCue] = field(default_factory=list)
    ranks: list[RankCue] = field(default_factory=list)
    comparisons: list[CompareCue] = field(default_factory=list)
    groups: list[Span] = field(default_factory=list)
    negations: list[Span] = field(default_factory=list)
    never: list[Span] = field(default_factory=list)
    excluded: list[Span] = field(default_factory=list)
    """A "not" that stands behind what it takes out ("void ones not counted")."""
    versus: list[Span] = field(default_factory=list)
    share: list[Span] = field(default_factory=list)
    running: list[Span] = field(default_factory=list)
    change: list[Span] = field(default_factory=list)
    moving: list[MovingCue] = field(default_factory=list)
    orderings: list[tuple[Span, Ordering]] = field(default_factory=list)
    listing: Span | None = None
    who: bool = False

    def wants(self, *kinds: str) -> bool:
        """Whether an aggregation of one of these kinds is asked for."""
        return any(a.kind in kinds for a in self.aggregations)


_COUNTED_AFTER = frozenset(
    ["", "which", "what", "the", "return", "show", "list", "our", "give", "find", "are", "to"]
)


def find_cues(phrasing: Phrasing, lexicon: Lexicon, taken: frozenset[int]) -> Cues:
    """Read all cues of a question; tokens `taken` by time expressions are left alone."""
    cues = Cues()
    tokens = phrasing.tokens
    words = [t.lower for t in tokens]
    for phrases, into in (
        (GROUP_PHRASES, cues.groups),
        (NEGATIONS, cues.negations),
        (NEVER, cues.never),
        (EXCLUDED, cues.excluded),
        (VERSUS, cues.versus),
        (SHARE, cues.share),
        (RUNNING, cues.running),
        (CHANGE, cues.change),
    ):
        into.extend(s for s in _spans(words, phrases) if not (s.indices & taken))
    cues.negations = [s for s in cues.negations if not _inside(s, cues.excluded)]
    cues.never = [s for s in cues.never if not _inside(s, cues.excluded)]
    for match in _phrases(words, lexicon):
        span = Span(match.start, match.end)
        if span.indices & taken:
            continue
        payload = match.entry.payload
        if isinstance(payload, Aggregation):
            cues.aggregations.append(AggregationCue(span, payload.kind, payload.strength))
        elif isinstance(payload, Superlative):
            _rank(cues, span, payload, tokens, taken)
        elif isinstance(payload, Comparative):
            _comparison(cues, span, payload, tokens, taken)
        elif isinstance(payload, Ordering):
            cues.orderings.append((span, payload))
    cues.moving = find_moving(phrasing)
    moving = frozenset(i for m in cues.moving for i in m.indices)
    cues.aggregations = [a for a in cues.aggregations if not a.span.indices & moving]
    _most_of(cues, tokens, taken)
    _counted(cues, tokens, taken)
    _first_n(cues, tokens, taken)
    _bare_operators(cues, tokens, taken)
    _ordered_first(cues, tokens)
    for token in tokens[:8]:
        if token.lower in _LIST and token.index not in taken and cues.listing is None:
            cues.listing = Span(token.index, token.index + 1)
            cues.who = token.lower in {"who", "which"}
    return cues


def _inside(span: Span, others: list[Span]) -> bool:
    return any(span.indices & other.indices for other in others)


def _phrases(words: list[str], lexicon: Lexicon) -> Iterator[PhraseMatch]:
    position = 0
    while position < len(words):
        match = lexicon.longest_phrase(words, position)
        if match is None:
            position += 1
        else:
            yield match
            position = max(match.end, position + 1)


def _spans(words: list[str], phrases: tuple[str, ...]) -> Iterator[Span]:
    split = [p.split() for p in sorted(phrases, key=len, reverse=True)]
    position = 0
    while position < len(words):
        for phrase in split:
            if words[position : position + len(phrase)] == phrase:
                yield Span(position, position + len(phrase))
                position += len(phrase) - 1
                break
        position += 1


def _number_at(tokens: tuple[Token, ...], index: int, taken: frozenset[int]) -> float | None:
    if not 0 <= index < len(tokens) or index in taken:
        return None
    token = tokens[index]
    if token.lower in _NUMBER_WORDS:
        return float(_NUMBER_WORDS[token.lower])
    number = token.number
    if number is not None and index + 1 < len(tokens):
        scale = {
            "k": 1e3,
            "thousand": 1e3,
            "m": 1e6,
            "million": 1e6,
            "mn": 1e6,
            "bn": 1e9,
            "billion": 1e9,
        }
        number *= scale.get(tokens[index + 1].lower, 1.0)
    return number


def _rank(
    cues: Cues, span: Span, payload: Superlative, tokens: tuple[Token, ...], taken: frozenset[int]
) -> None:
    limit: int | None = None
    start, end = span.start, span.end
    after = _number_at(tokens, end, taken)
    before = _number_at(tokens, start - 1, taken)
    if after is not None and after == int(after) and 0 < after < 1000:
        limit, end = int(after), end + 1
    elif before is not None and before == int(before) and 0 < before < 1000:
        limit, start = int(before), start - 1
    cues.ranks.append(
        RankCue(Span(start, end), limit, payload.direction == "desc", payload.quantity)
    )


def _comparison(
    cues: Cues, span: Span, payload: Comparative, tokens: tuple[Token, ...], taken: frozenset[int]
) -> None:
    index = span.end
    while index < len(tokens) and tokens[index].lower in {
        "$",
        "€",
        "£",
        "than",
        "a",
        "the",
        "eur",
        "usd",
    }:
        index += 1
    first = _number_at(tokens, index, taken)
    if first is None:
        return
    end = index + 1
    if end < len(tokens) and tokens[end].lower in {
        "k",
        "thousand",
        "million",
        "m",
        "bn",
        "billion",
        "mn",
    }:
        end += 1
    if payload.operator == "between":
        if end < len(tokens) and tokens[end].lower in {"and", "to", "-"}:
            second = _number_at(tokens, end + 1, taken)
            if second is not None:
                cues.comparisons.append(
                    CompareCue(Span(span.start, end + 2), Operator.GE, (first,))
                )
                cues.comparisons.append(
                    CompareCue(Span(span.start, end + 2), Operator.LE, (second,))
                )
        return
    operator = _COMPARATIVE_OPERATORS.get(payload.operator)
    if operator is not None:
        cues.comparisons.append(
            CompareCue(Span(span.start, end), operator, (first,), payload.quantity)
        )


def _most_of(cues: Cues, tokens: tuple[Token, ...], taken: frozenset[int]) -> None:
    """For "where do most of our clients live": the place with the most of them."""
    first = {t.lower for t in tokens[:3]}
    for token in tokens[1:]:
        if token.lower != "most" or token.index in taken or not first & {"which", "what", "where"}:
            continue
        if tokens[token.index - 1].lower in {"do", "does", "did", "are", "is", "were", "have"}:
            end = (
                token.index + 2
                if tokens[token.index + 1 :][:1] and tokens[token.index + 1].lower == "of"
                else token.index + 1
            )
            if not any(r.span.start <= token.index < r.span.end for r in cues.ranks):
                cues.ranks.append(RankCue(Span(token.index, end), None, True, None))


def _counted(cues: Cues, tokens: tuple[Token, ...], taken: frozenset[int]) -> None:
    """For "which 3 makes have the least revenue": the number stands apart from its superlative."""
    if any(r.limit is not None for r in cues.ranks):
        return
    compared = {i for c in cues.comparisons for i in c.span.indices}
    for position, rank in enumerate(cues.ranks):
        for token in tokens[: rank.span.start]:
            number = _number_at(tokens, token.index, taken)
            before = tokens[token.index - 1].lower if token.index else ""
            after = tokens[token.index + 1] if token.index + 1 < len(tokens) else None
            if (
                number is None
                or number != int(number)
                or not 0 < number <= 100
                or token.index in compared
                or before not in _COUNTED_AFTER
                or after is None
                or not after.is_word
            ):
                continue
            cues.ranks[position] = replace(rank, limit=int(number), counted=token.index)
            return


def _ordered_first(cues: Cues, tokens: tuple[Token, ...]) -> None:
    """For "most tickets first", "worst at the top": a superlative that only sorts."""
    for rank in list(cues.ranks):
        if rank.limit is not None:
            continue
        for end, words in ((1, ("first",)), (3, ("at", "the", "top")), (2, ("on", "top"))):
            for gap in range(4):
                start = rank.span.end + gap
                if tuple(t.lower for t in tokens[start : start + end]) == words and (
                    start + end >= len(tokens) or not tokens[start + end].is_word
                ):
                    cues.ranks = [r for r in cues.ranks if r is not rank]
                    span = Span(rank.span.start, rank.span.end)
                    order = Ordering("desc" if rank.descending else "asc", rank.quantity)
                    cues.orderings += [(span, order), (Span(start, start + end), order)]
                    break
            else:
                continue
            break


def _first_n(cues: Cues, tokens: tuple[Token, ...], taken: frozenset[int]) -> None:
    """For "3 or more", "three or fewer": the number comes first."""
    for token in tokens:
        number = _number_at(tokens, token.index, taken)
        tail = [t.lower for t in tokens[token.index + 1 : token.index + 3]]
        if number is None or len(tail) < 2 or tail[0] not in {"or", "and"}:
            continue
        operator = (
            Operator.GE
            if tail[1] in {"more", "over", "above", "greater", "higher"}
            else Operator.LE
            if tail[1] in {"less", "fewer", "under", "below", "lower"}
            else None
        )
        if operator:
            cues.comparisons.append(
                CompareCue(Span(token.index, token.index + 3), operator, (number,))
            )


def _bare_operators(cues: Cues, tokens: tuple[Token, ...], taken: frozenset[int]) -> None:
    seen = {i for c in cues.comparisons for i in c.span.indices}
    for token in tokens[:-1]:
        if token.lower in {">", "<", ">=", "<="} and token.index not in seen:
            number = _number_at(tokens, token.index + 1, taken)
            if number is not None:
                cues.comparisons.append(
                    CompareCue(
                        Span(token.index, token.index + 2),
                        _COMPARATIVE_OPERATORS[token.lower],
                        (number,),
                    )
                )
