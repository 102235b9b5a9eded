"""`metricspeak eval`: how good the answers are, over test questions."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.exit_codes import FAILED
from ui.cli.options import (
    ProfilesDir,
    ProjectDir,
    Target,
    Workplace,
    connect_embedded,
    open_workplace,
)

if TYPE_CHECKING:
    from eval.store import Run, RunStore
    from translator.pipeline import Translator
    from translator.questions.question import VerifiedQuestion

_QUESTIONS = "questions"


class ReportFormat(StrEnum):
    """`--format` of a report."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


class Asked(StrEnum):
    """`--planner`: the planners, and the baseline that they are measured against."""

    AUTO = "auto"
    EMBEDDED = "embedded"
    LLM = "llm"
    TEXT_TO_SQL = "text-to-sql"


def evaluate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files or folders of test questions.", show_default="questions/ of the project"
        ),
    ] = None,
    planner: Annotated[
        Asked,
        typer.Option(
            "--planner",
            help="What reads the questions; `text-to-sql` is the baseline: the model writes SQL "
            "over the schema.",
        ),
    ] = Asked.AUTO,
    model: Annotated[
        str | None,
        typer.Option("--model", help="Language model, instead of the settings' llm.model."),
    ] = None,
    repeat: Annotated[int, typer.Option(min=1, help="Ask each case so many times.")] = 1,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Cases at the same time.")] = 2,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", help="Only questions with this tag; may be repeated."),
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option(
            "--compare", metavar="RUN", help="An earlier run: its id, folder, or 'latest'."
        ),
    ] = None,
    output: Annotated[
        ReportFormat, typer.Option("--format", "-f", help="What goes to standard output.")
    ] = ReportFormat.TABLE,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the HTML report, too.")
    ] = None,
    export_training: Annotated[
        Path | None,
        typer.Option(
            "--export-training",
            metavar="FILE",
            help="Ask nothing: write the verified questions as chat-format pairs (JSON lines).",
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Ask everything again, even if a run was cut off.")
    ] = False,
    threshold: Annotated[
        float, typer.Option("--min-right", min=0, max=1, help="Share of right cases to pass.")
    ] = 0.0,
    most_wrong: Annotated[
        float, typer.Option("--max-wrong", min=0, max=1, help="Share of wrong answers to pass.")
    ] = 1.0,
    runs: Annotated[
        Path | None,
        typer.Option("--runs", metavar="DIR", show_default=".metricspeak/runs of the project"),
    ] = None,
    project_dir: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> None:
    """Ask test questions and score the answers. A run that was cut off goes on where it ended."""
    require_figures()
    from eval.store import RunStore
    from eval.summary import summarise

    workplace = open_workplace(project_dir, profiles_dir, target)
    connect_embedded(workplace)
    store = RunStore(runs or _runs_folder(workplace))
    other = store.get(compare) if compare else None

    from translator.opening import open_translator

    asked = question_paths(files, workplace)
    settings = workplace.settings
    if model is not None:
        settings = settings.model_copy(
            update={"llm": settings.llm.model_copy(update={"model": model})}
        )
    translator = open_translator(workplace.project, settings)
    try:
        if export_training is not None:
            _export(translator, asked, tag, export_training)
            return
        run = _run(
            translator,
            store,
            asked,
            planner,
            repeat,
            workers,
            tag,
            fresh,
        )
    finally:
        translator.close()
    _report(run, other, output, html)
    overall = summarise(list(run.outcomes.values())).overall
    if overall.accuracy.value < threshold or overall.wrong > most_wrong:
        raise typer.Exit(FAILED)


def require_figures() -> None:
    """What intervals and comparisons are computed with is an extra.

    Raises:
        ConfigurationError: it is not installed.
    """
    from importlib.util import find_spec

    from semantic.errors import ConfigurationError

    missing = [name for name in ("numpy", "scipy") if find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f"Evaluation needs {' and '.join(missing)}, not installed here.",
            "Install MetricSpeak with its extra `eval`: pip install '.[eval]'.",
        )


def _runs_folder(workplace: Workplace) -> Path:
    from translator.settings import embedded_home

    return embedded_home(workplace.project.project_dir, workplace.settings) / "runs"


def question_paths(files: list[Path] | None, workplace: Workplace) -> list[Path]:
    """The files and folders of questions: as named, else those of the project.

    Raises:
        ConfigurationError: none are named, and the project has none.
    """
    from semantic.errors import ConfigurationError

    if files:
        return files
    folder = workplace.project.project_dir / _QUESTIONS
    if not folder.is_dir():
        raise ConfigurationError(
            f"There are no test questions: {folder} is not there.",
            "Name files of questions, or write some there; the user guide shows their form.",
        )
    return [folder]


def _run(
    translator: Translator,
    store: RunStore,
    paths: list[Path],
    planner: Asked,
    repeat: int,
    workers: int,
    tags: list[str] | None,
    fresh: bool,
) -> Run:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from eval.case import cases_of
    from eval.judge import Judge
    from eval.runner import run_cases
    from eval.store import header_of
    from semantic.errors import ConfigurationError

    questions = _questions(translator, paths, tags)
    cases = tuple(cases_of(questions, repeat))
    if not cases:
        raise ConfigurationError(
            "No test question is left to ask.", "Name other files, or another --tag."
        )
    run = store.open(header_of(translator, planner.value, cases), resume=not fresh)
    if run.outcomes:
        typer.echo(f"going on with {run.header.id}: {len(run.outcomes)} cases are there", err=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("asking", total=len(cases), completed=len(run.outcomes))
        judge = Judge(translator, planner.value)
        run_cases(cases, judge, run, workers, lambda _: progress.advance(task))
    return run


def _questions(
    translator: Translator, paths: list[Path], tags: list[str] | None
) -> tuple[VerifiedQuestion, ...]:
    from translator.questions.read import read_questions

    questions = read_questions(paths, translator.catalog.grains)
    return tuple(q for q in questions if not tags or set(q.tags) & set(tags))


def _export(translator: Translator, paths: list[Path], tags: list[str] | None, file: Path) -> None:
    from eval.training import export_training

    found = export_training(file, translator, _questions(translator, paths, tags))
    typer.echo(
        f"{found.pairs} pairs in {file}; left out: {found.held_out} held out, "
        f"{len(found.without_query)} without an expected query or with turns before them.",
        err=True,
    )
    if found.unverified:
        names = ", ".join(found.unverified[:5])
        typer.echo(
            f"{len(found.unverified)} left out because query and gold SQL differ, or do not run: "
            f"{names}",
            err=True,
        )
        raise typer.Exit(FAILED)


def _report(run: Run, other: Run | None, output: ReportFormat, html: Path | None) -> None:
    from eval.comparison import compare_runs
    from eval.report.markdown import markdown

    comparison = compare_runs(other, run) if other is not None else None
    if output is ReportFormat.JSON:
        from eval.report.content import report_content
        from ui.render.json_lines import to_json

        typer.echo(to_json(report_content(run, other), indent=2))
    elif output is ReportFormat.MARKDOWN:
        typer.echo(markdown(run, other, comparison))
    else:
        from ui.render.evaluation import render_run

        render_run(run, other, comparison)
    if html is not None:
        from eval.report.html import write_html

        write_html(html, run, other)
        typer.echo(f"report: {html}", err=True)
