"""Follow-up questions: what a short turn changes in the query of the turn before."""

from __future__ import annotations

from calendar import month_abbr, month_name
from dataclasses import replace
from datetime import date

from semantic.catalog import SemanticCatalog
from translator.compile.calculations import shift
from translator.planning.embedded.candidate import Judged
from translator.planning.embedded.mentions import Mention
from translator.planning.embedded.reading import Clues
from translator.planning.embedded.time import Calendar, TimeMention, find_times
from translator.planning.embedded.vocabulary import Kind
from translator.query import (
    Calculation,
    CalculationKind,
    GroupByItem,
    Offset,
    Operator,
    OrderByItem,
    SemanticQuery,
    TimeRange,
    WhereFilter,
)

_OPENERS = frozenset(
    [
        "and",
        "now",
        "only",
        "just",
        "same",
        "but",
        "also",
        "instead",
        "then",
        "ok",
    ]
)
_REARRANGING = frozenset({"rank", "split", "break", "sort", "order", "group"})
_POINTING = frozenset({"it", "them", "that", "this", "those", "these", "instead", "down", "same"})


_MONTHS = frozenset(m.lower() for m in (*month_name[1:], *month_abbr[1:]))
_STANDS_ALONE, _SWAPPED = 0.6, 0.1


def carry_over(
    catalog: SemanticCatalog,
    previous: SemanticQuery,
    clues: Clues,
    mentions: list[Mention],
    best: Judged | None,
    calendar: Calendar,
) -> SemanticQuery | None:
    """The previous query with this turn's changes, or None if the turn stands by itself."""
    if not previous.metrics:
        return None
    words = {t.lower for t in clues.phrasing.tokens}
    # "rank them by margin instead": what is swapped need not be a question by itself.
    least = _SWAPPED if words & {"instead", "same"} else _STANDS_ALONE
    names_metric = best is not None and best.query.metrics and best.confidence >= least
    if names_metric and not _opens(clues):
        return None
    metrics = previous.metrics
    if (
        names_metric
        and best is not None
        and set(best.query.metrics) != set(metrics)
        and {"instead", "same"} & words
    ):
        metrics = best.query.metrics
    query = replace(previous, metrics=metrics)
    changed = metrics != previous.metrics
    reach: dict[str, list[GroupByItem]] = {}
    for element in sorted(catalog.group_bys(metrics), key=lambda e: e.hops):
        if element.dimension is not None:
            reach.setdefault(element.dimension.key, []).append(
                GroupByItem(element.name, element.entity_path)
            )
    used: set[int] = set()
    ranked = sorted(mentions, key=lambda m: (-m.coverage * len(m.tokens), m.start))
    for mention in ranked:
        items = reach.get(mention.element.key)
        if not items or mention.indices & used or mention.coverage < 0.8:
            continue
        if mention.element.kind is Kind.VALUE and mention.element.value is not None:
            negated = any(s.end == mention.start for s in clues.cues.negations)
            operator = Operator.NE if negated else Operator.EQ
            kept = tuple(w for w in query.where if w.item != items[0])
            query = replace(
                query, where=(*kept, WhereFilter(items[0], operator, (mention.element.value,)))
            )
        elif mention.element.kind is Kind.DIMENSION and clues.cues.groups:
            query = replace(query, group_by=tuple(dict.fromkeys((*query.group_by, items[0]))))
        else:
            continue
        used |= mention.indices
        changed = True
    for time in _in_context(clues, previous, calendar):
        if time.kind == "range" and (time.start or time.end):
            query, changed = replace(query, time_range=TimeRange(time.start, time.end)), True
        elif time.kind == "offset" and time.comparison and query.time_range is not None:
            # "and the month before?": the same length, that much earlier
            query = replace(query, time_range=shift(query.time_range, Offset(*time.comparison)))
            changed = True
        elif time.kind == "grain" and time.grain in catalog.grains:
            item = GroupByItem("metric_time", (), time.grain)
            kept_items = tuple(g for g in query.group_by if g.name != "metric_time")
            query = replace(
                query, group_by=(*kept_items, item), order_by=(OrderByItem(item.qualified_name),)
            )
            changed = True
    shown = next((g for g in query.group_by if g.name == "metric_time" and g.grain), None)
    if clues.cues.running and shown is not None:
        total = Calculation(CalculationKind.RUNNING_TOTAL, metrics[0])
        query, changed = replace(query, calculations=(total,)), True
        used |= {i for s in clues.cues.running for i in s.indices}
    limits = [r for r in clues.cues.ranks if r.limit is not None]
    if limits and query.group_by:
        query, changed = replace(query, limit=limits[0].limit), True
    if metrics != previous.metrics or limits:
        query = replace(
            query,
            order_by=(OrderByItem(metrics[0], not limits or limits[0].descending),),
            calculations=(),
            having=(),
        )
    leftover = [
        t
        for t in clues.phrasing.tokens
        if clues.weights[t.index] > 0.6
        and t.index not in used
        and t.index not in clues.time_tokens
        and t.lower not in _OPENERS
    ]
    if not changed or len(leftover) > 1 or _lost(clues, query, used):
        return None
    return query


def _opens(clues: Clues) -> bool:
    """Whether the turn begins as one that goes on: "and …", "what about …", "rank them …"."""
    words = [t.lower for t in clues.phrasing.tokens if t.is_word]
    first, second = (*words, "", "")[:2]
    if first == "what":
        return second in {"about", "if"}  # "what was revenue last month?" stands by itself
    if first in _REARRANGING:
        return bool(set(words) & _POINTING)
    return first in _OPENERS


def _lost(clues: Clues, query: SemanticQuery, used: set[int]) -> bool:
    """Whether words that change the result changed nothing: then the turn was not understood."""
    cues = clues.cues
    calculated = bool(query.calculations)
    spans = [c.span for c in cues.comparisons]
    if not calculated:
        spans += [*cues.share, *cues.change, *cues.running]
        if any(t.kind == "comparison" for t in clues.times):
            return True
    return any(not span.indices & (used | clues.time_tokens) for span in spans)


def _in_context(
    clues: Clues, previous: SemanticQuery, calendar: Calendar
) -> tuple[TimeMention, ...]:
    """The turn's times; "and in March?" after February 2023 is in 2023, too."""
    span = previous.time_range
    if span is None or span.start is None or any(c.isdigit() for c in clues.phrasing.text):
        return clues.times
    if not any(t.kind == "range" and t.text.lower().split()[-1] in _MONTHS for t in clues.times):
        return clues.times
    return find_times(clues.phrasing.text, date(span.start.year, 12, 31), calendar)
