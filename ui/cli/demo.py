"""`metricspeak demo`: from nothing to answered questions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from ui.cli.exit_codes import FAILED
from ui.cli.options import ProfilesDir, ProjectDir, Target, connect_embedded, open_workplace

if TYPE_CHECKING:
    from semantic.project import Project


def demo(
    project_dir: ProjectDir = None, profiles_dir: ProfilesDir = None, target: Target = None
) -> None:
    """Build the demonstration project on the embedded Postgres and ask it a dozen questions."""
    from semantic.errors import ConfigurationError
    from ui.demo.build import LOADER
    from ui.demo.run import QUESTIONS_FILE, DemoRun

    hint = "Clone the repository and run `make demo` there, or name its dbt_project/ folder with "
    hint += "--project-dir. To ask your own project: metricspeak ask --project-dir …"
    try:
        workplace = open_workplace(project_dir, profiles_dir, target)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"The demonstration project is not here. {error.message}", hint
        ) from None
    project = workplace.project
    for needed in (LOADER, QUESTIONS_FILE):
        if not (project.project_dir / needed).is_file():
            raise ConfigurationError(
                f"{project.project_dir} is not the demonstration project: it has no {needed}.", hint
            )
    with _step("warehouse: embedded Postgres, or the one that METRICSPEAK_PGHOST names"):
        connect_embedded(workplace)
    _build(project)
    with _step("catalog, vocabulary and values"):
        run = DemoRun(workplace.project, workplace.settings)
    wrong = run.ask_all(run.questions())
    if wrong:
        raise typer.Exit(FAILED)


def _build(project: Project) -> None:
    from ui.demo.build import dbt_build, fingerprint, is_built, load_raw, mark_built

    wanted = fingerprint(project)
    if is_built(wanted):
        typer.echo("· raw tables and dbt build: nothing changed", err=True)
        return
    with _step("raw tables"):
        load_raw(project)
    with _step("dbt build: models, tests"):
        dbt_build(project)
    mark_built(wanted)


@contextmanager
def _step(what: str) -> Iterator[None]:
    typer.echo(f"· {what} … ", nl=False, err=True)
    start = time.perf_counter()
    try:
        yield
    except BaseException:
        typer.echo("failed", err=True)
        raise
    typer.echo(f"{time.perf_counter() - start:.1f} s", err=True)
