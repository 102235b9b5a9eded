"""`metricspeak catalog`: what can be asked."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.cli import lint
from ui.cli.options import ProfilesDir, ProjectDir, Target, connect_embedded, open_workplace

if TYPE_CHECKING:
    from semantic.catalog import SemanticCatalog


class CatalogFormat(StrEnum):
    """`--format` of the catalog."""

    TABLE = "table"
    JSON = "json"


Format = Annotated[CatalogFormat, typer.Option("--format", "-f", help="How it is printed.")]

app = typer.Typer(help="What can be asked: metrics, dimensions, entities, models.")


app.command("lint")(lint.lint)


@app.callback(invoke_without_command=True)
def catalog(
    context: typer.Context,
    output: Format = CatalogFormat.TABLE,
    project_dir: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> None:
    """What can be asked: metrics, dimensions, entities, models."""
    if context.invoked_subcommand is None:
        list_all(output, project_dir, profiles_dir, target)


@app.command("list")
def list_all(
    output: Format = CatalogFormat.TABLE,
    project_dir: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> None:
    """List everything that can be asked."""
    from semantic.describe import describe_catalog

    overview = describe_catalog(_catalog(project_dir, profiles_dir, target))
    if output is CatalogFormat.JSON:
        _print_json(overview)
    else:
        from ui.render.catalog import render_overview

        render_overview(overview)


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="Words to look for.")],
    output: Format = CatalogFormat.TABLE,
    project_dir: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> None:
    """Find what matches the words, best first."""
    from semantic.describe import describe_hit
    from semantic.search import search_catalog

    found = search_catalog(_catalog(project_dir, profiles_dir, target), text)
    hits = [describe_hit(hit) for hit in found]
    if output is CatalogFormat.JSON:
        _print_json(hits)
    else:
        from ui.render.catalog import render_hits

        render_hits(hits, text)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A metric, dimension, entity, model or saved query.")],
    output: Format = CatalogFormat.TABLE,
    project_dir: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> None:
    """Show all that is known of one thing."""
    from semantic.describe import describe_item

    found = describe_item(_catalog(project_dir, profiles_dir, target), name)
    if output is CatalogFormat.JSON:
        _print_json(found)
    else:
        from ui.render.catalog import render_items

        render_items(found)


def _catalog(
    project_dir: Path | None, profiles_dir: Path | None, target: str | None
) -> SemanticCatalog:
    from semantic.load import load_catalog

    workplace = open_workplace(project_dir, profiles_dir, target)
    # dbt resolves the profile even to parse, though nothing here reads the warehouse.
    connect_embedded(workplace)
    return load_catalog(workplace.project)


def _print_json(content: Any) -> None:
    from ui.render.json_lines import to_json

    typer.echo(to_json(content, indent=2))
