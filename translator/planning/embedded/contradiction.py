"""Filters and shares that a metric's own filters make meaningless.

Cancelled orders of a metric without them, the share of cancelled orders among orders that are not,
the cancellation rate of cancelled orders.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from semantic.catalog import Metric, MetricType, SemanticCatalog
from translator.query import CalculationKind, GroupByItem, Operator, SemanticQuery, WhereFilter

# The forms in which MetricFlow's where filters compare one dimension with one value:
# https://docs.getdbt.com/docs/build/metrics-overview#filters
_EQUALS = re.compile(
    r"Dimension\(\s*'(?P<name>\w+)'[^)]*\)\s*\}\}\s*(?P<operator>=|!=|<>|is not|is)\s*"
    r"(?P<value>true|false|'[^']*')",
    re.IGNORECASE,
)
_NOT = frozenset({"!=", "<>", "is not"})
_DIMENSION = re.compile(r"Dimension\(\s*'(?P<name>\w+)'")


def contradicts(query: SemanticQuery, catalog: SemanticCatalog) -> bool:
    """Whether a filter or a share of the query speaks of what a metric of it fixes itself."""
    metrics = [catalog.metrics[name] for name in query.metrics if name in catalog.metrics]
    if any(
        _against(where, m) or _empties(where, m, catalog) for m in metrics for where in query.where
    ):
        return True
    return any(
        calculation.kind is CalculationKind.SHARE_OF_TOTAL
        and calculation.metric in catalog.metrics
        and any(_fixed(catalog.metrics[calculation.metric].filters, i) for i in query.group_by)
        for calculation in query.calculations
    )


def _fixed(filters: Iterable[str], item: GroupByItem) -> bool:
    """Whether filters written in the project are about a dimension."""
    return any(
        found["name"] == item.element_name
        for text in filters
        for found in _DIMENSION.finditer(text)
    )


def _empties(where: WhereFilter, metric: Metric, catalog: SemanticCatalog) -> bool:
    """Whether a filter makes a ratio compare a thing with itself: the rate among those alone."""
    if metric.type is not MetricType.RATIO:
        return False
    parts = [(catalog.metrics.get(i.name), i.filters) for i in metric.inputs]
    fixed = [_fixed((*(m.filters if m else ()), *own), where.item) for m, own in parts]
    return any(fixed) and not all(fixed)


def _against(where: WhereFilter, metric: Metric) -> bool:
    if where.operator not in {Operator.EQ, Operator.IN}:
        return False
    asked = {str(value).lower() for value in where.values}
    for text in metric.filters:
        if re.search(r"\bor\b", text, re.IGNORECASE):
            continue  # another condition may let the value in
        for found in _EQUALS.finditer(text):
            if found["name"] != where.item.element_name:
                continue
            value = found["value"].strip("'").lower()
            excluded = found["operator"].lower() in _NOT
            if (asked == {value}) if excluded else (value not in asked):
                return True
    return False
