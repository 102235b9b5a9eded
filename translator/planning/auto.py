"""Joins the planners: the embedded one answers what it is sure of, a language model the rest.

Where both plan, each is evidence about the other: they agree, and the answer is surer than either
alone would be; or they differ in what is computed, and the person is shown both readings.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from semantic.catalog import SemanticCatalog
from semantic.errors import ConfigurationError, ServiceDownError
from translator.explain import explain
from translator.plan import (
    Clarification,
    ModelQuery,
    Option,
    Plan,
    Planned,
    Planner,
    Question,
    Refusal,
)
from translator.planning.agreement import Results, agree
from translator.query import SemanticQuery

_LOG = logging.getLogger(__name__)
_MOST_CONFIDENT = 0.98
_ALONE = 0.9
"""What is left of the model's confidence where the embedded planner found nothing at all."""
_UNLIKE_OPTIONS = 0.85
"""What is left of it where the embedded planner asked back and had no reading as the model's."""
_MOST_OPTIONS = 4


class AutoPlanner:
    """Plans with the embedded planner first. Safe to use from several threads."""

    name = "auto"

    def __init__(
        self,
        catalog: SemanticCatalog,
        embedded: Planner,
        llm: Callable[[], Planner],
        threshold: float,
        results: Results | None = None,
    ) -> None:
        """Join two planners.

        Args:
            catalog: what can be asked.
            embedded: plans every question.
            llm: gives the planner that asks a model; called when it is first needed.
            threshold: confidence (0..1) of the embedded planner from which the model is not asked.
            results: equal for plans that give the same rows; None compares the plans alone.
        """
        self.catalog = catalog
        self._embedded = embedded
        self._llm = llm
        self._threshold = threshold
        self._results = results

    def plan(self, question: Question) -> Planned:
        """Plan one question; with the model down, as the embedded planner alone would."""
        first = self._embedded.plan(question)
        if isinstance(first.plan, SemanticQuery) and first.confidence >= self._threshold:
            return first
        try:
            second = self._llm().plan(question)
        except (ServiceDownError, ConfigurationError) as error:
            warning = f"The language model was not asked: {error.message}"
            return replace(first, warnings=(*first.warnings, warning))
        joined = self._join(first, second)
        return replace(
            joined,
            warnings=(*first.warnings, *second.warnings),
            usage=second.usage,
            llm_seconds=second.llm_seconds,
            llm_usage=second.llm_usage,
        )

    def _join(self, first: Planned, second: Planned) -> Planned:
        ours, theirs = first.plan, second.plan
        if isinstance(ours, SemanticQuery):
            if isinstance(theirs, SemanticQuery | ModelQuery):
                if agree(ours, theirs, self._results):
                    return self._agreed(first, second)
                return self._both(first, second, (ours, theirs))
            if isinstance(theirs, Clarification):
                return self._asked(second, (ours, *(o.plan for o in theirs.options)))
            return self._doubted(first, theirs, ours)
        if isinstance(theirs, SemanticQuery | ModelQuery):
            return self._answered(first, second, theirs)
        if isinstance(ours, Clarification) and isinstance(theirs, Clarification):
            both = (*theirs.options, *ours.options)
            return self._asked(second, tuple(o.plan for o in both))
        if isinstance(ours, Clarification):
            # The model refuses, the embedded planner is not sure: a person may know better than
            # both.
            return replace(first, confidence=min(first.confidence, second.confidence))
        if isinstance(ours, Refusal) and isinstance(theirs, Refusal):
            suggestions = theirs.suggestions or ours.suggestions
            return replace(second, plan=Refusal(theirs.reason, suggestions))
        return second

    def _agreed(self, first: Planned, second: Planned) -> Planned:
        """Two readings that come to the same: wrong only if both are."""
        confidence = min(_MOST_CONFIDENT, 1 - (1 - first.confidence) * (1 - second.confidence))
        return replace(
            first,
            confidence=round(confidence, 4),
            ignored=_ignored_by_both(first, second),
            notes=(*first.notes, "both planners read the question alike"),
        )

    def _answered(
        self, first: Planned, second: Planned, plan: SemanticQuery | ModelQuery
    ) -> Planned:
        """The model has a plan, the embedded planner none."""
        if isinstance(first.plan, Clarification):
            if any(agree(o.plan, plan, self._results) for o in first.plan.options):
                confidence = min(
                    _MOST_CONFIDENT, 1 - (1 - first.confidence) * (1 - second.confidence)
                )
                return replace(second, confidence=round(confidence, 4))
            return replace(second, confidence=round(second.confidence * _UNLIKE_OPTIONS, 4))
        return replace(second, confidence=round(second.confidence * _ALONE, 4))

    def _both(
        self, first: Planned, second: Planned, plans: tuple[SemanticQuery | ModelQuery, ...]
    ) -> Planned:
        return Planned(
            Clarification(
                "The question can be read in more than one way. Which do you mean?",
                self._options(plans),
            ),
            round(min(first.confidence, second.confidence) / 2, 4),
            second.planner,
            notes=(*first.notes, *second.notes),
        )

    def _asked(self, second: Planned, plans: tuple[SemanticQuery | ModelQuery, ...]) -> Planned:
        """Ask back in the model's words, with what either planner would have answered."""
        assert isinstance(second.plan, Clarification)
        return replace(second, plan=Clarification(second.plan.message, self._options(plans)))

    def _doubted(self, first: Planned, refusal: Plan, plan: SemanticQuery) -> Planned:
        """The embedded planner would answer, not surely, and the model refuses: ask."""
        reason = refusal.reason.rstrip(".") if isinstance(refusal, Refusal) else ""
        doubt = f" One doubt: {reason}." if reason else ""
        return replace(
            first,
            plan=Clarification(
                f"I am not sure that this project answers the question.{doubt} Do you mean this?",
                self._options((plan,)),
            ),
            confidence=round(first.confidence / 2, 4),
        )

    def _options(self, plans: tuple[SemanticQuery | ModelQuery, ...]) -> tuple[Option, ...]:
        """Readings that differ, each in the words of its own query."""
        options: dict[str, Option] = {}
        for plan in plans:
            label = self._label(plan)
            if not any(agree(plan, o.plan, None) for o in options.values()):
                options.setdefault(label, Option(label, plan))
        return tuple(options.values())[:_MOST_OPTIONS]

    def _label(self, plan: SemanticQuery | ModelQuery) -> str:
        if isinstance(plan, SemanticQuery):
            return explain(plan, self.catalog)
        claim = " ".join(plan.description.split()).rstrip(".")
        return f"SQL over models, not governed: {claim or 'without a description'}."


def _ignored_by_both(first: Planned, second: Planned) -> tuple[str, ...] | None:
    """Words that neither planner used; where one cannot tell, what the other says."""
    if first.ignored is None or second.ignored is None:
        return second.ignored if first.ignored is None else first.ignored
    return tuple(word for word in first.ignored if word in second.ignored)
