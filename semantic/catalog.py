"""What can be asked: the typed, immutable picture of a dbt project's semantic layer.

Words are dbt's and MetricFlow's (https://docs.getdbt.com/docs/build/semantic-models). Nothing here
reads a file or a database; `semantic.build` makes a `SemanticCatalog` from dbt's artifacts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

STANDARD_GRAINS = ("hour", "day", "week", "month", "quarter", "year")
"""MetricFlow's standard granularities that a question can ask for, fine to coarse."""


class MetricType(StrEnum):
    """MetricFlow's five types of metrics."""

    SIMPLE = "simple"
    RATIO = "ratio"
    DERIVED = "derived"
    CUMULATIVE = "cumulative"
    CONVERSION = "conversion"


class EntityType(StrEnum):
    """MetricFlow's types of entities."""

    PRIMARY = "primary"
    UNIQUE = "unique"
    FOREIGN = "foreign"
    NATURAL = "natural"


class DimensionType(StrEnum):
    """MetricFlow's types of dimensions."""

    CATEGORICAL = "categorical"
    TIME = "time"


@dataclass(frozen=True)
class Relation:
    """Where a model's rows are in the warehouse."""

    database: str | None
    schema: str
    identifier: str


@dataclass(frozen=True)
class ColumnReference:
    """The column that a `relationships` test or foreign key points to."""

    model: str
    column: str


@dataclass(frozen=True)
class Column:
    """A column of a model, with what its tests say about it.

    `value_labels` pairs a stored code with what it means, as in `Dimension`. `quoted` tells that
    the warehouse knows the name only as it is written, capitals and all.
    """

    name: str
    data_type: str | None = None
    description: str = ""
    label: str | None = None
    synonyms: tuple[str, ...] = ()
    sensitive: bool = False
    not_null: bool = False
    unique: bool = False
    accepted_values: tuple[str, ...] = ()
    references: ColumnReference | None = None
    format: str | None = None
    value_labels: tuple[tuple[str, str], ...] = ()
    quoted: bool = False


@dataclass(frozen=True)
class Model:
    """A dbt node that has rows: model, seed, snapshot or source.

    `sensitive_columns` are the names (lower case) that must not be read out, marked here or on a
    model that this one is built from; a name may be among them without being in `columns`.
    `columns_complete` tells that there are no other columns: the model's contract is enforced, or
    `dbt docs generate` read them from the warehouse.
    """

    unique_id: str
    name: str
    resource_type: str
    relation: Relation
    description: str = ""
    columns: tuple[Column, ...] = ()
    access: str = "protected"
    group: str | None = None
    depends_on: tuple[str, ...] = ()
    primary_key: tuple[str, ...] = ()
    sensitive_columns: tuple[str, ...] = ()
    columns_complete: bool = False

    def column(self, name: str) -> Column | None:
        """The column of that name, in any case, or None."""
        return next((c for c in self.columns if c.name.lower() == name.lower()), None)


@dataclass(frozen=True)
class Entity:
    """A join key of a semantic model. `column` is None where `expr` is not a plain column."""

    name: str
    type: EntityType
    semantic_model: str
    expr: str
    column: str | None = None
    label: str | None = None
    description: str = ""
    synonyms: tuple[str, ...] = ()
    sensitive: bool = False


@dataclass(frozen=True)
class Dimension:
    """An attribute to group or filter by.

    `grain` is the finest granularity of a time dimension; `validity` is `start` or `end` where it
    bounds the time that a row holds for (a slowly changing dimension). `value_labels` pairs a
    stored code with what it means ("A" → "active"), from `meta.values` or read out of the
    description ("A = active, C = churned").
    """

    name: str
    type: DimensionType
    semantic_model: str
    expr: str
    column: str | None = None
    data_type: str | None = None
    grain: str | None = None
    label: str | None = None
    description: str = ""
    synonyms: tuple[str, ...] = ()
    format: str | None = None
    sensitive: bool = False
    accepted_values: tuple[str, ...] = ()
    value_labels: tuple[tuple[str, str], ...] = ()
    validity: str | None = None

    @property
    def key(self) -> str:
        """`semantic_model.dimension`: unique in a catalog."""
        return f"{self.semantic_model}.{self.name}"


@dataclass(frozen=True)
class Measure:
    """An aggregation over the rows of a semantic model."""

    name: str
    semantic_model: str
    agg: str
    expr: str
    agg_time_dimension: str
    label: str | None = None
    description: str = ""
    non_additive_dimension: str | None = None
    last_snapshot: bool = False
    """Whether it is not additive over time, and its value of a range is that of the last one."""


