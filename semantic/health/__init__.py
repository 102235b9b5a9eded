"""What dbt last said of a project's models: tests, builds, freshness of sources."""

from semantic.health.health import Health, ModelHealth
from semantic.health.lineage import Lineage, Test
from semantic.health.reader import HealthReader
from semantic.health.run_results import NodeRun, RunResults
from semantic.health.source_freshness import SourceFreshness, SourceRun

__all__ = [
    "Health",
    "HealthReader",
    "Lineage",
    "ModelHealth",
    "NodeRun",
    "RunResults",
    "SourceFreshness",
    "SourceRun",
    "Test",
]
