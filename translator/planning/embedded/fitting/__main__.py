"""Command line of the fit.

The file of projects is a list of

    - project_dir: dbt_project
      questions: [dbt_project/questions]   # YAML test questions, or JSON lines with gold SQL
      env: {PGOPTIONS: "-c search_path=raw"}   # set before the project is opened
      as_of: 2025-10-15                        # today, unless the project's settings say
      watched: true                            # left out of every fit: only its figures are shown

The projects must have been built.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from pathlib import Path

import yaml

from translator.planning.embedded.fitting.examples import Example, examples
from translator.planning.embedded.fitting.models import calibrate, fit, table, top
from translator.planning.embedded.judgement import TABLE, Judgement, probability

_THRESHOLDS = (0.6, 0.7, 0.75, 0.78, 0.8, 0.9)


def judged(data: Sequence[Example], judgement: Judgement) -> list[tuple[float, bool]]:
    """Log-odds that the best candidate of each question is right, and whether it is."""
    found = []
    for example in data:
        if example.candidates:
            values, right = top(judgement.ranking, example)
            found.append((judgement.certainty.log_odds(values), right))
    return found


def left_out(
    data: Sequence[Example], watched: frozenset[str]
) -> dict[str, list[tuple[float, bool]]]:
    """`judged` of every project by a judgement fitted on all others."""
    found = {}
    for project in dict.fromkeys(e.project for e in data):
        own = [e for e in data if e.project == project]
        others = [e for e in data if e.project != project and e.project not in watched]
        found[project] = judged(own, fit(others))
    return found


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Fit the embedded planner's judgement.")
    parser.add_argument("projects", type=Path)
    parser.add_argument("--write", action="store_true", help=f"replace {TABLE.name}")
    options = parser.parse_args()
    entries = yaml.safe_load(options.projects.read_text(encoding="utf-8"))
    data: list[Example] = []
    watched = set()
    for entry in entries:
        found = examples(entry)
        data += found
        if entry.get("watched"):
            watched |= {e.project for e in found}
    report(data, frozenset(watched), options.write)


def report(data: Sequence[Example], watched: frozenset[str], write: bool) -> None:
    """Print the figures of each project left out; write the table fitted on all."""
    results = left_out(data, watched)
    seen = [r for project, found in results.items() if project not in watched for r in found]
    known = [e for e in data if e.project not in watched]
    judgement = calibrate(fit(known), [odds for odds, _ in seen], [right for _, right in seen])
    slope, shift = _calibration(fit(known), judgement)
    for project, found in results.items():
        answerable = sum(e.answerable for e in data if e.project == project)
        calibrated = [(slope * odds + shift, right) for odds, right in found]
        print(_line(project, calibrated, answerable))
    everything = [(slope * odds + shift, right) for odds, right in seen]
    print(_line("all, each left out", everything, sum(e.answerable for e in known)))
    for low, high in itertools.pairwise((0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 1.01)):
        inside = [right for odds, right in everything if low <= probability(odds) < high]
        if inside:
            share = sum(inside) / len(inside)
            print(f"  confidence {low:.1f} to {min(high, 1):.1f}: {share:.0%} of {len(inside)}")
    if write:
        TABLE.write_text(table(judgement), encoding="utf-8")


def _calibration(before: Judgement, after: Judgement) -> tuple[float, float]:
    name = max(before.certainty.weights, key=lambda n: abs(before.certainty.weights[n]))
    slope = after.certainty.weights[name] / before.certainty.weights[name]
    return slope, after.certainty.intercept - before.certainty.intercept * slope


def _line(name: str, results: Sequence[tuple[float, bool]], answerable: int) -> str:
    """Right among answerable and among answered, by threshold."""
    cells = []
    for threshold in _THRESHOLDS:
        answered = [right for odds, right in results if probability(odds) >= threshold]
        right = sum(answered)
        cells.append(
            f"{threshold}: {right / max(1, answerable):4.0%} /{right / max(1, len(answered)):5.0%}"
        )
    return f"{name[-24:]:24} " + " | ".join(cells)


if __name__ == "__main__":
    main()
