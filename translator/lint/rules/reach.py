"""Whether metrics and dimensions can be brought together."""

from __future__ import annotations

from collections.abc import Iterator

from semantic.catalog import EntityType, SemanticCatalog
from semantic.reachability import METRIC_TIME
from translator.artifact.proposal import BridgeProposal, Join, bridge, join_paths
from translator.lint.finding import Linted, Problem

_KEYS = (EntityType.PRIMARY, EntityType.UNIQUE, EntityType.NATURAL)
_SHOWN = 4


def dimension_out_of_reach(linted: Linted) -> Iterator[Problem]:
    """Dimensions more than two joins away from metrics, by the shortest way."""
    catalog = linted.catalog
    measured = {m for metric in catalog.metrics.values() for m in metric.semantic_models}
    far: dict[tuple[str, str], list[tuple[str, tuple[Join, ...]]]] = {}
    for start in sorted(measured):
        for model in catalog.semantic_models.values():
            if model.name == start or not model.dimensions:
                continue
            ways = join_paths(start, model.name, catalog)
            if ways and not _reached(start, model.name, catalog):
                way = ways[0]
                far.setdefault((way[0].entity, model.name), []).append((start, way))
    for (_, target), found in far.items():
        names = [d.name for d in catalog.semantic_models[target].dimensions if not d.sensitive]
        start, way = found[0]
        starts = ", ".join(name for name, _ in found[:_SHOWN])
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        yield Problem(
            "semantic_model",
            target,
            f"is {len(way)} joins away from the metrics of {starts}{more} "
            f"({' → '.join(j.entity for j in way)}); MetricFlow goes two far, so they cannot be "
            f"asked by {', '.join(names[:_SHOWN])}{', …' if len(names) > _SHOWN else ''}.",
            f"A model that has them beside the key of {way[0].entity} brings them near; "
            "`metricspeak catalog lint --drafts` writes it out.",
            bridge=_bridge(start, target, way, catalog),
        )


def _bridge(
    start: str, target: str, way: tuple[Join, ...], catalog: SemanticCatalog
) -> BridgeProposal | None:
    """The model in between, for one metric and one dimension."""
    metrics = (m for m in catalog.metrics.values() if m.semantic_models == (start,))
    dimensions = (d for d in catalog.semantic_models[target].dimensions if not d.sensitive)
    metric, dimension = next(metrics, None), next(dimensions, None)
    if metric is None or dimension is None:
        return None
    return bridge(metric, dimension, way, catalog)


def metric_without_dimensions(linted: Linted) -> Iterator[Problem]:
    """Metrics that can be grouped and filtered by nothing but time."""
    for metric in linted.catalog.metrics.values():
        items = linted.catalog.group_bys_by_metric.get(metric.name, ())
        if not any(e.dimension is not None and e.name != METRIC_TIME for e in items):
            yield Problem(
                "metric",
                metric.name,
                "shares no dimension with all that it is made of: it can be asked by time at most.",
                "Give its semantic models a common entity.",
            )


def measure_without_metric(linted: Linted) -> Iterator[Problem]:
    """Measures that no metric uses: figures that cannot be asked for."""
    used = {m for metric in linted.catalog.metrics.values() for m in metric.measures}
    for measure in linted.catalog.measures.values():
        if measure.name not in used:
            yield Problem(
                "measure",
                f"{measure.semantic_model}.{measure.name}",
                "has no metric, so that no question reaches it.",
                "Define a metric over it, or remove it.",
            )


def entity_without_key(linted: Linted) -> Iterator[Problem]:
    """Foreign entities that lead nowhere."""
    keys = {
        e.name
        for model in linted.catalog.semantic_models.values()
        for e in model.entities
        if e.type in _KEYS
    }
    for model in linted.catalog.semantic_models.values():
        for entity in model.entities:
            if entity.name not in keys:
                yield Problem(
                    "entity",
                    f"{model.name}.{entity.name}",
                    "is the key of no semantic model: nothing can be joined by it.",
                    "Add the semantic model that it is the primary entity of, or use its name.",
                )
        if model.primary_entity is None and model.dimensions:
            yield Problem(
                "semantic_model",
                model.name,
                "has no primary entity: its dimensions have no name to be asked by.",
                "Add an entity of type primary, or `primary_entity`.",
            )


def _reached(start: str, target: str, catalog: SemanticCatalog) -> bool:
    return any(
        e.dimension is not None and e.dimension.semantic_model == target
        for metric in catalog.metrics.values()
        if metric.semantic_models == (start,)
        for e in catalog.group_bys_by_metric.get(metric.name, ())
    )
