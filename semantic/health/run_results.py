"""`run_results.json`: what the last dbt command did with each node.

https://docs.getdbt.com/reference/artifacts/run-results-json. Version 4 came with dbt 1.0, version 6
with 1.8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from semantic.health.artifact import Unusable, moment, read_artifact
from semantic.health.lineage import Lineage

RUN_RESULTS = "run_results.json"
_VERSIONS = range(4, 7)
# Other commands leave results of the same tests, which they compiled and did not run.
_RUNS_TESTS = frozenset({"build", "test", "retry"})
_RUNS_MODELS = frozenset({"build", "run", "seed", "snapshot", "retry", "clone"})


@dataclass(frozen=True)
class NodeRun:
    """What became of one node: `status` is dbt's, `failures` the rows that failed a test."""

    status: str
    failures: int | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True)
class RunResults:
    """The last dbt command's results by unique id, those of tests and those of models apart."""

    command: str
    ended_at: datetime | None = None
    tests: Mapping[str, NodeRun] = field(default_factory=dict)
    models: Mapping[str, NodeRun] = field(default_factory=dict)


def read_run_results(path: Path, lineage: Lineage, target: str | None) -> RunResults:
    """Results of this project's nodes on this target.

    Raises:
        Unusable: there are none, or they are of another target or project.
    """
    content = read_artifact(path, "run-results", _VERSIONS)
    arguments = content.get("args") or {}
    command = str(arguments.get("which") or "run")
    results = {
        str(r["unique_id"]): r
        for r in content["results"]
        if isinstance(r, Mapping) and r.get("unique_id")
    }
    known = {t.unique_id for t in lineage.tests}
    if results and not (results.keys() & (known | lineage.names.keys())):
        raise Unusable(f"{path.name} is of another project")
    other = arguments.get("target")
    if _is_elsewhere(results, lineage) or (other and target and other != target):
        raise Unusable("the last dbt command ran on another target")
    return RunResults(
        command=command,
        ended_at=moment(content["metadata"].get("generated_at")),
        tests={i: _run(r) for i, r in results.items() if i in known}
        if command in _RUNS_TESTS
        else {},
        models={i: _run(r) for i, r in results.items() if i in lineage.names}
        if command in _RUNS_MODELS
        else {},
    )


def _is_elsewhere(results: Mapping[str, Mapping[str, Any]], lineage: Lineage) -> bool:
    """Whether the relations that were built and tested are not those of the manifest."""
    tested = {
        t.unique_id: [lineage.relations[i] for i in t.tests if i in lineage.relations]
        for t in lineage.tests
        if not t.unique_id.startswith("unit_test.")
    }
    elsewhere = False
    for unique_id, result in results.items():
        if result.get("relation_name") and unique_id in lineage.relations:
            if result["relation_name"] == lineage.relations[unique_id]:
                return False
            elsewhere = True
        elif result.get("compiled_code") and tested.get(unique_id):
            if any(name in result["compiled_code"] for name in tested[unique_id]):
                return False
            elsewhere = True
    return elsewhere


def _run(result: Mapping[str, Any]) -> NodeRun:
    timing = result.get("timing")
    ends = [
        moment(step.get("completed_at"))
        for step in (timing if isinstance(timing, list) else ())
        if isinstance(step, Mapping)
    ]
    failures = result.get("failures")
    return NodeRun(
        status=str(result.get("status") or "").lower(),
        failures=failures if isinstance(failures, int) else None,
        completed_at=max((end for end in ends if end is not None), default=None),
    )
