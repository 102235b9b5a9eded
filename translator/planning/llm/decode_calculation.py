"""One calculation of a query, as a model wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from translator.planning.llm.slots import wrong_shape
from translator.query import Calculation, CalculationKind, GroupByItem, Offset, QueryIssue


def read_calculation(
    entry: Mapping[str, Any],
    metric: str,
    within: tuple[GroupByItem, ...],
    group_by: tuple[GroupByItem, ...],
) -> Calculation | QueryIssue:
    """The calculation over `metric`, or what is wrong with it.

    Args:
        entry: what was written.
        metric: the metric that it names, as the catalog calls it.
        within: the items that it names, likewise.
        group_by: those of the query, whose grain a comparison takes where it names none.
    """
    try:
        kind = CalculationKind(str(entry.get("kind")))
    except ValueError:
        return wrong_shape(f"There is no calculation '{entry.get('kind')}'.")
    count = entry.get("n")
    count = count if isinstance(count, int) and not isinstance(count, bool) else None
    if kind is CalculationKind.PERIOD_OVER_PERIOD:
        grain = entry.get("grain") or next((g.grain for g in group_by if g.grain), None)
        if not isinstance(grain, str):
            return wrong_shape("period_over_period needs 'n' and 'grain', such as 1 and year.")
        return Calculation(kind, metric, offset=Offset(1 if count is None else count, grain))
    if kind is CalculationKind.RANK:
        lowest = entry.get("lowest_first") is True
        return Calculation(kind, metric, partition_by=within, keep=count, ascending=lowest)
    if kind is CalculationKind.MOVING_AVERAGE:
        return Calculation(kind, metric, partition_by=within, window=count)
    return Calculation(kind, metric, partition_by=within)
