"""What an answer costs beside its query: compile, guard, EXPLAIN, and the proof.

    make bench-overhead

Each figure is a part of the query's own time in the warehouse, of the same question in the same
run. The cost of proof is the difference of both times after compiling, with and without it, so a
query that its own evidence slows down counts. Compiling is measured with the proof's first
inquiries running beside it, and kept out of the difference, as its own spread is larger.

Proof is measured in both of its states: `known`, where the evidence about the models (keys, joins,
dates) was asked for before, by this process or an earlier one; and `first`, where nothing is known,
as for the first question after `dbt build`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from semantic.errors import MetricSpeakError
from semantic.project import find_project
from translator.answer import Answer, Status
from translator.opening import open_translator
from translator.pipeline import Translator
from translator.query import SemanticQuery
from translator.questions.read import read_questions
from translator.settings import CheckSettings, Settings, load_settings

DEFAULT_PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
STAGES = ("compile", "guard", "explain", "proof known", "proof first")


RUNS = ("bare", "known", "first")


@dataclass
class Cost:
    """Times of one question in milliseconds, one a round, by the stage or by the whole run.

    What counts is the fastest round of each: other work on the machine only ever adds.
    """

    name: str
    times: dict[str, list[float]] = field(default_factory=dict)

    def note(self, run: str, timings: Mapping[str, float]) -> None:
        """Add one run's times."""
        after = timings["total"] - timings["compile"]
        self.times.setdefault(run, []).append(after)
        stages = ("execute", "guard", "explain") if run == "bare" else ("compile",)
        for stage in stages:
            self.times.setdefault(stage, []).append(timings[stage])

    @property
    def query(self) -> float:
        """The query alone in the warehouse."""
        return min(self.times["execute"])

    def added(self, stage: str) -> float:
        """What the stage adds."""
        if stage.startswith("proof "):
            return min(self.times[stage.removeprefix("proof ")]) - min(self.times["bare"])
        return min(self.times[stage])

    def ratio(self, stage: str) -> float:
        """The same as a part of the query's time."""
        return self.added(stage) / self.query


def measure(
    bare: Translator, proven: Translator, queries: Sequence[tuple[str, SemanticQuery]], rounds: int
) -> list[Cost]:
    """Run every query without proof, with known evidence and with none, `rounds` times."""
    costs = [Cost(name) for name, _ in queries]
    for _, query in queries:  # connections, MetricFlow and the warehouse's own cache are warm then
        _timed(bare, query)
        _timed(proven, query)
    for number in range(rounds):
        for cost, (_, query) in zip(costs, queries, strict=True):
            # Each comes first in turn, as who comes first has the colder cache.
            for run in (*RUNS[number % 3 :], *RUNS[: number % 3]):
                if run == "first":
                    proven.forget_evidence()
                if run == "known":
                    _timed(proven, query)
                cost.note(run, _timed(bare if run == "bare" else proven, query))
    return costs


def _timed(translator: Translator, query: SemanticQuery) -> dict[str, float]:
    answer: Answer = translator.run(query)
    if answer.status is not Status.ANSWERED:
        raise MetricSpeakError(f"A question was not answered: {answer.error}", "")
    return answer.timings_ms


def report(costs: Sequence[Cost]) -> str:
    """A table of milliseconds, and of each stage the ratio's median with its spread."""
    return "\n".join((*_table(costs), "", *_ratios(costs)))


def _table(costs: Sequence[Cost]) -> Iterator[str]:
    heads = "".join(f"{stage:>13}" for stage in STAGES)
    yield f"{'milliseconds (fastest)':40}{'query':>9}{heads}"
    for cost in costs:
        cells = "".join(f"{cost.added(stage):13.1f}" for stage in STAGES)
        yield f"{cost.name[:39]:40}{cost.query:9.1f}{cells}"


def _ratios(costs: Sequence[Cost]) -> Iterator[str]:
    yield f"as a part of the query's own time, {len(costs)} questions"
    for stage in STAGES:
        ratios = [cost.ratio(stage) for cost in costs]
        low, middle, high = statistics.quantiles(ratios, n=4)
        yield (
            f"{stage:12} {middle:5.2f} at the median, quartiles {low:.2f} to {high:.2f}, "
            f"{min(ratios):.2f} to {max(ratios):.2f} in all"
        )


def _queries(translator: Translator, file: Path) -> list[tuple[str, SemanticQuery]]:
    found = read_questions([file], translator.catalog.grains)
    return [(q.id, q.expect.query) for q in found if isinstance(q.expect.query, SemanticQuery)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--project-dir", type=Path, default=DEFAULT_PROJECT)
    parser.add_argument("--questions", type=Path, help="default: questions/demo.yml of the project")
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args(arguments)
    if given.rounds < 1:
        parser.error("--rounds has to be at least 1")
    try:
        project = find_project(given.project_dir)
        settings = load_settings(project.project_dir)
        without = Settings(**{**settings.model_dump(), "checks": CheckSettings(evidence=False)})
        bare, proven = open_translator(project, without), open_translator(project, settings)
        try:
            file = given.questions or project.project_dir / "questions" / "demo.yml"
            costs = measure(bare, proven, _queries(bare, file), given.rounds)
        finally:
            bare.close()
            proven.close()
        if len(costs) < 2:
            raise MetricSpeakError("There are fewer than two metric queries to measure.", "")
        print(report(costs))
    except MetricSpeakError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
