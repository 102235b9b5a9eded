"""What a question asked for that a candidate query does not give, as doubts about it."""

from __future__ import annotations

from semantic.catalog import MetricType, SemanticCatalog
from translator.planning.embedded.candidate import Candidate
from translator.planning.embedded.reading import Clues, Role
from translator.planning.embedded.zones import Zone
from translator.query import CalculationKind

CONTRASTS = frozenset(["vs", "versus", "against", "compare", "compared", "split", "v", "vs."])
"""Words that set values against each other."""
TOLD = 0.3
"""Information from which a word should have found its place."""

_PORTIONS = frozenset(
    ["share", "shares", "percent", "percentage", "pct", "portion", "proportion", "fraction"]
    + ["slice", "%", "percentages", "ratio"]
)
_TOGETHER = frozenset(["or", "either", "combined", "together", "both", "any", "plus"])
_ACCUMULATING = ("by the end of each", "at the end of each", "running total", "cumulative")


def unmet(catalog: SemanticCatalog, clues: Clues, candidate: Candidate) -> dict[str, float]:
    """Things asked for that the query does not give."""
    query, reading = candidate.query, candidate.reading
    tokens = clues.phrasing.tokens
    main = [t for t in tokens if clues.zones[t.index] is not Zone.NOISE]
    metrics = [catalog.metrics[m] for m in query.metrics]
    kinds = {c.kind for c in query.calculations}
    portion = any(t.lower in _PORTIONS for t in main) or bool(clues.cues.share)
    given = CalculationKind.SHARE_OF_TOTAL in kinds or any(
        m.format == "percent" or m.type in {MetricType.RATIO, MetricType.CONVERSION}
        for m in metrics
    )
    by_item: dict[str, int] = {}
    for where in query.where:
        name = where.item.qualified_name
        by_item[name] = by_item.get(name, 0) + len(where.values)
    groups = {g.qualified_name for g in query.group_by}
    filtered = {i for u in reading.of(Role.FILTER) for i in u.mention.indices}
    near = {i for u in reading.of(Role.METRIC) for i in range(u.mention.start - 4, u.mention.end)}
    unmet = [
        a
        for a in clues.cues.aggregations
        if a.strength > 0.5
        and not a.span.indices & (near | candidate.draft.used)
        and clues.zones[a.span.start] is not Zone.NOISE
    ]
    return {
        "share_unmet": float(portion and not given and bool(metrics)),
        "values_apart": float(
            any(n > 1 and item not in groups for item, n in by_item.items())
            and not any(t.lower in _TOGETHER for t in main)
        ),
        "contrast_flat": float(
            any(t.lower in CONTRASTS for t in main)
            and not query.group_by
            and not query.calculations
            and len(metrics) < 2
        ),
        "figures_unmet": float(min(2, len(unmet))),
        "figures_missing": float(min(2, max(0, _figures(clues) - len(metrics) - len(kinds)))),
        "running_unmet": float(
            (bool(clues.cues.running) or _accumulates(clues))
            and CalculationKind.RUNNING_TOTAL not in kinds
            and not any(m.type is MetricType.CUMULATIVE for m in metrics)
        ),
        "rate_counted": float(
            clues.cues.wants("count", "count_distinct")
            and len(metrics) == 1
            and (metrics[0].format == "percent" or metrics[0].agg in {"average", "median"})
        ),
        "each_filtered": float(_each_filtered(clues, candidate)),
        "counted_lost": _counted_lost(clues, candidate),
        "rows_unmet": float(
            not query.group_by
            and bool(metrics)
            and (bool(clues.cues.ranks) or any(s.end not in filtered for s in clues.cues.groups))
        ),
    }


def _figures(clues: Clues) -> int:
    """How many figures the question names by words of aggregation ("average … and number of …")."""
    cues = sorted(
        (
            a.span
            for a in clues.cues.aggregations
            if a.strength > 0.5 and clues.zones[a.span.start] is not Zone.NOISE
        ),
        key=lambda s: s.start,
    )
    most = 0
    for zones in ({Zone.MAIN}, {Zone.LEAD, Zone.TAIL}):
        count, end = 0, -9
        for span in cues:
            if clues.zones[span.start] in zones:
                count += span.start > end + 1
                end = max(end, span.end)
        most = max(most, count)
    return most


def _accumulates(clues: Clues) -> bool:
    words = " ".join(t.lower for t in clues.phrasing.tokens)
    return any(p in words for p in _ACCUMULATING)


def _each_filtered(clues: Clues, candidate: Candidate) -> bool:
    """Whether what stands behind "each" became a condition: rows were asked for instead."""
    filters = {i for u in candidate.reading.of(Role.FILTER) for i in u.mention.indices}
    groups = {i for u in candidate.reading.of(Role.GROUP) for i in u.mention.indices}
    tokens = clues.phrasing.tokens
    for span in clues.cues.groups:
        if tokens[span.end - 1].lower not in {"each", "every", "per"}:
            continue
        behind = set(range(span.end, span.end + 2))
        if behind & filters and not behind & groups:
            return True
    return False


def _counted_lost(clues: Clues, candidate: Candidate) -> float:
    """Information of the noun behind "how many" that the chosen metric was not found by."""
    tokens = clues.phrasing.tokens
    mine = {i: s for u in candidate.reading.of(Role.METRIC) for i, s in u.mention.tokens}
    other = {i for u in candidate.reading.uses for i in u.mention.indices} | clues.time_tokens
    lost = 0.0
    for cue in clues.cues.aggregations:
        if cue.kind not in {"count", "count_distinct"}:
            continue
        for token in tokens[cue.span.end : cue.span.end + 4]:
            if not token.is_word or clues.weights[token.index] < TOLD:
                continue
            if token.index in mine:
                lost = max(lost, 0.6 * (1 - mine[token.index]))
                break
            if token.index not in other:
                lost = max(lost, clues.weights[token.index])
                break
    return lost
