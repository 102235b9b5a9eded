"""Words and phrases of the closed classes: function words, fillers, aggregations, comparisons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from translator.planning.embedded.lexicon.entries import (
    Aggregation,
    AggregationKind,
    Comparative,
    Direction,
    Operator,
    Ordering,
    Payload,
    PhraseEntry,
    Superlative,
    WordClass,
)
from translator.planning.embedded.lexicon.reading import names, rows


@dataclass
class ClosedClasses:
    """Entries of one word and of several words. The first entry of a word or phrase stays."""

    words: dict[str, PhraseEntry] = field(default_factory=dict)
    phrases: dict[tuple[str, ...], PhraseEntry] = field(default_factory=dict)
    function_tags: dict[str, str] = field(default_factory=dict)

    def add(self, listed: str, word_class: WordClass, payload: Payload = None) -> None:
        """Add a comma-separated list of words and phrases."""
        entry = PhraseEntry(word_class, payload)
        for phrase in names(listed):
            if " " in phrase:
                self.phrases.setdefault(tuple(phrase.split()), entry)
            else:
                self.words.setdefault(phrase, entry)


def _given(column: str) -> str | None:
    return None if column == "-" else column


def read() -> ClosedClasses:
    """Read all files of the closed classes."""
    classes = ClosedClasses()
    for kind, strength, listed in rows("aggregations.txt"):
        classes.add(
            listed, "aggregation", Aggregation(cast(AggregationKind, kind), float(strength))
        )
    for word_class, sign, quantity, listed in rows("comparatives.txt"):
        if word_class == "superlative":
            extreme = Superlative(cast(Direction, sign), _given(quantity))
            classes.add(listed, "superlative", extreme)
        else:
            comparison = Comparative(cast(Operator, sign), _given(quantity))
            classes.add(listed, "comparative", comparison)
    for direction, quantity, listed in rows("ordering.txt"):
        ordering = Ordering(cast("Direction | None", _given(direction)), _given(quantity))
        classes.add(listed, "ordering", ordering)
    for (listed,) in rows("negations.txt"):
        classes.add(listed, "negation")
    for tag, listed in rows("function_words.txt"):
        classes.add(listed, "question" if tag == "question" else "function")
        for word in names(listed):
            classes.function_tags.setdefault(word, tag)
    for word_class, listed in rows("fillers.txt"):
        classes.add(listed, cast(WordClass, word_class))
    return classes
