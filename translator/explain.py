"""The restatement: one sentence, from the typed query alone, of what was computed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from semantic.catalog import GroupByElement, SemanticCatalog
from translator.query import (
    Calculation,
    CalculationKind,
    GroupByItem,
    MetricFilter,
    Operator,
    SemanticQuery,
    TimeRange,
    Value,
    WhereFilter,
)

_OPERATORS = {
    Operator.EQ: "is",
    Operator.NE: "is not",
    Operator.IN: "is",
    Operator.NOT_IN: "is not",
    Operator.LT: "is less than",
    Operator.LE: "is at most",
    Operator.GT: "is more than",
    Operator.GE: "is at least",
    Operator.CONTAINS: "contains",
    Operator.NOT_CONTAINS: "does not contain",
    Operator.STARTS_WITH: "starts with",
    Operator.IS_NULL: "is empty",
    Operator.IS_NOT_NULL: "is not empty",
}
_DATE_OPERATORS = {
    Operator.LT: "is before",
    Operator.LE: "is on or before",
    Operator.GT: "is after",
    Operator.GE: "is on or after",
}
_PARTS = {"dow": "day of the week", "doy": "day of the year"}


def explain(query: SemanticQuery, catalog: SemanticCatalog) -> str:
    """One sentence: metrics, grouping, filters, period with dates, order, limit, calculations."""
    elements = _elements(query, catalog)
    names = [_item(g, elements) for g in query.group_by]
    if query.metrics:
        text = _join([_metric(m, catalog) for m in query.metrics])
        text += f" by {_join(names)}" if names else ""
    else:
        text = f"List of {_join(names)}"
    conditions = [_where(w, elements) for w in query.where]
    conditions += [_having(h, catalog) for h in query.having]
    if conditions:
        text += ", where " + " and ".join(conditions)
    if query.metrics:
        text += ", " + _period(query.time_range)
    for calculation in query.calculations:
        text += "; " + _calculation(calculation, catalog, elements)
    if query.limit is not None or (query.order_by and query.order_by[0].name in query.metrics):
        order = query.order_by[0] if query.order_by else None
        if order is not None:
            word = "highest" if order.descending else "lowest"
            label = _metric(order.name, catalog) if order.name in catalog.metrics else order.name
            text += f"; {word} {label} first"
        if query.limit is not None:
            text += f", the first {query.limit} only" if query.limit > 1 else ", the first one only"
    return text[:1].upper() + text[1:] + "."


def condition_texts(query: SemanticQuery, catalog: SemanticCatalog) -> tuple[str, ...]:
    """Each filter in words: those of `where`, then those of `having`."""
    elements = _elements(query, catalog)
    return (
        *(_where(w, elements) for w in query.where),
        *(_having(h, catalog) for h in query.having),
    )


def calculation_text(
    calculation: Calculation, query: SemanticQuery, catalog: SemanticCatalog
) -> str:
    """A calculation of the query in words."""
    return _calculation(calculation, catalog, _elements(query, catalog))


def item_text(item: GroupByItem, query: SemanticQuery, catalog: SemanticCatalog) -> str:
    """A group by item of the query in words."""
    return _item(item, _elements(query, catalog))


def _elements(query: SemanticQuery, catalog: SemanticCatalog) -> dict[str, GroupByElement]:
    if query.metrics:
        return {e.qualified_name: e for e in catalog.group_bys(query.metrics)}
    named = {i.element_name for i in (*query.group_by, *(w.item for w in query.where))}
    listed = (e for elements in catalog.list_group_bys.values() for e in elements)
    return {e.qualified_name: e for e in listed if e.qualified_name in named}


def period_text(time_range: TimeRange | None) -> str:
    """A period in words, its last day included."""
    return _period(time_range)


def _period(time_range: TimeRange | None) -> str:
    if time_range is None or (time_range.start is None and time_range.end is None):
        return "over all time"
    last = time_range.end - timedelta(days=1) if time_range.end else None
    if time_range.start and last:
        if time_range.start == last:
            return f"on {_day(last)}"
        return f"from {_day(time_range.start)} to {_day(last)}"
    return f"since {_day(time_range.start)}" if time_range.start else f"until {_day(last)}"


def _day(day: date | None) -> str:
    return f"{day.day} {day:%b %Y}" if day else ""


def _metric(name: str, catalog: SemanticCatalog) -> str:
    metric = catalog.metrics.get(name)
    label = metric.label if metric and metric.label else name
    return label if " " in label else label.replace("_", " ")


def _item(item: GroupByItem, elements: dict[str, GroupByElement]) -> str:
    if item.name == "metric_time":
        part = _PARTS.get(item.date_part or "", item.date_part)
        return (item.grain or part or "time").replace("_", " ")
    element = elements.get(item.element_name)
    label = None
    if element is not None and element.dimension is not None:
        label = element.dimension.label
    elif element is not None and element.entity is not None:
        label = element.entity.label
    owner = item.entity_path[-1].replace("_", " ") if item.entity_path else ""
    words = label or item.name.replace("_", " ")
    if owner and owner not in words and (label is None or _has_twins(element, elements)):
        words = f"{owner} {words}"
    return f"{words} ({item.grain})" if item.grain else words


def _has_twins(element: GroupByElement | None, elements: dict[str, GroupByElement]) -> bool:
    """Whether another entity has the same as near: the zones of start and end stations."""
    return (
        element is not None
        and element.dimension is not None
        and any(
            e.dimension is not None
            and (e.dimension.label or e.name) == (element.dimension.label or element.name)
            and len(e.entity_path) == len(element.entity_path) == 1
            and e.entity_path != element.entity_path
            for e in elements.values()
        )
    )


def _where(condition: WhereFilter, elements: dict[str, GroupByElement]) -> str:
    element = elements.get(condition.item.element_name)
    labels = dict(element.dimension.value_labels) if element and element.dimension else {}
    name = _item(condition.item, elements)
    values = [_value(v, labels) for v in condition.values]
    dates = bool(condition.values) and isinstance(condition.values[0], date)
    operator = (_DATE_OPERATORS if dates else {}).get(
        condition.operator, _OPERATORS[condition.operator]
    )
    link = " or " if condition.operator is not Operator.NOT_IN else " nor "
    return f"{name} {operator} {link.join(values)}".rstrip()


def _having(condition: MetricFilter, catalog: SemanticCatalog) -> str:
    values = " or ".join(_value(v, {}) for v in condition.values)
    text = f"{_metric(condition.metric, catalog)} {_OPERATORS[condition.operator]} {values}"
    if condition.entity is not None:
        text += f" for the {condition.entity.name.replace('_', ' ')} (over all time)"
    return text


def _value(value: Value, labels: dict[str, str]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return _day(value)
    text = str(value)
    return f"{labels[text]} ({text})" if text in labels else text


def _calculation(
    calculation: Calculation, catalog: SemanticCatalog, elements: dict[str, GroupByElement]
) -> str:
    metric = _metric(calculation.metric, catalog)
    within = (
        f" within each {_join([_item(g, elements) for g in calculation.partition_by])}"
        if calculation.partition_by
        else ""
    )
    if calculation.kind is CalculationKind.PERIOD_OVER_PERIOD and calculation.offset:
        count = calculation.offset.count
        span = calculation.offset.grain if count == 1 else f"{count} {calculation.offset.grain}s"
        return (
            f"{metric} compared with one {span} earlier"
            if count == 1
            else f"{metric} compared with {span} earlier"
        )
    if calculation.kind is CalculationKind.SHARE_OF_TOTAL:
        return f"with the share of total {metric}{within}"
    if calculation.kind is CalculationKind.RUNNING_TOTAL:
        return f"with the running total of {metric}{within}"
    if calculation.kind is CalculationKind.MOVING_AVERAGE:
        return f"with the moving average of {metric} over {calculation.window or 3} periods{within}"
    word = "lowest" if calculation.ascending else "highest"
    keep = f"the {calculation.keep} {word} by" if calculation.keep else "ranked by"
    return f"{keep} {metric}{within}"


def _join(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
