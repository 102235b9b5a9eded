"""docs/REPORT.md from stored figures: `python -m eval.report.document --runs DIR --corpus FILE …`.

The text is a template; every figure in it comes from a run or a benchmark's file, so that a report
can be made again and is never edited by hand.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from eval.outcome import Outcome, Verdict
from eval.report import plots
from eval.report.figures import HEADINGS, VERDICTS, interval, latency_rows, percent, rows_of
from eval.report.markdown import cell, table
from eval.store import Run, RunStore
from eval.summary import Summary, summarise

_TEMPLATES = Path(__file__).parent / "templates"
_SHOWN_ROWS = 4
_PLOTS = "images"
# Kinds shown as examples, in this order, where a right answer of that kind is there.
_SHOWN_KINDS = (
    ("group_by", "a breakdown"),
    ("relative_time", "a relative period"),
    ("fiscal", "the fiscal calendar"),
    ("ratio", "a ratio"),
    ("cumulative", "an accumulation"),
    ("conversion", "a conversion"),
    ("non_additive", "a level that does not add up over time"),
    ("period_over_period", "a comparison with an earlier period"),
    ("share_of_total", "a share of the total"),
    ("top_n_per_group", "the top of each group"),
    ("multi_hop", "an attribute several joins away"),
    ("anti_join", "what has none of something"),
    ("follow_up", "a follow-up"),
    ("ambiguous", "a question with two readings"),
    ("unanswerable", "what the project does not hold"),
)
_OF_METRICS = ("metrics", "metrics+post")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the report and its plots. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, required=True, help="folder of stored runs")
    parser.add_argument("--run", default="latest", help="the run over the demo questions")
    parser.add_argument("--corpus", type=Path, required=True, help="JSON of the corpus benchmark")
    parser.add_argument("--outside", type=Path, help="JSON of the benchmark on outside projects")
    parser.add_argument("--into", type=Path, default=Path("docs"), help="folder of REPORT.md")
    options = parser.parse_args(arguments)
    run = RunStore(options.runs).get(options.run)
    corpus = json.loads(options.corpus.read_text(encoding="utf-8"))
    outside = None
    if options.outside is not None and options.outside.is_file():
        outside = json.loads(options.outside.read_text(encoding="utf-8"))
    summary = summarise(list(run.outcomes.values()))
    images = write_plots(summary, options.into / _PLOTS)
    text = document(run, summary, corpus, outside, images)
    (options.into / "REPORT.md").write_text(text, encoding="utf-8")
    return 0


def document(
    run: Run,
    summary: Summary,
    corpus: Mapping[str, Mapping[str, Any]],
    outside: Mapping[str, Mapping[str, Any]] | None,
    images: Mapping[str, str],
) -> str:
    """The report as Markdown.

    Args:
        run: a run with outcomes over the demo questions.
        summary: its figures.
        corpus: figures by project, as `eval.benchmarks.corpus` writes them.
        outside: the scorer's summaries by set, as `eval.benchmarks.outside` writes them.
        images: paths of the plots, relative to the report, by name.
    """
    outcomes = list(run.outcomes.values())
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("report.md.j2").render(
        header=run.header,
        summary=summary,
        percent=percent,
        interval=interval,
        accuracy=_lines(HEADINGS, rows_of(summary)),
        latency=_lines(("stage", "median ms", "p95 ms"), latency_rows(summary)),
        examples=[_example(kind, words, outcomes) for kind, words in _SHOWN_KINDS],
        wrong=[o for o in outcomes if o.verdict is Verdict.WRONG and not o.held_out],
        kinds=len(summary.by_tag),
        corpus=_corpus(corpus),
        corpus_all=corpus["all"],
        outside=_outside(outside) if outside else "",
        images=images,
        cell=cell,
        verdicts=VERDICTS,
    )


def write_plots(summary: Summary, folder: Path) -> dict[str, str]:
    """Write the plots as SVG files; their paths relative to the folder above, by name."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {
        "accuracy": plots.accuracy_by_kind(summary),
        "calibration": plots.calibration(summary),
        "latency": plots.latency(summary),
    }
    paths = {}
    for name, svg in drawn.items():
        if svg is not None:
            (folder / f"report-{name}.svg").write_text(svg, encoding="utf-8")
            paths[name] = f"{folder.name}/report-{name}.svg"
    return paths


def _lines(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(table(headings, rows))


def _example(kind: str, words: str, outcomes: Sequence[Outcome]) -> dict[str, Any] | None:
    """A right answer of a kind, the shortest question first; never one that is held out."""
    found = [
        o
        for o in outcomes
        if kind in o.tags and o.verdict is Verdict.RIGHT and not o.held_out and o.explanation
    ]
    if not found:
        return None
    outcome = min(found, key=lambda o: (len(o.text), o.key))
    rows = ""
    if outcome.got is not None:
        shown = [[cell(str(v)) for v in row] for row in outcome.got.rows[:_SHOWN_ROWS]]
        rows = _lines([cell(c) for c in outcome.got.columns], shown)
    return {"kind": words, "outcome": outcome, "rows": rows}


def _corpus(figures: Mapping[str, Mapping[str, Any]]) -> str:
    def span(value: Sequence[float] | None) -> str:
        if value is None:
            return "–"
        middle, low, high = value
        return f"{percent(middle)} ({100 * low:.0f}–{100 * high:.0f})"

    rows = [
        (
            name,
            str(found["cases"]),
            span(found["accuracy"]),
            span(found["precision"]),
            percent(found["wrong"]),
            str(found["asked_back"]),
            str(found["refused"]),
        )
        for name, found in figures.items()
    ]
    return _lines(
        ("project", "cases", "right", "precision", "wrong", "asked back", "refused"), rows
    )


def _outside(summaries: Mapping[str, Mapping[str, Any]]) -> str:
    rows = []
    for name, found in summaries.items():
        overall = found["overall"]
        metric = [found["by_expressible"].get(kind, {}) for kind in _OF_METRICS]
        answerable = sum(m.get("answerable", 0) for m in metric)
        right = sum(m.get("correct", 0) for m in metric)
        rows.append(
            (
                name,
                str(overall["n"]),
                percent(overall["accuracy"]),
                percent(right / answerable if answerable else None),
                percent(overall["precision"]),
                str(overall["wrong"]),
                str(overall["clarified"]),
                str(overall["unsupported"]),
            )
        )
    headings = ("set", "questions", "right", "right of metric questions", "precision")
    return _lines((*headings, "wrong", "asked back", "refused"), rows)


if __name__ == "__main__":
    sys.exit(main())