@dataclass(frozen=True)
class SemanticModel:
    """A dbt model with its entities, dimensions and measures."""

    name: str
    model: str
    primary_entity: str | None
    label: str | None = None
    description: str = ""
    synonyms: tuple[str, ...] = ()
    entities: tuple[Entity, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    measures: tuple[Measure, ...] = ()
    group: str | None = None


@dataclass(frozen=True)
class MetricInput:
    """A metric that goes into another, with what is changed on the way."""

    name: str
    alias: str | None = None
    filters: tuple[str, ...] = ()
    offset_window: str | None = None
    offset_to_grain: str | None = None


@dataclass(frozen=True)
class Metric:
    """A governed figure.

    `measures` are all measures below it; `filters` every filter applied on the way (Jinja text as
    written in the project): the hidden conditions of the figure. `agg` is the measure's aggregation
    for simple and cumulative metrics. `time_dimension` is what `metric_time` means for it, as
    `semantic_model.dimension`, None when its inputs differ.
    """

    name: str
    type: MetricType
    label: str | None = None
    description: str = ""
    synonyms: tuple[str, ...] = ()
    format: str | None = None
    inputs: tuple[MetricInput, ...] = ()
    measures: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    expr: str | None = None
    agg: str | None = None
    window: str | None = None
    grain_to_date: str | None = None
    time_dimension: str | None = None
    time_grain: str | None = None
    non_additive_dimension: str | None = None
    semantic_models: tuple[str, ...] = ()
    group: str | None = None

    @property
    def additive(self) -> bool:
        """Whether a breakdown of it adds up to its total over any grouping."""
        return (
            self.type is MetricType.SIMPLE
            and self.agg in {"sum", "count", "sum_boolean"}
            and self.non_additive_dimension is None
        )


@dataclass(frozen=True)
class GroupByElement:
    """Something that metrics can be grouped or filtered by, by one join path.

    `name` with `entity_path` is MetricFlow's spelling: `customer__region`,
    `order__customer__region`, `metric_time`; an entity itself has its own name and the path to it.
    Exactly one of `dimension` and `entity` is set, none for `metric_time`. `hops` counts joins
    (0: on the measure's own model).
    """

    name: str
    entity_path: tuple[str, ...] = ()
    dimension: Dimension | None = None
    entity: Entity | None = None
    grains: tuple[str, ...] = ()
    hops: int = 0

    @property
    def qualified_name(self) -> str:
        """MetricFlow's spelling without grain."""
        return "__".join((*self.entity_path, self.name))

    @property
    def is_time(self) -> bool:
        """Whether it has grains."""
        return bool(self.grains)


@dataclass(frozen=True)
class SavedQuery:
    """A saved query: metrics, group_by and where as written in the project."""

    name: str
    label: str | None = None
    description: str = ""
    metrics: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    where: tuple[str, ...] = ()


@dataclass(frozen=True)
class SemanticCatalog:
    """All that can be asked of one dbt project. Immutable; safe to share between threads.

    `group_bys_by_metric` holds, for each metric, what it can be grouped by (MetricFlow's rule: up
    to two joins, never a join that multiplies rows). `list_group_bys` holds what can be listed
    without a metric, as seen from each semantic model. `custom_grains` are a time spine's own
    granularities (`fiscal_quarter`). `fingerprint` changes when anything in the artifacts does.
    """

    project_name: str
    adapter_type: str
    fingerprint: str
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    semantic_models: Mapping[str, SemanticModel] = field(default_factory=dict)
    models: Mapping[str, Model] = field(default_factory=dict)
    saved_queries: Mapping[str, SavedQuery] = field(default_factory=dict)
    group_bys_by_metric: Mapping[str, tuple[GroupByElement, ...]] = field(default_factory=dict)
    list_group_bys: Mapping[str, tuple[GroupByElement, ...]] = field(default_factory=dict)
    custom_grains: tuple[str, ...] = ()
    spine_grain: str = "day"

    @property
    def grains(self) -> tuple[str, ...]:
        """Every grain a question may ask for: standard ones, then the time spine's own."""
        return (*STANDARD_GRAINS, *self.custom_grains)

    @cached_property
    def dimensions(self) -> Mapping[str, Dimension]:
        """Every dimension by its key, `semantic_model.dimension`."""
        return {d.key: d for sm in self.semantic_models.values() for d in sm.dimensions}

    @cached_property
    def measures(self) -> Mapping[str, Measure]:
        """Every measure by name."""
        return {m.name: m for sm in self.semantic_models.values() for m in sm.measures}

    def group_bys(self, metrics: Iterable[str]) -> tuple[GroupByElement, ...]:
        """What all of `metrics` can be grouped by together; unknown metrics give nothing."""
        shared: dict[str, GroupByElement] | None = None
        for metric in metrics:
            own = {g.qualified_name: g for g in self.group_bys_by_metric.get(metric, ())}
            if shared is None:
                shared = own
                continue
            shared = {
                name: element
                for name, element in shared.items()
                if name in own
                and (own[name].dimension, own[name].entity is None)
                == (element.dimension, element.entity is None)
            }
        return tuple((shared or {}).values())
