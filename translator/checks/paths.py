"""The joins that a metric query makes, from the semantic models alone.

From the measure's model a query goes along entities to the models of what it groups and filters by
(MetricFlow's rule, https://docs.getdbt.com/docs/build/join-logic): one join or two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from semantic.catalog import (
    Entity,
    EntityType,
    GroupByElement,
    Measure,
    SemanticCatalog,
    SemanticModel,
)
from translator.checks.filter_text import elements_named
from translator.elements import listing_model, query_elements, query_items
from translator.query import SemanticQuery

_KEYS = frozenset({EntityType.PRIMARY, EntityType.UNIQUE, EntityType.NATURAL})


@dataclass(frozen=True)
class Join:
    """Rows of `left` get the attributes of `right` where both have the same `entity`."""

    left: SemanticModel
    right: SemanticModel
    entity: str

    @property
    def left_key(self) -> Entity:
        """The entity on the side that is joined from."""
        return next(e for e in self.left.entities if e.name == self.entity)

    @property
    def right_key(self) -> Entity:
        """The entity on the side that is joined to."""
        return next(e for e in self.right.entities if e.name == self.entity)


def measures_of(query: SemanticQuery, catalog: SemanticCatalog) -> tuple[Measure, ...]:
    """Every measure that the query aggregates."""
    names = dict.fromkeys(m for metric in query.metrics for m in catalog.metrics[metric].measures)
    return tuple(catalog.measures[name] for name in names if name in catalog.measures)


def starts_of(query: SemanticQuery, catalog: SemanticCatalog) -> tuple[SemanticModel, ...]:
    """The models whose rows are aggregated or listed."""
    if not query.metrics:
        listed = listing_model(query, catalog)
        return (catalog.semantic_models[listed],) if listed else ()
    names = dict.fromkeys(m.semantic_model for m in measures_of(query, catalog))
    return tuple(catalog.semantic_models[name] for name in names)


def joins_of(query: SemanticQuery, catalog: SemanticCatalog) -> tuple[Join, ...]:
    """Every join of the query, those of hidden filters too, each once."""
    elements = query_elements(query, catalog)
    used = [elements[i.element_name] for i in query_items(query) if i.element_name in elements]
    for metric in query.metrics:
        reachable = {e.qualified_name: e for e in catalog.group_bys_by_metric.get(metric, ())}
        for text in catalog.metrics[metric].filters:
            used += [reachable[name] for name in elements_named(text) if name in reachable]
    starts = starts_of(query, catalog)
    return tuple(dict.fromkeys(_joins(used, starts, catalog)))


def _joins(
    used: Iterable[GroupByElement], starts: tuple[SemanticModel, ...], catalog: SemanticCatalog
) -> Iterator[Join]:
    for element in used:
        for start in starts:
            yield from path_to(element, start, catalog)


def path_to(
    element: GroupByElement, start: SemanticModel, catalog: SemanticCatalog
) -> tuple[Join, ...]:
    """The joins from a model to where an element is; none where it is the model's own."""
    owner = element.dimension or element.entity
    links = element.entity_path
    if owner is None or not links or (owner.semantic_model == start.name and len(links) == 1):
        return ()
    target = catalog.semantic_models.get(owner.semantic_model)
    if target is None:
        return ()
    if len(links) == 1:
        return tuple(_linked(start, target, links[0]))
    for middle in catalog.semantic_models.values():
        if middle.name not in {start.name, target.name}:
            first = _linked(start, middle, links[0])
            second = _linked(middle, target, links[1])
            if first and second:
                return (*first, *second)
    return ()


def _linked(left: SemanticModel, right: SemanticModel, entity: str) -> list[Join]:
    has = any(e.name == entity for e in left.entities)
    is_key = any(e.name == entity and e.type in _KEYS for e in right.entities)
    return [Join(left, right, entity)] if has and is_key else []
