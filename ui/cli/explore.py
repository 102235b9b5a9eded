"""`metricspeak explore`: questions and answers in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from ui.cli.options import ProfilesDir, ProjectDir, Target, open_workplace

DEFAULT_PORT = 8501


def explore(
    address: Annotated[
        str,
        typer.Option("--address", help="Where to listen; another than this machine needs a login."),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = DEFAULT_PORT,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open a browser at it.")
    ] = False,
    project_dir: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> None:
    """Serve the explorer: ask, refine, check, save and share answers in a browser."""
    workplace = open_workplace(project_dir, profiles_dir, target)

    from ui.explorer.serve import start

    shown = f"[{address}]" if ":" in address else address
    typer.echo(f"MetricSpeak explorer: http://{shown}:{port} (stop with Ctrl-C)", err=True)
    start(workplace.project, workplace.settings, address, port, browser)
