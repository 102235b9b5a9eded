"""The history for people."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from semantic.catalog import STANDARD_GRAINS
from translator.history.entry import Entry, Page
from ui.render.answer import render_answer
from ui.render.console import people_console
from ui.render.text import printable

_TRACE = 8
_JUDGED = {None: "", True: "good", False: "bad"}


def list_entries(page: Page) -> None:
    """Print one line an answer."""
    console = people_console()
    if not page.entries:
        console.print(Text("Nothing is kept that was asked so.", "yellow"))
        return
    table = Table(box=None, pad_edge=False)
    for title in ("trace", "asked", "by", "status", "judged", "question"):
        table.add_column(title, header_style="dim", overflow="fold")
    for entry in page.entries:
        table.add_row(
            entry.trace_id[:_TRACE],
            f"{entry.asked_at.astimezone():%Y-%m-%d %H:%M}",
            Text(printable(entry.asked_by or entry.surface)),
            entry.status,
            _JUDGED[entry.liked],
            Text(printable(entry.question or str(entry.content["explanation"] or ""))),
        )
    console.print(table)
    if page.total > len(page.entries):
        console.print(Text(f"{len(page.entries):,} of {page.total:,}", "dim"))


def show_entry(entry: Entry) -> None:
    """Print an answer as it was given, led by when and for whom."""
    console = people_console()
    said = [f"{entry.asked_at.astimezone():%Y-%m-%d %H:%M}", entry.surface]
    said += [entry.asked_by] if entry.asked_by else []
    said += [f"today was {entry.as_of}", f"trace {entry.trace_id}"]
    console.print(Text(printable(" · ".join(said)), "dim"))
    console.print(Text(printable(entry.question), "bold"))
    if entry.liked is not None:
        reason = f": {entry.reason}" if entry.reason else ""
        console.print(Text(printable(f"judged {_JUDGED[entry.liked]}{reason}")))
    if entry.verified_as:
        console.print(Text(printable(f"saved as the question {entry.verified_as}")))
    answer = entry.answer(STANDARD_GRAINS)
    render_answer(answer)
    count = entry.content["row_count"]
    if count > len(answer.rows):
        console.print(Text(f"{len(answer.rows):,} of {count:,} rows are kept.", "yellow"))
