"""`metricspeak ask`: one question, or a file of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.exit_codes import exit_code
from ui.cli.options import (
    PlannerName,
    ProfilesDir,
    ProjectDir,
    Target,
    Workplace,
    connect_embedded,
    open_workplace,
    parse_date,
)

if TYPE_CHECKING:
    from translator.answer import Answer
    from translator.plan import ModelQuery
    from translator.query import SemanticQuery


class AnswerFormat(StrEnum):
    """`--format` of an answer."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    SQL = "sql"


def ask(
    question: Annotated[
        str | None, typer.Argument(help="The question, in quotes.", show_default=False)
    ] = None,
    batch: Annotated[
        str | None,
        typer.Option(
            "--batch",
            metavar="FILE.jsonl",
            help='Answer a file: {"question": …, "session_id": …} a line in, one JSON answer '
            "a line out. '-' reads standard input.",
        ),
    ] = None,
    planner: Annotated[
        PlannerName | None,
        typer.Option("--planner", help="What reads the question.", show_default="auto"),
    ] = None,
    output: Annotated[
        AnswerFormat | None,
        typer.Option(
            "--format",
            "-f",
            help="How the answer is printed; a batch has JSON only.",
            show_default="table",
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="YYYY-MM-DD", help="Today, for words like 'last month'."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Plan and compile the query without running it.")
    ] = False,
    checks: Annotated[
        bool,
        typer.Option("--checks", "-v", help="A line for each check, passed ones as well."),
    ] = False,
    reading: Annotated[
        int | None,
        typer.Option(
            "--reading",
            "-r",
            min=1,
            metavar="N",
            help="Answer the Nth of the readings that the question comes back with.",
            show_default=False,
        ),
    ] = None,
    show_prompt: Annotated[
        bool,
        typer.Option(
            "--show-prompt",
            help="Print the prompt and grammar that a language model would get; asks none.",
        ),
    ] = False,
    project_dir: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> None:
    """Ask a question about the project's metrics."""
    today = parse_date(as_of)
    if (question is None) == (batch is None):
        raise typer.BadParameter("give either a question or --batch FILE.jsonl.")
    if batch is not None and output not in {None, AnswerFormat.JSON}:
        raise typer.BadParameter("a batch gives one JSON answer a line; leave --format out.")
    if show_prompt and question is None:
        raise typer.BadParameter("--show-prompt takes one question.")
    if reading is not None and question is None:
        raise typer.BadParameter("--reading takes one question.")
    workplace = open_workplace(project_dir, profiles_dir, target)
    wanted = "embedded" if show_prompt else _planner(planner, workplace)
    connect_embedded(workplace)

    from translator.artifact.remembered import remember
    from translator.history.history import open_history
    from translator.opening import open_translator

    history = open_history(workplace.project, workplace.settings, "cli")
    translator = open_translator(workplace.project, workplace.settings)

    def answer_to(text: str, session: str | None, dry: bool, chosen: int | None = None) -> Answer:
        found = translator.ask(text, as_of=today, planner=wanted, session_id=session, dry_run=dry)
        if chosen is not None:
            plan = _chosen(found, chosen)
            found = replace(translator.run(plan, today, dry), question=text) if plan else found
        remember(workplace.project, found, today or workplace.settings.as_of or date.today())
        if history is not None:
            history.add(found, as_of=today)
        return found

    if batch is not None:
        from ui.cli.batch import answer_file

        code = answer_file(batch, lambda text, session: answer_to(text, session, dry_run))
        raise typer.Exit(code)
    assert question is not None
    if show_prompt:
        shown = translator.show_prompt(question, today)
        as_json = output is AnswerFormat.JSON
        typer.echo(json.dumps(shown.to_dict(), indent=2) if as_json else shown.to_text())
        return
    answer = answer_to(question, None, dry_run or output is AnswerFormat.SQL, reading)
    print_answer(answer, output or AnswerFormat.TABLE, checks)
    raise typer.Exit(exit_code(answer))


def _chosen(answer: Answer, number: int) -> SemanticQuery | ModelQuery | None:
    """The reading of that number; None, said on stderr, for a question that has only one."""
    if answer.clarification is None:
        typer.echo("The question was not asked back: --reading changed nothing.", err=True)
        return None
    options = answer.clarification.options
    if number > len(options):
        raise typer.BadParameter(f"the question has {len(options)} readings, not {number}.")
    return options[number - 1].plan


def print_answer(answer: Answer, output: AnswerFormat, all_checks: bool = False) -> None:
    """Print the answer; in csv and sql format standard output holds nothing but these.

    With `all_checks`, the table has a line for each check that passed, too.
    """
    if output in {AnswerFormat.CSV, AnswerFormat.SQL}:
        from ui.render.answer import said_beside

        for line in said_beside(answer):
            typer.echo(line, err=True)
    if output is AnswerFormat.JSON:
        from ui.render.json_lines import to_json

        typer.echo(to_json(answer.to_dict(), indent=2))
    elif output is AnswerFormat.TABLE or not answer.sql:
        from ui.render.answer import render_answer

        render_answer(answer, output is not AnswerFormat.TABLE, all_checks)
    elif output is AnswerFormat.SQL:
        typer.echo(answer.sql)
    else:
        from ui.render.csv_rows import write_csv

        write_csv(answer)


def _planner(planner: PlannerName | None, workplace: Workplace) -> str:
    wanted = planner or PlannerName(workplace.settings.planner)
    if wanted is PlannerName.LLM and workplace.settings.llm.server == "none":
        from translator.planning.llm.open import no_model_configured

        raise no_model_configured()
    return wanted.value
