"""The lexicon: one frozen object over all data files, loaded once per process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from translator.planning.embedded.lexicon import closed_classes, tables
from translator.planning.embedded.lexicon.entries import (
    Aggregation,
    Comparative,
    Currency,
    Ordering,
    PhraseEntry,
    PhraseMatch,
    Place,
    Related,
    Superlative,
    Unit,
    Verb,
    VerbRole,
    WordClass,
)
from translator.planning.embedded.lexicon.lemma import Lemmatiser
from translator.planning.embedded.lexicon.relations import Relations, read_groups, vocabulary

# How much a word of each class tells about what is asked, where 1 is a rare content word.
_CLASS_INFORMATION: Mapping[WordClass, float] = {
    "function": 0.0,
    "filler": 0.05,
    "question": 0.05,
    "request": 0.1,
    "instruction": 0.1,
    "negation": 0.15,
    "ordering": 0.15,
    "aggregation": 0.2,
    "comparative": 0.2,
    "superlative": 0.2,
}
_BUSINESS_WORD = 0.75
_UNKNOWN_WORD = 0.9
_OTHER_FORM = 0.4
_NUMBER = 0.6


@dataclass(frozen=True, repr=False)
class Lexicon:
    """Everyday and business English: lemmas, related words, closed classes, places, units.

    Words and phrases are taken in any case; several words are joined by one blank.
    """

    phrases: Mapping[tuple[str, ...], PhraseEntry]
    """Entries of two words and more, keyed by lower-case tokens."""
    longest: int
    """Number of tokens in the longest phrase."""
    _words: Mapping[str, PhraseEntry]
    _function_tags: Mapping[str, str]
    _lemmatiser: Lemmatiser
    _relations: Relations
    _roots: Mapping[str, str]
    _abbreviations: Mapping[str, tuple[str, ...]]
    _verbs: Mapping[str, Verb]
    _places: Mapping[str, tuple[Place, ...]]
    _currencies: Mapping[str, Currency]
    _units: Mapping[str, Unit]
    _commonness: Mapping[str, float]
    _cache: dict[str, tuple[Related, ...]] = field(default_factory=dict, compare=False)

    def lemma(self, word: str) -> str:
        """The dictionary form of a word: "companies" is company, "cancelled" is cancel."""
        return self._lemmatiser.lemma(word)

    def lemma_phrase(self, phrase: str) -> str:
        """A phrase with each word as its lemma."""
        return self._lemmatiser.phrase(" ".join(phrase.split()))

    def root(self, word: str) -> str:
        """Head of the word's derivational family ("cancellation" is cancel), else its lemma.

        Coarse: use it to find candidates, and `related` for how strong the link is. Nouns for
        different things keep different roots ("employee" is not "employment").
        """
        lemma = self.lemma(word)
        return self._roots.get(lemma, lemma)

    def related(self, phrase: str) -> tuple[Related, ...]:
        """Phrases that may stand for this one, strongest first; empty if there are none."""
        key = " ".join(phrase.lower().split())
        found = self._cache.get(key)
        if found is None:
            found = self._relations.related(key)
            if not found:
                found = self._relations.related(self.lemma_phrase(key))
            if len(self._cache) < 20_000:  # a long-running server sees any text
                self._cache[key] = found
        return found

    def expand_abbreviation(self, token: str) -> tuple[str, ...]:
        """What an abbreviation may stand for, likeliest first: "inv" is invoice or inventory."""
        token = token.lower().rstrip(".")
        found = self._abbreviations.get(token)
        if found is None and token.endswith("s"):
            found = self._abbreviations.get(token[:-1])
        return found or ()

    def verb(self, word: str) -> Verb | None:
        """What a verb of any form points to ("sold", "signed up"), or None."""
        return self._verbs.get(word.lower()) or self._verbs.get(self.lemma_phrase(word))

    def word_class(self, word: str) -> WordClass | None:
        """Closed class of a word as written, None for content words.

        Only listed forms count: "return" is a request, "returned" and "returns" are content.
        """
        entry = self._words.get(word.lower())
        return entry.word_class if entry else None

    def function_tag(self, word: str) -> str | None:
        """Kind of a function or question word: "article", "preposition", "pronoun", ..."""
        return self._function_tags.get(word.lower())

    def entry(self, phrase: str) -> PhraseEntry | None:
        """Class and payload of a word or phrase of the closed classes."""
        words = tuple(phrase.lower().split())
        return self._words.get(words[0]) if len(words) == 1 else self.phrases.get(words)

    def longest_phrase(self, words: Sequence[str], start: int) -> PhraseMatch | None:
        """The longest closed-class phrase that begins at a token, single words included."""
        for length in range(min(self.longest, len(words) - start), 0, -1):
            part = tuple(word.lower() for word in words[start : start + length])
            entry = self._words.get(part[0]) if length == 1 else self.phrases.get(part)
            if entry is not None:
                return PhraseMatch(start, start + length, entry)
        return None

    def aggregation(self, phrase: str) -> Aggregation | None:
        """The aggregation a phrase asks for ("how many": count), or None."""
        entry = self.entry(phrase)
        return entry.payload if entry and isinstance(entry.payload, Aggregation) else None

    def superlative(self, phrase: str) -> Superlative | None:
        """The extreme a phrase asks for ("cheapest": lowest price), or None."""
        entry = self.entry(phrase)
        return entry.payload if entry and isinstance(entry.payload, Superlative) else None

    def comparative(self, phrase: str) -> Comparative | None:
        """The comparison a phrase asks for ("at least": >=), or None."""
        entry = self.entry(phrase)
        return entry.payload if entry and isinstance(entry.payload, Comparative) else None

    def ordering(self, phrase: str) -> Ordering | None:
        """The order of rows a phrase asks for ("most recent first"), or None."""
        entry = self.entry(phrase)
        return entry.payload if entry and isinstance(entry.payload, Ordering) else None

    def places(self, phrase: str) -> tuple[Place, ...]:
        """Places of a name, alias, demonym or code; countries before states.

        Codes count in capitals only ("IN", "US"), as in lower case they are everyday words.
        """
        if len(phrase) <= 3 and phrase.isupper():
            return self._places.get(phrase, ()) or self._places.get(phrase.lower(), ())
        key = phrase.lower().replace("’", "'")
        found = self._places.get(key, ())
        return found or (self._places.get(key[:-1], ()) if key.endswith("s") else ())

    def place(self, phrase: str) -> Place | None:
        """The likeliest place of that name, or None."""
        found = self.places(phrase)
        return found[0] if found else None

    def currency(self, text: str) -> Currency | None:
        """The currency of a code, symbol or name: "EUR", "€", "euros"."""
        return self._currencies.get(text.lower()) or self._currencies.get(self.lemma_phrase(text))

    def unit(self, text: str) -> Unit | None:
        """The unit of measure of a word or sign: "kg" is a unit of weight."""
        return self._units.get(text.lower()) or self._units.get(self.lemma_phrase(text))

    def information(self, word: str) -> float:
        """How much a word tells, from 0 (the, of) to 1 (names), for accounting of a question."""
        lower = word.lower()
        entry = self._words.get(lower)
        if entry is not None:
            return _CLASS_INFORMATION[entry.word_class]
        if not any(c.isalpha() for c in lower):
            return _NUMBER if any(c.isdigit() for c in lower) else 0.0
        lemma = self.lemma(lower)
        common = self._commonness.get(lower, self._commonness.get(lemma))
        if common is not None:
            return common
        if lemma in self._relations.by_phrase:
            return _BUSINESS_WORD
        if lemma in self._words:  # "saw" and "listed" say more than "see" and "list", but not much
            return _OTHER_FORM
        return 1.0 if self.place(word) else _UNKNOWN_WORD


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The shipped lexicon, read on first use."""
    families = read_groups("derivations.txt", "derivation")
    verbs, roles = tables.read_verbs()
    abbreviations = tables.read_abbreviations()
    words = [*read_groups("synonyms.txt", "synonym"), *families, *verbs]
    short = [
        *read_groups("codes.txt", "code", star=True),
        *tables.abbreviation_groups(abbreviations),
    ]
    irregular, invariant = tables.read_irregular()
    lemmatiser = Lemmatiser(irregular, invariant, tables.read_spelling(), vocabulary(words))
    relations = Relations()
    for group in (*words, *short):
        relations.add(group, lemmatiser.phrase)
    roots = {
        lemmatiser.lemma(word): family.head
        for family in families
        for word, strength, _ in family.members
        if strength >= tables.SAME_ROOT
    }
    classes = closed_classes.read()
    return Lexicon(
        phrases=classes.phrases,
        longest=max(len(key) for key in classes.phrases),
        _words=classes.words,
        _function_tags=classes.function_tags,
        _lemmatiser=lemmatiser,
        _relations=relations,
        _roots=roots,
        _abbreviations=abbreviations,
        _verbs=_verb_table(
            relations, {lemmatiser.phrase(verb): role for verb, role in roles.items()}
        ),
        _places=tables.read_places(),
        _currencies=tables.read_currencies(),
        _units=tables.read_units(),
        _commonness=tables.read_commonness(),
    )


def _verb_table(relations: Relations, roles: Mapping[str, VerbRole]) -> dict[str, Verb]:
    table = {}
    for group in relations.groups:
        if group.kind == "verb_noun":
            nouns = tuple(
                [Related(noun, strength, "verb_noun") for noun, strength, _ in group.members]
            )
            table[group.head] = Verb(group.head, roles[group.head], nouns)
    return table
