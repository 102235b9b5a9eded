"""How each kind of thing in the catalog is described: a mapping that holds what is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from semantic.value_index import DimensionValues

Description = dict[str, Any]


def trim(description: Description) -> Description:
    """Without what is empty."""
    return {key: value for key, value in description.items() if value not in (None, "", [], {}, ())}


def describe_group_by(element: GroupByElement) -> Description:
    """What a metric can be grouped by, as a query spells it."""
    kind = "time" if element.is_time else "dimension" if element.dimension else "entity"
    source = element.dimension or element.entity
    return trim(
        {
            "name": element.qualified_name,
            "kind": kind,
            "label": source.label if source else None,
            "grains": list(element.grains),
            "joins": element.hops,
        }
    )


def metric_line(metric: Metric) -> Description:
    """A metric in a line of a list."""
    return trim(
        {
            "name": metric.name,
            "label": metric.label,
            "type": metric.type.value,
            "description": metric.description,
            "synonyms": list(metric.synonyms),
            "format": metric.format,
        }
    )


def describe_metric(catalog: SemanticCatalog, metric: Metric) -> Description:
    """All that is known of a metric."""
    return trim(
        {
            "kind": "metric",
            **metric_line(metric),
            "aggregation": metric.agg,
            "expression": metric.expr,
            "inputs": [
                trim(
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


def dimension_line(dimension: Dimension, spelled: Sequence[str]) -> Description:
    """A dimension in a line of a list."""
    return trim(
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


def describe_dimension(
    catalog: SemanticCatalog,
    dimension: Dimension,
    spelled: Sequence[str],
    values: Mapping[str, DimensionValues],
) -> Description:
    """All that is known of a dimension."""
    known = None if dimension.sensitive else values.get(dimension.key)
    reached_from = [
        name
        for name, elements in catalog.group_bys_by_metric.items()
        if any(e.dimension is not None and e.dimension.key == dimension.key for e in elements)
    ]
    return trim(
        {
            "kind": "dimension",
            **dimension_line(dimension, spelled),
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


def entity_line(entity: Entity) -> Description:
    """An entity in a line of a list."""
    return trim(
        {
            "name": entity.name,
            "label": entity.label,
            "description": entity.description,
            "synonyms": list(entity.synonyms),
        }
    )


def describe_entity(catalog: SemanticCatalog, entity: Entity) -> Description:
    """All that is known of an entity."""
    roles = {
        model.name: own.type.value
        for model in catalog.semantic_models.values()
        for own in model.entities
        if own.name == entity.name
    }
    return trim({"kind": "entity", **entity_line(entity), "semantic_models": roles})


def describe_measure(measure: Measure) -> Description:
    """All that is known of a measure."""
    return trim(
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


def describe_semantic_model(catalog: SemanticCatalog, model: SemanticModel) -> Description:
    """All that is known of a semantic model."""
    return trim(
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


def describe_model(model: Model) -> Description:
    """All that is known of a model."""
    relation = model.relation
    return trim(
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
                trim(
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


def describe_saved_query(query: SavedQuery) -> Description:
    """All that is known of a saved query."""
    return trim(
        {
            "name": query.name,
            "label": query.label,
            "description": query.description,
            "metrics": list(query.metrics),
            "group_by": list(query.group_by),
            "where": list(query.where),
        }
    )
