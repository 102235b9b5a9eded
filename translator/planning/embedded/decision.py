"""Answer, ask back, or refuse: what becomes of the judged readings of a question."""

from __future__ import annotations

from dataclasses import replace

from semantic.catalog import MetricType, SemanticCatalog
from translator.plan import Clarification, Option, Plan, Planned, Refusal
from translator.planning.embedded.candidate import Judged
from translator.planning.embedded.lost import counts_narrower
from translator.planning.embedded.mentions import Matcher, Mention
from translator.planning.embedded.metric_fit import aggregation_fit
from translator.planning.embedded.reading import Clues, Role, Use
from translator.planning.embedded.suggest import nearest_questions, reading_label
from translator.planning.embedded.vague import Offers
from translator.planning.embedded.weights import TELLING_WEIGHT, WEIGHTS
from translator.query import CalculationKind

_TIE = 0.01
# A metric's name of which less is said is not sure; another with nearly as much is a rival.
_HALF = 0.6
_NEARLY = 0.15


class Decision:
    """Decides over one catalog."""

    def __init__(
        self,
        catalog: SemanticCatalog,
        matcher: Matcher,
        offers: Offers,
        threshold: float,
        name: str,
    ) -> None:
        """Keep what the decision needs.

        Args:
            catalog: what can be asked.
            matcher: finds what is near a question that is refused.
            offers: figures for questions that name none.
            threshold: confidence (0..1) below which it asks back.
            name: of the planner, as plans tell it.
        """
        self.catalog = catalog
        self.matcher = matcher
        self.offers = offers
        self.threshold = threshold
        self.name = name

    def decide(self, clues: Clues, mentions: list[Mention], judged: list[Judged]) -> Planned:
        """Answer, ask back, or refuse."""
        if not judged:
            offer = self.offers.offer(clues, mentions)
            if offer is not None:
                return Planned(offer, 0.0, self.name)
            return self.refuse("Nothing in this project matches the question.", clues, ())
        best = judged[0]
        words = tuple(w for w, weight in best.leftover if weight >= TELLING_WEIGHT)
        some = counts_narrower(self.catalog, clues, mentions, best.reading)
        if best.confidence >= self.threshold and not best.draft.problems and not some:
            rivals = (
                twins(judged)
                or half_said(self.catalog, clues, judged)
                or self._other_accumulations(clues, judged)
            )
            if rivals:
                return self._clarify([best, *rivals])
            return Planned(best.query, best.confidence, self.name, words, tuple(best.draft.notes))
        unknown = [w for w, weight in best.leftover if weight >= WEIGHTS.refuse_leftover]
        offer = self.offers.offer(clues, mentions)
        if offer is not None:
            return Planned(offer, best.confidence, self.name, words)
        if unknown:
            named = ", ".join(f"'{w}'" for w in unknown)
            return self.refuse(f"Nothing in this project matches {named}.", clues, words)
        if best.draft.problems:
            return self.refuse(
                f"This cannot be computed safely: {best.draft.problems[0]}.", clues, words
            )
        return self._clarify(judged)

    def refuse(self, reason: str, clues: Clues, words: tuple[str, ...]) -> Planned:
        """A refusal for `reason`, with questions near this one; `words` were not used."""
        suggestions = nearest_questions(self.catalog, self.matcher, clues)
        plan: Plan = Refusal(reason, suggestions)
        return Planned(plan, 0.0, self.name, words)

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


def half_said(catalog: SemanticCatalog, clues: Clues, judged: list[Judged]) -> list[Judged]:
    """Readings of the same words as another figure, where they say only half of the first's name.

    "Average score" is no more one score's average than the other's.
    """
    best = judged[0]
    metrics = best.reading.of(Role.METRIC)
    if len(metrics) != 1 or metrics[0].mention.coverage >= _HALF:
        return []
    words = metrics[0].mention

    def fit(use: Use) -> float:
        return aggregation_fit(clues, catalog.metrics[use.mention.element.key], use.mention)

    return [
        other
        for other in judged[1:]
        if other.query.metrics != best.query.metrics
        and replace(other.query, metrics=(), order_by=())
        == replace(best.query, metrics=(), order_by=())
        and not other.draft.problems
        and any(
            u.mention.indices == words.indices
            and u.mention.coverage >= words.coverage - _NEARLY
            and fit(u) >= fit(metrics[0])
            for u in other.reading.of(Role.METRIC)
        )
    ]
