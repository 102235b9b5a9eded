"""The health of a project's models as of dbt's last commands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from semantic.health.lineage import Lineage, Test
from semantic.health.run_results import NodeRun, RunResults
from semantic.health.source_freshness import SourceFreshness, SourceRun


@dataclass(frozen=True)
class ModelHealth:
    """What is known of some models and all that they are built from.

    Attributes:
        tests: Their tests, with what came of each; None for those that did not run.
        builds: Results of the nodes that the last command built, by name.
        sources: Freshness by name; None for a source with a limit that was not measured.
        nodes: How many nodes there are.
    """

    tests: Mapping[Test, NodeRun | None]
    builds: Mapping[str, NodeRun]
    sources: Mapping[str, SourceRun | None]
    nodes: int


@dataclass(frozen=True)
class Health:
    """Both artifacts as far as they could be read; a `…_problem` says why one is None."""

    lineage: Lineage
    run: RunResults | None = None
    run_problem: str | None = None
    freshness: SourceFreshness | None = None
    freshness_problem: str | None = None

    def of(self, models: Iterable[str]) -> ModelHealth:
        """The part that concerns these models, given by name, and everything upstream."""
        nodes = self.lineage.upstream(models)
        names = self.lineage.names
        ran = self.run.tests if self.run else {}
        built = self.run.models if self.run else {}
        measured = self.freshness.sources if self.freshness else {}
        return ModelHealth(
            tests={t: ran.get(t.unique_id) for t in self.lineage.tests_of(nodes)},
            builds={names[i]: built[i] for i in sorted(nodes) if i in built},
            sources={
                names[i]: measured.get(i)
                for i in sorted(nodes)
                if i in self.lineage.limited_sources or i in measured
            },
            nodes=len(nodes),
        )
