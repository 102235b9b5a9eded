"""The gate's findings in words, shared by all of its outputs."""

from __future__ import annotations

from typing import Any

from eval.ci.finding import Figure, Finding, GateReport, Kind

KINDS = {
    Kind.BROKEN: "broken",
    Kind.CHANGED: "changed",
    Kind.NEW: "new",
    Kind.STILL_FAILING: "failing as on the base",
    Kind.MENDED: "mended",
    Kind.REMOVED: "removed",
    Kind.SAME: "checked, the same",
    Kind.UNAFFECTED: "not affected",
}


def headline(report: GateReport) -> str:
    """The result in one sentence."""
    failed = sum(f.failed for f in report.findings)
    if failed:
        return f"{failed} {'question fails' if failed == 1 else 'questions fail'}"
    if report.counts[Kind.CHANGED]:
        return "no question breaks; some answers change"
    return "no question breaks"


def tally(report: GateReport) -> str:
    """`2 broken · 1 changed · 180 not affected`."""
    words = KINDS if report.has_base else {**KINDS, Kind.SAME: "as expected"}
    return " · ".join(f"{report.counts[k]} {w}" for k, w in words.items() if report.counts[k])


def figure_words(figure: Figure) -> str:
    """`revenue, North: 1,200.50 → 1,300.00 (+8.3 %)`."""
    change = percent_change(figure)
    old, new = value_words(figure.old, figure.format), value_words(figure.new, figure.format)
    return f"{figure.label}: {old} → {new}" + (f" ({change})" if change else "")


def value_words(value: Any, form: str | None) -> str:
    """A value as a person reads it; what is not there is a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        if form == "percent":
            return f"{value * 100:,.2f} %"
        if isinstance(value, int) or float(value).is_integer():
            return f"{value:,.0f}"
        return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.4g}"
    return str(value)


def percent_change(figure: Figure) -> str:
    """`+8.3 %`; empty where it says nothing."""
    old, new = figure.old, figure.new
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (old, new))
    if not numbers or not old:
        return ""
    return f"{(new - old) / abs(old) * 100:+,.1f} %"


def more_words(finding: Finding) -> str:
    """`and 2 more figures differ`."""
    one = finding.more_figures == 1
    return f"and {finding.more_figures} more {'figure differs' if one else 'figures differ'}"


def details(finding: Finding) -> list[str]:
    """Everything about a finding beside its question, a line each."""
    lines = [finding.reason] if finding.reason else []
    lines += [f"plan: {change}" for change in finding.plan_changes]
    lines += [figure_words(figure) for figure in finding.figures]
    if finding.more_figures:
        lines.append(more_words(finding))
    if finding.because:
        lines.append(f"because of {'; '.join(finding.because)}")
    return lines
