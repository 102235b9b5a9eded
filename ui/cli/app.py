"""The `metricspeak` command. Each sub-command has its own file and imports late what it needs."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ui.cli import (
    agents,
    ask,
    catalog,
    ci,
    db,
    demo,
    doctor,
    evaluate,
    explore,
    history,
    save,
    serve,
)
from ui.cli.errors import reported_errors


class _Commands(TyperGroup):
    """Runs the sub-commands with errors reported in one way."""

    def invoke(self, ctx: Any) -> Any:
        with reported_errors():
            return super().invoke(ctx)


app = typer.Typer(
    cls=_Commands,
    name="metricspeak",
    help="Ask a dbt project questions in plain language; get governed, explained answers.",
    epilog="Exit codes: 0 answered · 1 failed · 2 wrong usage or configuration · "
    "3 clarification needed · 4 not answerable · 5 a service is down.",
    no_args_is_help=True,
    # Typer's Rich help costs half of the start-up time and reads no better.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("ask")(ask.ask)
app.command("save")(save.save)
app.command("explore")(explore.explore)
app.add_typer(catalog.app, name="catalog")
app.add_typer(db.app, name="db")
app.add_typer(history.app, name="history")
app.command("doctor")(doctor.doctor)
app.command("demo")(demo.demo)
app.command("eval")(evaluate.evaluate)
app.command("ci")(ci.ci)
app.command("serve")(serve.serve)
app.command("mcp")(agents.mcp)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"metricspeak {version('metricspeak')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Ask a dbt project questions in plain language; get governed, explained answers."""


def main() -> None:
    """Entry point of the command."""
    app()
