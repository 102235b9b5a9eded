"""Whether two plans come to the same answer."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace

from translator.plan import ModelQuery
from translator.query import Operator, SemanticQuery, WhereFilter

Results = Callable[[SemanticQuery | ModelQuery], Hashable | None]
"""Equal for plans that give the same rows; None where a plan cannot be run."""
_ALIKE = {Operator.IN: Operator.EQ, Operator.NOT_IN: Operator.NE}


def agree(
    left: SemanticQuery | ModelQuery,
    right: SemanticQuery | ModelQuery,
    results: Results | None,
) -> bool:
    """Whether they ask for the same, or else give the same rows.

    An order without a limit changes nothing of what is said, nor does the order of parts.
    """
    if _plain(left) == _plain(right):
        return True
    if results is None:
        return False
    rows = results(left)
    return rows is not None and rows == results(right)


def _plain(plan: SemanticQuery | ModelQuery) -> object:
    """A plan without what does not matter."""
    if isinstance(plan, ModelQuery):
        return " ".join(plan.sql.split()).lower()
    parts = replace(
        plan,
        metrics=tuple(sorted(plan.metrics)),
        group_by=(),
        where=(),
        having=(),
        calculations=(),
        order_by=plan.order_by if plan.limit is not None else (),
    )
    return (
        parts,
        frozenset(plan.group_by),
        frozenset(_single(w) for w in plan.where),
        frozenset(plan.having),
        frozenset(plan.calculations),
    )


def _single(where: WhereFilter) -> tuple[object, ...]:
    """A filter with "in" of one value as "=", values in any order."""
    operator = where.operator
    if len(where.values) == 1:
        operator = _ALIKE.get(operator, operator)
    return (where.item, operator, frozenset(str(v) for v in where.values))
