"""The slots of a metric query, as a model wrote them, to a `SemanticQuery`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from semantic.catalog import SemanticCatalog
from semantic.value_index import DimensionValues
from translator.elements import day_grain, metric_elements
from translator.planning.llm.names import Names, list_names, metric_name
from translator.planning.llm.values import stored_values
from translator.query import (
    Calculation,
    CalculationKind,
    GroupByItem,
    MetricFilter,
    Offset,
    Operator,
    OrderByItem,
    QueryIssue,
    SemanticQuery,
    TimeRange,
    WhereFilter,
)

_MOST_ENTRIES = 30
_NO_VALUES = {Operator.IS_NULL, Operator.IS_NOT_NULL}
_SINGLE = {Operator.EQ: Operator.IN, Operator.NE: Operator.NOT_IN}
_SPELLINGS = {"==": "=", "<>": "!=", "equals": "=", "not_in": "not in", "like": "contains"}
_ONE_DAY = timedelta(days=1)


def decode_query(
    slots: Mapping[str, Any], catalog: SemanticCatalog, values: Mapping[str, DimensionValues]
) -> tuple[SemanticQuery | None, list[QueryIssue]]:
    """The query and what is wrong with it; no query where a slot has another shape."""
    reader = _Reader(slots, catalog, values)
    query = reader.query()
    return query, reader.issues


@dataclass
class _Reader:
    """Reads one query; collects every issue instead of stopping at the first."""

    slots: Mapping[str, Any]
    catalog: SemanticCatalog
    values: Mapping[str, DimensionValues]
    issues: list[QueryIssue] = field(default_factory=list)

    def query(self) -> SemanticQuery | None:
        metrics = self._metrics()
        if self.issues:
            return None  # without the metrics nothing says what the other names can be
        names = self._names(metrics)
        group_by = self._group_by(names)
        where, time_range = self._where(names, self._time_range())
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
        for text in self._texts("metrics"):
            name = metric_name(text, self.catalog)
            if isinstance(name, QueryIssue):
                self.issues.append(name)
            else:
                found[name] = None
        return tuple(found)

    def _names(self, metrics: tuple[str, ...]) -> Names:
        ordered = [t.lstrip("-") for t in self._texts("order_by")]
        also = [str(e.get("metric")) for e in self._objects("having") if not e.get("per")]
        also += [str(e.get("metric")) for e in self._objects("calculations")]
        shown = (*metrics, *(m for m in (*ordered, *also) if m in self.catalog.metrics))
        shown = tuple(dict.fromkeys(shown))
        if shown:
            return Names(self.catalog, shown, metric_elements(shown, self.catalog))
        items = [*self._texts("group_by"), *(str(e.get("item")) for e in self._objects("where"))]
        items += [str(e["per"]) for e in self._objects("having") if e.get("per")]
        return list_names(self.catalog, items)

    def _group_by(self, names: Names) -> tuple[GroupByItem, ...]:
        found: dict[GroupByItem, None] = {}
        for text in self._texts("group_by"):
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
        for entry in self._objects("where"):
            item = self._item(str(entry.get("item") or ""), names)
            operator = self._operator(entry.get("op", entry.get("operator")))
            if item is None or operator is None:
                continue
            given = entry.get("values", entry.get("value"))
            given = given if isinstance(given, list) else [] if given is None else [given]
            values = tuple(v for v in given[:_MOST_ENTRIES] if isinstance(v, str | int | float))
            if operator in _NO_VALUES:
                values = ()
            elif len(values) > 1:
                operator = _SINGLE.get(operator, operator)
            condition = WhereFilter(item, operator, values)
            element = names.elements[item.element_name]
            condition, unknown = stored_values(condition, element, self.values)
            self.issues += unknown
            if names.metrics and item == GroupByItem("metric_time", (), item.grain):
                limited = _limit_period(period, condition)
                if limited is not None:
                    period = limited
                    continue
            found[condition] = None
        return tuple(found), period

    def _having(self, names: Names) -> tuple[MetricFilter, ...]:
        found: dict[MetricFilter, None] = {}
        for entry in self._objects("having"):
            metric = metric_name(str(entry.get("metric") or ""), self.catalog)
            operator = self._operator(entry.get("op", entry.get("operator")))
            value = _as_number(entry.get("value"))
            if isinstance(metric, QueryIssue):
                self.issues.append(metric)
                continue
            if operator is None:
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

    def _time_range(self) -> TimeRange | None:
        days = self.slots.get("time_range")
        if not days:
            return None
        if not isinstance(days, Mapping):
            self._wrong("'time_range' needs the keys first_day and last_day.")
            return None
        bounds: list[date | None] = []
        for key in ("first_day", "last_day"):
            text = days.get(key)
            try:
                bounds.append(date.fromisoformat(str(text)[:10]) if text else None)
            except ValueError:
                self.issues.append(
                    QueryIssue("time_range", f"'{text}' is no day; write it as YYYY-MM-DD.")
                )
                return None
        first, last = bounds
        if first and last and first > last:
            self.issues.append(
                QueryIssue(
                    "time_range",
                    f"The period ends ({last}) before it begins ({first}).",
                    (f"first_day {last}, last_day {first}",),
                )
            )
            return None
        if first is None and last is None:
            return None
        return TimeRange(first, last + _ONE_DAY if last and last < date.max else None)

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
        for text in self._texts("order_by"):
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
        for entry in self._objects("calculations"):
            metric = metric_name(str(entry.get("metric") or ""), self.catalog)
            if isinstance(metric, QueryIssue):
                self.issues.append(metric)
                continue
            try:
                kind = CalculationKind(str(entry.get("kind")))
            except ValueError:
                self._wrong(f"There is no calculation '{entry.get('kind')}'.")
                continue
            within = self._within(entry.get("within"), names, group_by)
            count = entry.get("n")
            count = count if isinstance(count, int) and not isinstance(count, bool) else None
            grain = entry.get("grain")
            calculation = Calculation(kind, metric, partition_by=within)
            if kind is CalculationKind.PERIOD_OVER_PERIOD:
                grain = grain or next((g.grain for g in group_by if g.grain), None)
                if not isinstance(grain, str):
                    self._wrong("period_over_period needs 'n' and 'grain', such as 1 and year.")
                    continue
                offset = Offset(1 if count is None else count, grain)
                calculation = Calculation(kind, metric, offset=offset)
            elif kind is CalculationKind.RANK:
                lowest = entry.get("lowest_first") is True
                calculation = Calculation(
                    kind, metric, partition_by=within, keep=count, ascending=lowest
                )
            elif kind is CalculationKind.MOVING_AVERAGE:
                calculation = Calculation(kind, metric, partition_by=within, window=count)
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
        item = names.item(text)
        if isinstance(item, QueryIssue):
            self.issues.append(item)
            return None
        return item

    def _operator(self, written: Any) -> Operator | None:
        text = " ".join(str(written).lower().replace("_", " ").split())
        try:
            return Operator(_SPELLINGS.get(text, text))
        except ValueError:
            known = ", ".join(o.value for o in Operator)
            self._wrong(f"There is no operator '{written}'; there are {known}.")
            return None

    def _texts(self, slot: str) -> list[str]:
        """A slot's texts; a single one without its brackets is forgiven."""
        value = self.slots.get(slot)
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list):
            return []
        return [v for v in value[:_MOST_ENTRIES] if isinstance(v, str) and v.strip()]

    def _objects(self, slot: str) -> Iterator[Mapping[str, Any]]:
        value = self.slots.get(slot)
        if isinstance(value, Mapping):
            value = [value]
        for entry in value[:_MOST_ENTRIES] if isinstance(value, list) else []:
            if isinstance(entry, Mapping):
                yield entry

    def _wrong(self, message: str) -> None:
        self.issues.append(QueryIssue("wrong_shape", message))


def _limit_period(period: TimeRange | None, condition: WhereFilter) -> TimeRange | None:
    """The period, narrowed by a condition on `metric_time`; None where it is no such thing."""
    if condition.item.grain not in {None, "day"} or condition.item.date_part:
        return None
    days = [v for v in condition.values if isinstance(v, date)]
    if len(days) != 1 or len(condition.values) != 1 or days[0] == date.max:
        return None
    day = days[0]
    bounds = {
        Operator.GE: (day, None),
        Operator.GT: (day + _ONE_DAY, None),
        Operator.LT: (None, day),
        Operator.LE: (None, day + _ONE_DAY),
        Operator.EQ: (day, day + _ONE_DAY),
    }.get(condition.operator)
    if bounds is None:
        return None
    starts = [d for d in (bounds[0], period.start if period else None) if d]
    ends = [d for d in (bounds[1], period.end if period else None) if d]
    return TimeRange(max(starts) if starts else None, min(ends) if ends else None)


def _as_number(value: Any) -> Decimal | int | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = Decimal(str(value).replace(",", "").strip())
    except ArithmeticError:
        return None
    if not number.is_finite():
        return None
    return int(number) if number == number.to_integral_value() else number
