"""The embedded planner: plans without a model and without a network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from semantic.catalog import MetricType, SemanticCatalog
from translator.plan import Clarification, Option, Plan, Planned, Question, Refusal
from translator.planning.embedded.assemble import Assembler
from translator.planning.embedded.candidate import Candidate
from translator.planning.embedded.contradiction import contradicts
from translator.planning.embedded.cues import Cues, find_cues
from translator.planning.embedded.draft import Draft
from translator.planning.embedded.features import features
from translator.planning.embedded.followup import carry_over
from translator.planning.embedded.identity import Identities
from translator.planning.embedded.judgement import load_judgement
from translator.planning.embedded.lexicon import Lexicon, load_lexicon
from translator.planning.embedded.mentions import Hint, Matcher, Mention
from translator.planning.embedded.reading import Clues, Reading
from translator.planning.embedded.relational import RelationalPlanner, choose, is_settled
from translator.planning.embedded.search import Search
from translator.planning.embedded.suggest import nearest_questions, reading_label
from translator.planning.embedded.text import Phrasing, tokenise
from translator.planning.embedded.time import Calendar, find_times
from translator.planning.embedded.vague import Offers
from translator.planning.embedded.vocabulary import GENERIC_WORDS, Kind, build_vocabulary
from translator.planning.embedded.weights import WEIGHTS
from translator.planning.embedded.zones import Zone, find_zones, repeated_words
from translator.query import CalculationKind, SemanticQuery
from translator.validate import validate

# The state of things, not a period.
_NOW = frozenset(
    {"now", "right now", "at the moment", "currently", "at present", "to date", "so far"}
)
# Verbs that say little by themselves: "orders that came through the app".
_LIGHT_VERBS = frozenset(
    ["come", "go", "get", "happen", "occur", "take", "give", "see", "need", "want", "look", "bring"]
    + ["put", "exist", "keep", "let", "make", "do", "have", "be", "place", "turn"]
)
# Quantities of superlatives that no metric is called by.
_UNMEASURED = frozenset({"performance", "count", "date"})
_DOUBLE_CLASSES = frozenset({"request", "filler", "instruction"})
_PEOPLE = frozenset(["people", "person", "woman", "man", "anyone", "everyone", "adult", "those"])
_OLDEST = 120
# From here on an unused word is told.
_TELLING_WEIGHT = 0.4
_GENERIC_WEIGHT = 0.15
_JUDGED = 10
_TIE = 0.01
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


@dataclass(frozen=True)
class Judged:
    """A reading with its query and how far it accounts for the question."""

    reading: Reading
    query: SemanticQuery
    draft: Draft
    leftover: tuple[tuple[str, float], ...]
    confidence: float


def twins(judged: list[Judged]) -> list[Judged]:
    """Readings that differ from the first only in whose attribute they take.

    The region of the origin or of the destination: when the question's words speak for both alike,
    a choice between them would be a coin toss.
    """
    best = judged[0]
    words = set(best.reading.explained())
    return [
        other
        for other in judged[1:]
        if other.query.metrics == best.query.metrics
        and abs(other.reading.score - best.reading.score) < _TIE
        and set(other.reading.explained()) == words
        and len(other.query.group_by) == len(best.query.group_by)
        and len(other.query.where) == len(best.query.where)
        and not other.draft.problems
    ]


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
        self.values = values
        self.calendar = calendar or Calendar()
        self.clarify_threshold = clarify_threshold
        self.lexicon: Lexicon = load_lexicon()
        self.identities = Identities(catalog, self.lexicon)
        self.vocabulary = build_vocabulary(catalog, self.lexicon, values)
        self.matcher = Matcher(self.vocabulary, self.lexicon)
        textual = frozenset(key for key, known in values.items() if known)
        self.search = Search(catalog, self.identities, self.lexicon, textual)
        self.assembler = Assembler(catalog, self.identities)
        self.judgement = load_judgement()
        self.offers = Offers(catalog, self.identities)
        self.relational = RelationalPlanner(catalog, self.lexicon, values)

    def plan(self, question: Question) -> Planned:
        """Plan one question. Never raises for what a person may type."""
        clues, mentions = self.read(question)
        if not any(t.is_word for t in clues.phrasing.tokens):
            return self._refuse("The question has no words that could be understood.", clues, ())
        judged = self.judge(clues, mentions)
        if isinstance(question.previous, SemanticQuery):
            carried = carry_over(
                self.catalog,
                question.previous,
                clues,
                mentions,
                judged[0] if judged else None,
                self.calendar,
            )
            if carried is not None:
                return Planned(carried, 0.7, self.name)
        governed = self.decide(clues, mentions, judged)
        if is_settled(governed):
            return governed
        rows = self.relational.plans(clues)
        return choose(self.catalog, governed, rows, self.clarify_threshold)

    def read(self, question: Question) -> tuple[Clues, list[Mention]]:
        """Everything found in the question before choosing."""
        phrasing = tokenise(question.text, self.lexicon)
        found = find_times(phrasing.text, question.as_of, self.calendar)
        times = tuple(t for t in found if t.text.lower().strip() not in _NOW)
        time_tokens = frozenset(
            i for t in found for i in phrasing.indices(t.start_char, t.end_char)
        )
        zones = find_zones(phrasing)
        noise = frozenset(i for i, zone in enumerate(zones) if zone is Zone.NOISE)
        cues = find_cues(phrasing, self.lexicon, time_tokens | noise)
        weights = self._weights(phrasing, time_tokens | noise)
        operators = frozenset(
            i
            for span in (*cues.negations, *cues.never, *cues.excluded, *cues.groups)
            for i in span.indices
            if phrasing.tokens[i].lower != "non"
        )
        hints = self._superlatives(phrasing, cues) | self._comparatives(phrasing, cues)
        superlatives = frozenset(
            i
            for r in cues.ranks
            if r.quantity or (r.limit is not None and phrasing.tokens[r.span.start].lower == "top")
            for i in range(r.span.start, r.span.end)
        )
        sorting = frozenset(i for s, order in cues.orderings if order.direction for i in s.indices)
        taken = time_tokens | operators | noise | superlatives | sorting
        mentions = self.matcher.mentions(phrasing, taken, weights, hints)
        repeated = repeated_words(phrasing, zones)
        return Clues(phrasing, cues, times, time_tokens, weights, zones, repeated), mentions

    @staticmethod
    def _superlatives(phrasing: Phrasing, cues: Cues) -> dict[tuple[int, int], Hint]:
        """What superlatives measure ("best paid": salary), unless the question says by what."""
        return {
            (rank.span.end - 1, rank.span.end): Hint(rank.quantity, Kind.METRIC)
            for rank in cues.ranks
            if rank.quantity
            and rank.quantity not in _UNMEASURED
            and phrasing.tokens[rank.span.end - 1].is_word
            and not any(t.lower == "by" for t in phrasing.tokens[rank.span.end :])
        }

    def _comparatives(self, phrasing: Phrasing, cues: Cues) -> dict[tuple[int, int], Hint]:
        """What comparisons are about: "older than 40", and "over 75" said of people, is an age."""
        found: dict[tuple[int, int], Hint] = {}
        tokens = phrasing.tokens
        for cue in cues.comparisons:
            spot = (cue.span.start, cue.span.start + 1)
            if cue.quantity:
                found[spot] = Hint(cue.quantity, Kind.DIMENSION)
                continue
            before = tokens[cue.span.start - 1].lemma if cue.span.start else ""
            behind = tokens[cue.span.end :][:1]
            bare = not behind or not behind[0].is_word or self.lexicon.word_class(behind[0].lower)
            people = before in _PEOPLE or any(
                r.phrase == "person" for r in self.lexicon.related(before)
            )
            if people and bare and 0 < cue.values[0] < _OLDEST:
                found[spot] = Hint("age", Kind.DIMENSION)
        return found

    def candidates(self, clues: Clues, mentions: list[Mention]) -> list[Candidate]:
        """Queries that can be run, one a reading, by how much of the question they explain."""
        found: dict[SemanticQuery, Candidate] = {}
        for reading in self.search.readings(clues, mentions):
            query, draft = self.assembler.assemble(clues, reading)
            if query in found or validate(query, self.catalog):
                continue
            if contradicts(query, self.catalog):
                continue
            leftover = self._leftover(clues, reading, draft)
            found[query] = Candidate(reading, query, draft, leftover)
        ranked = sorted(
            found.values(),
            key=lambda c: 0.6 * sum(weight for _, weight in c.leftover) - c.reading.score,
        )
        return ranked[:_JUDGED]

    def judge(self, clues: Clues, mentions: list[Mention]) -> list[Judged]:
        """Candidates by how likely they are right, likeliest first."""
        candidates = self.candidates(clues, mentions)
        if not candidates:
            return []
        found = self.features(clues, mentions, candidates)
        order = self.judgement.order(found)
        ranked = [found[i] for i in order]
        sure = self.judgement.confidence(ranked)
        return [
            Judged(
                candidates[i].reading,
                candidates[i].query,
                candidates[i].draft,
                candidates[i].leftover,
                sure if position == 0 else self.judgement.ranking.probability(found[i]),
            )
            for position, i in enumerate(order)
        ]

    def features(
        self, clues: Clues, mentions: list[Mention], candidates: list[Candidate]
    ) -> list[dict[str, float]]:
        """What is known about each candidate, as the judgement weighs it."""
        score = max((c.reading.score for c in candidates), default=0.0)
        return [
            features(
                self.catalog,
                self.lexicon,
                clues,
                mentions,
                c,
                score,
                self.search.reachable(c.reading.metrics, c.reading.list_of),
            )
            for c in candidates
        ]

    def unused(self, clues: Clues, reading: Reading, used: frozenset[int]) -> tuple[str, ...]:
        """Words that carry meaning and are neither in `reading` nor among the tokens `used`."""
        left = self._leftover(clues, reading, Draft(used=set(used)))
        return tuple(word for word, weight in left if weight >= _TELLING_WEIGHT)

    def decide(self, clues: Clues, mentions: list[Mention], judged: list[Judged]) -> Planned:
        """Answer, ask back, or refuse."""
        if not judged:
            offer = self.offers.offer(clues, mentions)
            if offer is not None:
                return Planned(offer, 0.0, self.name)
            return self._refuse("Nothing in this project matches the question.", clues, ())
        best = judged[0]
        words = tuple(w for w, weight in best.leftover if weight >= _TELLING_WEIGHT)
        if best.confidence >= self.clarify_threshold and not best.draft.problems:
            rivals = twins(judged) or self._other_accumulations(clues, judged)
            if rivals:
                return self._clarify([best, *rivals])
            return Planned(best.query, best.confidence, self.name, words, tuple(best.draft.notes))
        unknown = [w for w, weight in best.leftover if weight >= WEIGHTS.refuse_leftover]
        offer = self.offers.offer(clues, mentions)
        if offer is not None:
            return Planned(offer, best.confidence, self.name, words)
        if unknown:
            named = ", ".join(f"'{w}'" for w in unknown)
            return self._refuse(f"Nothing in this project matches {named}.", clues, words)
        if best.draft.problems:
            return self._refuse(
                f"This cannot be computed safely: {best.draft.problems[0]}.", clues, words
            )
        return self._clarify(judged)

    def _other_accumulations(self, clues: Clues, judged: list[Judged]) -> list[Judged]:
        """A running total within the period, beside a metric that accumulates since the beginning.

        "Cumulative revenue in 2024 by month" can mean either, and the figures differ by everything
        before 2024.
        """
        query = judged[0].query
        metrics = [self.catalog.metrics[name] for name in query.metrics]
        endless = any(
            m.type is MetricType.CUMULATIVE and not m.window and not m.grain_to_date
            for m in metrics
        )
        if not clues.cues.running or not endless or query.time_range is None:
            return []
        return [
            other
            for other in judged[1:]
            if any(c.kind is CalculationKind.RUNNING_TOTAL for c in other.query.calculations)
        ][:1]

    def _clarify(self, judged: list[Judged]) -> Planned:
        options: dict[str, Option] = {}
        for item in judged:
            if not item.draft.problems:
                label = reading_label(self.catalog, item.query)
                options.setdefault(label, Option(label, item.query))
        chosen = tuple(options.values())[:4]
        message = (
            "The question can be read in more than one way. Which do you mean?"
            if len(chosen) > 1
            else "I am not sure that I understood the question. Do you mean this?"
        )
        best = judged[0]
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
            if token.lemma in _LIGHT_VERBS:
                weight *= 0.25
            if token.lemma in described:
                weight *= 1 - WEIGHTS.described
            if token.lemma in related_words or self.lexicon.root(token.lemma) in related_words:
                weight *= 0.25
            verb = self.lexicon.verb(token.lower)
            if verb is not None:
                weight *= 0.3 if any(n.phrase in related_words for n in verb.nouns) else 0.6
            if narrows:
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
