"""`metricspeak db`: the embedded Postgres."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.exit_codes import SERVICE_DOWN
from ui.cli.options import (
    ProfilesDir,
    ProjectDir,
    Target,
    connect_embedded,
    open_workplace,
    project_folder,
)

if TYPE_CHECKING:
    from pathlib import Path

    from translator.warehouse.embedded import EmbeddedPostgres

app = typer.Typer(no_args_is_help=True, help="The embedded Postgres, the default warehouse; roles.")


@app.command()
def start(project_dir: ProjectDir = None) -> None:
    """Start it, making it first when there is none."""
    status = _server(project_dir).start()
    typer.echo(f"running: pid {status.pid}, socket {status.socket_dir}, data {status.home}")


@app.command()
def stop(project_dir: ProjectDir = None) -> None:
    """Stop it; its data stays."""
    typer.echo("stopped" if _server(project_dir).stop() else "it was not running")


@app.command()
def status(project_dir: ProjectDir = None) -> None:
    """Say whether it runs. Exit code 5 when it does not."""
    found = _server(project_dir).status()
    if not found.running:
        made = "stopped" if found.initialised else "not made yet"
        typer.echo(f"{made}: data {found.home}; `metricspeak db start` starts it")
        raise typer.Exit(SERVICE_DOWN)
    typer.echo(f"running: pid {found.pid}, socket {found.socket_dir}, data {found.home}")


@app.command()
def env(project_dir: ProjectDir = None) -> None:
    """Start it and print what dbt needs to find it: eval "$(metricspeak db env)"."""
    for name, value in _server(project_dir).start().environment.items():
        typer.echo(f"export {name}={shlex.quote(value)}")


@app.command()
def role(
    project_dir: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    name: Annotated[str, typer.Option("--name", help="Name of the role.")] = "metricspeak_reader",
    dbt: Annotated[
        bool, typer.Option("--dbt", help="Print what keeps the grants over `dbt build`, as YAML.")
    ] = False,
) -> None:
    """Print the SQL of a Postgres role that can only read what questions are about."""
    from ui.role import check_name, dbt_yaml, role_script

    check_name(name)
    workplace = open_workplace(project_dir, profiles_dir, target)
    connect_embedded(workplace)
    project, settings = workplace.project, workplace.settings
    text = dbt_yaml(project, name) if dbt else role_script(project, settings, name)
    typer.echo(text, nl=False)


def _server(project_dir: Path | None) -> EmbeddedPostgres:
    from translator.settings import embedded_home, load_settings
    from translator.warehouse.embedded import EmbeddedPostgres

    # A folder without a dbt project may have an embedded Postgres, too.
    folder = project_folder(project_dir).expanduser().resolve()
    return EmbeddedPostgres(embedded_home(folder, load_settings(folder)))
