"""What kind of figure a metric is, where that decides how it may be computed."""

from __future__ import annotations

from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic.catalog import Metric, MetricType, SemanticCatalog
from translator.compile.periods import CALENDAR_GRAINS, calendar_grain
from translator.elements import SUB_DAILY


def with_inputs(name: str, catalog: SemanticCatalog) -> Iterator[Metric]:
    """A metric and all that it is computed from."""
    names, seen = [name], set()
    while names:
        metric = catalog.metrics.get(names.pop())
        if metric is not None and metric.name not in seen:
            seen.add(metric.name)
            yield metric
            names += [i.name for i in metric.inputs]


def is_cumulative(name: str, catalog: SemanticCatalog) -> bool:
    """Whether rows before a day count for that day's figure."""
    return any(m.type is MetricType.CUMULATIVE for m in with_inputs(name, catalog))


def is_windowed(name: str, catalog: SemanticCatalog) -> bool:
    """Whether it accumulates over a window or to date, so that it has a value only at a time."""
    return any(
        m.type is MetricType.CUMULATIVE and (m.window or m.grain_to_date)
        for m in with_inputs(name, catalog)
    )


def offset_grains(name: str, catalog: SemanticCatalog) -> tuple[str, ...]:
    """Grains by which it looks back at other periods, as calendar grains, finest first."""
    found = set()
    for metric in with_inputs(name, catalog):
        for given in metric.inputs:
            if given.offset_to_grain:
                found.add(calendar_grain(given.offset_to_grain))
            elif given.offset_window:
                found.add(calendar_grain(given.offset_window.split()[-1].rstrip("s")))
    return tuple(g for g in CALENDAR_GRAINS if g in found)


def is_summable(name: str, catalog: SemanticCatalog) -> bool:
    """Whether its values over parts add up to its value over all of them.

    A sum or a count does; a derived metric does if it only adds and subtracts such ones.
    """
    metric = catalog.metrics[name]
    if metric.type is not MetricType.DERIVED:
        return metric.additive
    if any(i.offset_window or i.offset_to_grain for i in metric.inputs) or not metric.expr:
        return False
    try:
        tree = sqlglot.parse_one(metric.expr, dialect=catalog.adapter_type)
    except SqlglotError:
        return False
    linear = exp.Add | exp.Sub | exp.Neg | exp.Paren | exp.Column | exp.Identifier
    return all(isinstance(node, linear) for node in tree.walk()) and all(
        is_summable(i.name, catalog) for i in metric.inputs
    )


def finest_grain(name: str, catalog: SemanticCatalog) -> str:
    """The finest grain of `metric_time` for it, day at the finest."""
    for element in catalog.group_bys_by_metric.get(name, ()):
        if element.name == "metric_time" and not element.entity_path:
            grains = [g for g in element.grains if g not in SUB_DAILY]
            return grains[0] if grains else "day"
    return "day"
