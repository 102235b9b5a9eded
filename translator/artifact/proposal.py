"""What is missing for a refused question: a metric, or a model that brings a dimension nearer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from semantic.catalog import (
    Column,
    Dimension,
    DimensionType,
    Entity,
    EntityType,
    Measure,
    Metric,
    MetricType,
    SemanticCatalog,
    SemanticModel,
)
from semantic.search import words

_AGGREGATIONS = {
    "median": "median",
    "average": "average", "mean": "average", "avg": "average",
    "total": "sum", "sum": "sum",
    "maximum": "max", "max": "max", "highest": "max", "largest": "max", "biggest": "max",
    "minimum": "min", "min": "min", "lowest": "min", "smallest": "min",
}  # fmt: skip
_COUNTING = re.compile(r"\b(how many|number of|count of|amount of)\b", re.IGNORECASE)
_NAMES = {
    "median": "median",
    "average": "average",
    "sum": "total",
    "max": "highest",
    "min": "lowest",
}
# Say nothing about which figure is meant, so "discount" finds `discount_amount`.
_GENERIC = frozenset(
    {"amount", "value", "total", "sum", "number", "count", "qty", "avg", "average"}
)
_NUMERIC = re.compile(r"int|numeric|decimal|number|float|double|real|money", re.IGNORECASE)
_NO_FIGURE = re.compile(
    r"(^|_)(id|key|code|name|at|on|date|day|month|year|is|has|status|type)(_|$)"
)
_KEYS = frozenset({EntityType.PRIMARY, EntityType.UNIQUE})
_FARTHEST = 5
"""Joins that a bridging model may have; longer chains rarely mean what a question does."""


@dataclass(frozen=True)
class MetricProposal:
    """A simple metric. `measure` is there already where `agg` is None; `filters` are Jinja text."""

    name: str
    label: str
    description: str
    semantic_model: str
    measure: str
    agg: str | None
    expr: str
    format: str | None
    reason: str
    filters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Join:
    """A step along an entity, from one semantic model to another."""

    entity: str
    source: str
    target: str


@dataclass(frozen=True)
class BridgeProposal:
    """A model that has a dimension beside the key of an entity, to be joined by that entity.

    `joins` lead from the metric's semantic model to that of the dimension; the first one is what
    MetricFlow still does, the others the model does.
    """

    name: str
    metric: str
    dimension: Dimension
    dimension_name: str
    joins: tuple[Join, ...]
    reason: str


Proposal = MetricProposal | BridgeProposal


def propose(question: str, ignored: Iterable[str], catalog: SemanticCatalog) -> Proposal | None:
    """What would make the question answerable; None where nothing in the catalog says.

    Args:
        question: the question that was refused.
        ignored: words of it that the planner found nothing for.
        catalog: what there is.
    """
    said = _Said(question, ignored)
    return _far_dimension(said, catalog) or _count(said, catalog) or _figure(said, catalog)


class _Said:
    """A question's words."""

    def __init__(self, question: str, ignored: Iterable[str]) -> None:
        self.words = frozenset(words(question))
        self.ignored = frozenset(w for text in ignored for w in words(text))
        self.counts = _COUNTING.search(question) is not None
        found = [w for w in words(question) if w in _AGGREGATIONS]
        self.agg_word = found[0] if found else None
        self.agg = _AGGREGATIONS[found[0]] if found else None

    def says(self, text: str) -> frozenset[str]:
        """The words of a phrase, if the question says all of them that tell anything."""
        phrase = frozenset(words(text))
        telling = (phrase - _GENERIC) or phrase
        return phrase & self.words if telling and telling <= self.words else frozenset()

    def explains(self, used: Iterable[str]) -> bool:
        """Whether words that were not understood are among those used now."""
        return not self.ignored or bool(self.ignored & set(used))


def _longest(said: _Said, texts: Iterable[str | None]) -> frozenset[str]:
    return max((said.says(t) for t in texts if t), key=len, default=frozenset())


def _count(said: _Said, catalog: SemanticCatalog) -> MetricProposal | None:
    """A count of an entity that nothing counts yet."""
    if not said.counts:
        return None
    counted = {
        (m.semantic_model, m.expr)
        for metric in catalog.metrics.values()
        if metric.type is MetricType.SIMPLE
        for m in (catalog.measures.get(n) for n in metric.measures)
        if m is not None and m.agg in {"count", "count_distinct"}
    }
    best: tuple[int, SemanticModel, Entity] | None = None
    for model in catalog.semantic_models.values():
        key = next((e for e in model.entities if e.type is EntityType.PRIMARY), None)
        if key is None or _time(model) is None or (model.name, key.expr) in counted:
            continue
        texts = (model.name, model.label, *model.synonyms, key.name, key.label, *key.synonyms)
        used = _longest(said, texts)
        if used and said.explains(used) and (best is None or len(used) > best[0]):
            best = (len(used), model, key)
    if best is None:
        return None
    _, model, key = best
    thing = (model.label or model.name.replace("_", " ")).lower()
    name = _free(model.name, (f"{key.name}_count",), catalog)
    existing = next(
        (m for m in model.measures if m.agg in {"count", "count_distinct"} and m.expr == key.expr),
        None,
    )
    return MetricProposal(
        name=name,
        label=f"Number of {thing}",
        description=f"Number of {thing}.",
        semantic_model=model.name,
        measure=existing.name if existing else _free_measure(name, catalog),
        agg=None if existing else "count",
        expr=key.expr,
        format="count",
        reason=f"No metric counts {thing}.",
    )


