"""Filters as MetricFlow takes them: Jinja text, built from typed filters alone.

MetricFlow renders this text as a template, so nothing that a person typed may reach it other than
as a quoted literal without template marks (`literals.py`), and names only as plain identifiers.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import date

from sqlglot import exp

from semantic.catalog import GroupByElement, SemanticCatalog
from semantic.errors import QueryError
from translator.compile.conditions import condition
from translator.compile.filters import filter_condition
from translator.compile.literals import literal_expression
from translator.elements import day_grain
from translator.query import (
    METRIC_TIME,
    GroupByItem,
    MetricFilter,
    Operator,
    QueryIssue,
    TimeRange,
    WhereFilter,
)

_NAME = re.compile(r"\w+\Z")
_COUNTING = frozenset({"sum", "count", "count_distinct", "sum_boolean"})


def where_text(where: WhereFilter, elements: Mapping[str, GroupByElement], dialect: str) -> str:
    """One filter on rows.

    Raises:
        QueryError: its item is not among `elements`, or a value cannot be written safely.
    """
    element = elements.get(where.item.element_name)
    if element is None:
        message = f"'{where.item.element_name}' cannot be filtered by here."
        raise QueryError(message, "", (QueryIssue("unreachable_dimension", message),))
    subject = _Subject(item_text(where.item, element))
    return subject.insert(filter_condition(subject.column, where, element), dialect)


def time_range_texts(time_range: TimeRange | None, grain: str, dialect: str) -> list[str]:
    """A range on `metric_time`, compared at `grain`.

    Not MetricFlow's own time constraint: that widens the range to whole periods of the group by's
    grain, loses the last day's hours where `metric_time` is finer than a day, and drops what is
    older than the year 2000 from what accumulates.
    """
    texts = []
    bounds: list[tuple[Operator, date | None]] = []
    if time_range is not None:
        bounds = [(Operator.GE, time_range.start), (Operator.LT, time_range.end)]
    for operator, day in bounds:
        if day is not None:
            subject = _Subject(_call("TimeDimension", METRIC_TIME.name, grain=grain))
            tree = condition(subject.column, operator, [literal_expression(day)])
            texts.append(subject.insert(tree, dialect))
    return texts


def entity_filter_text(where: MetricFilter, catalog: SemanticCatalog, dialect: str) -> str:
    """A condition on each entity's own value of a metric."""
    assert where.entity is not None
    names = (where.metric, *where.entity.entity_path, where.entity.name)
    _check(*names)
    subject = _Subject(
        f"{{{{ Metric('{where.metric}', group_by=['{where.entity.element_name}']) }}}}"
    )
    return subject.insert(metric_condition(subject.column, where, catalog), dialect)


def metric_condition(subject: exp.Expr, where: MetricFilter, catalog: SemanticCatalog) -> exp.Expr:
    """A condition on a metric's value.

    An entity without any row has no value of a metric at all. Where the metric counts or sums, that
    is zero: customers without orders have "fewer than 3 orders".
    """
    if (
        where.entity is not None
        and catalog.metrics[where.metric].agg in _COUNTING
        and where.operator not in {Operator.IS_NULL, Operator.IS_NOT_NULL}
    ):
        subject = exp.Coalesce(this=subject, expressions=[exp.Literal.number(0)])
    return condition(subject, where.operator, [literal_expression(v) for v in where.values])


class _Subject:
    """A stand-in column in a tree, replaced by MetricFlow's call once the tree is SQL text.

    Its name is drawn at random, so that no value can hold it.
    """

    def __init__(self, call: str) -> None:
        self._call = call
        self._name = f"item_{uuid.uuid4().hex}"
        self.column = exp.column(self._name)

    def insert(self, tree: exp.Expr, dialect: str) -> str:
        return tree.sql(dialect=dialect).replace(self._name, self._call)


def item_text(item: GroupByItem, element: GroupByElement) -> str:
    """MetricFlow's call for an item, in Jinja's braces: `{{ Dimension('customer__region') }}`."""
    if element.entity is not None:
        return _call("Entity", item.name, path=item.entity_path)
    name, path = item.name, item.entity_path
    if path:
        # MetricFlow wants the nearest entity with the name, and those before it apart.
        name, path = f"{path[-1]}__{name}", path[:-1]
    if item.date_part:
        return _call("TimeDimension", name, path=path, part=item.date_part)
    if element.is_time:
        return _call("TimeDimension", name, path=path, grain=item.grain or day_grain(element))
    return _call("Dimension", name, path=path)


def _call(
    function: str,
    name: str,
    path: tuple[str, ...] = (),
    grain: str | None = None,
    part: str | None = None,
) -> str:
    _check(name, *path, *(x for x in (grain, part) if x))
    arguments = [f"'{name}'"]
    if grain:
        arguments.append(f"'{grain}'")
    if path:
        arguments.append("entity_path=[" + ", ".join(f"'{p}'" for p in path) + "]")
    if part:
        arguments.append(f"date_part_name='{part}'")
    return f"{{{{ {function}({', '.join(arguments)}) }}}}"


def _check(*names: str) -> None:
    for name in names:
        if not _NAME.match(name):
            message = f"'{name}' is not a name."
            raise QueryError(message, "", (QueryIssue("bad_name", message),))
