"""`metricspeak save`: an answer becomes part of the dbt project."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.options import (
    ProfilesDir,
    ProjectDir,
    Target,
    Workplace,
    connect_embedded,
    open_workplace,
    parse_date,
)

if TYPE_CHECKING:
    from datetime import date

    from translator.artifact.save import Asked, Prepared
    from translator.pipeline import Translator


class SaveAs(StrEnum):
    """`--as`."""

    MODEL = "model"
    SAVED_QUERY = "saved_query"
    EXPOSURE = "exposure"
    QUESTION = "question"
    DRAFT = "draft"


class ExposureType(StrEnum):
    """`--type` of an exposure."""

    DASHBOARD = "dashboard"
    NOTEBOOK = "notebook"
    ANALYSIS = "analysis"
    ML = "ml"
    APPLICATION = "application"


class Pin(StrEnum):
    """`--pin` of a question."""

    ROWS = "rows"
    SQL = "sql"
    QUERY = "query"


def save(
    name: Annotated[str, typer.Argument(help="Name of the new resource, or id of the question.")],
    kind: Annotated[SaveAs, typer.Option("--as", help="What the answer becomes.")],
    trace: Annotated[
        str | None,
        typer.Option(
            "--trace",
            metavar="ID",
            help="Which answer: its trace_id, or how that begins.",
            show_default="the latest",
        ),
    ] = None,
    question: Annotated[
        str | None, typer.Option("--question", metavar="TEXT", help="Ask this and save it.")
    ] = None,
    query: Annotated[
        Path | None,
        typer.Option(
            "--query",
            metavar="FILE.json",
            help="Save the query of this file: `query` of an answer.",
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="YYYY-MM-DD", help="Today, for --question and --query."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what has this name and is of this kind.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the diff; try nothing, write nothing.")
    ] = False,
    owner: Annotated[
        str | None,
        typer.Option(
            "--owner",
            metavar='"NAME <MAIL>"',
            help="Owner of an exposure.",
            show_default="git's user",
        ),
    ] = None,
    exposure_type: Annotated[
        ExposureType, typer.Option("--type", help="Type of an exposure.")
    ] = ExposureType.ANALYSIS,
    url: Annotated[str | None, typer.Option("--url", help="Where an exposure can be seen.")] = None,
    file: Annotated[
        str | None,
        typer.Option(
            "--file",
            metavar="FILE.yml",
            help="File of questions, from the project's folder.",
            show_default="questions/saved.yml",
        ),
    ] = None,
    pin: Annotated[
        Pin | None,
        typer.Option(
            "--pin",
            help="What a question's answer is held to: its rows, its SQL over the models, or the "
            "query alone.",
            show_default="rows, if the period is over and they are few; else sql",
        ),
    ] = None,
    project_dir: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> None:
    """Write an answer into the dbt project: tried before, shown as a diff, all or nothing."""
    today = parse_date(as_of)
    if sum(source is not None for source in (trace, question, query)) > 1:
        raise typer.BadParameter("give one of --trace, --question and --query.")
    workplace = open_workplace(project_dir, profiles_dir, target)
    connect_embedded(workplace)

    from translator.artifact.artifact import Kind
    from translator.artifact.question import DEFAULT_FILE
    from translator.artifact.save import SaveOptions, Saver
    from translator.opening import open_translator

    options = SaveOptions(
        force=force,
        owner=owner,
        exposure_type=exposure_type.value,
        url=url,
        questions_file=PurePosixPath(file) if file else DEFAULT_FILE,
        pin=pin.value if pin else None,
    )
    translator = open_translator(workplace.project, workplace.settings)
    saver = Saver(workplace.project, translator)
    if kind is SaveAs.DRAFT:
        if query is not None:
            raise typer.BadParameter("a draft is of a question: give --question or --trace.")
        text, now = _question(workplace, trace, question, today)
        prepared = saver.prepare_draft(name, text, now)
    else:
        asked = _asked(workplace, translator, trace, question, query, today)
        prepared = saver.prepare(Kind(kind.value), name, asked, options)
    _show(prepared, workplace)
    if dry_run:
        return
    for sentence in saver.try_out(prepared):
        typer.echo(f"✓ {sentence}", err=True)
    saver.write(prepared.artifact)
    root = workplace.project.project_dir
    for change in prepared.artifact.changes:
        typer.echo(f"wrote {change.path.relative_to(root.resolve())}", err=True)
    if kind is SaveAs.QUESTION and question is None and query is None:
        _verify(workplace, trace, name)


def _asked(
    workplace: Workplace,
    translator: Translator,
    trace: str | None,
    question: str | None,
    query: Path | None,
    today: date | None,
) -> Asked:
    """What is to be saved, from where it is said to be."""
    from datetime import date

    from translator.artifact.remembered import recall
    from translator.artifact.save import Asked, plan_of, plan_of_json

    now = today or workplace.settings.as_of or date.today()
    if query is not None:
        return Asked("", now, plan_of_json(_read_json(query), translator.catalog))
    if question is not None:
        return Asked(question, now, plan_of(translator.ask(question, as_of=now)))
    found = recall(workplace.project, trace)
    return Asked(found.question, found.as_of, found.plan(translator.catalog))


def _verify(workplace: Workplace, trace: str | None, name: str) -> None:
    """Let the history know which test question the answer has become."""
    from translator.artifact.remembered import recall
    from translator.history.history import open_history

    history = open_history(workplace.project, workplace.settings, "cli")
    if history is not None:
        history.verify(recall(workplace.project, trace).trace_id, name)


def _question(
    workplace: Workplace, trace: str | None, question: str | None, today: date | None
) -> tuple[str, date]:
    """The question that a draft is for, and what was today for it."""
    from datetime import date

    from translator.artifact.remembered import recall

    if question is not None:
        return question, today or workplace.settings.as_of or date.today()
    found = recall(workplace.project, trace)
    return found.question, found.as_of


def _read_json(path: Path) -> object:
    from semantic.errors import ConfigurationError

    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"Cannot read {path}: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path} is not JSON: {str(error)[:200]}.") from None


def _show(prepared: Prepared, workplace: Workplace) -> None:
    """The diff on standard output, everything else on stderr."""
    from translator.artifact.files import diff
    from ui.render.text import printable

    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in diff(prepared.artifact.changes, workplace.project.project_dir).splitlines():
        typer.secho(printable(line), fg=colours.get(line[:1]), bold=line[:3] in {"---", "+++"})
    for note in prepared.artifact.notes:
        typer.secho(f"! {printable(note)}", fg="yellow", err=True)
