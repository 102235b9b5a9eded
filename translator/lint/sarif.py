"""The linter's findings for code scanning."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from translator.lint.finding import Finding, Severity
from translator.lint.registry import RULES
from translator.sarif import SarifResult, SarifRule, sarif_log

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def sarif(findings: Iterable[Finding]) -> dict[str, Any]:
    """A SARIF log with every rule and every finding."""
    rules = [SarifRule(r.id, r.summary, _LEVELS[r.severity]) for r in RULES]
    return sarif_log(rules, [_result(finding) for finding in findings])


def _result(finding: Finding) -> SarifResult:
    problem = finding.problem
    message = f"{problem.kind.replace('_', ' ')} {problem.name} {problem.message} {problem.hint}"
    subject = f"{problem.kind} {problem.name} {problem.message}"
    return SarifResult(
        finding.rule, _LEVELS[finding.severity], message.strip(), subject, finding.place
    )