def _figure(said: _Said, catalog: SemanticCatalog) -> MetricProposal | None:
    """An aggregation of a measure's or a column's values that no metric is."""
    best: tuple[int, MetricProposal] | None = None
    for candidate, used in (*_of_measures(said, catalog), *_of_columns(said, catalog)):
        all_used = used | ({said.agg_word} if said.agg_word else set())
        if said.explains(all_used) and (best is None or len(all_used) > best[0]):
            best = (len(all_used), candidate)
    return best[1] if best else None


def _of_measures(
    said: _Said, catalog: SemanticCatalog
) -> Iterator[tuple[MetricProposal, frozenset[str]]]:
    for model in catalog.semantic_models.values():
        for measure in model.measures:
            metrics = [
                m
                for m in catalog.metrics.values()
                if m.type is MetricType.SIMPLE and m.measures == (measure.name,)
            ]
            spoken = [t for m in metrics for t in (m.label, m.name, *m.synonyms)]
            used = _longest(said, (measure.name, measure.label, *spoken))
            if not used or measure.agg in {"count", "count_distinct", "sum_boolean"}:
                continue
            if not said.agg or said.agg == measure.agg:
                if metrics:
                    continue
                yield _of_measure(measure, None, None, catalog), used
            else:
                yield _of_measure(measure, said.agg, metrics[0] if metrics else None, catalog), used


def _of_measure(
    measure: Measure, agg: str | None, metric: Metric | None, catalog: SemanticCatalog
) -> MetricProposal:
    base = metric.name if metric else _without_agg(measure.name)
    words_ = (metric.label if metric and metric.label else base.replace("_", " ")).lower()
    how = _NAMES[agg] if agg else (_NAMES.get(measure.agg) or measure.agg)
    # A measure of its own name already says how it aggregates, if it does.
    name = _free(f"{how}_{base}" if agg else base, (f"{how}_{base}", f"{base}_metric"), catalog)
    return MetricProposal(
        name=name,
        label=f"{how.capitalize()} {words_}" if agg else words_.capitalize(),
        description=f"{how.capitalize()} of {measure.expr} over the rows of "
        f"{measure.semantic_model.replace('_', ' ')}.",
        semantic_model=measure.semantic_model,
        measure=_free_measure(name, catalog) if agg else measure.name,
        agg=agg,
        expr=measure.expr,
        format=metric.format if metric else None,
        # What the metric of these values leaves out, this one leaves out as well.
        filters=metric.filters if metric else (),
        reason=f"No metric is the {how} of {words_}."
        if agg
        else f"The measure {measure.name} has no metric.",
    )


def _of_columns(
    said: _Said, catalog: SemanticCatalog
) -> Iterator[tuple[MetricProposal, frozenset[str]]]:
    for model in catalog.semantic_models.values():
        node = catalog.models.get(model.model)
        if node is None or _time(model) is None:
            continue
        taken = {e.column for e in model.entities} | {d.column for d in model.dimensions}
        measured = {(m.expr, m.agg) for m in model.measures}
        for column in node.columns:
            agg = said.agg or "sum"
            used = _longest(said, (column.name, column.label, *column.synonyms))
            if not used or column.name in taken or not _is_figure(column, said):
                continue
            if column.sensitive or (column.name, agg) in measured:
                continue
            name = _free(
                f"{_NAMES[agg]}_{column.name}" if said.agg else column.name,
                (f"{_NAMES[agg]}_{column.name}",),
                catalog,
            )
            label = name.replace("_", " ")
            proposal = MetricProposal(
                name=name,
                label=label[:1].upper() + label[1:],
                description=f"{_NAMES[agg].capitalize()} of {column.name} over the rows of "
                f"{model.name.replace('_', ' ')}.",
                semantic_model=model.name,
                measure=_free_measure(name, catalog),
                agg=agg,
                expr=column.name,
                format=column.format,
                reason=f"{model.model} has the column {column.name}, and no metric of it.",
            )
            yield proposal, used


