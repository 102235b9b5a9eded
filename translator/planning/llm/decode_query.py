"""The slots of a metric query, as a model wrote them, to a `SemanticQuery`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from semantic.catalog import SemanticCatalog
from semantic.value_index import DimensionValues
from translator.elements import day_grain, metric_elements
from translator.planning.llm.decode_calculation import read_calculation
from translator.planning.llm.decode_period import limit_period, read_period
from translator.planning.llm.names import Names, list_names, metric_name
from translator.planning.llm.slots import (
    MOST_ENTRIES,
    Slots,
    read_number,
    read_operator,
    wrong_shape,
)
from translator.planning.llm.values import stored_values
from translator.query import (
    Calculation,
    GroupByItem,
    MetricFilter,
    Operator,
    OrderByItem,
    QueryIssue,
    SemanticQuery,
    TimeRange,
    WhereFilter,
)

_NO_VALUES = {Operator.IS_NULL, Operator.IS_NOT_NULL}
_SINGLE = {Operator.EQ: Operator.IN, Operator.NE: Operator.NOT_IN}
T = TypeVar("T")


def decode_query(
    slots: Mapping[str, Any], catalog: SemanticCatalog, values: Mapping[str, DimensionValues]
) -> tuple[SemanticQuery | None, list[QueryIssue]]:
    """The query and what is wrong with it; no query where a slot has another shape."""
    reader = _Reader(Slots(slots), catalog, values)
    query = reader.query()
    return query, reader.issues


@dataclass
class _Reader:
    """Reads one query; collects every issue instead of stopping at the first."""

    slots: Slots
    catalog: SemanticCatalog
    values: Mapping[str, DimensionValues]
    issues: list[QueryIssue] = field(default_factory=list)

    def query(self) -> SemanticQuery | None:
        metrics = self._metrics()
        if self.issues:
            return None  # without the metrics nothing says what the other names can be
        names = self._names(metrics)
        group_by = self._group_by(names)
        where, time_range = self._where(
            names, self._noted(read_period(self.slots.get("time_range")))
        )
        having = self._having(names)
        calculations = self._calculations(names, group_by)
        order_by, ordered = self._order_by(names, metrics, group_by, calculations)
        needed = (
            *ordered,
            *(h.metric for h in having if h.entity is None),
            *(c.metric for c in calculations),
        )
        # What is ordered by, kept by or calculated on has to be shown.
        metrics = tuple(dict.fromkeys((*metrics, *needed)))
        return SemanticQuery(
            metrics=metrics,
            group_by=group_by,
            where=where,
            having=having,
            time_range=time_range,
            order_by=order_by,
            limit=self._limit(),
            calculations=calculations,
        )

    def _metrics(self) -> tuple[str, ...]:
        """The metrics named, and those that only an order or a condition names."""
        found: dict[str, None] = {}
        for text in self.slots.texts("metrics"):
            name = self._noted(metric_name(text, self.catalog))
            if name is not None:
                found[name] = None
        return tuple(found)

    def _names(self, metrics: tuple[str, ...]) -> Names:
        ordered = [t.lstrip("-") for t in self.slots.texts("order_by")]
        also = [str(e.get("metric")) for e in self.slots.objects("having") if not e.get("per")]
        also += [str(e.get("metric")) for e in self.slots.objects("calculations")]
        shown = (*metrics, *(m for m in (*ordered, *also) if m in self.catalog.metrics))
        shown = tuple(dict.fromkeys(shown))
        if shown:
            return Names(self.catalog, shown, metric_elements(shown, self.catalog))
        items = [
            *self.slots.texts("group_by"),
            *(str(e.get("item")) for e in self.slots.objects("where")),
        ]
        items += [str(e["per"]) for e in self.slots.objects("having") if e.get("per")]
        return list_names(self.catalog, items)

    def _group_by(self, names: Names) -> tuple[GroupByItem, ...]:
        found: dict[GroupByItem, None] = {}
        for text in self.slots.texts("group_by"):
            item = self._item(text, names)
            if item is None:
                continue
            element = names.elements[item.element_name]
            bare = element.is_time and not item.grain and not item.date_part
            if bare and element.dimension is not None:
                # A date shown as an attribute; only metric_time leaves open which period.
                item = GroupByItem(item.name, item.entity_path, day_grain(element))
            found[item] = None
        return tuple(found)

    def _where(
        self, names: Names, period: TimeRange | None
    ) -> tuple[tuple[WhereFilter, ...], TimeRange | None]:
        found: dict[WhereFilter, None] = {}
        for entry in self.slots.objects("where"):
            item = self._item(str(entry.get("item") or ""), names)
            operator = self._noted(read_operator(entry.get("op", entry.get("operator"))))
            if item is None or operator is None:
                continue
            given = entry.get("values", entry.get("value"))
            given = given if isinstance(given, list) else [] if given is None else [given]
            values = tuple(v for v in given[:MOST_ENTRIES] if isinstance(v, str | int | float))
            if operator in _NO_VALUES:
                values = ()
            elif len(values) > 1:
                operator = _SINGLE.get(operator, operator)
            condition = WhereFilter(item, operator, values)
            element = names.elements[item.element_name]
            condition, unknown = stored_values(condition, element, self.values)
            self.issues += unknown
            if names.metrics and item == GroupByItem("metric_time", (), item.grain):
                limited = limit_period(period, condition)
                if limited is not None:
                    period = limited
                    continue
            found[condition] = None
        return tuple(found), period

    def _having(self, names: Names) -> tuple[MetricFilter, ...]:
        found: dict[MetricFilter, None] = {}
        for entry in self.slots.objects("having"):
            metric = self._noted(metric_name(str(entry.get("metric") or ""), self.catalog))
            operator = self._noted(read_operator(entry.get("op", entry.get("operator"))))
            value = read_number(entry.get("value"))
            if metric is None or operator is None:
                continue
            if value is None and operator not in _NO_VALUES:
                self._wrong(f"The condition on '{metric}' needs a number as its 'value'.")
                continue
            per = entry.get("per")
            entity = self._item(str(per), names) if per else None
            if per and entity is None:
                continue
            values = () if value is None else (value,)
            found[MetricFilter(metric, operator, values, entity)] = None
        return tuple(found)

    def _order_by(
        self,
        names: Names,
        metrics: tuple[str, ...],
        group_by: tuple[GroupByItem, ...],
        calculations: tuple[Calculation, ...],
    ) -> tuple[tuple[OrderByItem, ...], tuple[str, ...]]:
        """The order, and the metrics that it needs."""
        found: dict[str, OrderByItem] = {}
        needed: list[str] = []
        columns = {name for c in calculations for name in c.columns}
        for text in self.slots.texts("order_by"):
            descending, name = text.startswith("-"), text.lstrip("-")
            if name not in columns:
                metric = metric_name(name, self.catalog)
                if isinstance(metric, str):
                    name = metric
                    needed += [metric] if metric not in metrics else []
                else:
                    name = self._ordered_item(name, names, group_by)
            found.setdefault(name, OrderByItem(name, descending))
        return tuple(found.values()), tuple(needed)

    @staticmethod
    def _ordered_item(name: str, names: Names, group_by: tuple[GroupByItem, ...]) -> str:
        """The grouped item that a name to order by means, whatever its path or grain."""
        item = names.item(name)
        for grouped in group_by:
            if isinstance(item, GroupByItem) and grouped.element_name == item.element_name:
                return grouped.qualified_name
        for grouped in group_by:
            if grouped.name == name.split("__")[-1]:
                return grouped.qualified_name
        return name  # validation says that there is no such column

    def _limit(self) -> int | None:
        limit: object = self.slots.get("limit")
        if limit is None:
            return None
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            self._wrong("'limit' must be a whole number of at least 1.")
            return None
        return limit

    def _calculations(
        self, names: Names, group_by: tuple[GroupByItem, ...]
    ) -> tuple[Calculation, ...]:
        found: dict[Calculation, None] = {}
        for entry in self.slots.objects("calculations"):
            metric = self._noted(metric_name(str(entry.get("metric") or ""), self.catalog))
            if metric is None:
                continue
            within = self._within(entry.get("within"), names, group_by)
            calculation = self._noted(read_calculation(entry, metric, within, group_by))
            if calculation is not None:
                found[calculation] = None
        return tuple(found)

    def _within(
        self, written: Any, names: Names, group_by: tuple[GroupByItem, ...]
    ) -> tuple[GroupByItem, ...]:
        found: dict[GroupByItem, None] = {}
        for text in written if isinstance(written, list) else []:
            item = self._item(str(text), names)
            if item is None:
                continue
            same = [g for g in group_by if g.element_name == item.element_name]
            found[same[0] if len(same) == 1 else item] = None
        return tuple(found)

    def _item(self, text: str, names: Names) -> GroupByItem | None:
        return self._noted(names.item(text))

    def _noted(self, found: T | QueryIssue) -> T | None:
        """What was found; an issue is kept apart."""
        if isinstance(found, QueryIssue):
            self.issues.append(found)
            return None
        return found

    def _wrong(self, message: str) -> None:
        self.issues.append(wrong_shape(message))
