"""How MetricFlow spells dimensions in a group by."""

from __future__ import annotations

from collections.abc import Mapping

from semantic.catalog import SemanticCatalog


def spellings_by_dimension(catalog: SemanticCatalog) -> Mapping[str, tuple[str, ...]]:
    """Spellings over all metrics and listings by dimension key, the shortest first."""
    found: dict[str, set[str]] = {}
    # Metrics over the same measures share one tuple, so most need no second look.
    groups = (*catalog.group_bys_by_metric.values(), *catalog.list_group_bys.values())
    for elements in {id(elements): elements for elements in groups}.values():
        for element in elements:
            if element.dimension is not None:
                found.setdefault(element.dimension.key, set()).add(element.qualified_name)
    return {
        key: tuple(sorted(names, key=lambda name: (name.count("__"), name)))
        for key, names in found.items()
    }
