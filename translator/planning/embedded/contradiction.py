"""Filters that leave nothing of a metric: cancelled orders, of a metric without them."""

from __future__ import annotations

import re

from semantic.catalog import Metric, SemanticCatalog
from translator.query import Operator, SemanticQuery, WhereFilter

# The forms in which MetricFlow's where filters compare one dimension with one value:
# https://docs.getdbt.com/docs/build/metrics-overview#filters
_EQUALS = re.compile(
    r"Dimension\(\s*'(?P<name>\w+)'[^)]*\)\s*\}\}\s*(?P<operator>=|!=|<>|is not|is)\s*"
    r"(?P<value>true|false|'[^']*')",
    re.IGNORECASE,
)
_NOT = frozenset({"!=", "<>", "is not"})


def contradicts(query: SemanticQuery, catalog: SemanticCatalog) -> bool:
    """Whether a filter of the query asks for what a metric of it leaves out."""
    return any(
        _against(where, catalog.metrics[name])
        for name in query.metrics
        if name in catalog.metrics
        for where in query.where
    )


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
