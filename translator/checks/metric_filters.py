"""Filters hidden inside metrics, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from translator.answer import Check
from translator.checks.subject import Subject
from translator.query import SemanticQuery


def metric_filters(subject: Subject) -> Iterator[Check]:
    """One check for each metric that counts only some of its rows."""
    if not isinstance(subject.query, SemanticQuery):
        return
    for name in subject.query.metrics:
        metric = subject.catalog.metrics[name]
        if metric.filters:
            text = " and ".join(" ".join(f.split()) for f in metric.filters)
            yield Check(
                "metric_filters",
                "pass",
                f"{metric.label or name} counts only rows where {_plain(text)}.",
            )


def _plain(text: str) -> str:
    """A filter's Jinja as words: the call's first argument instead of the call."""
    for call in ("TimeDimension", "Dimension", "Entity", "Metric"):
        text = text.replace(f"{{{{ {call}('", "").replace(f"{{{{{call}('", "")
    return text.replace("') }}", "").replace("')}}", "").replace("__", " ")
