"""Candidate mentions: which words of a question may refer to which element of the catalog.

All alternatives are kept: choosing happens later, jointly, because the best mention by itself is
often not the one that fits the rest of the question.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from translator.planning.embedded.alignment import align
from translator.planning.embedded.lexicon import Lexicon
from translator.planning.embedded.skeleton import is_skeleton
from translator.planning.embedded.text import Phrasing, Token
from translator.planning.embedded.vocabulary import (
    AGGREGATION_WORDS,
    GENERIC_WORDS,
    LIGHT_VERBS,
    Element,
    Kind,
    Name,
    Vocabulary,
)
from translator.planning.embedded.weights import WEIGHTS

_HINT = 0.85
# `Lexicon.information` of words that it has never seen; all others are words, not misspellings.
_UNKNOWN = 0.9


@dataclass(frozen=True)
class Hint:
    """What words speak of without saying it: "best paid" of a salary, "over 75" of an age."""

    word: str
    kind: Kind


@dataclass(frozen=True)
class Mention:
    """Words that may refer to an element.

    `tokens` maps a token's index to the strength (0..1) with which the name explains it; `coverage`
    (0..1) is the part of the name, by weight, that the question says.
    """

    element: Element
    name: Name
    tokens: tuple[tuple[int, float], ...]
    coverage: float

    @property
    def indices(self) -> frozenset[int]:
        """Indices of its tokens."""
        return frozenset(i for i, _ in self.tokens)

    @property
    def start(self) -> int:
        """Index of its first token."""
        return min(i for i, _ in self.tokens)

    @property
    def end(self) -> int:
        """Index after its last token."""
        return max(i for i, _ in self.tokens) + 1


class Matcher:
    """Finds mentions of one vocabulary. Stateless between questions apart from caches."""

    def __init__(self, vocabulary: Vocabulary, lexicon: Lexicon) -> None:
        """Index the terms of `vocabulary` for exact, related and misspelt words."""
        self.vocabulary = vocabulary
        self.lexicon = lexicon
        self._by_root: dict[str, list[str]] = defaultdict(list)
        self._by_length: dict[int, list[str]] = defaultdict(list)
        self._by_expansion: dict[str, list[str]] = defaultdict(list)
        for term in vocabulary.by_term:
            self._by_root[lexicon.root(term)].append(term)
            self._by_length[len(term)].append(term)
            for written_out in lexicon.expand_abbreviation(term):
                self._by_expansion[lexicon.lemma(written_out)].append(term)
        self._abbreviations: dict[str, list[str]] = defaultdict(list)
        for term in vocabulary.by_term:
            if 2 <= len(term) <= 6 and term.isalpha() and self._is_no_word(term):
                self._abbreviations[term[0]].append(term)
        self._hits: dict[str, dict[str, float]] = {}

    def _is_no_word(self, term: str) -> bool:
        """Whether a term of an identifier is neither a word nor a value."""
        names = (self.vocabulary.names[p] for p in self.vocabulary.by_term[term])
        short = bool(self.lexicon.expand_abbreviation(term))
        return (short or self.lexicon.information(term) >= _UNKNOWN) and any(
            n.element.kind is not Kind.VALUE and n.source in {"name", "label"} for n in names
        )

    def mentions(
        self,
        phrasing: Phrasing,
        taken: frozenset[int],
        weights: tuple[float, ...],
        hints: Mapping[tuple[int, int], Hint] | None = None,
    ) -> list[Mention]:
        """Every mention in the question.

        Args:
            phrasing: the question.
            taken: tokens that other readings have.
            weights: information of each token.
            hints: what a stretch of words speaks of without saying it ("best paid": salary).
        """
        hits = self._question_hits(phrasing, taken, weights)
        hints = hints or {}
        hits += self._hinted(hints)
        hinted = {i: h.kind for (start, end), h in hints.items() for i in range(start, end)}
        positions: dict[int, list[tuple[int, int, float]]] = defaultdict(list)
        for index, end, terms in hits:
            for term, strength in terms.items():
                for name_position in self.vocabulary.by_term.get(term, ()):
                    positions[name_position].append((index, end, strength))
        found: dict[tuple[Element, frozenset[int]], Mention] = {}
        by_span = {(i, e): t for i, e, t in hits}
        for name_position, spots in positions.items():
            name = self.vocabulary.names[name_position]
            ordered = sorted(set(spots))
            for mention in self._laid(name, ordered, by_span, phrasing):
                wanted = {hinted[i] for i in mention.indices if i in hinted}
                if wanted and wanted != {mention.element.kind}:
                    continue
                key = (mention.element, mention.indices)
                known = found.get(key)
                if known is None or _quality(mention) > _quality(known):
                    found[key] = mention
        return list(found.values())

    def _hinted(
        self, hints: Mapping[tuple[int, int], Hint]
    ) -> list[tuple[int, int, dict[str, float]]]:
        hits = []
        for (start, end), hint in hints.items():
            word = hint.word
            terms = {
                self.lexicon.lemma(r.phrase): r.strength * _HINT
                for r in self.lexicon.related(word)
                if " " not in r.phrase
            }
            terms[self.lexicon.lemma(word)] = _HINT
            terms = {t: s for t, s in terms.items() if t in self.vocabulary.by_term}
            if terms:
                hits.append((start, end, terms))
        return hits

    def _question_hits(
        self, phrasing: Phrasing, taken: frozenset[int], weights: tuple[float, ...]
    ) -> list[tuple[int, int, dict[str, float]]]:
        """For each token and short phrase: the catalog's terms that it may stand for."""
        tokens = phrasing.tokens
        hits: list[tuple[int, int, dict[str, float]]] = []
        for token in tokens:
            if token.index in taken or not token.text[0].isalnum():
                continue
            if weights[token.index] <= 0.05:
                continue  # "is" is not the account manager, even where "am" is a column
            terms = self._token_hits(token)
            if terms:
                hits.append((token.index, token.index + 1, terms))
        for size in (2, 3):
            for start in range(len(tokens) - size + 1):
                span = tokens[start : start + size]
                if any(t.index in taken or not t.is_word for t in span):
                    continue
                phrase = " ".join(t.lemma for t in span)
                terms = {
                    self.lexicon.lemma(r.phrase): r.strength * WEIGHTS.related
                    for r in self.lexicon.related(phrase)
                    if " " not in r.phrase
                }
                start_of = "".join(t.lower for t in span[:-1])
                for joined in (start_of + span[-1].lower, start_of + span[-1].lemma):
                    if joined in self.vocabulary.by_term:
                        terms[joined] = 1.0
                terms = {t: s for t, s in terms.items() if t in self.vocabulary.by_term}
                if terms:
                    hits.append((start, start + size, terms))
        return hits

    def _token_hits(self, token: Token) -> dict[str, float]:
        known = self._hits.get(token.lower)
        if known is not None:
            return known
        terms: dict[str, float] = {}

        def add(term: str, strength: float) -> None:
            if term in self.vocabulary.by_term and strength > terms.get(term, 0.0):
                terms[term] = strength

        add(token.lemma, 1.0)
        add(token.lower, 1.0)
        if token.is_word and self.lexicon.word_class(token.lower) not in {
            "function",
            "request",
            "filler",
        }:
            for term in self._by_root.get(self.lexicon.root(token.lemma), ()):
                add(term, WEIGHTS.same_root)
            for word in {token.lemma, token.lower}:
                for related in self.lexicon.related(word):
                    if " " not in related.phrase:
                        add(self.lexicon.lemma(related.phrase), related.strength * WEIGHTS.related)
                for expanded in self.lexicon.expand_abbreviation(word):
                    add(self.lexicon.lemma(expanded), WEIGHTS.abbreviation)
            for term in self._by_expansion.get(token.lemma, ()):
                add(term, WEIGHTS.abbreviation)
            if len(token.lower) >= 4:
                self._shortened(token, add)
            if not terms and len(token.lower) >= 4:
                self._fuzzy(token, add)
        if len(self._hits) < 20_000:
            self._hits[token.lower] = terms
        return terms

    def _shortened(self, token: Token, add: Callable[[str, float], None]) -> None:
        """Abbreviations that no list knows: "acft" is short for the question's "aircraft"."""
        for term in self._abbreviations.get(token.lemma[0], ()):
            if is_skeleton(term, token.lemma):
                add(term, WEIGHTS.skeleton)

    def _fuzzy(self, token: Token, add: Callable[[str, float], None]) -> None:
        """Misspellings: only of words that are not words, and never of the first letter."""
        if self.lexicon.information(token.lower) < _UNKNOWN:
            return
        allowed = 1 if len(token.lower) < 7 else 2
        for length in range(len(token.lemma) - allowed, len(token.lower) + allowed + 1):
            for term in self._by_length.get(length, ()):
                if term[0] == token.lower[0] and not term.isdigit():
                    distance = min(OSA.distance(token.lower, term), OSA.distance(token.lemma, term))
                    if distance <= allowed and len(term) >= 4:
                        add(term, 0.95 - 0.1 * distance)

    def _laid(
        self,
        name: Name,
        spots: list[tuple[int, int, float]],
        by_span: Mapping[tuple[int, int], Mapping[str, float]],
        phrasing: Phrasing,
    ) -> Iterator[Mention]:
        for strict in (True, False) if len(name.terms) > 1 else (True,):
            for used, coverage in align(
                name, spots, by_span, phrasing.tokens, self.vocabulary, strict
            ):
                mention = self._accept(name, used, coverage, phrasing)
                if mention is not None:
                    yield mention

    def _accept(
        self, name: Name, used: dict[int, float], coverage: float, phrasing: Phrasing
    ) -> Mention | None:
        kind = name.element.kind
        if all(phrasing.tokens[i].lemma in AGGREGATION_WORDS for i in used) and coverage < 0.95:
            return None
        if all(self._is_light(phrasing.tokens[i]) for i in used) and coverage < 0.95:
            return None  # "took place" is no take rate
        if kind is Kind.VALUE and coverage < (0.8 if len(name.terms) < 3 else 0.6):
            if not self._tells(name, used, phrasing):
                return None
            coverage = WEIGHTS.part_of_value
        least = {Kind.METRIC: 0.25, Kind.DIMENSION: 0.4, Kind.ENTITY: 0.4}
        if coverage < least.get(kind, 0.6):
            return None
        tokens = dict(used)
        if name.context:
            for index in self._owner_spots(phrasing, min(used), max(used)):
                hits = self._token_hits(phrasing.tokens[index])
                strength = max((hits.get(c, 0.0) for c in name.context), default=0.0)
                if strength >= 0.7 and index not in tokens:
                    tokens[index] = strength
        owner_said = len(tokens) > len(used)
        if name.context and not owner_said and GENERIC_WORDS.issuperset(name.terms):
            coverage *= 0.5  # "name" alone could be the name of anything
        return Mention(name.element, name, tuple(sorted(tokens.items())), coverage)

    def _is_light(self, token: Token) -> bool:
        """Whether a word is a form of a verb that says nothing by itself."""
        return token.lemma in LIGHT_VERBS and token.lower != token.lemma

    def _tells(self, name: Name, used: dict[int, float], phrasing: Phrasing) -> bool:
        """Whether a part of a value's name is enough: "Heathrow" for "London Heathrow".

        Only a proper name, and only where no other value of the same dimension has the word.
        """
        for index in used:
            token = phrasing.tokens[index]
            quoted = any(start <= token.start < end for start, end in phrasing.quoted)
            proper = index > 0 and token.text[:1].isupper()
            if len(token.lemma) < 4 or not (proper or quoted):
                continue
            if self.lexicon.word_class(token.lower) is not None or self.lexicon.places(token.text):
                continue
            names = (self.vocabulary.names[p] for p in self.vocabulary.by_term.get(token.lemma, ()))
            sharing = {n.element for n in names if n.element.key == name.element.key}
            if sharing == {name.element}:
                return True
        return False

    @staticmethod
    def _owner_spots(phrasing: Phrasing, first: int, last: int) -> list[int]:
        """Where an attribute's owner may be named: "customer state", "state of the customer"."""
        spots = [first - 1] if first else []
        tail = [t.lower for t in phrasing.tokens[last + 1 : last + 3]]
        if tail[:1] == ["of"]:
            behind = (
                last + 2 if tail[1:] and tail[1] not in {"the", "a", "each", "our"} else last + 3
            )
            if behind < len(phrasing.tokens):
                spots.append(behind)
        return spots


def _quality(mention: Mention) -> float:
    return mention.coverage * mention.name.strength
