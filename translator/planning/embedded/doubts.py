"""What speaks against a candidate query though each of its words was understood.

Signs that the question wanted more, or something else, than the query gives: words left over,
another role of the same date or place, a column or a comparison that came to nothing. Each is 0
where there is nothing to doubt, and none knows a word of any project.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from semantic.catalog import GroupByElement, SemanticCatalog
from translator.planning.embedded.candidate import Candidate
from translator.planning.embedded.lexicon import Lexicon
from translator.planning.embedded.markers import Marker
from translator.planning.embedded.mentions import Mention
from translator.planning.embedded.metric_fit import explained
from translator.planning.embedded.reading import Clues, Role, Use
from translator.planning.embedded.unmet import CONTRASTS, TOLD, unmet
from translator.planning.embedded.vocabulary import GENERIC_WORDS, Kind
from translator.planning.embedded.zones import Zone

Reach = Mapping[str, Sequence[GroupByElement]]

_COUNTING = frozenset({"count", "count_distinct", "sum_boolean"})
_EXCEPT = frozenset(
    [
        "but",
        "except",
        "excluding",
        "without",
        "w/o",
        "not",
        "no",
        "never",
        "non",
        "minus",
        "besides",
    ]
    + ["haven't", "havent", "hasn't", "didn't", "didnt", "isn't", "isnt", "aren't", "don't", "dont"]
    + ["doesn't", "doesnt", "wasn't", "weren't", "neither", "none", "ignoring", "outside", "unless"]
)
_BOUNDS = frozenset(["since", "until", "till", "before", "after"])
_CLOSED = frozenset({"function", "filler", "request", "question", "instruction"})
_UNKNOWN = 0.6


def doubts(
    catalog: SemanticCatalog,
    lexicon: Lexicon,
    clues: Clues,
    mentions: Sequence[Mention],
    candidate: Candidate,
    reach: Reach,
) -> dict[str, float]:
    """The doubts about one candidate; `reach` is what its metrics can be grouped by."""
    return {
        **_left_over(lexicon, clues, candidate),
        **_rivals(clues, mentions, candidate, reach),
        **unmet(catalog, clues, candidate),
        **_odd(catalog, clues, mentions, candidate),
    }


def _left_over(lexicon: Lexicon, clues: Clues, candidate: Candidate) -> dict[str, float]:
    tokens = clues.phrasing.tokens
    found = set(candidate.draft.used) | clues.time_tokens
    found |= {i for u in candidate.reading.uses for i in u.mention.indices}
    found |= {i for a in clues.cues.aggregations for i in a.span.indices}
    left = [w for _, w in candidate.leftover]
    raw = [
        (clues.weights[t.index], t)
        for t in tokens
        if t.index not in found
        and clues.zones[t.index] is not Zone.NOISE
        and clues.weights[t.index] > TOLD
        and lexicon.word_class(t.lower) not in _CLOSED
    ]
    known = {w.lower() for w, weight in candidate.leftover if weight >= TOLD}
    return {
        "left_unknown": min(3.0, float(sum(w >= _UNKNOWN for w in left))),
        "left_raw": min(3.0, sum(w for w, _ in raw)),
        "left_proper": float(
            any(t.index > 0 and t.text[:1].isupper() and t.lower in known for _, t in raw)
        ),
        "left_number": float(
            any(
                t.number is not None
                and t.index not in found
                and clues.zones[t.index] is not Zone.NOISE
                for t in tokens
            )
        ),
        "left_except": float(any(t.lower in _EXCEPT and t.index not in found for t in tokens)),
        "left_contrast": float(any(t.lower in CONTRASTS and t.index not in found for t in tokens)),
        "lost_bound": float(_bound_lost(clues)),
        "left_again": float(min(3, len(_said_otherwise(clues, found)))),
    }


def _bound_lost(clues: Clues) -> bool:
    """Whether a "since" or "until" before a period was not read with it: then half is missing."""
    tokens = clues.phrasing.tokens
    starts = [i for i in clues.time_tokens if i - 1 not in clues.time_tokens]
    return any(
        tokens[i].lower in _BOUNDS and i not in clues.time_tokens
        for start in starts
        for i in range(max(0, start - 5), start)
    )


def _said_otherwise(clues: Clues, found: set[int]) -> list[int]:
    """Words of the question itself that found no place where they stand, only elsewhere.

    For "worked, billable and non-billable hours": the first "billable" is not the second.
    """
    tokens = clues.phrasing.tokens
    said = {tokens[i].lemma for i in found}
    return [
        t.index
        for t in tokens
        if t.index not in found
        and clues.zones[t.index] is Zone.MAIN
        and clues.weights[t.index] > TOLD
        and t.lemma in said
    ]


def _rivals(
    clues: Clues, mentions: Sequence[Mention], candidate: Candidate, reach: Reach
) -> dict[str, float]:
    """Other elements that the same words name about as well."""
    reading = candidate.reading
    paths = 0
    for use in reading.of(Role.GROUP, Role.FILTER, Role.NUMERIC):
        listed = reading.list_of is not None or bool(candidate.draft.absent)
        own = listed and use.element is not None and use.element.entity is not None
        if use.element is not None and not own:
            paths += _path_rivals(clues, use, reach)
    return {
        "path_rivals": float(min(2, paths)),
        "group_rivals": _closest(clues, mentions, reading.of(Role.GROUP), reach, Kind.DIMENSION),
        "value_rivals": _closest(clues, mentions, reading.of(Role.FILTER), reach, Kind.VALUE),
        "metric_twin": max(
            (_twin(clues, mentions, u) for u in reading.of(Role.METRIC)), default=0.0
        ),
    }


def _path_rivals(clues: Clues, use: Use, reach: Reach) -> int:
    """Whether the same dimension is reached another way that the question rules out as little."""
    if use.element is None:
        return 0
    said = {t.lemma for t in clues.phrasing.tokens}

    def named(element: GroupByElement) -> int:
        return sum(all(w in said for w in part.split("_")) for part in element.entity_path)

    key = use.element.dimension.key if use.element.dimension else f"entity:{use.element.name}"
    mine = named(use.element)
    ends = {
        e.entity_path[-1:]
        for e in reach.get(key, ())
        if e.hops <= use.element.hops and named(e) >= mine
    }
    return int(len(ends - {use.element.entity_path[-1:]}) > 0)


def _closest(
    clues: Clues, mentions: Sequence[Mention], uses: Sequence[Use], reach: Reach, kind: Kind
) -> float:
    """How near the best other element for the same words comes (0..1)."""
    nearest = 0.0
    for use in uses:
        mine = explained(clues, use.mention) * use.mention.coverage
        for other in mentions:
            if (
                other.element.kind is kind
                and other.element.key != use.mention.element.key
                and other.indices & use.mention.indices
                and reach.get(other.element.key)
                and mine > 0
            ):
                ratio = explained(clues, other) * other.coverage / mine
                nearest = max(nearest, min(1.0, ratio))
    return nearest


def _twin(clues: Clues, mentions: Sequence[Mention], use: Use) -> float:
    """How near another metric comes that was found by the very words (0..1)."""
    mine = explained(clues, use.mention)
    chosen = {i for i in use.mention.indices if clues.weights[i] > TOLD}
    nearest = 0.0
    for other in mentions:
        if other.element.kind is Kind.METRIC and other.element != use.mention.element and mine > 0:
            same = {i for i in other.indices if clues.weights[i] > TOLD}
            if same and same >= chosen:
                ratio = explained(clues, other) * (0.5 + 0.5 * other.coverage)
                nearest = max(
                    nearest, min(1.2, ratio / (mine * (0.5 + 0.5 * use.mention.coverage)))
                )
    return nearest


def _odd(
    catalog: SemanticCatalog, clues: Clues, mentions: Sequence[Mention], candidate: Candidate
) -> dict[str, float]:
    """Queries that hardly anyone means."""
    query, reading = candidate.query, candidate.reading
    own = set()
    for name in query.metrics:
        metric = catalog.metrics[name]
        if metric.agg in _COUNTING:
            for model in metric.semantic_models:
                found = catalog.semantic_models.get(model)
                if found is not None and found.primary_entity:
                    own.add(found.primary_entity)
    entities = {
        g.name for g in query.group_by if not g.grain and g.name in own and g.name != "metric_time"
    }
    groups = reading.of(Role.GROUP)
    metrics = reading.of(Role.METRIC)
    words = {i for u in groups for i in u.mention.indices}
    tops = {r.span.end for r in clues.cues.ranks if r.limit is not None}
    names: dict[str, int] = {}
    for item in query.group_by:
        if item.entity_path and item.name != "metric_time":
            owner = item.entity_path[-1]
            names[owner] = names.get(owner, 0) + 1
    return {
        "counts_itself": float(bool(entities)),
        "list_broken_down": float(not query.metrics and bool(clues.cues.groups)),
        "list_how": float(not query.metrics and "how" in {t.lower for t in clues.phrasing.tokens}),
        "metric_guess": max((_guess(clues, mentions, u) for u in metrics), default=0.0),
        "metric_from_verb": float(
            any(
                catalog.metrics[u.mention.element.key].agg in _COUNTING
                and not clues.cues.wants("count", "count_distinct")
                and _only_verb(clues, u)
                for u in metrics
            )
        ),
        "metric_dropped": float(_dropped(clues, mentions, candidate)),
        "metric_top_noun": float(any(u.mention.start in tops for u in metrics)),
        "metric_in_group": float(any(u.mention.indices & words for u in metrics)),
        "metric_extra_weak": float(
            len(metrics) > 1 and min(u.mention.coverage for u in metrics) < 0.6
        ),
        "metric_generic": float(
            any(
                all(clues.phrasing.tokens[i].lemma in GENERIC_WORDS for i in u.mention.indices)
                for u in metrics
            )
        ),
        "groups_unmarked": float(
            sum(u.marker in {Marker.NONE, Marker.AND, Marker.AGENT, Marker.COLUMN} for u in groups)
        ),
        "groups_same_owner": float(sum(n - 1 for n in names.values())),
        "groups_shown_more": float(max(0, len(query.group_by) - len(groups) - len(clues.times))),
    }


def _dropped(clues: Clues, mentions: Sequence[Mention], candidate: Candidate) -> int:
    """Metrics wholly named beside one that is shown ("spend and clicks"), and not shown."""
    reading = candidate.reading
    shown = reading.of(Role.METRIC)
    used = {i for u in shown for i in u.mention.indices}
    used |= {i for u in reading.of(Role.FILTER, Role.NUMERIC) for i in u.mention.indices}
    used |= {
        i
        for u in reading.of(Role.GROUP)
        if u.mention.element.kind is Kind.DIMENSION
        for i in u.mention.indices
    }
    names = {
        m.indices
        for m in mentions
        if m.element.kind is Kind.METRIC
        and m.coverage >= 0.95
        and all(s >= 0.95 for _, s in m.tokens)
        and not m.indices & used
        and any(clues.weights[i] > TOLD for i in m.indices)
        and clues.zones[m.start] is not Zone.NOISE
        and any(_beside(clues, m, u.mention) for u in shown)
    }
    return min(2, len(names))


def _beside(clues: Clues, one: Mention, other: Mention) -> bool:
    """Whether only a comma or "and", and small words, stand between two mentions."""
    first, second = (one, other) if one.start < other.start else (other, one)
    between = clues.phrasing.tokens[first.end : second.start]
    told = [t for t in between if clues.weights[t.index] > TOLD]
    return len(told) <= 1 and any(t.lower in {"and", ",", "&", "plus"} for t in between)


def _guess(clues: Clues, mentions: Sequence[Mention], use: Use) -> float:
    """The unsaid part of a metric's name, where what is said fits another metric as well."""
    unsaid = 1 - use.mention.coverage
    if unsaid < 0.1:
        return 0.0
    return unsaid if _twin(clues, mentions, use) > 0.75 else 0.0


def _only_verb(clues: Clues, use: Use) -> bool:
    """Whether a metric was found by nothing but a participle ("invoiced")."""
    words = [clues.phrasing.tokens[i] for i, _ in use.mention.tokens if clues.weights[i] > TOLD]
    return bool(words) and all(
        t.lower.endswith("ed") and t.lower not in use.mention.name.surface for t in words
    )
