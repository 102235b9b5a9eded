"""A query under construction."""

from __future__ import annotations

from dataclasses import dataclass, field

from semantic.catalog import GroupByElement
from translator.planning.embedded.time import TimeMention
from translator.query import (
    Calculation,
    GroupByItem,
    MetricFilter,
    Offset,
    OrderByItem,
    TimeRange,
    WhereFilter,
)


@dataclass
class Draft:
    """A query under construction. `used` are the tokens that found their place in it."""

    group_by: dict[str, GroupByItem] = field(default_factory=dict)
    where: list[WhereFilter] = field(default_factory=list)
    having: list[MetricFilter] = field(default_factory=list)
    order_by: list[OrderByItem] = field(default_factory=list)
    calculations: list[Calculation] = field(default_factory=list)
    time_range: TimeRange | None = None
    limit: int | None = None
    used: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    absent: set[str] = field(default_factory=set)
    """Metrics that what is listed must not have any of ("customers without orders")."""
    ambiguous: list[TimeMention] = field(default_factory=list)
    """Periods in the query whose words have another reading ("05/06/2024")."""
    compared: Offset | None = None
    """How far back the period lies that the question sets each row against."""
    anchored: list[GroupByElement] = field(default_factory=list)
    """Dates, other than the metrics' own, that a period was put on."""

    def add_group(self, item: GroupByItem) -> None:
        """Group by an item, once."""
        self.group_by.setdefault(item.qualified_name, item)

    @property
    def time_item(self) -> GroupByItem | None:
        """The period that the rows are broken down by, if they are."""
        return next(
            (i for i in self.group_by.values() if i.name == "metric_time" and i.grain), None
        )
