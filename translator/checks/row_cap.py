"""Whether all rows are shown, and whether there are any."""

from __future__ import annotations

from collections.abc import Iterator

from translator.answer import Check
from translator.checks.subject import Subject


def row_cap(subject: Subject) -> Iterator[Check]:
    """Warn where rows were cut off or nothing was found."""
    rows = subject.rows
    if subject.truncated:
        yield Check(
            "row_cap", "warn", f"Only the first {len(rows):,} rows are shown; there are more."
        )
    elif not rows or all(v is None for row in rows for v in row):
        yield Check("empty_result", "warn", "No data matches the question.")
    else:
        yield Check("row_cap", "pass", "All rows of the result are shown.")
