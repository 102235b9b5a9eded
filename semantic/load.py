"""A project's `SemanticCatalog`, ready to use."""

from __future__ import annotations

from semantic.artifacts import ensure_artifacts
from semantic.build import build_catalog
from semantic.catalog import SemanticCatalog
from semantic.project import Project


def load_catalog(project: Project) -> SemanticCatalog:
    """Read the project's artifacts, parsing first when anything changed, and build the catalog.

    There is no cache of the catalog itself: reading and building take less time from dbt's own
    JSON than a person notices, and a cache is one more thing that can be stale.
    """
    return build_catalog(ensure_artifacts(project))
