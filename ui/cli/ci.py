"""`metricspeak ci`: what a pull request of the dbt project does to the answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.evaluate import question_paths
from ui.cli.exit_codes import FAILED
from ui.cli.options import (
    ProfilesDir,
    ProjectDir,
    Target,
    connect_embedded,
    open_workplace,
)

if TYPE_CHECKING:
    from eval.ci.finding import GateReport
    from eval.ci.gate import Gate
    from semantic.project import Project


class FailOn(StrEnum):
    """`--fail-on`."""

    BROKEN = "broken"
    CHANGED = "changed"


def ci(
    state: Annotated[
        Path | None,
        typer.Option(
            "--state",
            metavar="DIR",
            help="Artifacts of the base, as for dbt: manifest.json, and what --store wrote.",
            show_default="DBT_STATE",
        ),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(
            "--store",
            metavar="DIR",
            help="On the main branch: ask everything and keep it as a base for --state.",
        ),
    ] = None,
    questions: Annotated[
        list[Path] | None,
        typer.Option(
            "--questions",
            metavar="PATH",
            help="File or folder of test questions; may be repeated.",
            show_default="questions/ of the project",
        ),
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Whether changed answers fail, too.")
    ] = FailOn.BROKEN,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE", help="Write Markdown.")
    ] = None,
    sarif: Annotated[
        Path | None, typer.Option("--sarif", metavar="FILE", help="Write SARIF 2.1.0.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Questions at the same time.")] = 2,
    project_dir: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> None:
    """Compare answers with the base, for the questions that a change can reach.

    Builds nothing: run dbt before. Exit codes: 0 passed, 1 a question fails, 2 wrong usage or
    configuration, 5 the warehouse is down.
    """
    if state is not None and store is not None:
        raise typer.BadParameter("give --state to compare, or --store to keep a base; not both.")
    named = os.environ.get("DBT_STATE")
    if state is None and store is None and named:
        state = Path(named)
    workplace = open_workplace(project_dir, profiles_dir, target)
    paths = question_paths(questions, workplace)
    if store is not None:
        from eval.ci.base import check_writable

        check_writable(store)
    connect_embedded(workplace)

    from eval.ci.gate import Gate
    from translator.opening import open_translator
    from translator.questions.read import read_questions

    translator = open_translator(workplace.project, workplace.settings)
    try:
        read = read_questions(paths, translator.catalog.grains)
        changed_fails = fail_on is FailOn.CHANGED
        gate = Gate(workplace.project, translator, read, state, workers, changed_fails)
        with _progress() as progress:
            if store is not None:
                _store(gate, workplace.project, store, progress)
                return
            report = gate.run(progress)
    finally:
        translator.close()
    _write(report, junit, markdown, sarif)
    if report.failed:
        raise typer.Exit(FAILED)


def _store(
    gate: Gate, project: Project, folder: Path, progress: Callable[[int, int], None]
) -> None:
    from eval.ci.base import write_base
    from ui.render.text import printable

    base = gate.answers(progress)
    write_base(folder, project, base)
    wrong = [answer for answer in base.answers.values() if not answer.right]
    typer.echo(
        f"stored {len(base.answers)} answers in {folder}: {len(base.answers) - len(wrong)} right"
        + (f", {len(wrong)} not; no pull request can break those:" if wrong else "")
    )
    for answer in wrong:
        typer.echo(f"  {printable(answer.id)}: {printable(answer.reason)}")


def _write(
    report: GateReport, junit: Path | None, markdown: Path | None, sarif: Path | None
) -> None:
    from eval.ci.report.junit import write_junit
    from eval.ci.report.markdown import markdown as as_markdown
    from eval.ci.report.sarif import sarif as as_sarif
    from ui.render.annotations import on_github
    from ui.render.ci import annotate_gate, render_gate
    from ui.render.files import append_text, write_text
    from ui.render.json_lines import to_json

    render_gate(report)
    if junit is not None:
        write_junit(junit, report)
    if markdown is not None:
        write_text(markdown, as_markdown(report))
    if sarif is not None:
        write_text(sarif, to_json(as_sarif(report), indent=2) + "\n")
    if on_github():
        annotate_gate(report)
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if summary:
            append_text(Path(summary), as_markdown(report))


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; nothing in a log."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("asking", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
