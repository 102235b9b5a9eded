"""`metricspeak doctor`: what is found, what is missing, how to fix it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ui.cli.exit_codes import ANSWERED, SERVICE_DOWN, USAGE
from ui.cli.options import ProfilesDir, ProjectDir, Target, project_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.doctor.check import Finding


def doctor(
    project_dir: ProjectDir = None, profiles_dir: ProfilesDir = None, target: Target = None
) -> None:
    """Check Python, packages, project, warehouse and catalog; say how to fix what is wrong."""
    from ui.doctor.checks import examine

    findings = examine(project_folder(project_dir), profiles_dir, target)
    _print(findings)
    failed = [finding for finding in findings if finding.status == "fail"]
    if not failed:
        raise typer.Exit(ANSWERED)
    # A wrong configuration first: it is often why the service seems down.
    raise typer.Exit(USAGE if any(not f.service for f in failed) else SERVICE_DOWN)


def _print(findings: Sequence[Finding]) -> None:
    from rich.table import Table
    from rich.text import Text

    from ui.render.console import people_console
    from ui.render.text import printable

    styles = {"ok": "green", "warn": "yellow", "fail": "bold red"}
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("check", "", "found", "what to do"):
        table.add_column(column, overflow="fold")
    for finding in findings:
        table.add_row(
            Text(finding.name),
            Text(finding.status, style=styles[finding.status]),
            Text(printable(finding.detail)),
            Text(printable(finding.remedy)),
        )
    people_console().print(table)
