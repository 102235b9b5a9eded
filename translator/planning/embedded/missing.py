"""What has no value: "no diagnosis recorded", "whose source is not known", "missing e-mail"."""

from __future__ import annotations

from translator.planning.embedded.mentions import Mention
from translator.planning.embedded.reading import Clues

_BEFORE = frozenset(["missing", "unknown", "blank", "empty", "null", "undefined", "unspecified"])
_BEHIND = (
    *((word,) for word in ("missing", "unknown", "blank", "empty", "null", "unspecified", "unset")),
    *(
        ("not", word)
        for word in ("known", "recorded", "set", "given", "filled", "specified", "available")
    ),
    *(("not", "been", word) for word in ("recorded", "set", "given", "filled", "specified")),
)
_RECORDED = frozenset(
    ["recorded", "given", "set", "known", "specified", "assigned", "on", "noted", "entered"]
)
_LINKS = frozenset({"is", "are", "was", "were", "has", "have", "a", "an", "any", "the"})
_CERTAIN = 0.9
_LEFT_OUT = frozenset(
    ["exclude", "excluding", "ignore", "ignoring", "skip", "omit", "except", "without", "drop"]
)


def missing_words(clues: Clues, mention: Mention) -> frozenset[int]:
    """The tokens that say of what is mentioned that it has no value; empty if none does."""
    tokens = clues.phrasing.tokens
    before = mention.start - 1
    while before >= 0 and tokens[before].lower in _LINKS:
        before -= 1
    if before >= 0 and tokens[before].lower in _BEFORE:
        return frozenset({before})
    behind = mention.end
    while behind < len(tokens) and tokens[behind].lower in _LINKS:
        behind += 1
    for words in _BEHIND:
        if tuple(t.lower for t in tokens[behind : behind + len(words)]) == words:
            return frozenset(range(behind, behind + len(words)))
    for span in clues.cues.never:
        recorded = tokens[mention.end].lower in _RECORDED if mention.end < len(tokens) else False
        if span.end == mention.start and recorded:
            return span.indices | {mention.end}
    return frozenset()


def never_happened(clues: Clues, mention: Mention) -> frozenset[int]:
    """For "not shipped yet", "never delivered": the denial before what a date is called by."""
    tokens = clues.phrasing.tokens
    verb = tokens[mention.end - 1].lower.endswith(("ed", "en", "nt", "ld", "id"))
    if not verb or any(strength < _CERTAIN for _, strength in mention.tokens):
        return frozenset()
    for span in (*clues.cues.never, *clues.cues.negations):
        between = {t.lower for t in tokens[span.end : mention.start]}
        if span.end <= mention.start <= span.end + 2 and between <= {"been", "yet", "be", "ever"}:
            return span.indices | frozenset(range(span.end, mention.start))
    return frozenset()


def has_one(clues: Clues, mention: Mention) -> bool:
    """For "orders with a promo code": whether any value will do."""
    tokens = clues.phrasing.tokens
    before = tuple(t.lower for t in tokens[max(0, mention.start - 2) : mention.start])
    after = tokens[mention.end].lower if mention.end < len(tokens) else ""
    return (
        before in {("with", "a"), ("with", "an"), ("having", "a"), ("have", "a"), ("has", "a")}
        and after not in {"of", "like", "that", "which", "starting", "between", "over", "above"}
        and not any(0 <= c.span.start - mention.end <= 2 for c in clues.cues.comparisons)
    )


def left_out(clues: Clues, mention: Mention) -> bool:
    """Whether what has no value is to be left out, not looked for."""
    before = {t.lower for t in clues.phrasing.tokens[: mention.start]}
    return bool(before & _LEFT_OUT)
