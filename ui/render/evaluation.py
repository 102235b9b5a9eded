"""A run of the evaluation for people, on the console."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.outcome import Outcome, Verdict
from eval.report.figures import (
    HEADINGS,
    VERDICTS,
    latency_rows,
    percent,
    rows_of,
    usage_sentence,
)
from eval.report.markdown import comparison_sentence
from eval.statistics import Comparison
from eval.store import Run
from eval.summary import summarise
from ui.render.text import printable

_MOST_FAILURES = 20
_STYLES = {Verdict.WRONG: "red", Verdict.FAILED: "red", Verdict.ASKED_BACK: "yellow"}


def render_run(run: Run, other: Run | None = None, comparison: Comparison | None = None) -> None:
    """Print the figures of a run with at least one outcome, then what was not right."""
    console = Console(width=None if Console().is_terminal else 120)
    outcomes = list(run.outcomes.values())
    summary = summarise(outcomes)
    table = Table(box=None, pad_edge=False)
    for number, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="right" if number else "left", no_wrap=True)
    for row in rows_of(summary):
        table.add_row(*map(printable, row))
    console.print(table)
    console.print()
    stages = " · ".join(f"{s} {m} (p95 {p})" for s, m, p in latency_rows(summary))
    console.print(Text(f"median ms: {stages}", "dim"))
    if summary.calibration is not None:
        found = summary.calibration
        console.print(
            Text(f"confidence: Brier {found.brier:.3f}, calibration error {found.error:.3f}", "dim")
        )
    if (used := usage_sentence(summary)) is not None:
        console.print(Text(used, "dim"))
    asked_back = summary.scores.get("option_match")
    if asked_back is not None:
        text = (
            f"questions back: {percent(asked_back[0])} of {asked_back[1]} offer the right reading"
        )
        console.print(Text(text, "dim"))
    if other is not None and comparison is not None:
        console.print(Text(comparison_sentence(other, comparison)))
    _failures(console, outcomes)
    console.print(Text(f"\nrun {run.header.id} in {run.folder}", "dim"))


def _failures(console: Console, outcomes: list[Outcome]) -> None:
    order = list(Verdict)
    failed = [o for o in outcomes if o.verdict is not Verdict.RIGHT]
    failed.sort(key=lambda o: (order.index(o.verdict), o.key))
    # What is held out is counted and never shown.
    shown = [o for o in failed if not o.held_out]
    for outcome in shown[:_MOST_FAILURES]:
        console.print()
        console.print(
            Text(f"{VERDICTS[outcome.verdict]}  ", _STYLES.get(outcome.verdict, "cyan"))
            + Text(printable(f"{outcome.key}: {outcome.text}"))
        )
        console.print(Text(f"  {printable(outcome.reason)}", "dim"))
        if outcome.explanation:
            console.print(Text(f"  {printable(outcome.explanation)}", "dim"))
    more = len(failed) - min(len(shown), _MOST_FAILURES)
    if more:
        console.print(Text(f"\n… and {more} more that were not right.", "dim"))
