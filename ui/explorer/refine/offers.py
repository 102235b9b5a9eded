"""What the controls offer for a query: only what the semantic layer reaches from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from semantic.catalog import GroupByElement, SemanticCatalog
from semantic.value_index import DimensionValues
from translator.elements import SUB_DAILY, metric_elements
from translator.query import METRIC_TIME, Offset, SemanticQuery, TimeRange
from translator.validate import validate
from ui.explorer.refine import edits

MOST_VALUES = 500
"""Values of a dimension offered in a list; a longer one is typed."""
OFFSETS = (
    ("The day before", Offset(1, "day")),
    ("The week before", Offset(1, "week")),
    ("The month before", Offset(1, "month")),
    ("The quarter before", Offset(1, "quarter")),
    ("The year before", Offset(1, "year")),
)


def dimensions(query: SemanticQuery, catalog: SemanticCatalog) -> dict[str, GroupByElement]:
    """What the query's metrics can be grouped or filtered by, without dates and sensitive ones."""
    return {
        name: element
        for name, element in metric_elements(query.metrics, catalog).items()
        if element.dimension is not None and not element.is_time and not element.dimension.sensitive
    }


def grains(query: SemanticQuery, catalog: SemanticCatalog) -> tuple[str, ...]:
    """Grains that the query can be shown by, from day on; empty without time."""
    item = edits.time_item(query)
    name = item.element_name if item else METRIC_TIME.name
    element = metric_elements(query.metrics, catalog).get(name)
    if element is None:
        return ()
    offered = [g for g in element.grains if g not in SUB_DAILY]
    custom = [g for g in catalog.custom_grains if g not in offered and g in element.grains]
    return tuple(g for g in (*offered, *custom) if _valid(edits.with_grain(query, g), catalog))


def offsets(query: SemanticQuery, catalog: SemanticCatalog) -> tuple[tuple[str, Offset], ...]:
    """Earlier periods that the query can be compared with."""
    return tuple(
        (label, offset)
        for label, offset in OFFSETS
        if (changed := edits.with_comparison(query, offset)).calculations
        and any(c.offset == offset for c in changed.calculations)
        and _valid(changed, catalog)
    )


def companions(query: SemanticQuery, catalog: SemanticCatalog) -> tuple[str, ...]:
    """Metrics that can be shown beside those of the query, as it is grouped and filtered."""
    return tuple(
        name
        for name in catalog.metrics
        if name in query.metrics
        or _valid(edits.with_metrics(query, (*query.metrics, name)), catalog)
    )


def values(
    element: GroupByElement, known: Mapping[str, DimensionValues]
) -> tuple[tuple[str, str], ...] | None:
    """Stored values with what they mean; None where they are too many or not known."""
    dimension = element.dimension
    if dimension is None or dimension.sensitive:
        return None
    found = known.get(dimension.key)
    stored = found.values if found and found.complete else dimension.accepted_values
    if not stored or len(stored) > MOST_VALUES:
        return None
    meanings = dict(dimension.value_labels)
    return tuple((v, f"{meanings[v]} ({v})" if v in meanings else v) for v in stored)


def periods(today: date) -> tuple[tuple[str, TimeRange], ...]:
    """Named periods, as of `today`. Halves open: the end is the day after the last one."""
    month = today.replace(day=1)
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    year = today.replace(month=1, day=1)
    return (
        ("This month", TimeRange(month, _months_later(month, 1))),
        ("Last month", TimeRange(_months_later(month, -1), month)),
        ("This quarter", TimeRange(quarter, _months_later(quarter, 3))),
        ("Last quarter", TimeRange(_months_later(quarter, -3), quarter)),
        ("This year", TimeRange(year, _months_later(year, 12))),
        ("Last year", TimeRange(_months_later(year, -12), year)),
        ("Last 12 months", TimeRange(_months_later(month, -12), month)),
    )


def _months_later(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _valid(query: SemanticQuery, catalog: SemanticCatalog) -> bool:
    return not validate(query, catalog)
