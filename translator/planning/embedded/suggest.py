"""Readings in words, and questions near one that cannot be answered."""

from __future__ import annotations

from datetime import timedelta

from semantic.catalog import SemanticCatalog
from translator.planning.embedded.mentions import Matcher
from translator.planning.embedded.reading import Clues
from translator.planning.embedded.vocabulary import Kind
from translator.query import GroupByItem, SemanticQuery


def reading_label(catalog: SemanticCatalog, query: SemanticQuery) -> str:
    """A reading in a few words: what is shown, by what, for which rows, in which period."""
    if query.metrics:
        text = " and ".join(metric_label(catalog, m) for m in query.metrics)
    else:
        text = "List of " + ", ".join(item_label(g) for g in query.group_by)
    if query.metrics and query.group_by:
        text += " by " + ", ".join(item_label(g) for g in query.group_by)
    kinds = dict.fromkeys(c.kind.value.replace("_", " ") for c in query.calculations)
    if kinds:
        text += f", with {' and '.join(kinds)}"
    for condition in query.where:
        values = ", ".join(str(v) for v in condition.values)
        text += f", where {item_label(condition.item)} {condition.operator.value} {values}".rstrip()
    if query.time_range is not None:
        if query.time_range.start:
            text += f", from {query.time_range.start.isoformat()}"
        if query.time_range.end:
            text += f", to {(query.time_range.end - timedelta(days=1)).isoformat()}"
    return text


def metric_label(catalog: SemanticCatalog, name: str) -> str:
    """The metric's label, or its name in words."""
    metric = catalog.metrics.get(name)
    return (metric.label if metric and metric.label else name.replace("_", " ")).strip()


def item_label(item: GroupByItem) -> str:
    """A group by item in words."""
    if item.name == "metric_time":
        return item.grain or item.date_part or "time"
    words = " ".join((*item.entity_path[-1:], item.name)).replace("_", " ")
    return f"{words} ({item.grain})" if item.grain else words


def nearest_questions(
    catalog: SemanticCatalog, matcher: Matcher, clues: Clues, most: int = 3
) -> tuple[str, ...]:
    """Questions that this project can answer and that share words with this one."""
    scores: dict[str, float] = {}
    for mention in matcher.mentions(clues.phrasing, clues.time_tokens, clues.weights):
        if mention.element.kind is Kind.METRIC:
            gain = mention.coverage * sum(clues.weights[i] * s for i, s in mention.tokens)
            scores[mention.element.key] = max(scores.get(mention.element.key, 0.0), gain)
    chosen = sorted(scores, key=lambda m: -scores[m])[:most] or sorted(catalog.metrics)[:most]
    found = []
    for name in chosen:
        label = metric_label(catalog, name)
        own = next(
            (
                g
                for g in catalog.group_bys_by_metric.get(name, ())
                if g.dimension is not None and not g.is_time and not g.dimension.sensitive
            ),
            None,
        )
        tail = (
            f" by {own.dimension.label or own.name.replace('_', ' ')}"
            if own and own.dimension
            else ""
        )
        found.append(f"{label}{tail}")
    return tuple(found)
