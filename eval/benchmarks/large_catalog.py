"""A generated catalog of the size that large companies have, with questions of known answers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from semantic.catalog import (
    STANDARD_GRAINS,
    Column,
    Dimension,
    DimensionType,
    Entity,
    EntityType,
    GroupByElement,
    Metric,
    MetricType,
    Model,
    Relation,
    SemanticCatalog,
    SemanticModel,
)

_THINGS = """
invoice shipment claim contract booking flight patient visit ticket call meeting campaign lead
opportunity quote payment refund loan deposit card account policy vehicle trip route warehouse
pallet supplier purchase recipe meal student course exam grant donation volunteer sensor reading
alarm outage turbine meter build deployment incident review article subscriber stream episode
advert auction bid parcel
"""
_FIGURES = (
    ("total {t} amount", "sum", "currency"),
    ("number of {t}s", "count", "count"),
    ("average {t} duration", "average", "duration"),
    ("late {t}s", "count", "count"),
    ("rejected {t}s", "count", "count"),
    ("{t} approval rate", "average", "percent"),
    ("largest {t} amount", "max", "currency"),
    ("median {t} waiting time", "median", "duration"),
    ("{t} cost", "sum", "currency"),
    ("{t} margin", "sum", "currency"),
    ("distinct owners of {t}s", "count_distinct", "count"),
    ("{t} backlog", "sum", "count"),
    ("reopened {t}s", "count", "count"),
    ("{t} tax", "sum", "currency"),
    ("{t} discount", "sum", "currency"),
    ("escalated {t}s", "count", "count"),
    ("{t} weight", "sum", None),
    ("manual {t}s", "count", "count"),
    ("{t} error rate", "average", "percent"),
    ("first time {t}s", "count", "count"),
)
_DIMENSIONS = ("status", "channel", "priority", "owner team", "country", "source system")
_FORMS = (
    "What was the {m} by {d} last month?",
    "{m} per {d} in 2024",
    "Show me {m} for each {d} this year",
    "How did the {m} develop by {d} over the past quarter?",
    "Top 5 {d} by {m}",
)
_MODELS = 300


@dataclass(frozen=True)
class LargeQuestion:
    """A question with the metric and the dimension that answer it."""

    text: str
    metrics: tuple[str, ...]
    items: tuple[str, ...]


def large_catalog() -> SemanticCatalog:
    """1,000 metrics over 50 semantic models, and 300 dbt models."""
    models, semantic_models, metrics, reach = {}, {}, {}, {}
    for thing in _THINGS.split()[:50]:
        name = f"fct_{thing}s"
        dimensions = tuple(
            Dimension(
                f"{thing}_{d}".replace(" ", "_"),
                DimensionType.CATEGORICAL,
                name,
                d.replace(" ", "_"),
                label=f"{thing} {d}".capitalize(),
            )
            for d in _DIMENSIONS
        )
        entity = Entity(thing, EntityType.PRIMARY, name, f"{thing}_id", f"{thing}_id")
        columns = tuple(Column(d.name, "text") for d in dimensions)
        models[f"model.large.{name}"] = _model(name, (Column(f"{thing}_id", "int"), *columns))
        semantic_models[name] = SemanticModel(
            name, name, thing, entities=(entity,), dimensions=dimensions
        )
        elements = (
            GroupByElement("metric_time", grains=STANDARD_GRAINS),
            *(GroupByElement(d.name, (thing,), dimension=d) for d in dimensions),
        )
        for form, agg, shown in _FIGURES:
            label = form.format(t=thing)
            metric = label.replace(" ", "_")
            metrics[metric] = Metric(
                metric,
                MetricType.SIMPLE,
                label=label.capitalize(),
                description=f"The {label}, without those that were cancelled.",
                format=shown,
                agg=agg,
                semantic_models=(name,),
            )
            reach[metric] = elements
    for number in range(_MODELS - len(models)):
        name = f"stg_source_{number}"
        models[f"model.large.{name}"] = _model(name, (Column("id", "int"), Column("value", "text")))
    return SemanticCatalog(
        "large",
        "postgres",
        "generated",
        metrics=metrics,
        semantic_models=semantic_models,
        models=models,
        group_bys_by_metric=reach,
    )


def large_questions(catalog: SemanticCatalog, most: int = 300) -> Iterator[LargeQuestion]:
    """Questions over the catalog, in five forms, drawn with a fixed seed."""
    pairs = list(product(sorted(catalog.metrics), _DIMENSIONS))
    for number, (metric, dimension) in enumerate(random.Random(7).sample(pairs, most)):
        thing = (catalog.semantic_models[catalog.metrics[metric].semantic_models[0]]).primary_entity
        label = (catalog.metrics[metric].label or metric).lower()
        text = _FORMS[number % len(_FORMS)].format(m=label, d=dimension)
        item = f"{thing}__{thing}_{dimension}".replace(" ", "_")
        yield LargeQuestion(text, (metric,), (item,))


def _model(name: str, columns: tuple[Column, ...]) -> Model:
    relation = Relation("large", "analytics", name)
    return Model(f"model.large.{name}", name, "model", relation, columns=columns)
