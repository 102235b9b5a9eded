"""What the words around a mention say of it."""

from __future__ import annotations

from collections.abc import Iterable

from translator.planning.embedded.frame import Frame
from translator.planning.embedded.mentions import Mention
from translator.planning.embedded.reading import Clues
from translator.planning.embedded.vocabulary import Kind

_LISTED = frozenset([",", "and", "or", "vs", "versus", "&", "/", "the"])
_REACHED_OVER = frozenset(
    ["come", "go", "be", "have", "do", "pay", "buy", "use", "make", "live", "and", "by", "or"]
)
# Participles of making: what was "placed" in May was made then, and may be anything by now.
_MADE = frozenset(["placed", "made", "created", "received", "entered", "submitted", "taken"])


def distance(clues: Clues, mention: Mention, start_char: int) -> int:
    """Words between a mention and a place in the text; before it counts as a bit farther."""
    index = next(
        (t.index for t in clues.phrasing.tokens if t.start >= start_char),
        len(clues.phrasing.tokens),
    )
    return index - mention.end if index >= mention.end else mention.start - index + 2


def negated(clues: Clues, mention: Mention) -> bool:
    """Whether a "not" before a mention reaches it: over prepositions and verbs, not over nouns."""
    tokens = clues.phrasing.tokens
    for span in clues.cues.negations:
        if span.end <= mention.start <= span.end + 4 and all(
            clues.weights[t.index] < 0.3 or t.lemma in _REACHED_OVER
            for t in tokens[span.end : mention.start]
        ):
            return True
    return any(
        mention.end <= span.start <= mention.end + 3
        and not any(t.lower in {",", ".", ";"} for t in tokens[mention.end : span.start])
        for span in clues.cues.excluded
    )


def only_made(clues: Clues, mention: Mention) -> bool:
    """For "orders placed in 2024": that it came to be in a period, whatever its state is now."""
    tokens = clues.phrasing.tokens
    if mention.end - mention.start != 1 or tokens[mention.start].lower not in _MADE:
        return False
    dated = any(mention.end <= i <= mention.end + 2 for i in clues.time_tokens)
    return dated and mention.element.value is not True


def names_value(clues: Clues, mention: Mention, mentions: Iterable[Mention]) -> bool:
    """Whether a dimension is named beside one of its values: "the brand Acme", "Acme brand"."""
    return any(
        m.element.kind is Kind.VALUE
        and m.element.key == mention.element.key
        and not m.indices & mention.indices
        and (0 <= m.start - mention.end <= 3 or 0 <= mention.start - m.end <= 1)
        for m in mentions
    )


def beside_other_value(clues: Clues, mention: Mention, mentions: Iterable[Mention]) -> bool:
    """Whether another value of the same dimension is listed beside it: "e-mail, chat and phone"."""
    tokens = clues.phrasing.tokens

    def joined(first: Mention, second: Mention) -> bool:
        between = [t.lower for t in tokens[first.end : second.start]]
        return 0 < len(between) <= 2 and _LISTED.issuperset(between)

    return any(
        m.element.kind is Kind.VALUE
        and m.element.key == mention.element.key
        and m.element.value != mention.element.value
        and (joined(m, mention) or joined(mention, m))
        for m in mentions
    )


def borrowed(mention: Mention, frame: Frame) -> bool:
    """Whether the words wholly name a metric, and this only by way of a related word."""
    if any(mention.indices < words for words in frame.wider):
        return True  # "account" in "revenue per account", where that is a metric
    return mention.indices <= frame.measured and any(s < 0.95 for _, s in mention.tokens)


def counted(clues: Clues, mention: Mention) -> bool:
    """Whether a noun is counted: "number of orders" does not break down by order."""
    return any(
        a.span.end == mention.start and a.kind in {"count", "count_distinct", "sum", "average"}
        for a in clues.cues.aggregations
    )


def quoted(clues: Clues, mention: Mention) -> bool:
    """Whether it stands in quotation marks."""
    token = clues.phrasing.tokens[mention.start]
    return any(start <= token.start < end for start, end in clues.phrasing.quoted)


def capitalised(clues: Clues, mention: Mention) -> bool:
    """Whether it is written with a capital that begins no sentence."""
    return mention.start > 0 and clues.phrasing.tokens[mention.start].text[:1].isupper()
