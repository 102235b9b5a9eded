"""The catalog as plain mappings, for `metricspeak catalog` and for programs.

All of it is JSON as it stands: texts, numbers, lists, mappings. What is empty is left out of a
description, so that a person reads only what is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from semantic.catalog import (
    Entity,
    SemanticCatalog,
    SemanticModel,
)
from semantic.describe_kinds import (
    Description,
    describe_dimension,
    describe_entity,
    describe_measure,
    describe_metric,
    describe_model,
    describe_saved_query,
    describe_semantic_model,
    dimension_line,
    entity_line,
    metric_line,
    trim,
)
from semantic.errors import UnknownName
from semantic.search import SearchHit
from semantic.spellings import spellings_by_dimension
from semantic.value_index import DimensionValues


def describe_catalog(catalog: SemanticCatalog) -> Description:
    """Everything that can be asked, one line each: what `metricspeak catalog` shows."""
    spelled = spellings_by_dimension(catalog)
    return {
        "project": catalog.project_name,
        "adapter": catalog.adapter_type,
        "metrics": [metric_line(metric) for metric in catalog.metrics.values()],
        "dimensions": [
            dimension_line(d, spelled.get(d.key, ())) for d in catalog.dimensions.values()
        ],
        "entities": [entity_line(entity) for entity in _entities(catalog)],
        "saved_queries": [describe_saved_query(query) for query in catalog.saved_queries.values()],
        "semantic_models": [
            trim(
                {
                    "name": model.name,
                    "label": model.label,
                    "description": model.description,
                    "model": model.model,
                }
            )
            for model in catalog.semantic_models.values()
        ],
        "grains": list(catalog.grains),
    }


def describe_item(
    catalog: SemanticCatalog, name: str, values: Mapping[str, DimensionValues] | None = None
) -> list[Description]:
    """All that is known of everything of that name: a metric and a model may share one.

    Args:
        catalog: Where to look.
        name: A metric, dimension (`region`, `customers.region`, `customer__region`), entity,
            measure, semantic model, model or saved query.
        values: Values by dimension key, shown where known.

    Raises:
        UnknownName: Nothing has that name; the hint holds similar names.
    """
    wanted = name.strip().lower()
    spelled = spellings_by_dimension(catalog)
    found = [
        *(
            describe_metric(catalog, m)
            for m in catalog.metrics.values()
            if m.name.lower() == wanted
        ),
        *(
            describe_dimension(catalog, d, spelled.get(d.key, ()), values or {})
            for d in catalog.dimensions.values()
            if wanted in (d.name.lower(), d.key.lower(), *map(str.lower, spelled.get(d.key, ())))
        ),
        *(describe_entity(catalog, e) for e in _entities(catalog) if e.name.lower() == wanted),
        *(describe_measure(m) for m in catalog.measures.values() if m.name.lower() == wanted),
        *(
            describe_semantic_model(catalog, m)
            for m in catalog.semantic_models.values()
            if m.name.lower() == wanted
        ),
        *(
            {"kind": "saved_query", **describe_saved_query(q)}
            for q in catalog.saved_queries.values()
            if q.name.lower() == wanted
        ),
        *(describe_model(m) for m in catalog.models.values() if m.name.lower() == wanted),
    ]
    if not found:
        similar = get_close_matches(wanted, sorted(_all_names(catalog)), n=5, cutoff=0.6)
        raise UnknownName(
            f"The catalog has nothing named '{name}'.",
            f"Similar names: {', '.join(similar)}."
            if similar
            else "`metricspeak catalog` lists what there is.",
        )
    return found


def describe_hit(hit: SearchHit) -> Description:
    """A search hit as a mapping."""
    return trim(
        {
            "kind": hit.kind,
            "name": hit.name,
            "label": hit.label,
            "description": hit.description,
            "matched": hit.matched,
            "score": hit.score,
        }
    )


def _all_names(catalog: SemanticCatalog) -> set[str]:
    return {
        *catalog.metrics,
        *catalog.dimensions,
        *(dimension.name for dimension in catalog.dimensions.values()),
        *(entity.name for entity in _entities(catalog)),
        *catalog.measures,
        *catalog.semantic_models,
        *catalog.saved_queries,
        *catalog.models,
    }


def _entities(catalog: SemanticCatalog) -> list[Entity]:
    """Each entity once: where it is a key, else where it has a label, else anywhere."""
    best: dict[str, Entity] = {}
    for model in catalog.semantic_models.values():
        for entity in model.entities:
            known = best.get(entity.name)
            if known is None or _authority(model, entity) > _authority(
                catalog.semantic_models[known.semantic_model], known
            ):
                best[entity.name] = entity
    return list(best.values())


def _authority(model: SemanticModel, entity: Entity) -> tuple[bool, bool]:
    return (model.primary_entity == entity.name, entity.label is not None)
