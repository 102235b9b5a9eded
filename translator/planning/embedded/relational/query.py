"""The typed form between a question about rows and its SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from translator.query import Operator, Value


@dataclass(frozen=True)
class RowColumn:
    """A column of a model, or an expression over its columns, that may be read.

    `expr` is None for a plain column. `quoted` tells that the name counts as it is written.
    `key` tells that it identifies rows of this or of another model.
    """

    model: str
    name: str
    column: str
    kind: str = ""
    """`date`, `timestamp`, `number`, `boolean`, `text`, or empty where the type is not known."""
    expr: str | None = None
    quoted: bool = False
    key: bool = False
    label: str = ""


@dataclass(frozen=True)
class Step:
    """From a row of `child` to the one row of `parent` that it belongs to.

    `parent_column` is unique in `parent`: following steps never multiplies rows.
    """

    child: str
    child_column: RowColumn
    parent: str
    parent_column: RowColumn


@dataclass(frozen=True)
class Attribute:
    """A column as seen from a row of the base model: of that row, or of one it belongs to."""

    path: tuple[Step, ...]
    column: RowColumn


@dataclass(frozen=True)
class Condition:
    """`attribute operator values`; NULL is as in SQL, so a row without a value meets none."""

    attribute: Attribute
    operator: Operator
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Period:
    """Half-open days that a date or timestamp lies in; None leaves that end open."""

    attribute: Attribute
    start: date | None
    end: date | None


@dataclass(frozen=True)
class Existence:
    """How many rows of another model belong to a row: some, none, or a number compared.

    `path` leads from a row of `model` to the row it belongs to, and is never followed the other
    way: rows are tested by EXISTS, or counted before they are joined.
    """

    model: str
    path: tuple[Step, ...]
    operator: Operator
    count: int
    conditions: tuple[Condition, ...] = ()
    periods: tuple[Period, ...] = ()

    @property
    def is_test(self) -> bool:
        """Whether it only asks for some (`>= 1`) or none (`= 0`)."""
        return self.wants_some or self.wants_none

    @property
    def wants_some(self) -> bool:
        """At least one row."""
        return (self.operator, self.count) in {(Operator.GE, 1), (Operator.GT, 0)}

    @property
    def wants_none(self) -> bool:
        """Not one row."""
        return (self.operator, self.count) in {
            (Operator.EQ, 0),
            (Operator.LE, 0),
            (Operator.LT, 1),
        }


@dataclass(frozen=True)
class Rank:
    """The first `limit` rows by an attribute, of all or of each `per`; equal ones are kept."""

    order: Attribute
    descending: bool
    limit: int = 1
    per: tuple[Attribute, ...] = ()


class AggregateKind(StrEnum):
    """What may be taken over rows."""

    COUNT = "count"
    AVERAGE = "average"
    MIN = "min"
    MAX = "max"


@dataclass(frozen=True)
class Aggregate:
    """A figure over the rows: their number, or of a column, or of the days between two columns.

    `attribute` is None for a count; `since` is the earlier of two dates.
    """

    kind: AggregateKind
    attribute: Attribute | None = None
    since: Attribute | None = None


@dataclass(frozen=True)
class Sort:
    """What the rows are sorted by."""

    attribute: Attribute
    descending: bool = False


@dataclass(frozen=True)
class RelationalQuery:
    """Rows of `subject` that meet every condition, with attributes, or one figure over them."""

    subject: str
    attributes: tuple[Attribute, ...] = ()
    conditions: tuple[Condition, ...] = ()
    periods: tuple[Period, ...] = ()
    existences: tuple[Existence, ...] = ()
    rank: Rank | None = None
    aggregate: Aggregate | None = None
    group_by: tuple[Attribute, ...] = ()
    sort: tuple[Sort, ...] = ()
