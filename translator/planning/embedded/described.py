"""Names that a description gives: "District" for `dist_nm`, "Also called net margin (NM)".

Projects with few labels often say in the first words of a description what the thing is called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_CALLED = re.compile(
    r"\b(?:also (?:called|known as|named)|aka|a\.k\.a\.|known as|abbreviated(?: as)?|alias|short:)"
    r"\s+(?:as\s+)?(?:the\s+|an?\s+)?[\"'“]?([A-Za-z][\w /&-]{1,40})",
    re.I,
)
_ACRONYM = re.compile(r"^\s*([A-Z][A-Z0-9]{1,6})\s*[:=–—-]\s|\(([A-Z][A-Z0-9]{1,6})\)")
# Where the first words stop being a name and begin to explain it.
_EXPLAINS = re.compile(
    r"[.,:;()\[\]/=–—]|\s-\s"
    r"|\b(?:which|that|who|whose|where|when|from|for|by|in|as|with|without|at|on|per|since|until"
    r"|during|after|before|including|excluding|if|is|are|was|were|has|have|than|to|between|or|and"
    r"|plus|minus|less|not|divided|over|through|within|across|used|based|e\.g|i\.e)\b",
    re.I,
)
_ROWS = re.compile(
    r"^(?:one|each|a|every)\s+(?:row|record|line|entry)s?\s+(?:per|for|is|=)\s+", re.I
)
_OPENING = frozenset(
    ["a", "an", "the", "our", "one", "all", "each", "every", "any", "unique", "whether", "total"]
    + ["current", "list", "this", "table", "fact", "facts", "dimension", "model", "view", "data"]
    + ["sum", "number", "count", "average", "of", "mean", "calculated", "flag", "true"]
)
_HARMLESS = frozenset({"from", "e.g", "i.e"})
_MOST_WORDS = 4


def described_names(text: str) -> Iterator[str]:
    """What a description calls the thing: its first words, acronyms, and "also called …"."""
    text = " ".join(text.split())
    for match in _CALLED.finditer(text):
        words = re.split(r"\s+(?:or|and|in|for|by|is|when|if)\s+|[,;.]", match.group(1))
        yield words[0].strip()
    for match in _ACRONYM.finditer(text):
        yield match.group(1) or match.group(2)
    first = _first_words(text)
    if first:
        yield first


def _first_words(text: str) -> str | None:
    """The words before the explanation begins, if they are few enough to be a name.

    >>> _first_words("Pay grade from G1 (lowest) to G9")
    'Pay grade'
    >>> _first_words("Whether the person sits on the works council.") is None
    True
    """
    text = _ROWS.sub("", text)
    acronym = _ACRONYM.match(text)
    if acronym and acronym.start() == 0:
        text = text[acronym.end() :]
    if text.lower().startswith(("whether", "true ", "yes/no", "flag ", "when ", "how ", "who ")):
        return None
    stop = _EXPLAINS.search(text)
    if stop and stop.group(0)[:1].isalpha() and stop.group(0).lower() not in _HARMLESS:
        return None  # "Customers with an active account" are not all customers
    words = text[: stop.start()].split() if stop else text.split()
    while words and words[0].lower() in _OPENING:
        words = words[1:]
    if not words or len(words) > _MOST_WORDS:
        return None
    return " ".join(words)
