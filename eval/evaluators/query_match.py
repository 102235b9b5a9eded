"""How far the query is the expected one, part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from eval.evaluators.context import Evaluation
from eval.outcome import Score
from translator.query import SemanticQuery

_Parts = Callable[[SemanticQuery], Iterable[Any]]

_PARTS: dict[str, _Parts] = {
    "metrics": lambda q: q.metrics,
    "group_by": lambda q: (g.qualified_name for g in q.group_by),
    "where": lambda q: (
        (w.item.qualified_name, w.operator.value, frozenset(map(str, w.values))) for w in q.where
    ),
    "having": lambda q: (
        (h.metric, h.operator.value, frozenset(map(str, h.values)), h.entity and h.entity.name)
        for h in q.having
    ),
    "time": lambda q: [(q.time_range.start, q.time_range.end)] if q.time_range else [],
    "order": lambda q: ((o.name, o.descending) for o in q.order_by),
    "limit": lambda q: [q.limit] if q.limit is not None else [],
    "calculations": lambda q: (
        (c.kind.value, c.metric, c.offset, frozenset(c.partition_by), c.keep, c.window)
        for c in q.calculations
    ),
}


class QueryMatch:
    """Precision and recall of each part that either query has; `query_match` overall.

    A query may differ from the expected one and still give the right result: these scores help to
    find what went wrong, the result decides.
    """

    def evaluate(self, evaluation: Evaluation) -> Iterable[Score]:
        """The scores of one case."""
        expected, got = evaluation.case.question.expect.query, evaluation.answer.query
        if expected is None or got is None:
            return
        differing = []
        for part, elements in _PARTS.items():
            wanted, found = set(elements(expected)), set(elements(got))
            if not wanted and not found:
                continue
            common = len(wanted & found)
            reason = "same" if wanted == found else _difference(wanted, found)
            if found:
                yield Score(f"{part}_precision", common / len(found), reason)
            if wanted:
                yield Score(f"{part}_recall", common / len(wanted), reason)
            if wanted != found:
                differing.append(part)
        reason = f"differs in {', '.join(differing)}" if differing else "same query"
        yield Score("query_match", float(not differing), reason)


def _difference(wanted: set[Any], found: set[Any]) -> str:
    parts = []
    if missing := wanted - found:
        parts.append("missing " + ", ".join(sorted(map(_text, missing))))
    if extra := found - wanted:
        parts.append("unexpected " + ", ".join(sorted(map(_text, extra))))
    return "; ".join(parts)


def _text(element: Any) -> str:
    if isinstance(element, tuple):
        return " ".join(_text(e) for e in element if e not in (None, frozenset()))
    if isinstance(element, frozenset):
        return "{" + ", ".join(sorted(map(_text, element))) + "}"
    return str(element)
