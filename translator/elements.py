"""What the items of a query stand for in the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from semantic.catalog import EntityType, GroupByElement, SemanticCatalog
from translator.query import GroupByItem, SemanticQuery

TIME_GRAINS = ("nanosecond", "microsecond", "millisecond", "second", "minute")
"""Grains finer than any that a question asks for."""
SUB_DAILY = frozenset({*TIME_GRAINS, "hour"})


def metric_elements(
    metrics: tuple[str, ...], catalog: SemanticCatalog
) -> Mapping[str, GroupByElement]:
    """What every one of `metrics` can be grouped by, by qualified name, at grains that all have."""
    found = {e.qualified_name: e for e in catalog.group_bys(metrics)}
    for metric in metrics[1:]:
        for element in catalog.group_bys_by_metric.get(metric, ()):
            name = element.qualified_name
            if name in found and found[name].grains:
                grains = tuple(g for g in found[name].grains if g in element.grains)
                found[name] = replace(found[name], grains=grains)
    return found


def query_items(query: SemanticQuery) -> tuple[GroupByItem, ...]:
    """Every dimension and entity that a query groups or filters by."""
    entities = tuple(h.entity for h in query.having if h.entity is not None)
    return (*query.group_by, *(w.item for w in query.where), *entities)


def listing_model(query: SemanticQuery, catalog: SemanticCatalog) -> str | None:
    """The semantic model whose rows a query without metrics lists, None if none reaches all items.

    The nearest model wins; an entity is listed from the model in which it is primary, as a fact's
    foreign key lacks those without facts.
    """
    names = [item.element_name for item in query_items(query)]
    best: tuple[int, str] | None = None
    for model, listed in catalog.list_group_bys.items():
        elements = {e.qualified_name: e for e in listed}
        if not all(name in elements for name in names):
            continue
        cost = sum(_distance(elements[name], model, catalog) for name in names)
        if best is None or cost < best[0]:
            best = (cost, model)
    return best[1] if best else None


def _distance(element: GroupByElement, model: str, catalog: SemanticCatalog) -> int:
    cost = 10 * element.hops
    if element.entity is not None and element.entity.type is not EntityType.PRIMARY:
        own = catalog.semantic_models[model].primary_entity
        cost += 0 if own == element.name else 5
    return cost


def query_elements(query: SemanticQuery, catalog: SemanticCatalog) -> Mapping[str, GroupByElement]:
    """What the items of this query may be, by qualified name."""
    if query.metrics:
        return metric_elements(query.metrics, catalog)
    model = listing_model(query, catalog)
    if model is not None:
        return {e.qualified_name: e for e in catalog.list_group_bys[model]}
    return {e.qualified_name: e for es in catalog.list_group_bys.values() for e in es}


def day_grain(element: GroupByElement) -> str:
    """The grain at which an element is compared with days: day, or its own if that is coarser."""
    return "day" if "day" in element.grains else (element.grains[0] if element.grains else "day")
