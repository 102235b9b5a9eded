"""What each part of a question is for: asking, listing the columns wanted, or explaining.

People who write long questions say what they want once and then list the columns ("Return the name
and the number of orders"), or explain how they would compute it ("based on joining …"). Columns add
to an answer and never limit its rows; explanations do neither.
"""

from __future__ import annotations

import re
from enum import StrEnum

from translator.planning.embedded.text import Phrasing, Token


class Zone(StrEnum):
    """What a word belongs to."""

    MAIN = "main"
    LEAD = "lead"
    """Columns listed at the beginning: "Return the name and revenue of …"."""
    TAIL = "tail"
    """Columns listed afterwards: "… Show name and revenue."."""
    NOISE = "noise"
    """How it should be computed or written down: nothing that changes the answer."""


_REQUESTS = frozenset(
    ["return", "show", "give", "include", "display", "provide", "output", "list", "report"]
    + ["returning", "showing", "giving", "displaying", "including", "state"]
)
_LEAD_STOPS = frozenset(
    ["for", "per", "by", "in", "where", "who", "that", "with", "from", "whose", "which", "of"]
    + ["when", "between", "during", "since", "across", "at", "on", "over", "as", "having"]
)
_TAIL_STOPS = frozenset(
    ["ordered", "sorted", "order", "sort", "ranked", "for", "where", "who", "whose", "limited"]
    + ["descending", "ascending", "highest", "most", "largest", "oldest", "newest", "only", "by"]
)
_NOISE_SENTENCE = re.compile(
    r"^(note\b|nb\b|n\.b\.|assume\b|hint\b|remember\b|keep in mind)"
    r"|\b(refers? to|is defined as|are defined as|is calculated|are calculated|is computed"
    r"|(is|are) considered|stands for)\b",
    re.I,
)
_NOISE_PHRASES = (
    r"\(?\bbased on (joining|join|a join|data|the data|information|rows|records)\b[^.?;)]*\)?",
    r"\bby (doing|using|performing|means of|running|writing) (a|an|the|left|inner)\b[^.?;]*",
    r"\bone row (per|for each|for every) [\w ]+",
    r"\brounded? (off )?to [\w ]*?(decimals?|digits?|integer|number|cents?)\b( places?| points?)?",
    r"\bto (two|one|three|2|1|3|4|\d) (decimals?|digits?)\b( places?| points?)?",
    r"\bin (the|your) (answer|result|results|output)\b",
    r"\b(in|as) (a )?(single|one) (table|number|row|query)\b",
    r"\(\s*(i\.?e\.?|e\.?g\.?|that is|meaning|defined as|as a date|based on)\b[^)]*\)",
    r"\bas (a )?dates?\b",
)
_OPENINGS = frozenset(["for", "in", "per", "of", "among", "within", "considering", "over"])
# What the heading of a column may be beside what it is about.
_HEADINGS = frozenset(
    ["name", "code", "id", "key", "type", "status", "date", "title", "value", "label", "number"]
    + ["amount", "score", "detail", "information", "figure", "column"]
)
_SENTENCE_ENDS = frozenset([".", "?", "!", ";"])


def find_zones(phrasing: Phrasing) -> tuple[Zone, ...]:
    """The zone of every token."""
    zones = [Zone.MAIN] * len(phrasing.tokens)
    for number, (start, end) in enumerate(_sentences(phrasing)):
        tokens = phrasing.tokens[start:end]
        text = phrasing.text[tokens[0].start : tokens[-1].end]
        if _NOISE_SENTENCE.search(text) and number > 0:
            _fill(zones, start, end, Zone.NOISE)
        elif tokens[0].lower in _REQUESTS and number > 0:
            _fill(zones, start, _stop(tokens, _TAIL_STOPS), Zone.TAIL)
        else:
            if tokens[0].lower in _REQUESTS:
                _lead(zones, tokens)
            opened = tokens[0].lower in _OPENINGS
            for at in range(1, len(tokens) - 1):
                joined = opened or tokens[at - 1].lower in {",", "and", "-", ":"}
                if tokens[at].lower in _REQUESTS and joined:
                    if opened:
                        _lead(zones, tokens[at:])  # "For each region, show …"
                        break
                    stop = _stop(tokens[at:], _TAIL_STOPS)
                    _fill(zones, tokens[at].index, stop, Zone.TAIL)
    for pattern in _NOISE_PHRASES:
        for match in re.finditer(pattern, phrasing.text, re.I):
            for index in phrasing.indices(match.start(), match.end()):
                zones[index] = Zone.NOISE
    return tuple(zones)


def repeated_words(phrasing: Phrasing, zones: tuple[Zone, ...]) -> frozenset[int]:
    """Words in lists of columns that say again what is asked for, or only "name" or "code"."""
    listed = {Zone.LEAD, Zone.TAIL}
    asked = {t.lemma for t in phrasing.tokens if zones[t.index] not in listed and t.is_word}
    return frozenset(
        t.index
        for t in phrasing.tokens
        if zones[t.index] in listed and t.lemma in asked | _HEADINGS
    )


def _lead(zones: list[Zone], tokens: tuple[Token, ...]) -> None:
    """A list of columns at the beginning; one thing alone is what is asked for, not a column."""
    if len(tokens) < 2:
        return
    stop = _stop(tokens[1:], _LEAD_STOPS)
    inside = [t for t in tokens if t.index < stop]
    while stop - tokens[0].index < len(tokens) and tokens[stop - tokens[0].index].lower == "of":
        # "number of orders and …": the "of" of a count belongs to the column
        if inside[-1].lemma not in {"number", "count", "total", "sum", "amount", "date", "name"}:
            break
        rest = tokens[stop - tokens[0].index + 1 :]
        stop = _stop(rest, _LEAD_STOPS) if rest else stop + 1
        inside = [t for t in tokens if t.index < stop]
    if any(t.lower in {",", "and", "&"} for t in inside):
        _fill(zones, tokens[0].index, stop, Zone.LEAD)


def _stop(tokens: tuple[Token, ...], stops: frozenset[str]) -> int:
    """Index of the first token that ends a list of columns, else the end."""
    for token in tokens[1:]:
        if token.lower in stops:
            return token.index
    return tokens[-1].index + 1


def _fill(zones: list[Zone], start: int, end: int, zone: Zone) -> None:
    for index in range(start, min(end, len(zones))):
        zones[index] = zone


def _sentences(phrasing: Phrasing) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    start = 0
    for token in phrasing.tokens:
        if token.lower in _SENTENCE_ENDS:
            if token.index > start:
                found.append((start, token.index))
            start = token.index + 1
    if start < len(phrasing.tokens):
        found.append((start, len(phrasing.tokens)))
    return found
