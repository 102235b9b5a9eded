"""Semantic models from `semantic_manifest.json`, completed by what their models know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from semantic import meta
from semantic.catalog import (
    Column,
    Dimension,
    DimensionType,
    Entity,
    EntityType,
    Measure,
    Model,
    SemanticModel,
)
from semantic.value_labels import parse_value_labels

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")
_NAMING = frozenset({"synonyms", "aliases", "label", "format", "values"})
_PLAIN_COLUMN = re.compile(r'^"?([A-Za-z_][A-Za-z0-9_$]*)"?$')


def build_semantic_models(
    semantic_manifest: Mapping[str, Any], manifest: Mapping[str, Any], models: Mapping[str, Model]
) -> dict[str, SemanticModel]:
    """Every semantic model by name."""
    nodes = {
        node.get("name"): node
        for node in (manifest.get("semantic_models") or {}).values()
        if isinstance(node, Mapping)
    }
    by_id = {model.unique_id: model for model in models.values()}
    built: dict[str, SemanticModel] = {}
    for raw in semantic_manifest.get("semantic_models") or ():
        node = nodes.get(raw["name"], {})
        model = _model_of(raw, node, by_id, models)
        built[raw["name"]] = _semantic_model(raw, node, model)
    return built


def _model_of(
    raw: Mapping[str, Any],
    node: Mapping[str, Any],
    by_id: Mapping[str, Model],
    models: Mapping[str, Model],
) -> Model | None:
    for unique_id in (node.get("depends_on") or {}).get("nodes") or ():
        if unique_id in by_id:
            return by_id[unique_id]
    relation = raw.get("node_relation") or {}
    for model in models.values():
        if (model.relation.schema, model.relation.identifier) == (
            relation.get("schema_name"),
            relation.get("alias"),
        ):
            return model
    return None


def _semantic_model(
    raw: Mapping[str, Any], node: Mapping[str, Any], model: Model | None
) -> SemanticModel:
    name = raw["name"]
    inherited = meta.meta_of(raw)
    entities = tuple(_entity(_own(e, inherited), name, model) for e in raw.get("entities") or ())
    primary = next((e.name for e in entities if e.type is EntityType.PRIMARY), None)
    relation = raw.get("node_relation") or {}
    return SemanticModel(
        name=name,
        model=model.name if model else str(relation.get("alias") or name),
        primary_entity=primary or raw.get("primary_entity"),
        label=meta.label(raw),
        description=meta.description(raw) or (model.description if model else ""),
        synonyms=meta.synonyms(raw) or meta.synonyms(node),
        entities=entities,
        dimensions=tuple(
            _dimension(_own(d, inherited), name, model) for d in raw.get("dimensions") or ()
        ),
        measures=tuple(_measures(raw)),
        group=node.get("group") or (node.get("config") or {}).get("group"),
    )


def _own(raw: Mapping[str, Any], inherited: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part of a semantic model without the meta that dbt copied to it from the model.

    The synonyms of orders are not those of every dimension of orders. A mark as sensitive stays.
    """
    config = raw.get("config")
    if not isinstance(config, Mapping) or not isinstance(config.get("meta"), Mapping):
        return raw
    kept = {
        key: value
        for key, value in config["meta"].items()
        if key not in _NAMING or inherited.get(key) != value
    }
    return {**raw, "config": {**config, "meta": kept}}


def _expression(raw: Mapping[str, Any]) -> str:
    expr = raw.get("expr")
    return str(expr) if expr not in (None, "") else str(raw["name"])


def _column(expr: str, model: Model | None) -> tuple[str | None, Column | None]:
    """The column that an expression plainly is, and what the model knows of it."""
    plain = _PLAIN_COLUMN.match(expr.strip())
    if not plain:
        return None, None
    return plain.group(1), model.column(plain.group(1)) if model else None


def _is_sensitive(raw: Mapping[str, Any], expr: str, model: Model | None) -> bool:
    """Marked itself, or over a marked column, whatever the expression does with it."""
    if meta.sensitive(raw) is True:
        return True
    if model is None or not model.sensitive_columns:
        return False
    return any(word.lower() in model.sensitive_columns for word in _WORD.findall(expr))


def _entity(raw: Mapping[str, Any], semantic_model: str, model: Model | None) -> Entity:
    expr = _expression(raw)
    name, column = _column(expr, model)
    return Entity(
        name=raw["name"],
        type=EntityType(raw["type"]),
        semantic_model=semantic_model,
        expr=expr,
        column=name,
        label=meta.label(raw),
        description=meta.description(raw) or (column.description if column else ""),
        synonyms=meta.synonyms(raw),
        sensitive=_is_sensitive(raw, expr, model),
    )


def _dimension(raw: Mapping[str, Any], semantic_model: str, model: Model | None) -> Dimension:
    expr = _expression(raw)
    column_name, column = _column(expr, model)
    kind = DimensionType(raw["type"])
    own_text = meta.description(raw)
    column_text = column.description if column else ""
    accepted = column.accepted_values if column else ()
    labels: tuple[tuple[str, str], ...] = ()
    if kind is DimensionType.CATEGORICAL:
        labels = (
            meta.declared_values(raw)
            or parse_value_labels(meta.raw_description(raw), accepted)
            or (column.value_labels if column else ())
        )
    own_synonyms = meta.synonyms(raw)
    return Dimension(
        name=raw["name"],
        type=kind,
        semantic_model=semantic_model,
        expr=expr,
        column=column_name,
        data_type=column.data_type if column else None,
        grain=(raw.get("type_params") or {}).get("time_granularity") or "day"
        if kind is DimensionType.TIME
        else None,
        label=meta.label(raw) or (column.label if column else None),
        description=own_text or column_text,
        synonyms=own_synonyms or (column.synonyms if column else ()),
        format=meta.value_format(raw) or (column.format if column else None),
        sensitive=_is_sensitive(raw, expr, model),
        accepted_values=accepted,
        value_labels=labels,
        validity=_validity(raw),
    )


def _validity(raw: Mapping[str, Any]) -> str | None:
    params = (raw.get("type_params") or {}).get("validity_params") or {}
    return "start" if params.get("is_start") else "end" if params.get("is_end") else None


def _measures(raw: Mapping[str, Any]) -> Iterator[Measure]:
    default_time = (raw.get("defaults") or {}).get("agg_time_dimension")
    for measure in raw.get("measures") or ():
        yield make_measure(measure, raw["name"], default_time, _expression(measure))


def make_measure(
    raw: Mapping[str, Any], semantic_model: str, default_time: str | None, expr: str
) -> Measure:
    """A measure from its own node, or from a metric's `metric_aggregation_params`."""
    non_additive = raw.get("non_additive_dimension")
    return Measure(
        name=raw["name"],
        semantic_model=semantic_model,
        agg=str(raw.get("agg") or ""),
        expr=expr,
        agg_time_dimension=str(raw.get("agg_time_dimension") or default_time or ""),
        label=meta.label(raw),
        description=meta.description(raw),
        non_additive_dimension=non_additive.get("name")
        if isinstance(non_additive, Mapping)
        else None,
        last_snapshot=isinstance(non_additive, Mapping)
        and str(non_additive.get("window_choice") or "").lower() == "max"
        and not non_additive.get("window_groupings"),
    )
