"""What each metric can be grouped by: MetricFlow's rule, computed from the semantic models alone.

From the model of a metric's measure a query may reach
- the model's own entities (`account`), and its own attributes through any of its keys
  (`account__industry`);
- through an entity, the attributes of another model in which that entity is a key, so that no row
  is multiplied (`territory__region`);
- from there once more (`account__territory__region`).

A spelling that two paths share is ambiguous and taken out, per grain, as MetricFlow does; so is
one that repeats a name (`account__account`). A metric over several measures has what they share.
MetricFlow itself is not asked because loading it takes seconds; a test holds both to one answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from semantic.build_metrics import MeasureUse
from semantic.catalog import (
    Dimension,
    DimensionType,
    Entity,
    EntityType,
    GroupByElement,
    SemanticModel,
)

ALL_GRAINS = (
    "nanosecond",
    "microsecond",
    "millisecond",
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "quarter",
    "year",
)
METRIC_TIME = "metric_time"
_KEYS = frozenset({EntityType.PRIMARY, EntityType.UNIQUE, EntityType.NATURAL})


@dataclass(frozen=True)
class TimeSpines:
    """The project's calendars: the finest grain there is, and their own grains by base grain."""

    finest: str = "day"
    custom_grains: Mapping[str, str] = field(default_factory=dict)


def read_time_spines(semantic_manifest: Mapping[str, Any]) -> TimeSpines:
    """Time spines as the project declares them."""
    configuration = semantic_manifest.get("project_configuration") or {}
    grains: list[str] = []
    custom: dict[str, str] = {}
    for spine in configuration.get("time_spines") or ():
        grain = str((spine.get("primary_column") or {}).get("time_granularity") or "day")
        grains.append(grain)
        for granularity in spine.get("custom_granularities") or ():
            custom[str(granularity["name"])] = grain
    for table in configuration.get("time_spine_table_configurations") or ():
        grains.append(str(table.get("grain") or "day"))
    known = [grain for grain in grains if grain in ALL_GRAINS]
    return TimeSpines(min(known, key=ALL_GRAINS.index, default="day"), custom)


@dataclass(frozen=True)
class _Item:
    """One way to reach something at one grain (None: it has none)."""

    path: tuple[str, ...]
    name: str
    grain: str | None
    dimension: Dimension | None
    entity: Entity | None
    hops: int

    @property
    def spelling(self) -> tuple[str, ...]:
        grain = () if self.grain is None else (self.grain,)
        return (*self.path, self.name, *grain)


