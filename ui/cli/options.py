"""Options that several commands share, and what they lead to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from semantic.project import Project
    from translator.settings import Settings

_DEMO_FOLDER = "dbt_project"


class PlannerName(StrEnum):
    """`--planner`."""

    AUTO = "auto"
    EMBEDDED = "embedded"
    LLM = "llm"


ProjectDir = Annotated[
    Path | None,
    typer.Option(
        "--project-dir",
        envvar="DBT_PROJECT_DIR",
        show_default="dbt_project/ here, else the current folder",
        help="Folder of dbt_project.yml.",
    ),
]
ProfilesDir = Annotated[
    Path | None,
    typer.Option(
        "--profiles-dir",
        envvar="DBT_PROFILES_DIR",
        show_default="as dbt: the project's folder, else ~/.dbt",
        help="Folder of profiles.yml.",
    ),
]
Target = Annotated[
    str | None,
    typer.Option("--target", "-t", show_default="the profile's own", help="Target of the profile."),
]


@dataclass(frozen=True)
class Workplace:
    """The project that a command works on, and its settings."""

    project: Project
    settings: Settings


def project_folder(project_dir: Path | None) -> Path:
    """Where to look for a dbt project: as given, else the demo below this folder, else here."""
    if project_dir is not None:
        return project_dir
    here = Path()
    demo = here / _DEMO_FOLDER
    has_demo = (demo / "dbt_project.yml").is_file() and not (here / "dbt_project.yml").is_file()
    return demo if has_demo else here


def open_workplace(
    project_dir: Path | None, profiles_dir: Path | None, target: str | None
) -> Workplace:
    """Find the project and read its settings. Touches no warehouse.

    Raises:
        ConfigurationError: when there is no project or its files cannot be read.
    """
    from semantic.project import find_project
    from translator.settings import load_settings

    project = find_project(project_folder(project_dir), profiles_dir, target)
    return Workplace(project, load_settings(project.project_dir))


def connect_embedded(workplace: Workplace) -> None:
    """Start the embedded Postgres when the project's profile leads to it."""
    from translator.settings import embedded_home
    from translator.warehouse.embedded import ensure_embedded

    project = workplace.project
    ensure_embedded(project, embedded_home(project.project_dir, workplace.settings))


def parse_date(text: str | None) -> date | None:
    """`--as-of`."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is not a date as 2025-01-31.") from None
