"""Which of several plans most of them say: by equal compiled query, then by equal result."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from translator.plan import Clarification, ModelQuery, Plan, Refusal
from translator.query import SemanticQuery

Fingerprint = Callable[[SemanticQuery | ModelQuery], Hashable | None]
"""What two plans share if they come to the same; None if it cannot be told."""


@dataclass(frozen=True)
class Vote:
    """The plan that won, with the part (0..1) of the plans that say the same."""

    plan: Plan
    share: float


def vote(
    plans: Sequence[Plan],
    compiled: Fingerprint | None = None,
    result: Fingerprint | None = None,
) -> Vote:
    """The plan of the largest group; of equal groups, the one that was drawn first.

    Args:
        plans: usable plans, at least one.
        compiled: equal for plans that compile to the same query.
        result: equal for plans that give the same rows; asked only where compiled queries differ,
        as
            it runs them.
    """
    groups: dict[Hashable, list[Plan]] = {}
    for plan in plans:
        groups.setdefault(_key(plan, compiled), []).append(plan)
    if len(groups) > 1 and result is not None:
        merged: dict[Hashable, list[Plan]] = {}
        for key, members in groups.items():
            first = members[0]
            seen = result(first) if isinstance(first, SemanticQuery | ModelQuery) else None
            merged.setdefault(key if seen is None else ("rows", seen), []).extend(members)
        groups = merged
    best = max(groups.values(), key=len)
    return Vote(best[0], len(best) / len(plans))


def _key(plan: Plan, compiled: Fingerprint | None) -> Hashable:
    if isinstance(plan, Clarification):
        return "ask"
    if isinstance(plan, Refusal):
        return "refuse"
    found = compiled(plan) if compiled is not None else None
    return plan if found is None else ("query", found)
