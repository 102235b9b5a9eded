"""The embedded planner: plans without a model and without a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from semantic.catalog import SemanticCatalog
from translator.plan import Planned, Question
from translator.planning.embedded.assemble import Assembler
from translator.planning.embedded.candidate import Candidate, Judged
from translator.planning.embedded.contradiction import contradicts
from translator.planning.embedded.cues import Cues, find_cues
from translator.planning.embedded.decision import Decision
from translator.planning.embedded.draft import Draft
from translator.planning.embedded.features import features
from translator.planning.embedded.followup import carry_over
from translator.planning.embedded.identity import Identities
from translator.planning.embedded.judgement import load_judgement
from translator.planning.embedded.leftovers import Leftovers
from translator.planning.embedded.lexicon import Lexicon, load_lexicon
from translator.planning.embedded.lost import lost
from translator.planning.embedded.mentions import Hint, Matcher, Mention
from translator.planning.embedded.reading import Clues, Reading
from translator.planning.embedded.relational import RelationalPlanner, choose, is_settled
from translator.planning.embedded.search import Search
from translator.planning.embedded.text import Phrasing, tokenise
from translator.planning.embedded.time import Calendar, find_times
from translator.planning.embedded.vague import Offers
from translator.planning.embedded.vocabulary import Kind, build_vocabulary
from translator.planning.embedded.weights import TELLING_WEIGHT, WEIGHTS
from translator.planning.embedded.zones import Zone, find_zones, repeated_words
from translator.query import SemanticQuery
from translator.validate import validate

# The state of things, not a period.
_NOW = frozenset(
    {"now", "right now", "at the moment", "currently", "at present", "to date", "so far"}
)
# Quantities of superlatives that no metric is called by.
_UNMEASURED = frozenset({"performance", "count", "date"})
_PEOPLE = frozenset(["people", "person", "woman", "man", "anyone", "everyone", "adult", "those"])
_OLDEST = 120
_JUDGED = 10


def _now_tokens(phrasing: Phrasing) -> frozenset[int]:
    """Tokens of phrases that say the state of things is meant, not a period ("so far")."""
    tokens = phrasing.tokens
    return frozenset(
        i
        for size in (1, 2, 3)
        for start in range(len(tokens) - size + 1)
        if " ".join(t.lower for t in tokens[start : start + size]) in _NOW
        for i in range(start, start + size)
    )


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
        self.assembler = Assembler(catalog, self.identities, self.lexicon)
        self.judgement = load_judgement()
        self.offers = Offers(catalog, self.identities)
        self.leftovers = Leftovers(catalog, self.lexicon, self.vocabulary)
        self.decision = Decision(catalog, self.matcher, self.offers, clarify_threshold, self.name)
        self.relational = RelationalPlanner(catalog, self.lexicon, values)

    def plan(self, question: Question) -> Planned:
        """Plan one question. Never raises for what a person may type."""
        clues, mentions = self.read(question)
        if not any(t.is_word for t in clues.phrasing.tokens):
            return self.decision.refuse(
                "The question has no words that could be understood.", clues, ()
            )
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
        governed = self.decision.decide(clues, mentions, judged)
        if is_settled(governed):
            return governed
        rows = self.relational.plans(clues)
        return choose(self.catalog, governed, rows, self.clarify_threshold)

    def read(self, question: Question) -> tuple[Clues, list[Mention]]:
        """Everything found in the question before choosing."""
        phrasing = tokenise(question.text, self.lexicon)
        found = find_times(phrasing.text, question.as_of, self.calendar)
        times = tuple(t for t in found if t.text.lower().strip() not in _NOW)
        time_tokens = _now_tokens(phrasing) | frozenset(
            i for t in found for i in phrasing.indices(t.start_char, t.end_char)
        )
        zones = find_zones(phrasing)
        noise = frozenset(i for i, zone in enumerate(zones) if zone is Zone.NOISE)
        cues = find_cues(phrasing, self.lexicon, time_tokens | noise)
        weights = self.leftovers.information(phrasing, time_tokens | noise)
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
            draft.problems.extend(lost(self.catalog, clues, reading, draft))
            leftover = self.leftovers.leftover(clues, reading, draft)
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
        left = self.leftovers.leftover(clues, reading, Draft(used=set(used)))
        return tuple(word for word, weight in left if weight >= TELLING_WEIGHT)
