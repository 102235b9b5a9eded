"""`metricspeak history`: what was asked, in the database that keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.options import ProfilesDir, ProjectDir, Target, open_workplace

if TYPE_CHECKING:
    from translator.history.history import History
    from translator.settings import Settings

app = typer.Typer(no_args_is_help=True, help="What was asked, and how it was answered and judged.")


class StatusName(StrEnum):
    """`--status`."""

    ANSWERED = "answered"
    CLARIFY = "clarify"
    UNSUPPORTED = "unsupported"
    ERROR = "error"


class ListFormat(StrEnum):
    """`--format` of the list."""

    TABLE = "table"
    JSON = "json"


Search = Annotated[
    str | None, typer.Option("--search", metavar="TEXT", help="Only questions with this in them.")
]
Status = Annotated[StatusName | None, typer.Option("--status", help="Only those that ended so.")]
Liked = Annotated[
    bool | None, typer.Option("--liked/--disliked", help="Only those that were judged so.")
]


@app.command("list")
def list_(
    search: Search = None,
    status: Status = None,
    liked: Liked = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000)] = 20,
    output: Annotated[ListFormat, typer.Option("--format", "-f")] = ListFormat.TABLE,
    project_dir: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> None:
    """List what was asked, latest first."""
    from translator.history.entry import Selection
    from ui.render.history import list_entries
    from ui.render.json_lines import to_json

    wanted = Selection(status=status.value if status else None, search=search, liked=liked)
    with _history(project_dir, profiles_dir, target) as (history, _):
        page = history.page(wanted, limit)
    if output is ListFormat.JSON:
        typer.echo(to_json([entry.to_dict() for entry in page.entries], indent=2))
    else:
        list_entries(page)


@app.command()
def show(
    trace: Annotated[str, typer.Argument(help="Its trace; the first characters are enough.")],
    output: Annotated[ListFormat, typer.Option("--format", "-f")] = ListFormat.TABLE,
    project_dir: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> None:
    """Show an answer as it was given."""
    from semantic.errors import UnknownName
    from ui.render.history import show_entry
    from ui.render.json_lines import to_json

    with _history(project_dir, profiles_dir, target) as (history, _):
        entry = history.entry(trace)
    if entry is None:
        raise UnknownName(
            f"No single answer in the history has a trace that begins with '{trace}'.",
            "metricspeak history list shows the traces.",
        )
    if output is ListFormat.JSON:
        typer.echo(to_json(entry.to_dict(), indent=2))
    else:
        show_entry(entry)


@app.command()
def export(
    search: Search = None,
    status: Status = None,
    liked: Liked = None,
    project_dir: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> None:
    """Print everything as JSON lines, oldest first."""
    from translator.history.entry import Selection
    from ui.render.json_lines import to_json

    wanted = Selection(status=status.value if status else None, search=search, liked=liked)
    with _history(project_dir, profiles_dir, target) as (history, _):
        for entry in history.export(wanted):
            typer.echo(to_json(entry.to_dict()))


@app.command()
def prune(
    days: Annotated[
        int | None,
        typer.Option("--days", min=0, help="Age.", show_default="setting history.keep_days"),
    ] = None,
    project_dir: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> None:
    """Forget answers that are older; those that are pinned or verified stay."""
    with _history(project_dir, profiles_dir, target) as (history, settings):
        age = settings.history.keep_days if days is None else days
        if age is None:
            raise typer.BadParameter("history.keep_days is null (for ever): give --days.")
        count = history.prune(age)
    typer.echo(f"forgot {count:,} {'answer' if count == 1 else 'answers'}")


@contextmanager
def _history(
    project_dir: ProjectDir, profiles_dir: ProfilesDir, target: Target
) -> Iterator[tuple[History, Settings]]:
    from semantic.errors import ConfigurationError
    from translator.history.history import open_history

    workplace = open_workplace(project_dir, profiles_dir, target)
    history = open_history(workplace.project, workplace.settings, "cli")
    if history is None:
        raise ConfigurationError(
            "The history is switched off.", "Set `history.enabled: true` in metricspeak.yml."
        )
    try:
        yield history, workplace.settings
    finally:
        history.close()
