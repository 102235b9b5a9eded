"""What a metric does with time, where its figures would be misread without knowing it."""

from __future__ import annotations

from collections.abc import Iterator

from semantic.catalog import Metric, MetricType
from translator.answer import Check
from translator.checks.subject import Subject
from translator.checks.words import listed
from translator.compile.traits import with_inputs
from translator.query import SemanticQuery


def metric_meaning(subject: Subject) -> Iterator[Check]:
    """One check for each metric that is not simply added up over its rows in the period."""
    if not isinstance(subject.query, SemanticQuery):
        return
    for name in subject.query.metrics:
        told = [t for m in with_inputs(name, subject.catalog) for t in _told(m, subject)]
        if told:
            yield Check("metric_meaning", "pass", f"{'; '.join(dict.fromkeys(told))}.")


def _told(metric: Metric, subject: Subject) -> Iterator[str]:
    label = _name(metric)
    if metric.non_additive_dimension and metric.type is MetricType.SIMPLE:
        by = metric.non_additive_dimension.replace("_", " ")
        yield f"{label} is a level, taken at one {by} of each period and not added up over it"
    if metric.type is MetricType.CUMULATIVE:
        if metric.grain_to_date:
            yield f"{label} accumulates from the start of each {metric.grain_to_date}"
        else:
            over = f"the {_span(metric.window)} before" if metric.window else "all time before"
            yield f"{label} accumulates over {over} each date"
    if metric.type is MetricType.CONVERSION and metric.window:
        yield f"{label} counts conversions within {_span(metric.window)}"
    moved = [
        f"{_name(subject.catalog.metrics[i.name])} "
        + (
            f"of {_span(i.offset_window)} earlier"
            if i.offset_window
            else f"from the {i.offset_to_grain}'s start"
        )
        for i in metric.inputs
        if (i.offset_window or i.offset_to_grain) and i.name in subject.catalog.metrics
    ]
    if moved:
        yield f"{label} uses {listed(moved)}"


def _name(metric: Metric) -> str:
    return metric.label or metric.name.replace("_", " ")


def _span(window: str) -> str:
    """MetricFlow's `7 day` as "7 days"."""
    count, _, grain = window.partition(" ")
    return window if count == "1" or not grain or grain.endswith("s") else f"{count} {grain}s"
