"""Names of the project in the words that people read."""

from __future__ import annotations

from semantic.catalog import GroupByElement, SemanticCatalog
from translator.query import GroupByItem

_TAILS = {
    "previous": "earlier",
    "change": "change",
    "percent_change": "change in %",
    "share": "share of total",
    "rank": "rank",
    "running_total": "running total",
    "moving_average": "moving average",
}


def metric_label(name: str, catalog: SemanticCatalog) -> str:
    """A metric's label, or its name in words."""
    metric = catalog.metrics.get(name)
    # dbt gives a metric without a label its name as one.
    label = metric.label if metric and metric.label != name else None
    return (label or _capital(_words(name))).strip()


def element_label(element: GroupByElement) -> str:
    """A dimension's or entity's label, with where it is reached when its name alone is bare."""
    if element.name == "metric_time":
        return "Date"
    source = element.dimension or element.entity
    label = source.label if source and source.label else None
    if label:
        return label
    owner = _words(element.entity_path[-1]) if element.entity_path else ""
    own = _words(element.name)
    if not owner or owner.lower() in own.lower():
        return _capital(own)
    # "order item" and "item status" are an order item's status.
    first = own.split()[0]
    rest = own.removeprefix(first).strip() if owner.split()[-1] == first else own
    return _capital(f"{owner} {rest}")


def element_labels(elements: dict[str, GroupByElement]) -> dict[str, str]:
    """A label for each, made longer where two would read the same."""
    labels = {name: element_label(element) for name, element in elements.items()}
    counted: dict[str, int] = {}
    for label in labels.values():
        counted[label.lower()] = counted.get(label.lower(), 0) + 1
    return {
        name: label
        if counted[label.lower()] == 1
        else f"{label} ({_words(' '.join(elements[name].entity_path)) or name})"
        for name, label in labels.items()
    }


def column_label(name: str, catalog: SemanticCatalog) -> str:
    """A result's column in words: a metric, a calculation over one, or a group by item."""
    if name in catalog.metrics:
        return metric_label(name, catalog)
    metric, _, tail = name.rpartition("__")
    if metric in catalog.metrics and tail in _TAILS:
        return f"{metric_label(metric, catalog)}, {_TAILS[tail]}"
    try:
        item = GroupByItem.parse(name, catalog.grains)
    except ValueError:
        return _capital(_words(name))
    if item.name == "metric_time":
        return _capital(_words(item.grain or item.date_part or "date"))
    elements = {
        e.qualified_name: e
        for listed in (*catalog.group_bys_by_metric.values(), *catalog.list_group_bys.values())
        for e in listed
        if e.qualified_name == item.element_name
    }
    found = elements.get(item.element_name)
    label = element_label(found) if found else _capital(_words(" ".join(name.split("__")[-2:])))
    grain = item.grain or item.date_part
    return f"{label} ({_words(grain)})" if grain else label


def _words(name: str) -> str:
    return " ".join(name.replace("_", " ").split())


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
