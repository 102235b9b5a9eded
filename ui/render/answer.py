"""An answer for people: the restatement, the result, and why it can be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from translator.answer import Answer, Check, Status
from translator.plan import Draft
from translator.query import SemanticQuery
from ui.render.console import people_console
from ui.render.text import printable
from ui.render.values import MISSING, format_column, is_numeric

MAX_ROWS = 100
"""Rows shown at most; every format for programs has all of them."""

NOT_GOVERNED = "NOT GOVERNED: no metric of the project is behind this answer."
"""What comes before anything else of an answer from SQL over models."""

_MARKS = {"pass": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "bold red")}
_ORDER = {"fail": 0, "warn": 1, "pass": 2}


_TOLD = frozenset({"metric_filters"})
"""Checks that say what the figures mean, which has to be read although nothing is wrong."""


def render_answer(answer: Answer, err: bool = False, all_checks: bool = False) -> None:
    """Print the answer; an error always goes to stderr.

    Args:
        answer: what to print.
        err: print to stderr.
        all_checks: a line for each check, passed ones as well.
    """
    failed = answer.status is Status.ERROR
    console = people_console(err or failed)
    for part in _parts(answer, all_checks):
        console.print(part)


def failed_checks(answer: Answer) -> tuple[Check, ...]:
    """What has to be read before the figures are."""
    return tuple(check for check in answer.checks if check.status == "fail")


def said_beside(answer: Answer) -> Iterator[str]:
    """Lines that have to be read beside figures which a program gets without a word."""
    if not answer.governed:
        yield NOT_GOVERNED
    for check in failed_checks(answer):
        yield f"FAILED: {printable(check.detail)}"
    for check in answer.checks:
        if check.status == "warn" and check.name != "governed":
            yield f"WARNING: {printable(check.detail)}"
    if answer.status is Status.ANSWERED and answer.columns:
        yield from _extent(answer)


def _extent(answer: Answer) -> Iterator[str]:
    """What is to be said of the number of rows."""
    if answer.truncated:
        yield f"Cut at {len(answer.rows):,} rows: there are more."
    if not answer.rows:
        yield "No rows: nothing matches."


def _parts(answer: Answer, all_checks: bool) -> Iterator[RenderableType]:
    if answer.status is Status.ERROR:
        yield from _error(answer)
    elif answer.status is Status.CLARIFY:
        yield from _clarification(answer)
    elif answer.status is Status.UNSUPPORTED:
        yield from _refusal(answer)
    else:
        yield from _result(answer, all_checks)


def _result(answer: Answer, all_checks: bool) -> Iterator[RenderableType]:
    if not answer.governed:
        yield Text(NOT_GOVERNED, "bold yellow")
    failed = failed_checks(answer)
    for check in failed:
        yield _check(check)
    if answer.explanation:
        yield Text(printable(answer.explanation), style="bold")
        yield ""
    if answer.columns:
        yield _table(answer)
        if len(answer.rows) > MAX_ROWS:
            yield Text(f"… {len(answer.rows) - MAX_ROWS:,} more rows: --format csv has all", "dim")
        for line in _extent(answer):
            yield Text(line, "yellow")
    elif answer.sql:
        syntax = Syntax("", "sql", background_color="default")
        yield syntax.highlight(printable(answer.sql, True).rstrip())
    yield ""
    passed = []
    for check in sorted(answer.checks, key=lambda c: _ORDER.get(c.status, 3)):
        if check.status == "pass" and check.name not in _TOLD and not all_checks:
            passed.append(check)
        elif check not in failed:
            yield _check(check)
    if passed:
        yield _passed(passed)
    yield Text(_footer(answer), style="dim")


def _table(answer: Answer) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 3, 0, 0))
    for column in answer.columns:
        right = is_numeric(column) and column.role == "metric"
        table.add_column(
            Text(printable(column.name)),
            justify="right" if right else "left",
            overflow="fold",
            no_wrap=right,
        )
    rows = answer.rows[:MAX_ROWS]
    cells = [
        format_column((row[i] for row in rows), column) for i, column in enumerate(answer.columns)
    ]
    for texts in zip(*cells, strict=True):
        table.add_row(*(Text(text, style="dim" if text == MISSING else "") for text in texts))
    return table


def _check(check: Check) -> Text:
    mark, style = _MARKS.get(check.status, ("·", ""))
    return Text.assemble(
        (f"{mark} ", style), printable(f"{check.name.replace('_', ' ')}: {check.detail}")
    )


def _passed(checks: Sequence[Check]) -> Text:
    """Checks that found nothing wrong, in one line: how many, and their names."""
    names = dict.fromkeys(printable(check.name.replace("_", " ")) for check in checks)
    mark, style = _MARKS["pass"]
    count = "1 check" if len(checks) == 1 else f"{len(checks)} checks"
    return Text.assemble((f"{mark} ", style), f"{count} passed: {', '.join(names)}")


def _footer(answer: Answer) -> str:
    parts = [f"confidence {answer.confidence:.0%}", f"{answer.planner} planner"]
    if not answer.governed:
        parts.insert(0, "not governed")
    if answer.models:
        parts.insert(0, f"models {', '.join(printable(m) for m in answer.models)}")
    total = answer.timings_ms.get("total", sum(answer.timings_ms.values()))
    if answer.timings_ms:
        parts.append(f"{total:,.0f} ms")
    return " · ".join(parts)


def _clarification(answer: Answer) -> Iterator[RenderableType]:
    assert answer.clarification is not None
    yield Text(printable(answer.clarification.message), style="bold yellow")
    for number, option in enumerate(answer.clarification.options, 1):
        governed = isinstance(option.plan, SemanticQuery)
        mark = "" if governed else " (not governed)"
        yield Text(f"  {number}. {printable(option.label)}{mark}")
    if answer.clarification.options:
        yield Text("Ask again with --reading 1, or in other words.", style="dim")


def _refusal(answer: Answer) -> Iterator[RenderableType]:
    assert answer.refusal is not None
    yield Text(
        f"Cannot be answered from this project: {printable(answer.refusal.reason)}", "yellow"
    )
    if answer.refusal.suggestions:
        yield Text("What can be asked:")
        for suggestion in answer.refusal.suggestions:
            yield Text(f"  • {printable(suggestion)}")
    if answer.refusal.draft is not None:
        yield from _draft(answer.refusal.draft)


def _draft(draft: Draft) -> Iterator[RenderableType]:
    yield Panel(
        Text(printable(draft.text, True).rstrip()),
        title=Text(f"draft: {printable(draft.reason)}", style="bold"),
        title_align="left",
        border_style="dim",
        expand=False,
    )
    yield Text(f"metricspeak save --as draft {draft.name} writes it into the project.", "dim")


def _error(answer: Answer) -> Iterator[RenderableType]:
    assert answer.error is not None
    yield Text.assemble(("error: ", "bold red"), printable(answer.error.message, True))
    if answer.error.hint:
        yield Text.assemble(("hint: ", "yellow"), printable(answer.error.hint, True))
