"""What the proof of an answer costs: time of the checks as a part of the query's own time.

    eval "$(metricspeak db env)" && python -m eval.benchmarks.check_overhead

Each question's query runs with and without proof in turn. The cost of proof is the difference of
both whole times (compile, query, checks), so a query that its own evidence slows down counts; what
it is compared with is the time of the query alone in the warehouse. `cold` is the first answer of
each question in a new process, when keys, joins and dates of its models may not have been looked at
yet.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from semantic.errors import MetricSpeakError
from semantic.project import find_project
from translator.answer import Answer, Status
from translator.pipeline import Translator, open_translator
from translator.query import SemanticQuery
from translator.questions.read import read_questions
from translator.settings import CheckSettings, Settings, load_settings

DEFAULT_PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"


@dataclass
class Cost:
    """Times of one question in milliseconds, one a round; the first round is the cold one."""

    name: str
    query: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    proven: list[float] = field(default_factory=list)
    waiting: list[float] = field(default_factory=list)

    def ratio(self) -> float:
        """Cost of proof as a part of the query's time, at the medians of the warm rounds."""
        added = [p - b for p, b in zip(self.proven[1:], self.bare[1:], strict=True)]
        return statistics.median(added) / statistics.median(self.query[1:])

    def cold_ratio(self) -> float:
        """The same for the first answer, against the warm query."""
        return (self.proven[0] - statistics.median(self.bare[1:])) / statistics.median(
            self.query[1:]
        )


def measure(
    bare: Translator, proven: Translator, queries: Sequence[tuple[str, SemanticQuery]], rounds: int
) -> list[Cost]:
    """Run every query with and without proof, `rounds` times and once before."""
    costs = [Cost(name) for name, _ in queries]
    for _, query in queries:
        _timed(bare, query)  # connections, MetricFlow and the warehouse's own cache are warm then
    for number in range(rounds + 1):
        for cost, (_, query) in zip(costs, queries, strict=True):
            pair = [bare, proven] if number % 2 else [proven, bare]
            answers = {id(t): _timed(t, query) for t in pair}
            without, with_proof = answers[id(bare)], answers[id(proven)]
            cost.query.append(without["execute"])
            cost.bare.append(without["total"])
            cost.proven.append(with_proof["total"])
            cost.waiting.append(with_proof["checks"])
    return costs


def _timed(translator: Translator, query: SemanticQuery) -> dict[str, float]:
    answer: Answer = translator.run(query)
    if answer.status is not Status.ANSWERED:
        raise SystemExit(f"not answered: {answer.error}")
    return answer.timings_ms


def report(costs: Sequence[Cost]) -> str:
    """A table, and the medians with their spread."""
    lines = [f"{'question':44} {'query ms':>9} {'added ms':>9} {'ratio':>7} {'cold':>7}"]
    for cost in costs:
        added = statistics.median(
            p - b for p, b in zip(cost.proven[1:], cost.bare[1:], strict=True)
        )
        lines.append(
            f"{cost.name[:44]:44} {statistics.median(cost.query[1:]):9.1f} {added:9.1f} "
            f"{cost.ratio():7.2f} {cost.cold_ratio():7.2f}"
        )
    for name, ratios in (
        ("warm", [c.ratio() for c in costs]),
        ("cold", [c.cold_ratio() for c in costs]),
    ):
        low, middle, high = statistics.quantiles(ratios, n=4)
        lines.append(
            f"{name}: proof costs {middle:.2f} of the query's time at the median of "
            f"{len(ratios)} questions (quartiles {low:.2f} to {high:.2f}, "
            f"{min(ratios):.2f} to {max(ratios):.2f} in all)"
        )
    return "\n".join(lines)


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
    try:
        project = find_project(given.project_dir)
        settings = load_settings(project.project_dir)
        without = Settings(**{**settings.model_dump(), "checks": CheckSettings(evidence=False)})
        bare, proven = open_translator(project, without), open_translator(project, settings)
        file = given.questions or project.project_dir / "questions" / "demo.yml"
        print(report(measure(bare, proven, _queries(bare, file), given.rounds)))
    except MetricSpeakError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
