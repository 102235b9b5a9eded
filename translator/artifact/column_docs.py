"""What the columns of an answer are, in words for a model's documentation."""

from __future__ import annotations

from semantic.catalog import SemanticCatalog
from translator.elements import query_elements
from translator.query import SemanticQuery

_TAILS = {
    "previous": "{metric} in the period before",
    "change": "{metric} less that of the period before",
    "percent_change": "Change of {metric} against the period before; 0.1 is +10 %",
    "share": "Share of the total of {metric}, 0 to 1",
    "rank": "Rank by {metric}, 1 first",
    "running_total": "{metric} added up so far",
    "moving_average": "Moving average of {metric}",
}


def column_doc(name: str, query: SemanticQuery | None, catalog: SemanticCatalog) -> str:
    """The description of an output column; empty where nothing is known."""
    if query is None:
        return ""
    if name in query.metrics:
        metric = catalog.metrics[name]
        label = metric.label or name.replace("_", " ")
        return f"{label}: {metric.description}" if metric.description else f"{label}."
    for calculation in query.calculations:
        if name in calculation.columns:
            metric = catalog.metrics[calculation.metric]
            label = metric.label or metric.name.replace("_", " ")
            return _TAILS[name.removeprefix(f"{calculation.metric}__")].format(metric=label) + "."
    item = next((g for g in query.group_by if g.qualified_name == name), None)
    element = query_elements(query, catalog).get(item.element_name) if item else None
    if item is None:
        return ""
    if item.name == "metric_time":
        word = (item.grain or item.date_part or "time").replace("_", " ")
        return f"{word[:1].upper()}{word[1:]} that the figures are of."
    grain = f" ({item.grain})" if item.grain else f" ({item.date_part})" if item.date_part else ""
    about = (element.dimension or element.entity) if element else None
    label = (about.label if about else None) or item.name.replace("_", " ")
    label = label[:1].upper() + label[1:]
    described = about.description if about else ""
    return f"{label}{grain}: {described}" if described else f"{label}{grain}."
