"""A run as Markdown, for pull requests and step summaries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eval.outcome import Outcome, Verdict
from eval.report.figures import HEADINGS, VERDICTS, latency_rows, percent, rows_of, usage_sentence
from eval.statistics import Comparison
from eval.store import Run
from eval.summary import summarise

_MOST_FAILURES = 30


def markdown(run: Run, other: Run | None = None, comparison: Comparison | None = None) -> str:
    """The figures of a run with an outcome, the change against `other`, and what failed."""
    outcomes = list(run.outcomes.values())
    summary = summarise(outcomes)
    header = run.header
    lines = [
        f"## MetricSpeak evaluation: {percent(summary.overall.accuracy.value)} right, "
        f"{percent(summary.overall.wrong)} wrong answers",
        "",
        f"{len(outcomes)} cases · planner `{header.planner}`"
        + (f" · model `{header.model}`" if header.model else "")
        + f" · {header.started}",
        "",
        *table(HEADINGS, rows_of(summary)),
        "",
    ]
    if other is not None and comparison is not None:
        lines += [comparison_sentence(other, comparison), ""]
    if summary.calibration is not None:
        lines += [
            f"Confidence: Brier score {summary.calibration.brier:.3f}, expected calibration error "
            f"{summary.calibration.error:.3f}.",
            "",
        ]
    if (used := usage_sentence(summary)) is not None:
        lines += [used, ""]
    lines += [*table(("stage", "median ms", "p95 ms"), latency_rows(summary)), ""]
    return "\n".join([*lines, *_failures(outcomes)])


def comparison_sentence(other: Run, comparison: Comparison) -> str:
    """Whether the run differs from `other`, in words."""
    found = comparison
    better, worse = found.only_second, found.only_first
    verdict = "no difference that could not be chance"
    if found.p_value < 0.05:
        verdict = "better" if better > worse else "worse"
    return (
        f"Against `{other.header.id}` over the cases of both: {better} newly right, {worse} no "
        f"longer right, {found.both_right} right in both: {verdict} "
        f"(McNemar's exact test, p = {found.p_value:.3f})."
    )


def _failures(outcomes: Iterable[Outcome]) -> list[str]:
    outcomes = tuple(outcomes)
    # What is held out is counted and never shown.
    failed = [o for o in outcomes if o.verdict is not Verdict.RIGHT and not o.held_out]
    hidden = sum(o.verdict is not Verdict.RIGHT and o.held_out for o in outcomes)
    if not failed and not hidden:
        return []
    order = list(Verdict)
    failed.sort(key=lambda o: (order.index(o.verdict), o.key))
    rows = [
        (f"`{o.key}`", VERDICTS[o.verdict], cell(o.text), cell(o.reason))
        for o in failed[:_MOST_FAILURES]
    ]
    lines = ["### Not right", "", *table(("case", "verdict", "question", "why"), rows)]
    if len(failed) > _MOST_FAILURES:
        lines += ["", f"… and {len(failed) - _MOST_FAILURES} more."]
    if hidden:
        lines += ["", f"{hidden} of the questions held out were not right; they are not shown."]
    return [*lines, ""]


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table."""
    return [
        "| " + " | ".join(headings) + " |",
        "|" + "---|" * len(headings),
        *("| " + " | ".join(row) + " |" for row in rows),
    ]


def cell(text: str) -> str:
    """Text that can neither end its cell nor become markup."""
    flat = " ".join(text.split())[:300]
    for mark in "\\|`<>*_[]":
        flat = flat.replace(mark, f"\\{mark}")
    return flat
