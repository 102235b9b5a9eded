"""Period, filters and calculations of an answer in words; each can be taken away."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from translator.explain import calculation_text, condition_texts, item_text, period_text
from translator.query import CalculationKind, SemanticQuery
from ui.explorer import session
from ui.explorer.conversation import Turn
from ui.explorer.markdown import literal
from ui.explorer.refine import edits
from ui.explorer.resources import Resources


def show_chips(resources: Resources, turn: Turn) -> None:
    """One button for each part of the query that can go; none where nothing can."""
    query = turn.answer.query
    if query is None:
        return
    chips = _chips(query, resources)
    if not chips:
        return
    with st.container(horizontal=True, gap="small", key="chips"):
        for position, (text, make) in enumerate(chips):
            st.button(
                literal(text),
                key=f"chip-{turn.version}-{position}",
                icon=":material/close:",
                icon_position="right",
                help="Take this away",
                on_click=_remove,
                args=(resources, make, query, turn.question),
            )


def _chips(
    query: SemanticQuery, resources: Resources
) -> list[tuple[str, Callable[[SemanticQuery], SemanticQuery]]]:
    catalog = resources.translator.catalog
    chips: list[tuple[str, Callable[[SemanticQuery], SemanticQuery]]] = []
    period = query.time_range
    if period is not None and (period.start or period.end):
        text = period_text(period)
        chips.append((text[:1].upper() + text[1:], lambda q: edits.with_period(q, None)))
    for position, text in enumerate(condition_texts(query, catalog)):
        chips.append((text, lambda q, p=position: edits.without_filter(q, p)))  # type: ignore[misc]
    if query.metrics:
        for position, item in enumerate(query.group_by):
            text = f"by {item_text(item, query, catalog)}"
            chips.append((text, lambda q, p=position: edits.without_group_by(q, p)))  # type: ignore[misc]
    kinds = [c.kind for c in query.calculations]
    for position, calculation in enumerate(query.calculations):
        if calculation.kind is CalculationKind.PERIOD_OVER_PERIOD and (
            kinds.index(calculation.kind) != position
        ):
            continue  # all of them go together
        text = calculation_text(calculation, query, catalog)
        if calculation.kind is CalculationKind.PERIOD_OVER_PERIOD:
            chips.append((text, lambda q: edits.with_comparison(q, None)))
        else:
            chips.append((text, lambda q, p=position: edits.without_calculation(q, p)))  # type: ignore[misc]
    if query.limit is not None:
        chips.append((f"the first {query.limit} only", lambda q: edits.with_top(q, None)))
    return chips


def _remove(
    resources: Resources,
    make: Callable[[SemanticQuery], SemanticQuery],
    query: SemanticQuery,
    question: str,
) -> None:
    session.run(resources, make(query), "change", question)
