"""The linter's findings for people, on the console."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from rich.text import Text

from translator.lint.finding import Finding, Severity
from ui.render.annotations import annotate
from ui.render.console import people_console
from ui.render.text import printable

_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render_lint(findings: Sequence[Finding]) -> None:
    """Print the findings of each rule together, gravest first, then how many there are."""
    console = people_console()
    for rule, found in groupby(findings, key=lambda f: f.rule):
        same = list(found)
        severity = same[0].severity
        console.print(Text(f"{severity.value} ", _STYLES[severity]) + Text(rule, "bold"))
        hint = ""
        for finding in same:
            problem = finding.problem
            where = f"{finding.place.file}:{finding.place.line}  " if finding.place else ""
            console.print(
                Text(f"  {where}", "dim")
                + Text(printable(problem.name), "bold")
                + Text(f" {printable(problem.message)}")
            )
            if problem.hint and problem.hint != hint:
                console.print(Text(f"    {printable(problem.hint)}", "dim"))
                hint = problem.hint
        console.print()
    counts = Counter(finding.severity for finding in findings)
    said = " · ".join(f"{counts[s]} {_plural(s.value, counts[s])}" for s in _STYLES if counts[s])
    fixable = sum(finding.problem.fix is not None for finding in findings)
    more = f"; {fixable} can be mended by --fix" if fixable else ""
    console.print(Text(f"{said}{more}" if said else "✓ nothing to say", "dim"))


def annotate_lint(findings: Sequence[Finding]) -> None:
    """Mark findings in a pull request on GitHub."""
    for finding in findings:
        problem = finding.problem
        message = f"{problem.name} {problem.message}\n{problem.hint}".strip()
        annotate(_LEVELS[finding.severity], finding.rule, message, finding.place)


def lint_content(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """JSON content: an object a finding."""
    return [
        {
            "rule": f.rule,
            "severity": f.severity.value,
            "kind": f.problem.kind,
            "name": f.problem.name,
            "message": f.problem.message,
            "hint": f.problem.hint,
            "fixable": f.problem.fix is not None,
            "file": f.place.file if f.place else None,
            "line": f.place.line if f.place else None,
        }
        for f in findings
    ]


def _plural(word: str, count: int) -> str:
    return word if count == 1 or word == "info" else f"{word}s"
