"""The gate's result for a pull request's comment or a step summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from eval.ci.finding import Finding, GateReport, Kind
from eval.ci.report.words import (
    KINDS,
    headline,
    more_words,
    percent_change,
    tally,
    value_words,
)

_MOST_FINDINGS = 40
_MOST_CHANGES = 15
_SECTIONS = (
    (Kind.BROKEN, "Broken"),
    (Kind.CHANGED, "Changed"),
    (Kind.NEW, "New"),
    (Kind.MENDED, "Mended"),
    (Kind.STILL_FAILING, "Failing, as on the base"),
    (Kind.REMOVED, "Removed questions"),
)


def markdown(report: GateReport) -> str:
    """GitHub-flavoured Markdown; below the 65,536 characters that a comment may have."""
    text = "\n".join(_lines(report)) + "\n"
    if len(text) <= 60_000:
        return text
    return text[:60_000].rpartition("\n")[0] + "\n\n… cut here; the job's log has the rest.\n"


def _lines(report: GateReport) -> Iterator[str]:
    mark = "❌" if report.failed else "✅"
    yield f"## {mark} MetricSpeak: {headline(report)}"
    yield ""
    yield tally(report)
    if report.changes:
        yield ""
        shown = [f"`{c.name}` ({c.how})" for c in report.changes[:_MOST_CHANGES]]
        more = len(report.changes) - len(shown)
        yield f"Changed in the project: {', '.join(shown)}{f' and {more} more' if more else ''}."
    elif report.has_base:
        yield ""
        yield "Nothing that has figures changed in the project."
    for impact in report.impacts:
        yield ""
        yield f"**{_cell(impact.sentence)}** {_used(impact.questions, impact.artifacts)}"
    for kind, heading in _SECTIONS:
        findings = report.of(kind)
        if findings:
            yield ""
            yield f"### {heading} ({len(findings)})"
            yield ""
            yield from _table(findings, kind)
    for note in report.notes:
        yield ""
        yield f"> {_cell(note)}"


def _used(questions: Iterable[str], artifacts: Iterable[str]) -> str:
    asked, saved = [f"`{q}`" for q in questions], list(artifacts)
    parts = []
    if saved:
        parts.append(f"Used by {', '.join(map(_cell, saved))}.")
    if asked:
        more = f" and {len(asked) - 10} more" if len(asked) > 10 else ""
        parts.append(f"Questions that name it: {', '.join(asked[:10])}{more}.")
    return " ".join(parts) or "No question and no saved artifact names it."


def _table(findings: tuple[Finding, ...], kind: Kind) -> Iterator[str]:
    with_figures = any(f.figures for f in findings)
    heads = ["Question", "What", *(["Base", "Now"] if with_figures else []), "Because of"]
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join('--:' if h in {'Base', 'Now'} else ':--' for h in heads)}|"
    for finding in findings[:_MOST_FINDINGS]:
        for row in _rows(finding):
            cells = row if with_figures else (*row[:2], row[4])
            yield f"| {' | '.join(cells)} |"
    if len(findings) > _MOST_FINDINGS:
        yield ""
        yield f"… and {len(findings) - _MOST_FINDINGS} more {KINDS[kind]}."


def _rows(finding: Finding) -> Iterator[tuple[str, str, str, str, str]]:
    """A row for the question, one more for each of its figures."""
    said = "<br>".join(_cell(line) for line in (finding.reason, *finding.plan_changes))
    because = "<br>".join(_cell(b) for b in finding.because)
    yield f"{_cell(finding.text)}<br>`{finding.id}`", said, "", "", because
    for figure in finding.figures:
        change = percent_change(figure)
        old, new = (value_words(v, figure.format) for v in (figure.old, figure.new))
        now = f"**{_cell(new)}**" + (f" ({change})" if change else "")
        yield "", _cell(figure.label), _cell(old), now, ""
    if finding.more_figures:
        yield "", more_words(finding), "", "", ""


def _cell(text: str) -> str:
    plain = " ".join(text.split()).replace("|", "\\|")
    return plain.replace("<", "&lt;").replace(">", "&gt;")
