"""A run as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from eval.comparison import compare_runs
from eval.store import Run
from eval.summary import summarise


def report_content(run: Run, other: Run | None = None) -> dict[str, Any]:
    """Header, summary and outcomes of a run with an outcome; the comparison with `other`."""
    outcomes = list(run.outcomes.values())
    return {
        "run": asdict(run.header),
        "summary": asdict(summarise(outcomes)),
        "comparison": asdict(compare_runs(other, run)) | {"with": other.header.id}
        if other is not None
        else None,
        # What is held out is counted and never shown.
        "outcomes": [o.to_dict() for o in outcomes if not o.held_out],
    }
