"""Measures the planner on the corpus: `python -m eval.benchmarks.corpus FOLDER [PROJECT …]`.

Each folder of the corpus is a small dbt project with questions. Every project is copied, built in
an embedded Postgres of its own and asked everything, paraphrases too.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval.case import cases_of
from eval.judge import Judge
from eval.outcome import Outcome
from eval.report.figures import interval, percent
from eval.runner import run_cases
from eval.store import RunStore, header_of
from eval.summary import GroupFigures, figures
from semantic.project import find_project
from translator.opening import open_translator
from translator.questions.read import read_questions
from translator.settings import load_settings
from translator.warehouse.embedded import VARIABLES, EmbeddedPostgres

_COLUMNS = ("project", "cases", "right", "precision", "wrong", "asked back", "refused", "error")
# The corpus is also the tests' own, whose profiles read these.
_OWN = "METRICSPEAK_TEST_PG"


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, ask and score each project; print a table. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of the projects")
    parser.add_argument("projects", nargs="*", help="names of projects; all by default")
    parser.add_argument("--planner", default="embedded", help="planner to measure")
    parser.add_argument("--json", type=Path, help="keep the figures in this file")
    options = parser.parse_args(arguments)
    names = options.projects or sorted(
        p.parent.name for p in options.folder.glob("*/dbt_project.yml")
    )
    if not names:
        print(f"No projects in {options.folder}: nothing was measured.")
        return 0
    # The server may run as a system user that has to pass through to its data.
    scratch = Path(tempfile.mkdtemp(prefix="metricspeak-corpus-"))
    scratch.chmod(0o755)
    server = EmbeddedPostgres(scratch / "home")
    try:
        environment = server.start().environment
        os.environ.update({v.replace("METRICSPEAK_PG", _OWN): environment[v] for v in VARIABLES})
        outcomes = {
            name: measure(options.folder / name, scratch / name, options.planner) for name in names
        }
    finally:
        server.stop()
        shutil.rmtree(scratch, ignore_errors=True)
    found = {name: figures(outcomes[name]) for name in names}
    every = figures(
        [o for name in names for o in outcomes[name]],
    )
    _print({**found, "all": every})
    if options.json is not None:
        content = {name: plain(group) for name, group in {**found, "all": every}.items()}
        options.json.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return 0


def measure(source: Path, work: Path, planner: str) -> list[Outcome]:
    """The outcomes of one project's questions, asked in a built copy of it in `work`."""
    ignored = shutil.ignore_patterns("target", "logs", ".user.yml")
    shutil.copytree(source, work, ignore=ignored)
    dbt = [
        str(Path(sys.executable).parent / "dbt"),
        "--quiet",
        "build",
        "--profiles-dir",
        str(work),
    ]
    done = subprocess.run(dbt, cwd=work, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"dbt build of {source.name} failed:\n{done.stdout[-3000:]}")
    translator = open_translator(find_project(work), load_settings(work))
    try:
        questions = read_questions([work / "questions.yml"], translator.catalog.grains)
        cases = tuple(cases_of(questions))
        run = RunStore(work / "runs").open(header_of(translator, planner, cases))
        run_cases(cases, Judge(translator, planner), run)
        # The same id may be used by two projects; intervals are over questions.
        return [_of(source.name, outcome) for outcome in run.outcomes.values()]
    finally:
        translator.close()


def _of(project: str, outcome: Outcome) -> Outcome:
    return replace(outcome, id=f"{project}:{outcome.id}", key=f"{project}:{outcome.key}")


def plain(group: GroupFigures) -> dict[str, Any]:
    """Figures as plain data: shares 0..1, with 95 % intervals."""
    precision = group.precision
    return {
        "cases": group.n,
        "accuracy": [group.accuracy.value, group.accuracy.low, group.accuracy.high],
        "precision": [precision.value, precision.low, precision.high] if precision else None,
        "wrong": group.wrong,
        **group.verdicts,
    }


def _print(groups: Mapping[str, GroupFigures]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for number, column in enumerate(_COLUMNS):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    for name, group in groups.items():
        counts = group.verdicts
        table.add_row(
            name,
            str(group.n),
            interval(group.accuracy),
            interval(group.precision),
            percent(group.wrong),
            *(str(counts[v]) for v in ("asked_back", "refused", "failed")),
        )
    Console(width=None if sys.stdout.isatty() else 120).print(table)


if __name__ == "__main__":
    sys.exit(main())
