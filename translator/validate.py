"""What is wrong with a query, before anything is compiled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from semantic.catalog import GroupByElement, SemanticCatalog
from translator.elements import listing_model, query_elements
from translator.query import GroupByItem, MetricFilter, QueryIssue, SemanticQuery
from translator.suggestions import near_items, near_metrics
from translator.validate_shape import shape_issues
from translator.validate_values import metric_value_issues, where_value_issues

_DATE_PARTS = ("year", "quarter", "month", "day", "dow", "doy")


def validate(query: SemanticQuery, catalog: SemanticCatalog) -> tuple[QueryIssue, ...]:
    """Every issue of a query with suggestions, best first; empty if there is none."""
    issues: list[QueryIssue] = []
    if not query.metrics and not query.group_by:
        issues.append(QueryIssue("empty_query", "The query names no metric and nothing to list."))
    issues += [_unknown_metric(m, catalog) for m in query.metrics if m not in catalog.metrics]
    if issues:
        return tuple(issues)
    issues.extend(_twice([*query.metrics, *(g.qualified_name for g in query.group_by)]))
    elements = query_elements(query, catalog)
    for item in query.group_by:
        issues.extend(_item_issues(item, elements, query, catalog))
        issues.extend(_grain_missing(item, elements))
    for where in query.where:
        issues.extend(_item_issues(where.item, elements, query, catalog))
        if where.item.element_name in elements:
            issues.extend(where_value_issues(where, elements[where.item.element_name]))
    for having in query.having:
        issues.extend(_having_issues(having, elements, query, catalog))
    if not query.metrics and not issues:
        issues.extend(_list_issues(query, catalog))
    issues.extend(shape_issues(query, catalog))
    issues.extend(_twice([name for c in query.calculations for name in c.columns]))
    return tuple(issues)


def _item_issues(
    item: GroupByItem,
    elements: Mapping[str, GroupByElement],
    query: SemanticQuery,
    catalog: SemanticCatalog,
) -> Iterable[QueryIssue]:
    element = elements.get(item.element_name)
    if element is None:
        yield _unreachable(item, elements, query, catalog)
        return
    if (element.dimension and element.dimension.sensitive) or (
        element.entity and element.entity.sensitive
    ):
        yield QueryIssue(
            "sensitive", f"'{item.element_name}' is marked sensitive and is not used in answers."
        )
    if item.date_part and item.date_part not in _DATE_PARTS:
        yield QueryIssue(
            "unknown_grain",
            f"A date has no part '{item.date_part}' (it has: {', '.join(_DATE_PARTS)}).",
            _DATE_PARTS,
        )
    if item.date_part and not element.is_time:
        yield QueryIssue(
            "unknown_grain", f"'{item.element_name}' has no parts, as it is not a time dimension."
        )
    if item.grain and item.grain not in element.grains:
        known = ", ".join(element.grains) or "none, as it is not a time dimension"
        yield QueryIssue(
            "unknown_grain",
            f"'{item.element_name}' has no grain '{item.grain}' (it has: {known}).",
            element.grains,
        )


def _unreachable(
    item: GroupByItem,
    elements: Mapping[str, GroupByElement],
    query: SemanticQuery,
    catalog: SemanticCatalog,
) -> QueryIssue:
    """Why an item is not among the elements: no such name, or not for these metrics."""
    name = item.element_name
    reaching = [
        metric
        for metric, reachable in catalog.group_bys_by_metric.items()
        if any(e.qualified_name == name for e in reachable)
    ]
    if not reaching:
        near = near_items(name, elements)
        return QueryIssue("unknown_dimension", f"There is no dimension '{name}'{_mean(near)}", near)
    said = ", ".join(reaching[:5]) + (" and others" if len(reaching) > 5 else "")
    apart = [m for m in query.metrics if m not in reaching]
    metrics = ", ".join(apart or query.metrics) or "a list without metrics"
    return QueryIssue(
        "unreachable_dimension",
        f"'{name}' cannot be reached from {metrics}; it can from {said}.",
        tuple(reaching[:5]),
    )


def _grain_missing(
    item: GroupByItem, elements: Mapping[str, GroupByElement]
) -> Iterable[QueryIssue]:
    """MetricFlow would choose a grain itself, and name the column after it."""
    element = elements.get(item.element_name)
    if element is not None and element.is_time and not item.grain and not item.date_part:
        yield QueryIssue(
            "missing_grain",
            f"Grouping by '{item.element_name}' needs a grain: {', '.join(element.grains)}.",
            tuple(f"{item.element_name}__{grain}" for grain in element.grains),
        )


def _having_issues(
    having: MetricFilter,
    elements: Mapping[str, GroupByElement],
    query: SemanticQuery,
    catalog: SemanticCatalog,
) -> Iterable[QueryIssue]:
    if having.metric not in catalog.metrics:
        yield _unknown_metric(having.metric, catalog)
    elif having.entity is None and having.metric not in query.metrics:
        yield QueryIssue(
            "having_not_shown",
            f"A condition on '{having.metric}' needs the metric in the query.",
            (having.metric,),
        )
    elif having.entity is not None:
        element = elements.get(having.entity.element_name)
        if element is None:
            yield _unreachable(having.entity, elements, query, catalog)
        elif element.entity is None:
            entities = tuple(n for n, e in elements.items() if e.entity is not None)
            yield QueryIssue(
                "not_an_entity",
                f"A condition on each one's '{having.metric}' needs an entity, "
                f"and '{having.entity.element_name}' is none.",
                entities[:5],
            )
        elif not any(
            e.entity is not None and e.name == having.entity.name
            for e in catalog.group_bys((having.metric,))
        ):
            yield QueryIssue(
                "unreachable_dimension",
                f"'{having.metric}' cannot be computed for each '{having.entity.name}'.",
            )
    yield from metric_value_issues(having)


def _list_issues(query: SemanticQuery, catalog: SemanticCatalog) -> Iterable[QueryIssue]:
    if query.time_range is not None:
        yield QueryIssue(
            "time_range",
            "A list without metrics has no period to be limited to: filter by one of its dates.",
        )
    if listing_model(query, catalog) is None:
        names = {g.element_name for g in query.group_by}
        names |= {w.item.element_name for w in query.where}
        listed = ", ".join(f"'{n}'" for n in sorted(names))
        yield QueryIssue(
            "unreachable_dimension", f"{listed} cannot be listed together without a metric."
        )


def _twice(names: list[str]) -> Iterable[QueryIssue]:
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield QueryIssue("duplicate", f"'{name}' is asked for twice.", (name,))


def _unknown_metric(name: str, catalog: SemanticCatalog) -> QueryIssue:
    near = near_metrics(name, catalog)
    return QueryIssue("unknown_metric", f"There is no metric '{name}'{_mean(near)}", near)


def _mean(near: tuple[str, ...]) -> str:
    return f"; did you mean '{near[0]}'?" if near else "."
