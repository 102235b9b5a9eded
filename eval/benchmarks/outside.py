"""Measures the planner on outside projects: `python -m eval.benchmarks.outside FOLDER [SET …]`.

The folder holds a dbt project and questions a set, a loader and a scorer; what a right answer
is, the scorer says. Data of these sets is dated relative to today, so each run loads them anew,
into an embedded Postgres of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.report.figures import percent
from translator.warehouse.embedded import EmbeddedPostgres

_BIN = Path(sys.executable).parent
_COLUMNS = (
    "set",
    "questions",
    "right",
    "right of metric questions",
    "precision",
    "wrong",
    "asked back",
    "refused",
    "error",
)
# A metric query, with or without a calculation, gives the gold result.
_OF_METRICS = ("metrics", "metrics+post")


def main(arguments: Sequence[str] | None = None) -> int:
    """Load, ask and score each set; print a table. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of the sets, load.py and score.py")
    parser.add_argument("sets", nargs="*", help="names of sets; all by default")
    parser.add_argument("--planner", default="embedded", help="planner to measure")
    parser.add_argument("--json", type=Path, help="keep the scorer's summaries in this file")
    options = parser.parse_args(arguments)
    if not (options.folder / "score.py").is_file():
        print(f"No outside sets in {options.folder}: nothing was measured.")
        return 0
    names = options.sets or sorted(p.parent.name for p in options.folder.glob("*/questions.jsonl"))
    # The server may run as a system user that has to pass through to its data.
    home = Path(tempfile.mkdtemp(prefix="metricspeak-bench-"))
    home.chmod(0o755)
    server = EmbeddedPostgres(home)
    try:
        where = server.start().environment
        summaries = {name: _measure(options.folder, name, where, options.planner) for name in names}
    finally:
        server.stop()
    _print(summaries)
    if options.json is not None:
        options.json.write_text(json.dumps(summaries, indent=2), encoding="utf-8")
    return 0


def _measure(folder: Path, name: str, where: Mapping[str, str], planner: str) -> dict[str, Any]:
    """The scorer's summary of one set."""
    host, port = where["METRICSPEAK_PGHOST"], where["METRICSPEAK_PGPORT"]
    user = where["METRICSPEAK_PGUSER"]
    with tempfile.TemporaryDirectory(prefix="metricspeak-bench-") as scratch:
        environment = os.environ | {
            "PATH": f"{_BIN}{os.pathsep}{os.environ['PATH']}",
            "BENCH_PGHOST": host,
            "BENCH_PGPORT": port,
            "BENCH_PGUSER": user,
            "BENCH_PGPASSWORD": "",
            "BENCH_PGDATABASE": f"bench_{name}",
            # Nothing is written into the folder of the sets.
            "DBT_TARGET_PATH": f"{scratch}/target",
            "DBT_LOG_PATH": f"{scratch}/logs",
        }
        server = ["--host", host, "--port", port, "--user", user]
        _run([str(folder / "load.py"), *server, name], environment)
        project = folder / name / "dbt"
        batch = f"metricspeak ask --project-dir {project} --planner {planner} --batch {{file}}"
        dsn = f"host={host} port={port} user={user} dbname=bench_{name}"
        out = Path(scratch) / "scores.json"
        _run(
            [str(folder / "score.py"), "--bench", str(folder / name), "--batch", batch]
            + ["--dsn", dsn, "--search-path", "raw", "--out", str(out)],
            environment,
        )
        figures: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    figures.pop("items")  # of a watched set, only the figures are to be seen
    return figures


def _run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, *command], env=dict(environment), capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{Path(command[0]).name} failed:\n{(done.stdout + done.stderr)[-3000:]}")


def _print(summaries: Mapping[str, Mapping[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for number, column in enumerate(_COLUMNS):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    for name, summary in summaries.items():
        table.add_row(name, *_figures(summary))
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def _figures(figures: Mapping[str, Any]) -> tuple[str, ...]:
    overall = figures["overall"]
    of_metrics = [figures["by_expressible"].get(kind, {}) for kind in _OF_METRICS]
    right = sum(found.get("correct", 0) for found in of_metrics)
    answerable = sum(found.get("answerable", 0) for found in of_metrics)
    return (
        str(overall["n"]),
        percent(overall["accuracy"]),
        percent(right / answerable if answerable else None),
        percent(overall["precision"]),
        *(str(overall[key]) for key in ("wrong", "clarified", "unsupported", "error")),
    )


if __name__ == "__main__":
    sys.exit(main())
