"""The typed query that every planner produces and every later stage reads.

A `SemanticQuery` is a MetricFlow query (metrics, group by, where, order by, limit) plus what
MetricFlow does not have: conditions on results (`having`) and calculations over them. Values are
Python values; nothing here is SQL or Jinja text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from semantic.catalog import STANDARD_GRAINS

Value = str | int | float | Decimal | bool | date


class Operator(StrEnum):
    """How a filter compares. The value is the JSON spelling."""

    EQ = "="
    NE = "!="
    IN = "in"
    NOT_IN = "not in"
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    CONTAINS = "contains"
    NOT_CONTAINS = "not contains"
    STARTS_WITH = "starts with"
    IS_NULL = "is null"
    IS_NOT_NULL = "is not null"


@dataclass(frozen=True)
class GroupByItem:
    """A dimension or entity as MetricFlow writes it: `customer__region`, `metric_time__month`.

    `date_part` (year, quarter, month, day, dow, doy) extracts a part instead of truncating; then
    `grain` is None.
    """

    name: str
    entity_path: tuple[str, ...] = ()
    grain: str | None = None
    date_part: str | None = None

    @property
    def qualified_name(self) -> str:
        """MetricFlow's spelling, with grain (or `extract_PART`) at the end."""
        tail = (
            (f"extract_{self.date_part}",)
            if self.date_part
            else (self.grain,)
            if self.grain
            else ()
        )
        return "__".join((*self.entity_path, self.name, *tail))

    @property
    def element_name(self) -> str:
        """The spelling without grain: what `GroupByElement.qualified_name` holds."""
        return "__".join((*self.entity_path, self.name))

    @classmethod
    def parse(cls, text: str, grains: Iterable[str] = STANDARD_GRAINS) -> GroupByItem:
        """Read MetricFlow's spelling. `grains`: those of the catalog, custom ones too."""
        parts = [p for p in text.strip().split("__")]
        if not all(parts):
            raise ValueError(f"'{text}' is not a group by item: write entity__dimension__grain")
        grain = date_part = None
        if len(parts) > 1 and parts[-1].lower() in set(grains):
            grain = parts.pop().lower()
        elif len(parts) > 1 and parts[-1].lower().startswith("extract_"):
            date_part = parts.pop().lower().removeprefix("extract_")
        return cls(parts[-1], tuple(parts[:-1]), grain, date_part)


METRIC_TIME = GroupByItem("metric_time")


@dataclass(frozen=True)
class WhereFilter:
    """A condition on rows before aggregation. Filters of a query are joined by AND.

    Dates compare with time dimensions at day grain unless `item.grain` or `item.date_part` says
    otherwise. IS_NULL and IS_NOT_NULL take no values, IN and NOT_IN one or more, the rest one.
    """

    item: GroupByItem
    operator: Operator
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class MetricFilter:
    """A condition on a metric's value.

    Without `entity` it is applied to the result rows (SQL's HAVING). With `entity` it keeps the
    entities whose own value of the metric meets it ("customers with more than 3 orders"), computed
    over all time, before the query's metrics are aggregated.
    """

    metric: str
    operator: Operator
    values: tuple[Value, ...]
    entity: GroupByItem | None = None


@dataclass(frozen=True)
class TimeRange:
    """Half-open range of days on `metric_time`: start <= day < end. None means unbounded."""

    start: date | None
    end: date | None


class CalculationKind(StrEnum):
    """What can be computed over the result of a metric query."""

    PERIOD_OVER_PERIOD = "period_over_period"
    SHARE_OF_TOTAL = "share_of_total"
    RANK = "rank"
    RUNNING_TOTAL = "running_total"
    MOVING_AVERAGE = "moving_average"


@dataclass(frozen=True)
class Offset:
    """A distance in time: `Offset(1, "year")`."""

    count: int
    grain: str


