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
    """The table of accuracy: overall, held out and rest, then each tag, the largest first."""
    rows = [_row("all", summary.overall)]
    if summary.held_out is not None and summary.rest is not None:
        rows += [_row("held out", summary.held_out), _row("not held out", summary.rest)]
    by_size = sorted(summary.by_tag.items(), key=lambda item: (-item[1].n, item[0]))
    return rows + [_row(tag, found) for tag, found in by_size]


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


def usage_sentence(summary: Summary) -> str | None:
    """What the language model took, in words; None where it was not asked."""
    used = summary.usage
    calls = used.get("llm_calls", 0)
    if not calls:
        return None
    text = f"{summary.asked_model} of {summary.overall.n} cases asked the language model: "
    text += f"{calls:,.0f} call{'s' if calls != 1 else ''}"
    if "prompt_tokens" in used and "completion_tokens" in used:
        text += f", {used['prompt_tokens']:,.0f} tokens in, {used['completion_tokens']:,.0f} out"
    if "cost" in used:
        cost = used["cost"]
        text += f", cost {cost:.4f} ({1000 * cost / summary.overall.n:.2f} for 1,000 questions)"
    return text + "."


def latency_rows(summary: Summary) -> Sequence[tuple[str, str, str]]:
    """Stage, median and 95th percentile in ms."""
    return [
        (stage, f"{found.median:.0f}", f"{found.p95:.0f}")
        for stage, found in summary.latency_ms.items()
    ]
