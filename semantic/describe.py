"""The catalog as plain mappings, for `metricspeak catalog` and for programs.

All of it is JSON as it stands: texts, numbers, lists, mappings. What is empty is left out of a
description, so that a person reads only what is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from semantic.catalog import (
    Dimension,
    Entity,
    GroupByElement,
    Measure,
    Metric,
    Model,
    SavedQuery,
    SemanticCatalog,
    SemanticModel,
)
from semantic.errors import UnknownName
from semantic.search import SearchHit
from semantic.spellings import spellings_by_dimension
from semantic.value_index import DimensionValues

Description = dict[str, Any]


def describe_catalog(catalog: SemanticCatalog) -> Description:
    """Everything that can be asked, one line each: what `metricspeak catalog` shows."""
    spelled = spellings_by_dimension(catalog)
    return {
        "project": catalog.project_name,
        "adapter": catalog.adapter_type,
        "metrics": [_metric_line(metric) for metric in catalog.metrics.values()],
        "dimensions": [
            _dimension_line(d, spelled.get(d.key, ())) for d in catalog.dimensions.values()
        ],
        "entities": [_entity_line(entity) for entity in _entities(catalog)],
        "saved_queries": [_saved_query(query) for query in catalog.saved_queries.values()],
        "semantic_models": [
            _trim(
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
        *(_metric(catalog, m) for m in catalog.metrics.values() if m.name.lower() == wanted),
        *(
            _dimension(catalog, d, spelled.get(d.key, ()), values or {})
            for d in catalog.dimensions.values()
            if wanted in (d.name.lower(), d.key.lower(), *map(str.lower, spelled.get(d.key, ())))
        ),
        *(_entity(catalog, e) for e in _entities(catalog) if e.name.lower() == wanted),
        *(_measure(m) for m in catalog.measures.values() if m.name.lower() == wanted),
        *(
            _semantic_model(catalog, m)
            for m in catalog.semantic_models.values()
            if m.name.lower() == wanted
        ),
        *(
            {"kind": "saved_query", **_saved_query(q)}
            for q in catalog.saved_queries.values()
            if q.name.lower() == wanted
        ),
        *(_model(m) for m in catalog.models.values() if m.name.lower() == wanted),
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
    return _trim(
        {
            "kind": hit.kind,
            "name": hit.name,
            "label": hit.label,
            "description": hit.description,
            "matched": hit.matched,
            "score": hit.score,
        }
    )


def describe_group_by(element: GroupByElement) -> Description:
    """What a metric can be grouped by, as a query spells it."""
    kind = "time" if element.is_time else "dimension" if element.dimension else "entity"
    source = element.dimension or element.entity
    return _trim(
        {
            "name": element.qualified_name,
            "kind": kind,
            "label": source.label if source else None,
            "grains": list(element.grains),
            "joins": element.hops,
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


def _trim(description: Description) -> Description:
    return {key: value for key, value in description.items() if value not in (None, "", [], {}, ())}


def _metric_line(metric: Metric) -> Description:
    return _trim(
        {
            "name": metric.name,
            "label": metric.label,
            "type": metric.type.value,
            "description": metric.description,
            "synonyms": list(metric.synonyms),
            "format": metric.format,
        }
    )


def _metric(catalog: SemanticCatalog, metric: Metric) -> Description:
    return _trim(
        {
            "kind": "metric",
            **_metric_line(metric),
            "aggregation": metric.agg,
            "expression": metric.expr,
            "inputs": [
                _trim(
                    {
                        "name": item.name,
                        "alias": item.alias,
                        "filters": list(item.filters),
                        "offset_window": item.offset_window,
                        "offset_to_grain": item.offset_to_grain,
                    }
                )
                for item in metric.inputs
            ],
            "measures": list(metric.measures),
            "filters": list(metric.filters),
            "window": metric.window,
            "grain_to_date": metric.grain_to_date,
            "time_dimension": metric.time_dimension,
            "time_grain": metric.time_grain,
            "non_additive_dimension": metric.non_additive_dimension,
            "semantic_models": list(metric.semantic_models),
            "group": metric.group,
            "group_by": [
                describe_group_by(element)
                for element in catalog.group_bys_by_metric.get(metric.name, ())
            ],
        }
    )


def _dimension_line(dimension: Dimension, spelled: Sequence[str]) -> Description:
    return _trim(
        {
            "name": dimension.key,
            "label": dimension.label,
            "type": dimension.type.value,
            "description": dimension.description,
            "synonyms": list(dimension.synonyms),
            "sensitive": dimension.sensitive or None,
            "spelling": next(iter(spelled), None),
        }
    )


def _dimension(
    catalog: SemanticCatalog,
    dimension: Dimension,
    spelled: Sequence[str],
    values: Mapping[str, DimensionValues],
) -> Description:
    known = None if dimension.sensitive else values.get(dimension.key)
    reached_from = [
        name
        for name, elements in catalog.group_bys_by_metric.items()
        if any(e.dimension is not None and e.dimension.key == dimension.key for e in elements)
    ]
    return _trim(
        {
            "kind": "dimension",
            **_dimension_line(dimension, spelled),
            "spellings": list(spelled),
            "semantic_model": dimension.semantic_model,
            "expression": dimension.expr,
            "data_type": dimension.data_type,
            "grain": dimension.grain,
            "format": dimension.format,
            "accepted_values": list(dimension.accepted_values),
            "value_labels": dict(dimension.value_labels),
            "values": list(known.values) if known else [],
            "values_complete": known.complete if known else None,
            "metrics": reached_from,
        }
    )


def _entity_line(entity: Entity) -> Description:
    return _trim(
        {
            "name": entity.name,
            "label": entity.label,
            "description": entity.description,
            "synonyms": list(entity.synonyms),
        }
    )


def _entity(catalog: SemanticCatalog, entity: Entity) -> Description:
    roles = {
        model.name: own.type.value
        for model in catalog.semantic_models.values()
        for own in model.entities
        if own.name == entity.name
    }
    return _trim({"kind": "entity", **_entity_line(entity), "semantic_models": roles})


def _measure(measure: Measure) -> Description:
    return _trim(
        {
            "kind": "measure",
            "name": measure.name,
            "label": measure.label,
            "description": measure.description,
            "aggregation": measure.agg,
            "expression": measure.expr,
            "semantic_model": measure.semantic_model,
            "time_dimension": measure.agg_time_dimension,
            "non_additive_dimension": measure.non_additive_dimension,
        }
    )


def _semantic_model(catalog: SemanticCatalog, model: SemanticModel) -> Description:
    return _trim(
        {
            "kind": "semantic_model",
            "name": model.name,
            "label": model.label,
            "description": model.description,
            "synonyms": list(model.synonyms),
            "model": model.model,
            "group": model.group,
            "entities": {entity.name: entity.type.value for entity in model.entities},
            "dimensions": [dimension.name for dimension in model.dimensions],
            "measures": [measure.name for measure in model.measures],
            "metrics": [
                metric.name
                for metric in catalog.metrics.values()
                if model.name in metric.semantic_models
            ],
        }
    )


def _model(model: Model) -> Description:
    relation = model.relation
    return _trim(
        {
            "kind": "model",
            "name": model.name,
            "resource_type": model.resource_type,
            "description": model.description,
            "relation": ".".join(
                part for part in (relation.database, relation.schema, relation.identifier) if part
            ),
            "access": model.access,
            "group": model.group,
            "primary_key": list(model.primary_key),
            "columns": [
                _trim(
                    {
                        "name": column.name,
                        "type": column.data_type,
                        "description": column.description,
                        "sensitive": column.sensitive or None,
                        "not_null": column.not_null or None,
                        "unique": column.unique or None,
                        "accepted_values": list(column.accepted_values),
                        "references": f"{column.references.model}.{column.references.column}"
                        if column.references
                        else None,
                    }
                )
                for column in model.columns
            ],
            "depends_on": list(model.depends_on),
        }
    )


def _saved_query(query: SavedQuery) -> Description:
    return _trim(
        {
            "name": query.name,
            "label": query.label,
            "description": query.description,
            "metrics": list(query.metrics),
            "group_by": list(query.group_by),
            "where": list(query.where),
        }
    )
