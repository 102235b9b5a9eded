"""The gate's result for code scanning: what fails and what changed."""

from __future__ import annotations

from typing import Any

from eval.ci.finding import Finding, GateReport, Kind
from eval.ci.report.words import details
from semantic.places import Place
from translator.sarif import SarifResult, SarifRule, sarif_log

_RULES = {
    Kind.BROKEN: SarifRule(
        "question-broken", "A test question is not answered rightly any more.", "error"
    ),
    Kind.NEW: SarifRule("question-new", "A new test question is not answered rightly.", "error"),
    Kind.CHANGED: SarifRule(
        "answer-changed", "A test question has another plan or other figures.", "warning"
    ),
    Kind.REMOVED: SarifRule("question-removed", "A test question is not asked any more.", "note"),
}


def sarif(report: GateReport) -> dict[str, Any]:
    """A SARIF log; each result lies where the change is that causes it."""
    found = [f for f in report.findings if f.failed or f.kind in {Kind.CHANGED, Kind.REMOVED}]
    return sarif_log(_RULES.values(), [_result(f) for f in found])


def _result(finding: Finding) -> SarifResult:
    rule = _RULES[finding.kind]
    message = ". ".join((f"'{finding.text}'", *details(finding)))
    level = "error" if finding.failed else rule.level
    return SarifResult(rule.id, level, message, finding.id, location(finding))


def location(finding: Finding) -> Place | None:
    """Where the cause is written, else the question."""
    if finding.cause is not None:
        return finding.cause
    return Place(finding.file, finding.line or 1) if finding.file else None
