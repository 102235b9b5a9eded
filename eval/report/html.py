"""A run as one HTML page that needs nothing else: no script, no network."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.comparison import compare_runs
from eval.outcome import Outcome, Table, Verdict
from eval.report import plots
from eval.report.figures import (
    HEADINGS,
    VERDICTS,
    latency_rows,
    percent,
    rows_of,
    usage_sentence,
)
from eval.report.markdown import comparison_sentence
from eval.store import Run
from eval.summary import summarise
from semantic.errors import ConfigurationError

_TEMPLATES = Path(__file__).parent / "templates"


def write_html(path: Path, run: Run, other: Run | None = None) -> None:
    """Write the report of a run with at least one outcome to `path`, whole or not at all.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    text = html(run, other)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, delete=False, encoding="utf-8"
        ) as temporary:
            temporary.write(text)
        os.chmod(temporary.name, 0o644)
        Path(temporary.name).replace(path)
    except OSError as error:
        raise ConfigurationError(
            f"Cannot write {path}: {error.strerror or error}.", "Name another file."
        ) from None


def html(run: Run, other: Run | None = None) -> str:
    """The page."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    outcomes = list(run.outcomes.values())
    summary = summarise(outcomes)
    order = list(Verdict)
    failures = [o for o in outcomes if o.verdict is not Verdict.RIGHT]
    failures.sort(key=lambda o: (order.index(o.verdict), o.key))
    calibration = plots.calibration(summary)
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("report.html.j2").render(
        header=run.header,
        summary=summary,
        percent=percent,
        headings=HEADINGS,
        rows=rows_of(summary),
        latency=latency_rows(summary),
        verdicts=VERDICTS,
        usage=usage_sentence(summary),
        comparison=comparison_sentence(other, compare_runs(other, run)) if other else None,
        # Our own SVG: every text in it was escaped by the renderer.
        by_kind=Markup(plots.accuracy_by_kind(summary)) if summary.by_tag else None,
        calibration=Markup(calibration) if calibration else None,
        latency_plot=Markup(plots.latency(summary)) if summary.latency_ms else None,
        # What is held out is counted and never shown.
        failures=[_shown(o) for o in failures if not o.held_out],
        hidden=sum(o.held_out for o in failures),
        option_match=summary.scores.get("option_match"),
        query_scores={k: v for k, v in summary.scores.items() if not k.startswith("result")},
    )


def _shown(outcome: Outcome) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "differences": _differences(outcome),
        "got": _rows(outcome.got),
        "wanted": _rows(outcome.wanted),
        "query": _filled(outcome.query),
        "expected_query": _filled(outcome.expected_query),
    }


def _differences(outcome: Outcome) -> list[tuple[str, str]]:
    """Each part in which the query is not the expected one, and how."""
    parts = {}
    for score in outcome.scores:
        part, _, measure = score.name.rpartition("_")
        if measure in ("precision", "recall") and score.value != 1:
            parts[part.replace("_", " ")] = score.reason
    return list(parts.items())


def _filled(query: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A query without its empty parts, in their usual order."""
    if query is None:
        return None
    return {k: v for k, v in query.items() if v not in (None, [], {})}


def _rows(table: Table | None) -> dict[str, Any] | None:
    if table is None:
        return None
    rows = [["∅" if v is None else str(v) for v in row] for row in table.rows[:12]]
    return {"columns": table.columns, "rows": rows, "more": table.row_count - len(rows)}
