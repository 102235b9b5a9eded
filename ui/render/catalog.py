"""The catalog for people, from the mappings of `semantic.describe`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from ui.render.console import people_console
from ui.render.text import printable

_KINDS = ("metrics", "dimensions", "entities", "saved_queries", "semantic_models")
_LONGEST_NAME = 40


def render_overview(overview: Mapping[str, Any]) -> None:
    """Print everything that can be asked, a table a kind."""
    console = people_console()
    console.print(Text(f"{overview['project']} on {overview['adapter']}", "bold"))
    for kind in _KINDS:
        entries = overview[kind]
        if entries:
            console.print()
            console.print(Text(f"{kind.replace('_', ' ')} ({len(entries)})", "bold cyan"))
            console.print(_table(entries, ("name", "label", "description")))
    if not overview["metrics"]:
        console.print(Text("This project has no metrics: define some to ask for them.", "yellow"))
    console.print()
    console.print(Text(f"grains: {', '.join(overview['grains'])}", "dim"))


def render_hits(hits: Sequence[Mapping[str, Any]], text: str) -> None:
    """Print what a search found, best first."""
    if hits:
        people_console().print(_table(hits, ("kind", "name", "label", "description")))
    else:
        people_console().print(
            Text(f"Nothing in the catalog matches '{printable(text)}'.", "yellow")
        )


def render_items(items: Sequence[Mapping[str, Any]]) -> None:
    """Print all that is known of each item."""
    console = people_console()
    for number, item in enumerate(items):
        if number:
            console.print()
        console.print(
            Text(printable(f"{item['kind'].replace('_', ' ')} {item['name']}"), "bold cyan")
        )
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for key, value in item.items():
            if key not in {"kind", "name"}:
                grid.add_row(key.replace("_", " "), Text("\n".join(_lines(value))))
        console.print(grid)


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from (printable(f"{key}: {_short(entry)}") for key, entry in value.items())
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        yield from (_entry(entry) for entry in value)
    else:
        yield _short(value)


def _entry(entry: Mapping[str, Any]) -> str:
    rest = (
        _named(key, value)
        for key, value in entry.items()
        if key != "name" and (key, value) != ("joins", 0)
    )
    return " · ".join((_short(entry.get("name", "")), *rest))


def _named(key: str, value: Any) -> str:
    if value is True:
        return key.replace("_", " ")
    if key in {"description", "type", "label", "kind"}:
        return _short(value)
    if key == "grains":
        return f"by {_short(value[:1])} and coarser"
    if key == "joins":
        return f"{value} {'join' if value == 1 else 'joins'}"
    return f"{key.replace('_', ' ')} {_short(value)}"


def _short(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_short(entry) for entry in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return printable(" ".join(str(value).split()))


def _table(entries: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Table:
    shown = [c for c in columns if any(entry.get(c) for entry in entries)]
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for column in shown:
        # One line an entry, in which names are whole: `catalog show NAME` tells the rest.
        longest = max(cell_len(_short(entry.get(column) or "")) for entry in entries)
        whole = None if column == "description" else min(longest, _LONGEST_NAME)
        table.add_column(column, overflow="ellipsis", no_wrap=True, min_width=whole)
    for entry in entries:
        table.add_row(*(Text(_short(entry.get(column) or "")) for column in shown))
    return table