class Reachability:
    """Answers what can be grouped by, for one project."""

    def __init__(
        self,
        semantic_models: Mapping[str, SemanticModel],
        spines: TimeSpines,
        validity_models: frozenset[str] = frozenset(),
    ) -> None:
        """Take the semantic models in.

        Args:
            semantic_models: All of them, by name.
            spines: The project's time spines.
            validity_models: Names of those that hold validity windows (slowly changing dimensions).
        """
        self._models = semantic_models
        self._spines = spines
        self._validity_models = validity_models
        self._by_entity: dict[str, list[tuple[SemanticModel, Entity]]] = {}
        for model in semantic_models.values():
            for entity in model.entities:
                self._by_entity.setdefault(entity.name, []).append((model, entity))
        self._own: dict[str, tuple[GroupByElement, ...]] = {}

    def for_measures(self, uses: Iterable[MeasureUse]) -> tuple[GroupByElement, ...]:
        """What a metric over these measures can be grouped by."""
        sources = dict.fromkeys(
            (use.measure.semantic_model, self._time_grain(use)) for use in uses if use.grouped
        )
        shared: dict[str, GroupByElement] | None = None
        for model, grain in sources:
            metric_time = GroupByElement(METRIC_TIME, grains=self.grains_from(grain))
            own = {e.qualified_name: e for e in (metric_time, *self.from_model(model))}
            shared = own if shared is None else _shared(shared, own)
        return tuple((shared or {}).values())

    def _time_grain(self, use: MeasureUse) -> str:
        model = self._models[use.measure.semantic_model]
        for dimension in model.dimensions:
            if dimension.name == use.measure.agg_time_dimension:
                return dimension.grain or "day"
        return "day"

    def grains_from(self, finest: str) -> tuple[str, ...]:
        """Grains that a time dimension of that grain can be asked at: standard, then custom."""
        start = ALL_GRAINS.index(finest) if finest in ALL_GRAINS else ALL_GRAINS.index("day")
        custom = (
            name
            for name, base in self._spines.custom_grains.items()
            if base in ALL_GRAINS and ALL_GRAINS.index(base) >= start
        )
        return (*ALL_GRAINS[start:], *custom)

    def from_model(self, name: str) -> tuple[GroupByElement, ...]:
        """What rows of a semantic model can be grouped by, without `metric_time`."""
        if name not in self._own:
            self._own[name] = tuple(_elements(self._reach(self._models[name])))
        return self._own[name]

    def listings(self) -> dict[str, tuple[GroupByElement, ...]]:
        """What can be listed without a metric, as seen from each semantic model.

        MetricFlow knows a spelling without a metric only where it is one of some model's own, so
        paths over two joins cannot be listed.
        """
        own_names = {
            e.qualified_name for m in self._models for e in self.from_model(m) if e.hops == 0
        }
        return {
            model: tuple(e for e in self.from_model(model) if e.qualified_name in own_names)
            for model in self._models
        }

    def _reach(self, model: SemanticModel) -> Iterator[_Item]:
        for entity in model.entities:
            yield _Item((), entity.name, None, None, entity, 0)
        for key in _own_keys(model):
            yield from self._attributes(model, (key,), 0)
        for link, first in self._joins(model):
            yield from self._attributes(first, (link,), 1)
            for next_link, second in self._joins(first):
                if next_link != link and second.name != model.name:
                    yield from self._attributes(second, (link, next_link), 2)

    def _joins(self, left: SemanticModel) -> Iterator[tuple[str, SemanticModel]]:
        """Models that join without multiplying rows, with the entity that links them."""
        for entity in left.entities:
            for right, key in self._by_entity[entity.name]:
                if right.name == left.name or key.type not in _KEYS:
                    continue
                if right.name in self._validity_models:
                    # Two validity windows cannot be lined up.
                    if left.name in self._validity_models:
                        continue
                elif key.type is EntityType.NATURAL:
                    continue
                if entity.type is EntityType.NATURAL and key.type is EntityType.NATURAL:
                    continue
                yield entity.name, right

    def _attributes(
        self, model: SemanticModel, path: tuple[str, ...], hops: int
    ) -> Iterator[_Item]:
        for entity in model.entities:
            if entity.name not in path:
                yield _Item(path, entity.name, None, None, entity, hops)
        for dimension in model.dimensions:
            if dimension.name in path:
                continue
            if dimension.type is DimensionType.CATEGORICAL:
                yield _Item(path, dimension.name, None, dimension, None, hops)
                continue
            for grain in self.grains_from(dimension.grain or "day"):
                if grain not in path and grain != dimension.name:
                    yield _Item(path, dimension.name, grain, dimension, None, hops)


def _own_keys(model: SemanticModel) -> Iterator[str]:
    """Entities through which a model's own attributes are spelled."""
    names = [entity.name for entity in model.entities if entity.type in _KEYS]
    if model.primary_entity and model.primary_entity not in names:
        names.append(model.primary_entity)
    yield from dict.fromkeys(names)


def _elements(items: Iterable[_Item]) -> Iterator[GroupByElement]:
    by_spelling: dict[tuple[str, ...], _Item | None] = {}
    for item in items:
        by_spelling[item.spelling] = None if item.spelling in by_spelling else item
    grouped: dict[tuple[tuple[str, ...], str], list[_Item]] = {}
    for kept in by_spelling.values():
        if kept is not None:
            grouped.setdefault((kept.path, kept.name), []).append(kept)
    for (path, name), same in grouped.items():
        first = same[0]
        yield GroupByElement(
            name=name,
            entity_path=path,
            dimension=first.dimension,
            entity=first.entity,
            grains=tuple(item.grain for item in same if item.grain is not None),
            hops=first.hops,
        )


def _shared(
    left: Mapping[str, GroupByElement], right: Mapping[str, GroupByElement]
) -> dict[str, GroupByElement]:
    both: dict[str, GroupByElement] = {}
    for name, element in left.items():
        other = right.get(name)
        if other is None or bool(other.grains) != bool(element.grains):
            continue
        grains = tuple(grain for grain in element.grains if grain in other.grains)
        if grains or not element.grains:
            both[name] = GroupByElement(
                name=element.name,
                entity_path=element.entity_path,
                dimension=element.dimension,
                entity=element.entity,
                grains=grains,
                hops=max(element.hops, other.hops),
            )
    return both


def models_with_validity(semantic_manifest: Mapping[str, Any]) -> frozenset[str]:
    """Names of semantic models whose rows are valid for a window of time."""
    return frozenset(
        raw["name"]
        for raw in semantic_manifest.get("semantic_models") or ()
        for dimension in raw.get("dimensions") or ()
        if (dimension.get("type_params") or {}).get("validity_params")
    )
