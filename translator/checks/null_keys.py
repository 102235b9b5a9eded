"""Rows of the result that have no value for what they are grouped by."""

from __future__ import annotations

from collections.abc import Iterator

from translator.answer import Check
from translator.checks.subject import Subject
from translator.query import SemanticQuery


def null_keys(subject: Subject) -> Iterator[Check]:
    """Warn with their number."""
    query, rows = subject.query, subject.rows
    if not isinstance(query, SemanticQuery) or not rows or not query.group_by:
        return
    width = len(query.group_by)
    empty = sum(any(v is None for v in row[:width]) for row in rows)
    if empty:
        detail = f"{empty:,} of {len(rows):,} rows have an empty group."
        yield Check("null_keys", "warn", detail)
    else:
        yield Check("null_keys", "pass", "Every row has a value for what it is grouped by.")
