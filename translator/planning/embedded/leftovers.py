"""How much each word of a question tells, and which words of it found no place in a query."""

from __future__ import annotations

from collections.abc import Iterator

from semantic.catalog import SemanticCatalog
from translator.planning.embedded.draft import Draft
from translator.planning.embedded.lexicon import Lexicon
from translator.planning.embedded.reading import Clues, Reading
from translator.planning.embedded.text import Phrasing, tokenise
from translator.planning.embedded.vocabulary import GENERIC_WORDS, LIGHT_VERBS, Vocabulary
from translator.planning.embedded.weights import WEIGHTS

_ANYONE = frozenset(["people", "person", "folk", "guy", "everybody", "everyone", "somebody"])
_DOUBLE_CLASSES = frozenset({"request", "filler", "instruction"})
_GENERIC_WEIGHT = 0.15
_NARROWING = 0.65
# Stand before nouns and narrow nothing down.
_PLAIN = frozenset(
    ["actual", "average", "complete", "current", "different", "distinct", "entire", "exact"]
    + ["individual", "main", "median", "net", "overall", "possible", "separate", "single", "total"]
    + ["unique", "various", "whole", "respective", "corresponding", "business", "company"]
    + ["following", "given", "including", "listed", "remaining", "selected", "shown", "using"]
)
_TELLING_TAGS = frozenset({"time"})
_FREE_CLASSES = frozenset({"function", "filler", "request", "question", "instruction"})


class Leftovers:
    """Accounts for the words of questions to one catalog."""

    def __init__(self, catalog: SemanticCatalog, lexicon: Lexicon, vocabulary: Vocabulary) -> None:
        """Keep what is needed to tell which words mean something here."""
        self.catalog = catalog
        self.lexicon = lexicon
        self.vocabulary = vocabulary

    def information(self, phrasing: Phrasing, time_tokens: frozenset[int]) -> tuple[float, ...]:
        """How much each token tells (0..1); nothing for times and marks."""
        weights = []
        for token in phrasing.tokens:
            if token.index in time_tokens or not any(c.isalnum() for c in token.text):
                weights.append(0.0)
                continue
            weight = self.lexicon.information(token.lower)
            known = token.lemma in self.vocabulary.by_term or token.lower in self.vocabulary.by_term
            if known and self.lexicon.word_class(token.lower) not in _FREE_CLASSES:
                weight = max(weight, 0.55)
            elif (
                known
                and token.index > 1
                and self.lexicon.word_class(token.lower) in _DOUBLE_CLASSES
            ):
                weight = 0.45  # "make" asks for something, or is what a car has
            elif known and self.lexicon.function_tag(token.lower) in _TELLING_TAGS:
                weight = 0.4  # "new" means nothing, unless there is a metric "New customers"
            weights.append(weight)
        return tuple(weights)

    def leftover(
        self, clues: Clues, reading: Reading, draft: Draft
    ) -> tuple[tuple[str, float], ...]:
        """Words that carry meaning and found no place, with what of them is unexplained."""
        described: set[str] = set()
        for use in reading.uses:
            described |= self.vocabulary.description_terms.get(use.mention.element, frozenset())
        related_words = self._spoken_of(reading)
        cues = clues.cues
        neutral = {i for a in cues.aggregations for i in a.span.indices}
        counted = {
            i for a in cues.aggregations if a.kind.startswith("count") for i in a.span.indices
        }
        neutral |= {i for s in cues.groups for i in s.indices} | (
            set(cues.listing.indices) if cues.listing else set()
        )
        left = []
        said = {clues.phrasing.tokens[i].lemma for i in draft.used if clues.weights[i] > 0.3}
        for token in clues.phrasing.tokens:
            weight = clues.weights[token.index]
            if weight < 0.2 or token.index in draft.used or token.index in clues.time_tokens:
                continue
            narrows = self._narrows(clues, token.index, draft)
            # "Return the names" asks for something; "returning customers" are some of them.
            said_of = narrows and token.index > 1 and token.lower.endswith(("ing", "ed"))
            free = self.lexicon.word_class(token.lower) in _FREE_CLASSES and not said_of
            if free or token.index in neutral:
                continue
            if token.lemma in said:
                continue  # said again, as in "top 3 by margin? Return the name and margin."
            if token.lemma in GENERIC_WORDS:
                weight = min(weight, _GENERIC_WEIGHT)
            if token.lemma in LIGHT_VERBS:
                weight *= 0.25
            if token.lemma in _ANYONE and token.index - 1 not in counted:
                weight *= 0.25  # "for people who …"; but "how many people" counts them
            if token.lemma in described:
                weight *= 1 - WEIGHTS.described
            if token.lemma in related_words or self.lexicon.root(token.lemma) in related_words:
                weight *= 0.25
            verb = self.lexicon.verb(token.lower)
            if verb is not None:
                weight *= 0.3 if any(n.phrase in related_words for n in verb.nouns) else 0.6
            if narrows and token.lemma not in _ANYONE:
                weight = max(weight, _NARROWING)
            left.append((token.text, round(weight, 3)))
        return (*left, *self._unused_cues(clues, draft))

    def _narrows(self, clues: Clues, index: int, draft: Draft) -> bool:
        """Whether an unused word stands right before a noun: "loyal customers" are not all."""
        tokens = clues.phrasing.tokens
        if index + 1 >= len(tokens) or index + 1 not in draft.used:
            return False
        token, noun = tokens[index], tokens[index + 1]
        return (
            token.is_word
            and noun.is_word
            and clues.weights[index] >= 0.3
            and clues.weights[index + 1] >= 0.5
            and token.lower not in _PLAIN
            and token.lemma not in GENERIC_WORDS
            and index + 1 not in clues.time_tokens
        )

    @staticmethod
    def _unused_cues(clues: Clues, draft: Draft) -> Iterator[tuple[str, float]]:
        """Words that change the result and changed nothing: a "not" must never be lost."""
        cues = clues.cues
        spans = [(s, 0.75) for s in (*cues.negations, *cues.never, *cues.excluded)]
        spans += [(c.span, 0.75) for c in cues.comparisons]
        spans += [(r.span, 0.65) for r in cues.ranks]
        spans += [(s, 0.6) for s in (*cues.share, *cues.running, *cues.change)]
        seen: set[int] = set()
        for span, weight in spans:
            free = span.indices - draft.used - clues.time_tokens - seen
            if free == span.indices:
                seen |= free
                yield clues.phrasing.words(span.indices), weight

    def _spoken_of(self, reading: Reading) -> frozenset[str]:
        """Lemmas of the entities and semantic models behind the reading."""
        models = {m for name in reading.metrics for m in self.catalog.metrics[name].semantic_models}
        if reading.list_of:
            models.add(reading.list_of)
        found: set[str] = set()
        for name in models:
            model = self.catalog.semantic_models.get(name)
            if model is not None:
                for text in (
                    model.name.replace("_", " "),
                    model.label or "",
                    model.primary_entity or "",
                ):
                    for token in tokenise(text.replace("_", " "), self.lexicon).tokens:
                        found.update({token.lemma, *self.lexicon.expand_abbreviation(token.lower)})
        return frozenset(found)
