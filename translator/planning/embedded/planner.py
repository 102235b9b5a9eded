"""The embedded planner: plans without a model and without a network."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from semantic.catalog import SemanticCatalog
from translator.plan import Clarification, Option, Plan, Planned, Question, Refusal
from translator.planning.embedded.assemble import Assembler, Draft
from translator.planning.embedded.cues import find_cues
from translator.planning.embedded.followup import carry_over
from translator.planning.embedded.identity import Identities
from translator.planning.embedded.lexicon import Lexicon, load_lexicon
from translator.planning.embedded.mentions import Matcher, Mention
from translator.planning.embedded.reading import Clues, Reading, Role
from translator.planning.embedded.search import Search
from translator.planning.embedded.suggest import nearest_questions, reading_label
from translator.planning.embedded.text import Phrasing, tokenise
from translator.planning.embedded.time import Calendar, find_times
from translator.planning.embedded.vocabulary import GENERIC_WORDS, build_vocabulary
from translator.planning.embedded.weights import WEIGHTS
from translator.query import SemanticQuery

# The state of things, not a period.
_NOW = frozenset(
    {"now", "right now", "at the moment", "currently", "at present", "to date", "so far"}
)
# Verbs that say little by themselves: "orders that came through the app".
_LIGHT_VERBS = frozenset(
    ["come", "go", "get", "happen", "occur", "take", "give", "see", "need", "want", "look", "bring"]
    + ["put", "exist", "keep", "let", "make", "do", "have", "be", "place", "turn"]
)
_DOUBLE_CLASSES = frozenset({"request", "filler", "instruction"})
_GENERIC_WEIGHT = 0.15
_RIVAL_CONFIDENCE = 0.25
_TELLING_TAGS = frozenset({"time"})
_FREE_CLASSES = frozenset({"function", "filler", "request", "question", "instruction"})


@dataclass(frozen=True)
class Judged:
    """A reading with its query and how far it accounts for the question."""

    reading: Reading
    query: SemanticQuery
    draft: Draft
    leftover: tuple[tuple[str, float], ...]
    confidence: float


class EmbeddedPlanner:
    """Plans over one catalog. Safe to use from several threads."""

    name = "embedded"

    def __init__(
        self,
        catalog: SemanticCatalog,
        values: Mapping[str, Iterable[str]],
        calendar: Calendar | None = None,
        clarify_threshold: float = WEIGHTS.answer_confidence,
    ) -> None:
        """Index the catalog's words.

        Args:
            catalog: what can be asked.
            values: indexed values of text dimensions, by `semantic_model.dimension`.
            calendar: first day of the week and start of the fiscal year.
            clarify_threshold: confidence (0..1) below which it asks back.
        """
        self.catalog = catalog
        self.calendar = calendar or Calendar()
        self.clarify_threshold = clarify_threshold
        self.lexicon: Lexicon = load_lexicon()
        self.identities = Identities(catalog, self.lexicon)
        self.vocabulary = build_vocabulary(catalog, self.lexicon, values)
        self.matcher = Matcher(self.vocabulary, self.lexicon)
        textual = frozenset(key for key, known in values.items() if known)
        self.search = Search(catalog, self.identities, textual)
        self.assembler = Assembler(catalog, self.identities)

    def plan(self, question: Question) -> Planned:
        """Plan one question. Never raises for what a person may type."""
        clues, mentions = self.read(question)
        if not any(t.is_word for t in clues.phrasing.tokens):
            return self._refuse("The question has no words that could be understood.", clues, ())
        judged = self.judge(clues, mentions)
        if isinstance(question.previous, SemanticQuery):
            carried = carry_over(
                self.catalog, question.previous, clues, mentions, judged[0] if judged else None
            )
            if carried is not None:
                return Planned(carried, 0.7, self.name)
        return self.decide(clues, judged)

    def read(self, question: Question) -> tuple[Clues, list[Mention]]:
        """Everything found in the question before choosing."""
        phrasing = tokenise(question.text, self.lexicon)
        found = find_times(phrasing.text, question.as_of, self.calendar)
        times = tuple(t for t in found if t.text.lower().strip() not in _NOW)
        time_tokens = frozenset(
            i for t in found for i in phrasing.indices(t.start_char, t.end_char)
        )
        cues = find_cues(phrasing, self.lexicon, time_tokens)
        weights = self._weights(phrasing, time_tokens)
        operators = frozenset(
            i
            for span in (*cues.negations, *cues.never, *cues.groups)
            for i in span.indices
            if phrasing.tokens[i].lower != "non"
        )
        mentions = self.matcher.mentions(phrasing, time_tokens | operators, weights)
        return Clues(phrasing, cues, times, time_tokens, weights), mentions

    def judge(self, clues: Clues, mentions: list[Mention]) -> list[Judged]:
        """All readings with their queries, best first."""
        judged = []
        for reading in self.search.readings(clues, mentions):
            query, draft = self.assembler.assemble(clues, reading)
            if not query.metrics and not query.group_by:
                continue
            leftover = self._leftover(clues, reading, draft)
            judged.append(Judged(reading, query, draft, leftover, 0.0))
        judged.sort(key=lambda j: -self._merit(clues, j))
        margin = self._margin(judged)
        return [
            Judged(
                j.reading,
                j.query,
                j.draft,
                j.leftover,
                self._confidence(clues, j, margin if i == 0 else 0.0),
            )
            for i, j in enumerate(judged)
        ]

    def decide(self, clues: Clues, judged: list[Judged]) -> Planned:
        """Answer, ask back, or refuse."""
        if not judged:
            return self._refuse("Nothing in this project matches the question.", clues, ())
        best = judged[0]
        words = tuple(w for w, weight in best.leftover if weight >= 0.4)
        worst = max((weight for _, weight in best.leftover), default=0.0)
        if best.confidence >= self.clarify_threshold and not best.draft.problems:
            rival = self._rival(judged)
            if rival is None:
                return Planned(
                    best.query, best.confidence, self.name, words, tuple(best.draft.notes)
                )
            return self._clarify(judged, rival, best)
        if worst >= WEIGHTS.refuse_leftover:
            unknown = ", ".join(
                f"'{w}'" for w, weight in best.leftover if weight >= WEIGHTS.refuse_leftover
            )
            return self._refuse(f"Nothing in this project matches {unknown}.", clues, words)
        if best.draft.problems:
            return self._refuse(
                f"This cannot be computed safely: {best.draft.problems[0]}.", clues, words
            )
        return self._clarify(
            judged, self._rival(judged) or (judged[1] if len(judged) > 1 else best), best
        )

    def _clarify(self, judged: list[Judged], rival: Judged, best: Judged) -> Planned:
        options: dict[str, Option] = {}
        for item in (best, rival, *judged):
            if item.reading.score >= best.reading.score - 0.5 and not item.draft.problems:
                label = reading_label(self.catalog, item.query)
                options.setdefault(label, Option(label, item.query))
        chosen = tuple(options.values())[:4]
        message = (
            "The question can be read in more than one way. Which do you mean?"
            if len(chosen) > 1
            else "I am not sure that I understood the question. Do you mean this?"
        )
        return Planned(
            Clarification(message, chosen),
            best.confidence,
            self.name,
            tuple(w for w, _ in best.leftover),
            tuple(best.draft.notes),
        )

    def _refuse(self, reason: str, clues: Clues, words: tuple[str, ...]) -> Planned:
        suggestions = nearest_questions(self.catalog, self.matcher, clues)
        plan: Plan = Refusal(reason, suggestions)
        return Planned(plan, 0.0, self.name, words)

    def _rival(self, judged: list[Judged]) -> Judged | None:
        """Another reading that explains the same words about as well with other metrics."""
        best = judged[0]
        explained = {
            i
            for i, _ in ((i, s) for u in best.reading.of(Role.METRIC) for i, s in u.mention.tokens)
        }
        for other in judged[1:]:
            if (
                best.reading.score - other.reading.score > WEIGHTS.clarify_margin
                or other.draft.problems
            ):
                continue
            if other.confidence < best.confidence - _RIVAL_CONFIDENCE:
                continue
            if set(other.query.metrics) == set(best.query.metrics) or not other.query.metrics:
                continue
            words = {i for u in other.reading.of(Role.METRIC) for i, _ in u.mention.tokens}
            if words == explained:
                return other
        return None

    def _merit(self, clues: Clues, judged: Judged) -> float:
        """What readings are ordered by: what they explain, and how plausible the whole is."""
        lost = sum(weight for _, weight in judged.leftover)
        return judged.reading.score - 0.6 * lost + 0.8 * self._confidence(clues, judged, 0.0)

    @staticmethod
    def _margin(judged: list[Judged]) -> float:
        if len(judged) < 2:
            return 1.0
        return min(1.0, judged[0].reading.score - judged[1].reading.score)

    def _confidence(self, clues: Clues, judged: Judged, margin: float) -> float:
        left = [w for _, w in judged.leftover]
        metric_uses = judged.reading.of(Role.METRIC)
        coverage = min((u.mention.coverage for u in metric_uses), default=0.8)
        strengths = [s for u in judged.reading.uses for _, s in u.mention.tokens]
        weakest = min(strengths, default=0.5)
        z = (
            WEIGHTS.confidence_base
            - 3.8 * max(left, default=0.0)
            - 1.2 * (sum(left) - max(left, default=0.0))
            - 3.5 * (1 - coverage)
            + 1.5 * max(0.0, min(margin, 0.6))
            - 1.2 * (1 - weakest)
            - 2.5 * len(judged.draft.problems)
        )
        return 1 / (1 + math.exp(-z))

    def _weights(self, phrasing: Phrasing, time_tokens: frozenset[int]) -> tuple[float, ...]:
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

    def _leftover(
        self, clues: Clues, reading: Reading, draft: Draft
    ) -> tuple[tuple[str, float], ...]:
        """Words that carry meaning and found no place, with what of them is unexplained."""
        described: set[str] = set()
        for use in reading.uses:
            described |= self.vocabulary.description_terms.get(use.mention.element, frozenset())
        related_words = self._spoken_of(reading)
        cues = clues.cues
        neutral = {i for a in cues.aggregations for i in a.span.indices}
        neutral |= {i for s in cues.groups for i in s.indices} | (
            set(cues.listing.indices) if cues.listing else set()
        )
        left = []
        said = {clues.phrasing.tokens[i].lemma for i in draft.used if clues.weights[i] > 0.3}
        for token in clues.phrasing.tokens:
            weight = clues.weights[token.index]
            if weight < 0.2 or token.index in draft.used or token.index in clues.time_tokens:
                continue
            if self.lexicon.word_class(token.lower) in _FREE_CLASSES or token.index in neutral:
                continue
            if token.lemma in said:
                continue  # said again, as in "top 3 by margin? Return the name and margin."
            if token.lemma in GENERIC_WORDS:
                weight = min(weight, _GENERIC_WEIGHT)
            if token.lemma in _LIGHT_VERBS:
                weight *= 0.25
            if token.lemma in described:
                weight *= 1 - WEIGHTS.described
            if token.lemma in related_words or self.lexicon.root(token.lemma) in related_words:
                weight *= 0.25
            verb = self.lexicon.verb(token.lower)
            if verb is not None:
                weight *= 0.3 if any(n.phrase in related_words for n in verb.nouns) else 0.6
            left.append((token.text, round(weight, 3)))
        return (*left, *self._unused_cues(clues, draft))

    @staticmethod
    def _unused_cues(clues: Clues, draft: Draft) -> Iterator[tuple[str, float]]:
        """Words that change the result and changed nothing: a "not" must never be lost."""
        cues = clues.cues
        spans = [(s, 0.75) for s in (*cues.negations, *cues.never)]
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