def _is_figure(column: Column, said: _Said) -> bool:
    """Whether values of a column can be added up, by its type, else by its name."""
    if column.data_type:
        return bool(_NUMERIC.search(column.data_type)) and not _NO_FIGURE.search(column.name)
    named = said.agg is not None and not _NO_FIGURE.search(column.name)
    return named and not column.accepted_values and not column.value_labels


def _far_dimension(said: _Said, catalog: SemanticCatalog) -> BridgeProposal | None:
    """A dimension that the question groups by and that is too many joins away from its metric."""
    metric, metric_words = _mentioned_metric(said, catalog)
    if metric is None or not metric.semantic_models:
        return None
    reachable = {
        e.dimension.key for e in catalog.group_bys_by_metric.get(metric.name, ()) if e.dimension
    }
    best: tuple[tuple[int, int, int], Dimension, tuple[Join, ...]] | None = None
    rivals: list[tuple[Join, ...]] = []
    for dimension in catalog.dimensions.values():
        if dimension.sensitive or dimension.key in reachable:
            continue
        used = _longest(said, (dimension.name, dimension.label, *dimension.synonyms))
        if not used - metric_words or not said.explains(used):
            continue
        for joins in join_paths(metric.semantic_models[0], dimension.semantic_model, catalog):
            along = {w for j in joins for w in words(j.entity)} & said.words
            rank = (len(used), len(along), -len(joins))
            if best is None or rank > best[0]:
                best, rivals = (rank, dimension, joins), []
            elif rank == best[0] and dimension == best[1]:
                rivals.append(joins)
    if best is None:
        return None
    _, dimension, joins = best
    proposal = bridge(metric, dimension, joins, catalog)
    doubts = (f" Check that not {', '.join(j.entity for j in r)} is meant." for r in rivals)
    return replace(proposal, reason=proposal.reason + "".join(doubts))


def bridge(
    metric: Metric, dimension: Dimension, joins: tuple[Join, ...], catalog: SemanticCatalog
) -> BridgeProposal:
    """The model that brings a dimension within a metric's reach.

    Args:
        metric: a metric over the semantic model where `joins` begin.
        dimension: one of the semantic model where they end.
        joins: the way between them, of more than two joins.
        catalog: what there is.
    """
    near = joins[0].entity
    first = catalog.semantic_models[joins[0].target]
    taken = {d.name for d in first.dimensions}
    name = dimension.name
    if name in taken:
        name = f"{joins[-1].entity}_{name}"
    label = metric.label or metric.name
    path = ", ".join(j.entity for j in joins)
    return BridgeProposal(
        name=f"{near}_{name}",
        metric=metric.name,
        dimension=dimension,
        dimension_name=name,
        joins=joins,
        reason=f"{dimension.label or dimension.name} is {len(joins)} joins away from {label} "
        f"({path}), and MetricFlow goes two far. The model brings it next to {near}.",
    )


def _mentioned_metric(
    said: _Said, catalog: SemanticCatalog
) -> tuple[Metric | None, frozenset[str]]:
    best: tuple[Metric | None, frozenset[str]] = (None, frozenset())
    for metric in catalog.metrics.values():
        used = _longest(said, (metric.name, metric.label, *metric.synonyms))
        if len(used) > len(best[1]):
            best = (metric, used)
    return best


def join_paths(start: str, end: str, catalog: SemanticCatalog) -> list[tuple[Join, ...]]:
    """The shortest ways between two semantic models, if MetricFlow cannot go them.

    Those are of more than two joins, none of which multiplies rows.
    """
    ways: list[tuple[Join, ...]] = [()]
    for _ in range(_FARTHEST):
        longer = []
        for way in ways:
            at = way[-1].target if way else start
            seen = {start, *(j.target for j in way)}
            for entity in catalog.semantic_models[at].entities:
                for target in catalog.semantic_models.values():
                    keys = {e.name for e in target.entities if e.type in _KEYS}
                    if entity.name in keys and target.name not in seen:
                        longer.append((*way, Join(entity.name, at, target.name)))
        found = [way for way in longer if way[-1].target == end]
        if found:
            return found if len(found[0]) > 2 else []
        ways = longer
    return []


def _time(model: SemanticModel) -> Dimension | None:
    return next((d for d in model.dimensions if d.type is DimensionType.TIME), None)


def _without_agg(name: str) -> str:
    parts = name.split("_")
    while len(parts) > 1 and parts[-1] in {"sum", "avg", "average", "median", "min", "max"}:
        parts.pop()
    return "_".join(parts)


def _free(name: str, others: Iterable[str], catalog: SemanticCatalog) -> str:
    taken = {*catalog.metrics, *catalog.models, *catalog.saved_queries, *catalog.semantic_models}
    for candidate in (name, *others):
        if candidate not in taken:
            return candidate
    return f"{name}_2"


def _free_measure(name: str, catalog: SemanticCatalog) -> str:
    return name if name not in catalog.measures else f"{name}_measure"
