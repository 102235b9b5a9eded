"""How old the sources were when `dbt source freshness` last measured them."""

from __future__ import annotations

from collections.abc import Iterator

from semantic.health import SourceRun
from translator.answer import Check
from translator.checks.dbt_tests import at
from translator.checks.subject import Subject
from translator.checks.words import counted, listed

NAME = "freshness"


def freshness(subject: Subject) -> Iterator[Check]:
    """As dbt judged it. What was never measured is told beside the tests."""
    if subject.health is None or not subject.models:
        return
    known = subject.health.of(subject.models).sources
    measured = {name: run for name, run in known.items() if run is not None}
    good = [run for run in measured.values() if run.status == "pass"]
    for name, run in measured.items():
        if run.status in {"error", "warn"}:
            yield Check(NAME, "fail" if run.status == "error" else "warn", _stale(name, run))
        elif run.status != "pass":
            yield Check(NAME, "warn", f"The age of the source {name} could not be measured.")
    unmeasured = [name for name, run in known.items() if run is None]
    if measured and unmeasured:
        yield Check(NAME, "warn", f"The age of {listed(unmeasured)} was not measured.")
    if good and len(good) == len(known):
        times = [run.measured_at for run in good if run.measured_at is not None]
        when = f" on {at(min(times))}" if times else ""
        what = "The source was" if len(good) == 1 else f"All {len(good)} sources were"
        yield Check(NAME, "pass", f"{what} fresh when measured{when}.")


def _stale(name: str, run: SourceRun) -> str:
    loaded = f"was last loaded on {at(run.loaded_at)}" if run.loaded_at else "is stale"
    age = f", {_age(run.age_seconds)} before it was measured" if run.age_seconds else ""
    limit = f"; the project allows {run.limit}" if run.limit else ""
    return f"The source {name} {loaded}{age}{limit}."


def _age(seconds: float) -> str:
    days = int(seconds // 86_400)
    if days >= 1:
        return counted(days, "day")
    return counted(int(seconds // 3600), "hour") if seconds >= 3600 else "under an hour"
