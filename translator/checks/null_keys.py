"""Rows of the result that have no value for what they are grouped by."""

from __future__ import annotations

from collections.abc import Iterator

from translator.answer import Check
from translator.checks.subject import Subject
from translator.checks.words import counted, share
from translator.query import SemanticQuery


def null_keys(subject: Subject) -> Iterator[Check]:
    """Warn with their number."""
    query, rows = subject.query, subject.rows
    if not rows or not subject.group_keys:
        return
    empty = [row for row in rows if any(row[i] is None for i in subject.group_keys)]
    if not empty:
        yield Check("null_keys", "pass", "Every row has a value for what it is grouped by.")
        return
    verb = "has" if len(empty) == 1 else "have"
    detail = f"{len(empty):,} of {counted(len(rows), 'row')} {verb} an empty group"
    for position, name in enumerate(subject.columns):
        # A column of SQL over models may have a metric's name and be something else.
        is_metric = isinstance(query, SemanticQuery) and position not in subject.group_keys
        metric = subject.catalog.metrics.get(name) if is_metric else None
        if metric is not None and metric.additive:
            values = [row[position] for row in rows if row[position] is not None]
            part = [row[position] for row in empty if row[position] is not None]
            if values and all(v >= 0 for v in values):
                detail += f", with {share(sum(part), sum(values))} of {metric.label or name}"
            break
    yield Check("null_keys", "warn", f"{detail}.")
