"""The gate's result for people, on the console."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from eval.ci.finding import Finding, GateReport, Kind
from eval.ci.report.sarif import location
from eval.ci.report.words import KINDS, details, headline, tally
from ui.render.annotations import annotate
from ui.render.console import people_console
from ui.render.text import printable

_SHOWN = (
    Kind.BROKEN,
    Kind.NEW,
    Kind.CHANGED,
    Kind.MENDED,
    Kind.STILL_FAILING,
    Kind.REMOVED,
)
_STYLES = {Kind.BROKEN: "red", Kind.CHANGED: "yellow", Kind.MENDED: "green", Kind.NEW: "cyan"}
_MOST = 30


def render_gate(report: GateReport) -> None:
    """Print what changed, then every question that is not as it was, then the tally."""
    console = people_console()
    if report.changes:
        console.print(Text("Changed in the project:", "bold"))
        for change in report.changes[:_MOST]:
            console.print(Text(f"  {printable(change.sentence)}"))
        if len(report.changes) > _MOST:
            console.print(Text(f"  … and {len(report.changes) - _MOST} more", "dim"))
    elif report.has_base:
        console.print(Text("Nothing that has figures changed in the project.", "dim"))
    for impact in report.impacts:
        console.print(Text(f"\n{printable(impact.sentence)}", "yellow"))
        for artifact in impact.artifacts:
            console.print(Text(f"  used by {printable(artifact)}"))
        if impact.questions:
            console.print(Text(f"  used by questions {printable(', '.join(impact.questions))}"))
    for kind in _SHOWN:
        findings = report.of(kind)
        for finding in findings[:_MOST]:
            _render(finding, console)
        if len(findings) > _MOST:
            console.print(Text(f"… and {len(findings) - _MOST} more {KINDS[kind]}", "dim"))
    for note in report.notes:
        console.print(Text(f"\n! {printable(note)}", "yellow"))
    mark, style = ("✗", "bold red") if report.failed else ("✓", "bold green")
    console.print(Text(f"\n{mark} {headline(report)}", style) + Text(f"  {tally(report)}", "dim"))


def annotate_gate(report: GateReport) -> None:
    """Mark what fails or changed where its cause is written."""
    for finding in report.findings:
        if finding.failed or finding.kind is Kind.CHANGED:
            level = "error" if finding.failed else "warning"
            title = f"MetricSpeak: {finding.id} {KINDS[finding.kind]}"
            message = "\n".join((f"'{finding.text}'", *details(finding)))
            annotate(level, title, message, location(finding))


def _render(finding: Finding, console: Console) -> None:
    style = "red" if finding.failed else _STYLES.get(finding.kind, "dim")
    console.print(
        Text(f"\n{KINDS[finding.kind]}  ", style)
        + Text(printable(finding.text), "bold")
        + Text(f"  {finding.id}", "dim")
    )
    for line in details(finding):
        console.print(Text(f"  {printable(line)}"))
