"""Two runs, case by case."""

from __future__ import annotations

from eval.outcome import Verdict
from eval.statistics import Comparison, compare
from eval.store import Run


def right_cases(run: Run) -> dict[str, bool]:
    """Whether each case of a run was right, by key."""
    return {key: outcome.verdict is Verdict.RIGHT for key, outcome in run.outcomes.items()}


def compare_runs(first: Run, second: Run) -> Comparison:
    """How the second run differs from the first, over the cases of both."""
    return compare(right_cases(first), right_cases(second))
