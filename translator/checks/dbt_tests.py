"""The dbt tests and builds of all models behind an answer, as of the last dbt command."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from semantic.health import ModelHealth, NodeRun, RunResults
from translator.answer import Check
from translator.checks.subject import Subject
from translator.checks.words import counted, day, listed, number

NAME = "dbt_tests"
_FAILED = frozenset({"fail", "error", "runtime error"})
_NOT_RUN = frozenset({"skipped", ""})


def dbt_tests(subject: Subject) -> Iterator[Check]:
    """Fail where a test or a build failed, warn where that is not known."""
    if subject.health is None or not subject.models:
        return
    known = subject.health.of(subject.models)
    run = subject.health.run
    if run is None:
        problem = subject.health.run_problem
        detail = f"It is not known whether the models' dbt tests pass: {problem}."
        yield Check(NAME, "warn", detail)
        return
    yield from _builds(known)
    yield _tests(known, run)


def _builds(known: ModelHealth) -> Iterator[Check]:
    broken = [n for n, r in known.builds.items() if r.status in _FAILED or r.status == "skipped"]
    if broken:
        verb = "was" if len(broken) == 1 else "were"
        yield Check(
            "dbt_build",
            "fail",
            f"{listed(broken)} {verb} not built by the last dbt run: the rows are of an earlier "
            "one.",
        )


def _tests(known: ModelHealth, run: RunResults) -> Check:
    if not known.tests:
        return Check(NAME, "warn", "No dbt test is declared for the models behind this answer.")
    when = f" on {at(run.ended_at)}" if run.ended_at else ""
    ran = {t: r for t, r in known.tests.items() if r is not None and r.status not in _NOT_RUN}
    failed = [f"{t.label}{_rows(r)}" for t, r in ran.items() if r.status in _FAILED]
    warned = [f"{t.label}{_rows(r)}" for t, r in ran.items() if r.status == "warn"]
    total = len(known.tests)
    if failed:
        detail = f"{len(failed)} of {counted(total, 'dbt test')} failed{when}: {listed(failed)}."
        return Check(NAME, "fail", detail)
    if warned:
        detail = f"{len(warned)} of {counted(total, 'dbt test')} warned{when}: {listed(warned)}."
        return Check(NAME, "warn", detail)
    if not ran:
        return Check(
            NAME,
            "warn",
            f"None of the {counted(total, 'dbt test')} of the models ran in the last dbt command "
            f"(`dbt {run.command}`{when}).",
        )
    if len(ran) < total:
        return Check(
            NAME,
            "warn",
            f"Only {number(len(ran))} of the {counted(total, 'dbt test')} of the models ran in the "
            f"last dbt command{when}; those passed.",
        )
    all_of = f"All {total} dbt tests" if total > 1 else "The only dbt test"
    built = _built(known)
    unmeasured = [name for name, source in known.sources.items() if source is None]
    rest = " Freshness of the sources was not measured." if unmeasured else ""
    return Check(
        NAME,
        "pass",
        f"{all_of} of {counted(known.nodes, 'model', 'models and sources')} passed"
        f"{when}{built}.{rest}",
    )


def _built(known: ModelHealth) -> str:
    ends = [r.completed_at for r in known.builds.values() if r.completed_at is not None]
    return ", when the models were built" if ends else ""


def _rows(run: NodeRun) -> str:
    return f" ({counted(run.failures, 'row')})" if run.failures else ""


def at(moment: datetime) -> str:
    """A moment in UTC: 25 Nov 2026, 04:32 UTC."""
    return f"{day(moment)}, {moment:%H:%M} UTC"
