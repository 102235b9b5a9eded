"""Readings in words, and questions near one that cannot be answered."""

from __future__ import annotations

from collections.abc import Mapping

from semantic.catalog import GroupByElement, Metric, MetricType, SemanticCatalog
from translator.explain import explain
from translator.planning.embedded.mentions import Matcher, Mention
from translator.planning.embedded.reading import Clues
from translator.planning.embedded.vocabulary import Element, Kind, is_boolean
from translator.query import SemanticQuery

# What a word of a metric's description, and a dimension it can be broken down by, say of nearness.
_DESCRIBED = 0.3
_REACHED = 0.5
_LEAST_COVERAGE = 0.4


def reading_label(catalog: SemanticCatalog, query: SemanticQuery) -> str:
    """A reading in a few words, as its answer's restatement would say it."""
    return explain(query, catalog).removesuffix(".").replace(", over all time", "")


def nearest_questions(
    catalog: SemanticCatalog, matcher: Matcher, clues: Clues, most: int = 3
) -> tuple[str, ...]:
    """Questions that this project can answer, nearest to this one first.

    Near are metrics that the question names, that can be broken down by what it names, or whose
    descriptions have its words; they are broken down by what it names where that can be.
    """
    mentions = [
        m
        for m in matcher.mentions(clues.phrasing, clues.time_tokens, clues.weights)
        if m.coverage >= _LEAST_COVERAGE
    ]
    named: dict[str, float] = {}
    around: dict[str, float] = {}
    for mention in mentions:
        found = named if mention.element.kind is Kind.METRIC else around
        found[mention.element.key] = max(found.get(mention.element.key, 0.0), _gain(clues, mention))
    asked = {t.lemma: clues.weights[t.index] for t in clues.phrasing.tokens if t.is_word}

    def nearness(metric: Metric) -> float:
        element = Element(Kind.METRIC, metric.name)
        described = matcher.vocabulary.description_terms.get(element, frozenset())
        elements = catalog.group_bys_by_metric.get(metric.name, ()) if around else ()
        return (
            named.get(metric.name, 0.0)
            + _DESCRIBED * sum(weight for word, weight in asked.items() if word in described)
            + _REACHED * max((around.get(_key(e), 0.0) for e in elements), default=0.0)
        )

    ranked = sorted(
        catalog.metrics.values(),
        key=lambda m: (-nearness(m), m.type is not MetricType.SIMPLE or bool(m.filters)),
    )
    found_questions: dict[str, None] = {}
    for metric in ranked[:most]:
        by = _breakdown(catalog, metric, around)
        label = metric.label or metric.name
        label = label if " " in label else label.replace("_", " ")
        found_questions[f"{label} by {by}" if by else label] = None
    return tuple(found_questions)


def _gain(clues: Clues, mention: Mention) -> float:
    return mention.coverage * sum(clues.weights[i] * s for i, s in mention.tokens)


def _key(element: GroupByElement) -> str:
    return element.dimension.key if element.dimension is not None else element.name


def _breakdown(catalog: SemanticCatalog, metric: Metric, around: Mapping[str, float]) -> str | None:
    """What to break a metric down by: what the question names, else its nearest text dimension."""
    elements = [
        e
        for e in catalog.group_bys_by_metric.get(metric.name, ())
        if e.dimension is not None and not e.is_time and not e.dimension.sensitive
    ]
    elements.sort(
        key=lambda e: (
            -around.get(_key(e), 0.0),
            e.dimension is not None and is_boolean(e.dimension),
            e.hops,
        )
    )
    if not elements or elements[0].dimension is None:
        return None
    return elements[0].dimension.label or elements[0].name.replace("_", " ")
