"""Evidence that comes with an answer: each check is pass, warn or fail, with a sentence."""

from __future__ import annotations

from datetime import date
from typing import Any

from semantic.catalog import SemanticCatalog
from translator.answer import Check
from translator.query import SemanticQuery

_RANK = {"fail": 0, "warn": 1, "pass": 2}

NOT_GOVERNED = Check(
    "governed",
    "warn",
    "No metric of the project is behind these figures: a planner wrote SQL over the models, and "
    "nobody has reviewed it. Read the SQL before you rely on them.",
)


def model_query_checks(
    rows: tuple[tuple[Any, ...], ...], truncated: bool, ignored: tuple[str, ...]
) -> tuple[Check, ...]:
    """The checks of an answer from SQL over models: first that it is not governed."""
    checks = (_rows(rows, truncated), _words(ignored))
    return (NOT_GOVERNED, *sorted(checks, key=lambda c: _RANK[c.status]))


def checks_of(
    query: SemanticQuery,
    catalog: SemanticCatalog,
    rows: tuple[tuple[Any, ...], ...],
    truncated: bool,
    as_of: date,
    ignored: tuple[str, ...],
) -> tuple[Check, ...]:
    """The checks of one answer, failed and warned ones first."""
    checks = [
        _rows(rows, truncated),
        _partial_period(query, as_of),
        *_metric_filters(query, catalog),
        _words(ignored),
    ]
    if rows and query.group_by:
        checks.append(_null_keys(query, rows))
    return tuple(sorted(checks, key=lambda c: _RANK[c.status]))


def _rows(rows: tuple[tuple[Any, ...], ...], truncated: bool) -> Check:
    if truncated:
        return Check(
            "row_cap", "warn", f"Only the first {len(rows)} rows are shown; there are more."
        )
    if not rows or all(v is None for row in rows for v in row):
        return Check("empty_result", "warn", "No data matches the question.")
    return Check("row_cap", "pass", "All rows of the result are shown.")


def _partial_period(query: SemanticQuery, as_of: date) -> Check:
    time = query.time_range
    if not query.metrics or (time is not None and time.end is not None and time.end <= as_of):
        return Check("partial_period", "pass", "The period is over.")
    if time is not None and time.start is not None and time.start > as_of:
        return Check("partial_period", "warn", f"The period lies after {as_of.isoformat()}.")
    if time is None and not any(g.name == "metric_time" for g in query.group_by):
        return Check("partial_period", "pass", "All data to date is counted.")
    return Check(
        "partial_period",
        "warn",
        f"The period is not over on {as_of.isoformat()}: its last part is incomplete.",
    )


def _metric_filters(query: SemanticQuery, catalog: SemanticCatalog) -> list[Check]:
    checks = []
    for name in query.metrics:
        metric = catalog.metrics[name]
        if metric.filters:
            text = " and ".join(" ".join(f.split()) for f in metric.filters)
            checks.append(
                Check(
                    "metric_filters",
                    "pass",
                    f"{metric.label or name} counts only rows where {_plain(text)}.",
                )
            )
    return checks


def _plain(text: str) -> str:
    """A filter's Jinja as words: the call's first argument instead of the call."""
    for call in ("TimeDimension", "Dimension", "Entity", "Metric"):
        text = text.replace(f"{{{{ {call}('", "").replace(f"{{{{{call}('", "")
    return text.replace("') }}", "").replace("')}}", "").replace("__", " ")


def _null_keys(query: SemanticQuery, rows: tuple[tuple[Any, ...], ...]) -> Check:
    width = len(query.group_by)
    empty = sum(any(v is None for v in row[:width]) for row in rows)
    if empty:
        return Check("null_keys", "warn", f"{empty} of {len(rows)} rows have an empty group.")
    return Check("null_keys", "pass", "Every row has a value for what it is grouped by.")


def _words(ignored: tuple[str, ...]) -> Check:
    if ignored:
        words = ", ".join(f"'{w}'" for w in ignored[:8])
        return Check("understood", "warn", f"These words were not used: {words}.")
    return Check("understood", "pass", "Every word that carries meaning was used.")
