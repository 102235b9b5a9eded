"""The catalog for people, from the mappings of `semantic.describe`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ui.render.text import printable

_KINDS = ("metrics", "dimensions", "entities", "saved_queries", "semantic_models")


def render_overview(overview: Mapping[str, Any]) -> None:
    """Print everything that can be asked, a table a kind."""
    console = _console()
    console.print(Text(f"{overview['project']} on {overview['adapter']}", "bold"))
    for kind in _KINDS:
        entries = overview[kind]
        if entries:
            console.print()
            console.print(Text(f"{kind.replace('_', ' ')} ({len(entries)})", "bold cyan"))
            console.print(_table(entries, ("name", "type", "label", "description")))
    if not overview["metrics"]:
        console.print(Text("This project has no metrics: define some to ask for them.", "yellow"))
    console.print()
    console.print(Text(f"grains: {', '.join(overview['grains'])}", "dim"))


def render_hits(hits: Sequence[Mapping[str, Any]], text: str) -> None:
    """Print what a search found, best first."""
    if hits:
        _console().print(_table(hits, ("kind", "name", "label", "description")))
    else:
        _console().print(Text(f"Nothing in the catalog matches '{printable(text)}'.", "yellow"))


def render_items(items: Sequence[Mapping[str, Any]]) -> None:
    """Print all that is known of each item."""
    console = _console()
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
    rest = (_named(key, value) for key, value in entry.items() if key != "name")
    return " · ".join((_short(entry.get("name", "")), *rest))


def _named(key: str, value: Any) -> str:
    if value is True:
        return key.replace("_", " ")
    if key in {"description", "type", "label", "kind"}:
        return _short(value)
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
        table.add_column(column, overflow="fold", no_wrap=column == "name")
    for entry in entries:
        table.add_row(*(Text(_short(entry.get(column) or "")) for column in shown))
    return table


def _console() -> Console:
    return Console(highlight=False, markup=False, emoji=False)
