"""`metricspeak catalog lint`: what keeps the project from being asked well."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.cli.exit_codes import FAILED
from ui.cli.options import ProfilesDir, ProjectDir, Target, connect_embedded, open_workplace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semantic.catalog import SemanticCatalog
    from translator.lint.finding import Finding
    from ui.cli.options import Workplace


class LintFormat(StrEnum):
    """`--format` of the findings."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


class FailOn(StrEnum):
    """`--fail-on`."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


def lint(
    output: Annotated[
        LintFormat, typer.Option("--format", "-f", help="How findings are printed.")
    ] = LintFormat.TEXT,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="The least severity that fails.")
    ] = FailOn.ERROR,
    with_values: Annotated[
        bool, typer.Option("--values", help="Look at values in the warehouse, too.")
    ] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Write what can be mended into the YAML files.")
    ] = False,
    drafts: Annotated[
        bool, typer.Option("--drafts", help="Write out models that bring far dimensions near.")
    ] = False,
    project_dir: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> None:
    """Say what keeps questions from being understood; rules are set in metricspeak.yml.

    Exit codes: 0 nothing grave, 1 a finding that fails, 2 wrong usage or configuration.
    """
    from semantic.artifacts import ensure_artifacts
    from semantic.build import build_catalog
    from translator.lint.lint import lint as run_lint

    workplace = open_workplace(project_dir, profiles_dir, target)
    connect_embedded(workplace)
    artifacts = ensure_artifacts(workplace.project)
    catalog = build_catalog(artifacts)
    values = _values(workplace, catalog, artifacts.manifest) if with_values else {}
    folder, settings = workplace.project.project_dir, workplace.settings.lint
    findings = run_lint(catalog, artifacts.manifest, folder, settings, values)
    if fix:
        findings = _fix(findings, workplace)
    _print(findings, output)
    if drafts:
        _draft(findings, workplace, catalog)
    grave = {
        FailOn.ERROR: {"error"},
        FailOn.WARNING: {"error", "warning"},
        FailOn.INFO: {"error", "warning", "info"},
    }
    if any(finding.severity.value in grave[fail_on] for finding in findings):
        raise typer.Exit(FAILED)


def _print(findings: Sequence[Finding], output: LintFormat) -> None:
    from translator.lint.sarif import sarif
    from ui.render.annotations import on_github
    from ui.render.json_lines import to_json
    from ui.render.lint import annotate_lint, lint_content, render_lint

    if output is LintFormat.JSON:
        typer.echo(to_json(lint_content(findings), indent=2))
    elif output is LintFormat.SARIF:
        typer.echo(to_json(sarif(findings), indent=2))
    else:
        render_lint(findings)
        if on_github():
            annotate_lint(findings)


def _draft(findings: Sequence[Finding], workplace: Workplace, catalog: SemanticCatalog) -> None:
    """Print the files of each bridging model that dbt parses, as a diff on standard error."""
    from semantic.errors import MetricSpeakError
    from translator.artifact.draft import Drafter
    from translator.artifact.files import diff
    from ui.render.text import printable

    drafter = Drafter(workplace.project, catalog)
    for finding in findings:
        bridge = finding.problem.bridge
        if bridge is None:
            continue
        try:
            artifact = drafter.tried(bridge)
        except MetricSpeakError as error:
            typer.echo(f"no draft of {bridge.name}: {printable(error.message)}", err=True)
            continue
        if artifact is None:
            typer.echo(f"no draft of {bridge.name}: dbt does not parse it", err=True)
            continue
        typer.echo(f"\n{printable(bridge.reason)}", err=True)
        for line in diff(artifact.changes, workplace.project.project_dir).splitlines():
            typer.echo(printable(line), err=True)


def _values(
    workplace: Workplace, catalog: SemanticCatalog, manifest: Mapping[str, Any]
) -> dict[str, tuple[str, ...]]:
    from semantic.project import cache_dir
    from semantic.values import ValueLimits, read_values
    from translator.warehouse.questions import open_for_questions

    project, bounds = workplace.project, workplace.settings.values
    limits = ValueLimits(
        values=bounds.max_cardinality, total_bytes=bounds.max_bytes, seconds=bounds.max_seconds
    )
    warehouse = open_for_questions(project, workplace.settings, catalog, manifest)
    try:
        index = read_values(catalog, warehouse, limits, cache_dir(project))
    finally:
        warehouse.close()
    for warning in index.warnings:
        typer.echo(warning, err=True)
    return {key: found.values for key, found in index.items()}


def _fix(findings: Sequence[Finding], workplace: Workplace) -> tuple[Finding, ...]:
    """Write what can be mended, show it, and give back the rest."""
    from semantic.artifacts import ensure_artifacts
    from translator.artifact.files import JOURNAL, apply, diff
    from translator.lint.fix import fixes
    from ui.render.text import printable

    project = workplace.project
    manifest = ensure_artifacts(project).manifest
    changes, mended = fixes(findings, manifest, project.project_dir)
    apply(changes, project.target_path / JOURNAL)
    for line in diff(changes, project.project_dir).splitlines():
        typer.echo(printable(line), err=True)
    typer.echo(f"mended {len(mended)} findings in {len(changes)} files", err=True)
    done = {id(finding) for finding in mended}
    return tuple(finding for finding in findings if id(finding) not in done)
