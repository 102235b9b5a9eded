"""Whether it is clear which date is meant."""

from __future__ import annotations

from collections.abc import Iterator

from semantic.catalog import DimensionType
from translator.lint.finding import Linted, Problem


def metric_without_time(linted: Linted) -> Iterator[Problem]:
    """Metrics of which a measure has no time dimension."""
    catalog = linted.catalog
    for metric in catalog.metrics.values():
        for name in metric.measures:
            measure = catalog.measures[name]
            key = f"{measure.semantic_model}.{measure.agg_time_dimension}"
            if key not in catalog.dimensions:
                yield Problem(
                    "metric",
                    metric.name,
                    f"has no time dimension (its measure {name} names none): no period can be "
                    "asked for.",
                    "Give the measure, or its semantic model, an `agg_time_dimension`.",
                )


def mixed_time(linted: Linted) -> Iterator[Problem]:
    """Metrics for which `metric_time` means different dates of different parts."""
    catalog = linted.catalog
    for metric in catalog.metrics.values():
        times = {
            f"{m.semantic_model}.{m.agg_time_dimension}"
            for m in (catalog.measures[name] for name in metric.measures)
        }
        if len(times) > 1 and not metric.description:
            yield Problem(
                "metric",
                metric.name,
                f"puts figures of different dates together ({', '.join(sorted(times))}), and no "
                "description says so.",
                "Say in its description by which date each part is counted.",
            )


def date_without_role(linted: Linted) -> Iterator[Problem]:
    """Time dimensions beside others of the same model, with no words to tell them apart."""
    for model in linted.catalog.semantic_models.values():
        times = [d for d in model.dimensions if d.type is DimensionType.TIME and not d.validity]
        for dimension in times if len(times) > 1 else ():
            if not dimension.label and not dimension.description and not dimension.synonyms:
                others = ", ".join(d.name for d in times if d is not dimension)
                yield Problem(
                    "dimension",
                    dimension.key,
                    f"is one of {len(times)} dates of {model.name} (beside {others}), and nothing "
                    "says which.",
                    "Give it a label or synonyms: `meta.synonyms: [shipping date, shipped]`.",
                )
