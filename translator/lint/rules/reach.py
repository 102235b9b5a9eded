"""Whether metrics and dimensions can be brought together."""

from __future__ import annotations

from collections.abc import Iterator

from semantic.catalog import EntityType, SemanticCatalog
from semantic.reachability import METRIC_TIME
from translator.artifact.proposal import BridgeProposal, Join, join_paths, propose
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
    for (entity, target), found in far.items():
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
            _bridge(start, target, catalog) or f"Bring these columns into the model of {entity}.",
        )


def _bridge(start: str, target: str, catalog: SemanticCatalog) -> str:
    """The command that writes the model in between, if there is one that it writes."""
    metrics = [m for m in catalog.metrics.values() if m.semantic_models == (start,)]
    for metric in metrics:
        for dimension in catalog.semantic_models[target].dimensions:
            words = (dimension.label or dimension.name.replace("_", " ")).lower()
            question = f"{(metric.label or metric.name).lower()} by {words}"
            proposal = propose(question, (), catalog)
            if (
                isinstance(proposal, BridgeProposal)
                and proposal.dimension == dimension
                and not dimension.sensitive
            ):
                return (
                    f"`metricspeak save {proposal.name} --as draft --question '{question}'` writes "
                    f"the model that brings {dimension.name} next to {proposal.joins[0].entity}."
                )
    return ""


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
