"""The calendar that weeks, fiscal periods and days of an answer are by."""

from __future__ import annotations

from collections.abc import Iterator

from translator.answer import Check
from translator.checks.paths import measures_of
from translator.checks.subject import Subject
from translator.checks.words import listed
from translator.query import SemanticQuery

MONDAY = "monday"


def calendar(subject: Subject) -> Iterator[Check]:
    """Nothing where days, months and years are what everyone takes them for."""
    query = subject.query
    if not isinstance(query, SemanticQuery):
        return
    grains = {g.grain for g in query.group_by} | {w.item.grain for w in query.where}
    told = []
    if "week" in grains:
        if subject.week_start != MONDAY:
            yield Check(
                "calendar",
                "warn",
                "Weeks in this answer begin on Monday, as MetricFlow has them, and not on "
                f"{subject.week_start.capitalize()} as `week_start` says.",
            )
        else:
            told.append("weeks begin on Monday")
    own = [g.replace("_", " ") for g in subject.catalog.custom_grains if g in grains]
    if own:
        told.append(f"each {listed(own)} is as the project's own calendar has it")
    told += _zones(query, subject)
    if told:
        text = "; ".join(told)
        yield Check("calendar", "pass", f"{text[:1].upper()}{text[1:]}.")


def _zones(query: SemanticQuery, subject: Subject) -> Iterator[str]:
    """Which time zone cuts the days of a moment that has one."""
    timed = query.time_range is not None or any(g.grain for g in query.group_by)
    for measure in measures_of(query, subject.catalog) if timed else ():
        model = subject.catalog.semantic_models[measure.semantic_model]
        for dimension in model.dimensions:
            kind = (dimension.data_type or "").lower()
            if dimension.name == measure.agg_time_dimension and (
                "with time zone" in kind or kind in {"timestamptz", "timestamp_tz"}
            ):
                name = dimension.column or dimension.name
                yield f"days of {name} are cut in the time zone of the warehouse's session"
                return
