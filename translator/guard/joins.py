"""Joins that explode: sources that nothing connects multiply each other's rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import prod

from sqlglot import exp

from translator.guard.sources import Scope
from translator.query import QueryIssue

Fold = Callable[[exp.Identifier], str]
MAX_LOOSE_ROWS = 1_000
"""By how much the sources without a condition may multiply rows, all together."""


class Connections:
    """Which sources of one SELECT are connected by conditions."""

    def __init__(self) -> None:
        """None so far."""
        self._group: dict[str, str] = {}

    def add(self, alias: str) -> None:
        """A source, on its own so far."""
        self._group[alias] = alias

    def connect(self, aliases: Iterable[str]) -> None:
        """Something compares columns of these with each other."""
        groups = {self._group[a] for a in aliases if a in self._group}
        if len(groups) > 1:
            first = min(groups)
            self._group = {a: first if g in groups else g for a, g in self._group.items()}

    def issues(self, scope: Scope) -> Iterator[QueryIssue]:
        """At most one: more than one group of unbounded size, or too many rows of the others."""
        groups: dict[str, list[str]] = {}
        for alias, group in self._group.items():
            groups.setdefault(group, []).append(alias)
        if len(groups) < 2:
            return
        unbounded: list[list[str]] = []
        loose = 1
        for members in groups.values():
            sizes = [scope.sources[a].most for a in members]
            known = [s for s in sizes if s is not None]
            if len(known) < len(sizes):
                unbounded.append(members)
            else:
                loose *= prod(known)
        if len(unbounded) > 1 or loose > MAX_LOOSE_ROWS:
            apart = unbounded if len(unbounded) > 1 else list(groups.values())
            first, second = apart[0][0], apart[1][0]
            yield QueryIssue(
                "cross_join",
                f"'{first}' and '{second}' are joined without a condition between them, "
                "which multiplies their rows: add ON with columns of both.",
            )


def connected_aliases(condition: exp.Expr, scope: Scope, fold: Fold) -> list[frozenset[str]]:
    """Groups of aliases that a condition connects, one for each part joined by AND."""
    part = condition.unnest()
    if isinstance(part, exp.And):
        return [g for side in part.flatten() for g in connected_aliases(side, scope, fold)]
    if isinstance(part, exp.Or):
        # Any branch may be the true one, so only what all of them connect is connected.
        first, *others = [connected_aliases(side, scope, fold) for side in part.flatten()]
        for branch in others:
            first = [max((g & o for o in branch), key=len, default=frozenset()) for g in first]
        return first
    return [] if isinstance(part, exp.Not) else [frozenset(_aliases(part, scope, fold))]


def _aliases(part: exp.Expr, scope: Scope, fold: Fold) -> Iterator[str]:
    for node in part.walk(prune=lambda n: isinstance(n, exp.Query)):
        if isinstance(node, exp.Column):
            table = node.args.get("table")
            if table is None:
                yield from scope.aliases_with(node.name.lower())
            elif fold(table) in scope.sources:
                yield fold(table)
