"""Lays the name of an element over a question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from translator.planning.embedded.text import Token
from translator.planning.embedded.vocabulary import Kind, Name, Vocabulary

# A mention does not run over these: "revenue by region" is two mentions.
_BOUNDARIES = frozenset(
    [
        "by",
        "per",
        "for",
        "and",
        "or",
        "vs",
        "versus",
        ",",
        ";",
        ":",
        ".",
        "?",
        "!",
        "with",
        "without",
        "where",
        "who",
        "which",
        "whose",
        "that",
        "than",
        "from",
        "across",
        "between",
    ]
)
_SOFT = frozenset(
    [
        "of",
        "the",
        "a",
        "an",
        "in",
        "our",
        "your",
        "their",
        "to",
        "'s",
        "its",
        "is",
        "are",
        "was",
        "were",
        "have",
        "has",
        "had",
        "been",
        "did",
        "do",
        "does",
        "we",
        "they",
        "i",
        "you",
        "get",
        "got",
    ]
)
_MAX_GAP = 2
# Verbs that are also what something has.
_NOUN_VERBS = frozenset(["make", "made", "makes", "stating", "stated", "named", "typed"])
_DETERMINERS = frozenset(
    ["which", "what", "top", "each", "every", "all", "different", "by", "per", "the", "our"]
)


def align(
    name: Name,
    spots: list[tuple[int, int, float]],
    by_span: Mapping[tuple[int, int], Mapping[str, float]],
    tokens: tuple[Token, ...],
    vocabulary: Vocabulary,
    strict: bool,
) -> Iterator[tuple[dict[int, float], float]]:
    """Lay a name over the question from each of its possible first words.

    Args:
        name: what to lay.
        spots: first token, index after the last, and strength of each stretch that is like a term.
        by_span: the terms that each stretch may stand for, with strengths (0..1).
        tokens: of the question.
        vocabulary: tells how much each term of the name says.
        strict: whether boundaries ("by", "per") that the name itself has end it, too.

    Yields:
        The strength of each token used, and the part of the name that is said (0..1).
    """
    for first in range(len(spots)):
        used: dict[int, float] = {}
        left = list(name.terms)
        gained = 0.0
        last = spots[first][0]
        for start, end, _ in spots[first:]:
            if any(i in used for i in range(start, end)) or not left:
                continue
            inner = frozenset() if strict else frozenset(name.surface.split())
            if start > last and not _bridged(tokens, last, start, inner):
                break
            options = by_span[(start, end)]
            best = max(left, key=lambda term: options.get(term, 0.0))
            strength = options.get(best, 0.0)
            if strength <= 0:
                continue
            if name.element.kind is Kind.VALUE and strength < 0.9 and len(best) <= 3:
                continue  # "salary" is not the code SAL
            stored = name.element.kind is Kind.VALUE and name.element.value is not True
            if stored and _inflected(tokens[start], name.surface):
                continue
            if name.element.kind is not Kind.METRIC and _done(tokens, start, name.surface):
                continue
            left.remove(best)
            gained += vocabulary.weight(best) * strength
            if strength == 1.0 and tokens[start].lower not in name.surface:
                strength = 0.97  # "invoiced" is nearer to "Invoiced amount" than to "Invoices"
            for i in range(start, end):
                used[i] = strength
            last = end
        if not used:
            continue
        total = sum(vocabulary.weight(t) for t in name.terms)
        coverage = gained / total if total else 0.0
        if not strict and coverage < 0.95:
            continue  # only a whole name may run over "per" or "by": "revenue per account"
        yield used, coverage


def _done(tokens: tuple[Token, ...], index: int, surface: str) -> bool:
    """Whether "made", or "make" behind "did they", is the verb and not the noun "make"."""
    token = tokens[index]
    if token.lower not in _NOUN_VERBS:
        return False
    previous = tokens[index - 1] if index else None
    if previous is not None and (previous.number is not None or previous.lower in _DETERMINERS):
        return False  # "which 3 makes"
    if token.lower not in surface:
        return True
    before = {t.lower for t in tokens[max(0, index - 4) : index]}
    return bool(before & {"did", "do", "does", "to", "we", "they"}) and not before & {"by", "and"}


def _inflected(token: Token, surface: str) -> bool:
    """Whether "opened", which happened, is matched with the state "open": not the same."""
    return token.lower.endswith("ed") and token.lower not in surface and token.lemma in surface


def _bridged(tokens: tuple[Token, ...], last: int, start: int, inner: frozenset[str]) -> bool:
    """Whether the words between two matched words let one mention run over them.

    `inner` are words that the name itself has: "revenue per account" runs over "per", but
    "revenue from accounts" is something else.
    """
    between = tokens[last:start]
    if any(t.lower in _BOUNDARIES and t.lower not in inner for t in between):
        return False
    return (
        sum(t.lower not in _SOFT for t in between) <= _MAX_GAP - 1 and len(between) <= _MAX_GAP + 1
    )
