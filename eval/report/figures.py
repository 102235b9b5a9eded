"""Figures as text, the same on every surface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.outcome import Verdict
from eval.statistics import Estimate
from eval.summary import GroupFigures, Summary

VERDICTS = {
    Verdict.RIGHT: "right",
    Verdict.WRONG: "wrong answer",
    Verdict.ASKED_BACK: "asked back",
    Verdict.REFUSED: "refused",
    Verdict.FAILED: "error",
}


def percent(value: float | None) -> str:
    """0.875 as '88 %'; a dash for None."""
    return "–" if value is None else f"{100 * value:.0f} %"


def interval(estimate: Estimate | None) -> str:
    """'88 % (81–94)': the share with its 95 % interval."""
    if estimate is None:
        return "–"
    return f"{percent(estimate.value)} ({100 * estimate.low:.0f}–{100 * estimate.high:.0f})"


HEADINGS = (
    "",
    "cases",
    "right",
    "precision",
    "answered",
    "wrong",
    "asked back",
    "refused",
    "error",
)


def rows_of(summary: Summary) -> list[tuple[str, ...]]:
    """The table of accuracy: overall, held out and rest, then each tag."""
    rows = [_row("all", summary.overall)]
    if summary.held_out is not None and summary.rest is not None:
        rows += [_row("held out", summary.held_out), _row("not held out", summary.rest)]
    return rows + [_row(tag, found) for tag, found in summary.by_tag.items()]


def _row(name: str, found: GroupFigures) -> tuple[str, ...]:
    counts: Mapping[str, int] = found.verdicts
    return (
        name,
        str(found.n),
        interval(found.accuracy),
        interval(found.precision),
        percent(found.coverage),
        str(counts[Verdict.WRONG]),
        str(counts[Verdict.ASKED_BACK]),
        str(counts[Verdict.REFUSED]),
        str(counts[Verdict.FAILED]),
    )


def latency_rows(summary: Summary) -> Sequence[tuple[str, str, str]]:
    """Stage, median and 95th percentile in ms."""
    return [
        (stage, f"{found.median:.0f}", f"{found.p95:.0f}")
        for stage, found in summary.latency_ms.items()
    ]
