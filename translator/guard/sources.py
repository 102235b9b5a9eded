"""What the names in one SELECT stand for: relations, CTEs, subqueries, with their columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from translator.guard.relations import ReadableRelation


@dataclass(frozen=True)
class Rows:
    """The rows of a query or relation.

    `columns` are in lower case; `complete`: there are no others. `most` bounds the number of rows,
    None when nothing is known of it. `relation` is set for a table of the warehouse.
    """

    columns: tuple[str, ...] = ()
    complete: bool = True
    most: int | None = None
    relation: ReadableRelation | None = None

    @property
    def sensitive(self) -> frozenset[str]:
        """Columns that must not be read; what a subquery gives out was checked inside it."""
        return self.relation.sensitive if self.relation else frozenset()

    def has(self, name: str) -> bool:
        """Whether there is surely a column of that name (lower case)."""
        return name in self.columns


@dataclass
class Scope:
    """The sources of one query by alias, the query around it, and the tables defined by WITH.

    `touched` becomes true when a query inside this one reads one of its sources.
    """

    ctes: Mapping[str, Rows]
    outer: Scope | None = None
    sources: dict[str, Rows] = field(default_factory=dict)
    outputs: frozenset[str] = frozenset()
    touched: bool = False

    def source(self, alias: str) -> Rows | None:
        """The source of that name, here or further out."""
        found = self.sources.get(alias)
        if found is None and self.outer is not None:
            found = self.outer.source(alias)
            self.outer.touched = self.outer.touched or found is not None
        return found

    def aliases_with(self, column: str) -> tuple[str, ...]:
        """Aliases of the sources here that have the column, else of those that may have it."""
        sure = tuple(a for a, rows in self.sources.items() if rows.has(column))
        return sure or tuple(a for a, rows in self.sources.items() if not rows.complete)
