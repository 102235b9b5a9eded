"""A relational query under construction, and the choices made on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from translator.planning.embedded.relational.query import (
    Aggregate,
    Attribute,
    Condition,
    Existence,
    Period,
    Rank,
    RelationalQuery,
    Sort,
)

_T = TypeVar("_T")
_MOST_READINGS = 6


class NotRelational(Exception):
    """The question cannot be read as one about rows in this way; the message says why."""


class Choices:
    """Decides between meanings that fit equally well: each run of a reader takes other ones."""

    def __init__(self, script: tuple[int, ...] = ()) -> None:
        """Follow `script`, then take first options."""
        self._script = script
        self.taken: list[tuple[int, int]] = []

    def pick(self, options: Sequence[_T]) -> _T:
        """One of the options, of which there is at least one."""
        position = len(self.taken)
        wanted = self._script[position] if position < len(self._script) else 0
        wanted = min(wanted, len(options) - 1)
        if len(options) > 1:
            self.taken.append((wanted, len(options)))
        return options[wanted]

    def others(self) -> Iterator[tuple[int, ...]]:
        """Scripts that differ from this run in one later choice."""
        known = len(self._script)
        for position, (_, count) in enumerate(self.taken):
            if position < known:
                continue
            before = tuple(c for c, _ in self.taken[:position])
            for other in range(1, count):
                yield (*before, other)


def all_choices() -> Iterator[Choices]:
    """Runs for a reader: first the best one, then one for each other combination, up to a few."""
    waiting: list[tuple[int, ...]] = [()]
    made = 0
    while waiting and made < _MOST_READINGS:
        choices = Choices(waiting.pop(0))
        made += 1
        yield choices
        waiting.extend(choices.others())


@dataclass
class RowDraft:
    """What was understood so far. `used` are the tokens that found their place."""

    subject: str
    attributes: list[Attribute] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)
    existences: list[Existence] = field(default_factory=list)
    rank: Rank | None = None
    aggregate: Aggregate | None = None
    group_by: list[Attribute] = field(default_factory=list)
    sort: list[Sort] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    metrics: set[str] = field(default_factory=set)
    """Metrics that count the related rows as they are counted here."""
    doubt: float = 0.0

    @property
    def models(self) -> frozenset[str]:
        """Every model that the query reads."""
        found = {self.subject, *(e.model for e in self.existences)}
        attributes = [
            *self.attributes,
            *self.group_by,
            *(c.attribute for c in self.conditions),
            *(p.attribute for p in self.periods),
            *(c.attribute for e in self.existences for c in e.conditions),
        ]
        for attribute in attributes:
            found.update(step.parent for step in attribute.path)
        for existence in self.existences:
            found.update(step.parent for step in existence.path)
        return frozenset(found)

    def query(self) -> RelationalQuery:
        """The finished query."""
        return RelationalQuery(
            self.subject,
            tuple(dict.fromkeys(self.attributes)),
            tuple(self.conditions),
            tuple(self.periods),
            tuple(self.existences),
            self.rank,
            self.aggregate,
            tuple(dict.fromkeys(self.group_by)),
            tuple(self.sort),
        )
