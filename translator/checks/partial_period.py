"""Whether the period asked for is over."""

from __future__ import annotations

from collections.abc import Iterator

from translator.answer import Check
from translator.checks.subject import Subject
from translator.query import SemanticQuery


def partial_period(subject: Subject) -> Iterator[Check]:
    """Warn where the last part of a period is still to come."""
    if isinstance(subject.query, SemanticQuery):
        yield _check(subject, subject.query)


def _check(subject: Subject, query: SemanticQuery) -> Check:
    time, today = query.time_range, subject.as_of
    if not query.metrics or (time is not None and time.end is not None and time.end <= today):
        return Check("partial_period", "pass", "The period is over.")
    if time is not None and time.start is not None and time.start > today:
        return Check("partial_period", "warn", f"The period lies after {today.isoformat()}.")
    if time is None and not any(g.name == "metric_time" for g in query.group_by):
        return Check("partial_period", "pass", "All data to date is counted.")
    return Check(
        "partial_period",
        "warn",
        f"The period is not over on {today.isoformat()}: its last part is incomplete.",
    )
