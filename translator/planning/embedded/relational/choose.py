"""Between a governed query and SQL over models: which one answers, or whether to ask."""

from __future__ import annotations

from collections.abc import Sequence

from semantic.catalog import SemanticCatalog
from translator.plan import Clarification, Option, Planned
from translator.planning.embedded.relational.planner import RelationalPlan
from translator.planning.embedded.suggest import reading_label
from translator.query import SemanticQuery

_RIVAL = 0.12
"""Readings whose confidence is nearer than this are shown to the person."""
_UNSURE = 0.8
"""Confidence of a governed query below which a reading over rows is a rival to it."""
_PLAUSIBLE = 0.5
"""Confidence from which a governed query that was not sure enough is still shown."""
_MOST_OPTIONS = 4
_MESSAGE = "The question can be read in more than one way. Which do you mean?"


def is_settled(governed: Planned) -> bool:
    """Whether a governed query answers every word of the question, so surely that it stands."""
    query = governed.plan
    if not isinstance(query, SemanticQuery) or governed.ignored or query.having:
        return False  # what is absent or counted may be said more fully over rows
    return governed.confidence >= _UNSURE


def choose(
    catalog: SemanticCatalog,
    governed: Planned,
    plans: Sequence[RelationalPlan],
    threshold: float,
) -> Planned:
    """What to say, given what metrics can say and every reading over rows.

    A governed query wins where it uses the same words. Rows answer what metrics cannot, and only
    where there is one reading; what is plausible beside it is asked about.

    Args:
        catalog: what can be asked.
        governed: what the planner says by metrics and dimensions.
        plans: readings over rows, surest first.
        threshold: confidence (0..1) below which nothing is answered.
    """
    sure = [p for p in plans if p.confidence >= threshold]
    if not sure:
        return governed
    near = [p for p in sure if p.confidence > sure[0].confidence - _RIVAL]
    if isinstance(governed.plan, SemanticQuery) and not _says_less(governed.plan, near[0]):
        if _says_same(governed.plan, near[0]):
            return governed
        if is_settled(governed) or (not governed.ignored and not near[0].related):
            return governed
        return _ask(catalog, governed, near)
    likely = isinstance(governed.plan, Clarification) and governed.confidence >= _PLAUSIBLE
    if len(near) > 1 or (likely and not near[0].related):
        return _ask(catalog, governed if likely else None, near)
    best = near[0]
    return Planned(best.plan, best.confidence, governed.planner, (), best.notes)


def _says_same(query: SemanticQuery, plan: RelationalPlan) -> bool:
    """Whether a governed query asks for rows by the same counts of related rows."""
    asked = {f.metric for f in query.having}
    rows = plan.query
    dated = any(e.periods for e in rows.existences)
    return (
        bool(asked)
        and asked <= plan.metrics
        and len(asked) == len(rows.existences)
        and len(query.group_by) >= len(rows.attributes)
        and dated == (query.time_range is not None)
    )


def _says_less(query: SemanticQuery, plan: RelationalPlan) -> bool:
    """Whether a governed list says one of several conditions, or shows less than was asked for."""
    asked = {f.metric for f in query.having}
    told = not query.metrics and bool(asked) and asked <= plan.metrics
    fewer = len(asked) < len(plan.query.existences)
    return told and (fewer or len(query.group_by) < len(plan.query.attributes))


def _ask(
    catalog: SemanticCatalog, governed: Planned | None, plans: Sequence[RelationalPlan]
) -> Planned:
    options = [Option(p.plan.description, p.plan) for p in plans]
    if governed is not None and isinstance(governed.plan, Clarification):
        options = [*governed.plan.options[:2], *options]
    elif governed is not None and isinstance(governed.plan, SemanticQuery):
        options = [Option(reading_label(catalog, governed.plan), governed.plan), *options]
    return Planned(
        Clarification(_MESSAGE, tuple(options[:_MOST_OPTIONS])),
        plans[0].confidence / 2,
        "embedded",
        (),
        plans[0].notes,
    )