@dataclass(frozen=True)
class Calculation:
    """One calculation over `metric`; adds columns beside it.

    PERIOD_OVER_PERIOD: `offset`; adds `M__previous`, `M__change`, `M__percent_change`
    (0.1 = +10 %). With a time group by the earlier value is that of the calendar period `offset`
    before; without one the query's time range is shifted by `offset`.
    SHARE_OF_TOTAL: adds `M__share` (0..1) of the total over `partition_by` (empty: of everything).
    RANK: adds `M__rank`, 1 first by descending value (`ascending` reverses), within `partition_by`;
    with `keep`, only rows ranked up to it stay.
    RUNNING_TOTAL: adds `M__running_total` along the time group by, within `partition_by`.
    MOVING_AVERAGE: adds `M__moving_average` over `window` calendar periods ending at each row.
    """

    kind: CalculationKind
    metric: str
    offset: Offset | None = None
    partition_by: tuple[GroupByItem, ...] = ()
    keep: int | None = None
    window: int | None = None
    ascending: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that it adds."""
        tails = {
            CalculationKind.PERIOD_OVER_PERIOD: ("previous", "change", "percent_change"),
            CalculationKind.SHARE_OF_TOTAL: ("share",),
            CalculationKind.RANK: ("rank",),
            CalculationKind.RUNNING_TOTAL: ("running_total",),
            CalculationKind.MOVING_AVERAGE: ("moving_average",),
        }[self.kind]
        return tuple(f"{self.metric}__{tail}" for tail in tails)


@dataclass(frozen=True)
class OrderByItem:
    """Order by an output column: of a metric, a group by item or a calculation."""

    name: str
    descending: bool = False


@dataclass(frozen=True)
class SemanticQuery:
    """A governed query. Without metrics it lists the distinct combinations of `group_by`."""

    metrics: tuple[str, ...] = ()
    group_by: tuple[GroupByItem, ...] = ()
    where: tuple[WhereFilter, ...] = ()
    having: tuple[MetricFilter, ...] = ()
    time_range: TimeRange | None = None
    order_by: tuple[OrderByItem, ...] = ()
    limit: int | None = None
    calculations: tuple[Calculation, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON form (`query` of the answer contract); `from_dict` reads it back."""
        return {
            "metrics": list(self.metrics),
            "group_by": [g.qualified_name for g in self.group_by],
            "where": [
                {
                    "item": f.item.qualified_name,
                    "operator": f.operator.value,
                    "values": [_json(v) for v in f.values],
                }
                for f in self.where
            ],
            "having": [
                {
                    "metric": h.metric,
                    "operator": h.operator.value,
                    "values": [_json(v) for v in h.values],
                    "entity": h.entity.qualified_name if h.entity else None,
                }
                for h in self.having
            ],
            "time_range": None
            if self.time_range is None
            else {
                "start": self.time_range.start.isoformat() if self.time_range.start else None,
                "end": self.time_range.end.isoformat() if self.time_range.end else None,
            },
            "order_by": [{"name": o.name, "descending": o.descending} for o in self.order_by],
            "limit": self.limit,
            "calculations": [
                {
                    "kind": c.kind.value,
                    "metric": c.metric,
                    "offset": {"count": c.offset.count, "grain": c.offset.grain}
                    if c.offset
                    else None,
                    "partition_by": [g.qualified_name for g in c.partition_by],
                    "keep": c.keep,
                    "window": c.window,
                    "ascending": c.ascending,
                }
                for c in self.calculations
            ],
        }

    @classmethod
    def from_dict(
        cls, data: Mapping[str, Any], grains: Iterable[str] = STANDARD_GRAINS
    ) -> SemanticQuery:
        """Read the JSON form. Raises ValueError naming the key that is wrong."""
        from translator.query_json import read_query

        return read_query(data, tuple(grains))


def _json(value: Value) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


@dataclass(frozen=True)
class QueryIssue:
    """One thing wrong with a query, for the person, for the LLM's second try, and for counting.

    `kind` is a stable code such as `unknown_metric`; `suggestions` are replacements, best first.
    """

    kind: str
    message: str
    suggestions: tuple[str, ...] = ()
