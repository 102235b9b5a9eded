"""Parts of the catalog for programs that read it page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from semantic.catalog import SemanticCatalog
from semantic.describe import describe_catalog
from semantic.describe_kinds import describe_group_by
from semantic.search import search_catalog

_MOST_HITS = 10_000


def find_entries(catalog: SemanticCatalog, kind: str, search: str | None) -> list[dict[str, Any]]:
    """The `metric`s or `dimension`s that match the words, best first; all without words."""
    entries: list[dict[str, Any]] = describe_catalog(catalog)[f"{kind}s"]
    if not search or not search.strip():
        return entries
    by_name = {entry["name"]: entry for entry in entries}
    hits = search_catalog(catalog, search, limit=_MOST_HITS)
    return [by_name[hit.name] for hit in hits if hit.kind == kind and hit.name in by_name]


def dimensions_of(
    catalog: SemanticCatalog, metrics: Sequence[str], search: str | None
) -> list[dict[str, Any]]:
    """What all of `metrics` can be grouped by, as a query spells it."""
    entries = [
        describe_group_by(element)
        for element in catalog.group_bys(metrics)
        if not _sensitive(element.dimension) and not _sensitive(element.entity)
    ]
    words = (search or "").lower().split()
    return [entry for entry in entries if all(word in _text(entry) for word in words)]


def _sensitive(source: Any) -> bool:
    return bool(source is not None and source.sensitive)


def _text(entry: dict[str, Any]) -> str:
    return f"{entry['name']} {entry.get('label', '')} {entry.get('description', '')}".lower()
