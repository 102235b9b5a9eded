"""Whether a reading uses every word of the question that carries meaning."""

from __future__ import annotations

from collections.abc import Iterator

from translator.planning.embedded.lexicon import Lexicon
from translator.planning.embedded.reading import Clues
from translator.planning.embedded.relational.draft import RowDraft
from translator.planning.embedded.relational.rows import Rows
from translator.planning.embedded.text import identifier_words, tokenise

_FREE_CLASSES = frozenset({"function", "filler", "request", "question", "instruction"})
_LIGHT_VERBS = frozenset(
    ["come", "go", "get", "happen", "occur", "take", "give", "see", "need", "want", "look", "bring"]
    + ["put", "exist", "keep", "let", "make", "do", "have", "be", "place", "turn", "live", "base"]
    + ["receive", "belong", "work", "own", "include", "contain", "hold", "ever", "yet", "so", "far"]
)
# What rows are called in general.
_ANY_ROW = frozenset(
    ["row", "record", "entry", "item", "one", "people", "person", "name", "date", "detail", "data"]
    + ["information", "thing", "list", "all", "any", "every", "day", "id"]
)
_LEAST = 0.2
# Small words that change which rows are meant.
_TELLING = frozenset(
    ["nobody", "nothing", "neither", "nor", "only", "exclusively", "solely", "once", "twice"]
    + ["same", "different", "consecutive", "again", "still", "more", "less", "fewer", "most"]
    + ["least", "than", "before", "after", "until", "between", "first", "last", "other", "another"]
    + ["own", "both", "either", "instead", "almost", "nearly", "except", "unless", "if", "longer"]
    + ["higher", "lower", "older", "younger", "repeatedly", "multiple", "several", "many", "few"]
)


def leftover(
    clues: Clues, draft: RowDraft, rows: Rows, lexicon: Lexicon
) -> tuple[tuple[str, float], ...]:
    """Words that carry meaning and found no place, with how much (0..1) of them is unexplained."""
    spoken = _spoken(draft, rows, lexicon)
    roots = {lexicon.root(w) for w in spoken}
    described: set[str] = set()
    for model in draft.models:
        told = tokenise(rows.picture.semantic_models[model].description[:400], lexicon).tokens
        described |= {t.lemma for t in told} - rows.hidden[model]
    left: list[tuple[str, float]] = []
    for token in clues.phrasing.tokens:
        weight = clues.weights[token.index]
        if token.index in draft.used | clues.time_tokens:
            continue
        if token.lower in _TELLING and not (
            token.lower == "still" and _beside_condition(draft, token.index)
        ):
            left.append((token.text, 0.75))
            continue
        if weight < _LEAST:
            continue
        if token.number is None and lexicon.word_class(token.lower) in _FREE_CLASSES:
            continue
        if clues.zones and clues.zones[token.index].value == "noise":
            continue
        if token.lemma in spoken or lexicon.root(token.lemma) in roots:
            continue
        if _is_unit(clues, draft, token.index, lexicon):
            continue
        if token.lemma in described:
            weight *= 0.5
        if token.lemma in _ANY_ROW | _LIGHT_VERBS or token.lower in _ANY_ROW | _LIGHT_VERBS:
            weight *= 0.25
        verb = lexicon.verb(token.lower)
        if verb is not None and any(n.phrase in spoken for n in verb.nouns):
            weight *= 0.3
        left.append((token.text, round(weight, 3)))
    return (*left, *_unused_cues(clues, draft))


def _beside_condition(draft: RowDraft, index: int) -> bool:
    """Whether "still" stands at something that was used: "still employed"."""
    return bool({index - 1, index + 1} & draft.used)


def _is_unit(clues: Clues, draft: RowDraft, index: int, lexicon: Lexicon) -> bool:
    """Whether it is what a number that was used is measured in: "100 dollars"."""
    if index == 0 or index - 1 not in draft.used:
        return False
    token, before = clues.phrasing.tokens[index], clues.phrasing.tokens[index - 1]
    known = lexicon.unit(token.lower) or lexicon.currency(token.lower)
    return before.number is not None and known is not None


def _spoken(draft: RowDraft, rows: Rows, lexicon: Lexicon) -> frozenset[str]:
    """Lemmas of what the models that are read are called."""
    found: set[str] = set()
    for model in draft.models:
        picture = rows.picture.semantic_models[model]
        found.update(lexicon.lemma(w) for w in identifier_words(picture.primary_entity or ""))
    return frozenset(found)


def _unused_cues(clues: Clues, draft: RowDraft) -> Iterator[tuple[str, float]]:
    """Words that change the result and changed nothing: none may be lost."""
    cues = clues.cues
    spans = [*cues.negations, *cues.never, *cues.excluded, *cues.share, *cues.running]
    spans += [*cues.change, *(c.span for c in cues.comparisons), *(r.span for r in cues.ranks)]
    spans += [a.span for a in cues.aggregations if a.kind != "per"]
    spans += [s for s in cues.groups]
    for span in spans:
        if not span.indices & draft.used and not span.indices & clues.time_tokens:
            yield clues.phrasing.words(span.indices), 0.75
    for time in clues.times:
        indices = clues.phrasing.indices(time.start_char, time.end_char)
        if time.kind != "inclusion" and indices and not indices <= draft.used:
            yield time.text, 0.75
