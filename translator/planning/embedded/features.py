"""What is known about a candidate query, as numbers that a learned judgement weighs.

Every feature is about the question and the candidate in general: none names an element or a word of
a project. Most are 0 where nothing speaks against the candidate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from semantic.catalog import DimensionType, SemanticCatalog
from translator.planning.embedded.candidate import Candidate
from translator.planning.embedded.doubts import Reach, doubts
from translator.planning.embedded.draft import Draft
from translator.planning.embedded.lexicon import Lexicon
from translator.planning.embedded.markers import Marker
from translator.planning.embedded.mentions import Mention
from translator.planning.embedded.metric_fit import aggregation_fit, explained
from translator.planning.embedded.quantity import quantity_doubts
from translator.planning.embedded.reading import Clues, Reading, Role, Use
from translator.planning.embedded.vocabulary import (
    GENERIC_WORDS,
    LIGHT_VERBS,
    Element,
    Kind,
    is_boolean,
)
from translator.planning.embedded.zones import Zone
from translator.query import CalculationKind, SemanticQuery

# Words of questions about how rows relate to each other, which no metric query can express.
_RELATIONAL = frozenset(
    ["difference", "between", "same", "own", "both", "consecutive", "themselves", "gap", "elapsed"]
    + ["first", "last", "latest", "earliest", "either", "simultaneously", "overlap", "than", "ever"]
    + ["once", "twice", "times", "until", "before", "after", "without", "since", "later", "wide"]
)
_ASKING = frozenset(["which", "who", "whose", "list", "name"])
_VAGUE = frozenset(["best", "worst", "good", "bad", "typical", "doing", "performance", "top"])


def features(
    catalog: SemanticCatalog,
    lexicon: Lexicon,
    clues: Clues,
    mentions: Sequence[Mention],
    candidate: Candidate,
    best_score: float,
    reach: Reach,
) -> dict[str, float]:
    """The features of one candidate.

    `best_score` is the highest score among all readings, `reach` what its metrics are grouped by.
    """
    reading, draft, query = candidate.reading, candidate.draft, candidate.query
    found: dict[str, float] = {"score_gap": min(2.0, best_score - reading.score)}
    found.update(_words(clues, mentions, candidate))
    found.update(_metrics(catalog, clues, mentions, reading))
    found.update(_groups(clues, reading, query))
    found.update(_filters(catalog, clues, mentions, reading))
    found.update(_time(catalog, clues, reading, draft))
    found.update(_cues(clues, draft))
    found.update(doubts(catalog, lexicon, clues, mentions, candidate, reach))
    found.update(quantity_doubts(catalog, lexicon, clues, reading, query))
    kinds = {c.kind for c in query.calculations}
    found.update(
        {
            "is_list": float(not query.metrics),
            "list_columns": min(4.0, len(query.group_by)) if not query.metrics else 0.0,
            "change": float(CalculationKind.PERIOD_OVER_PERIOD in kinds),
            "share": float(CalculationKind.SHARE_OF_TOTAL in kinds),
            "rank_in_group": float(CalculationKind.RANK in kinds),
            "running": float(CalculationKind.RUNNING_TOTAL in kinds),
            "having": float(len(query.having)),
            "absence": float(bool(draft.absent)),
            "limit": float(query.limit is not None),
            "limit_one": float(query.limit == 1),
            "problems": float(len(draft.problems)),
            "nothing_but_metric": float(
                not query.group_by
                and not query.where
                and query.time_range is None
                and _says_more(clues, reading)
            ),
        }
    )
    return found


def _words(clues: Clues, mentions: Sequence[Mention], candidate: Candidate) -> dict[str, float]:
    left = sorted((weight for _, weight in candidate.leftover), reverse=True)
    strength = candidate.reading.explained()
    total = sum(
        0.25 * w if clues.phrasing.tokens[i].lemma in LIGHT_VERBS else w
        for i, w in enumerate(clues.weights)
        if clues.zones[i] is not Zone.NOISE
    )
    marks = {i for s in clues.cues.groups for i in s.indices}  # "each" is heard where it marks
    heard = candidate.draft.used | (marks if candidate.query.group_by else set())
    strength_said = strength | dict.fromkeys(heard - strength.keys(), 1.0)
    said = sum(clues.weights[i] * s for i, s in strength_said.items())
    tokens = clues.phrasing.tokens
    free = {
        t.lower
        for t in tokens
        if t.index not in candidate.draft.used and t.index not in clues.time_tokens
    }
    words = {t.lower for t in tokens}
    asked = next((t.lower for t in tokens if t.is_word), "")
    return {
        "left_most": left[0] if left else 0.0,
        "left_second": left[1] if len(left) > 1 else 0.0,
        "left_rest": min(2.0, sum(left[2:])),
        "unexplained": 1 - min(1.0, said / total) if total else 1.0,
        "weakest_word": 1 - min(strength.values(), default=0.5),
        "weak_words": min(4.0, float(sum(s < 0.8 for s in strength.values()))),
        "long_question": math.log1p(sum(w > 0.3 for w in clues.weights)) / 3,
        "sentences": float(sum(t.lower in {".", "?", ";"} for t in tokens[:-1]) > 0),
        "relational": float(min(3, len(free & _RELATIONAL))),
        "questions": float(max(0, sum(t.lower == "?" for t in tokens) - 1)),
        "columns_missing": float(columns_missing(clues, mentions, candidate)),
        "marked_unknown": _marked_unknown(clues, candidate),
        "vague": float(bool(free & _VAGUE)),
        "asked_ungrouped": float(asked in _ASKING and not candidate.query.group_by),
        "who_ungrouped": float("who" in words and not candidate.reading.of(Role.GROUP)),
    }


def _says_more(clues: Clues, reading: Reading) -> bool:
    """Whether the question has other words of meaning than those that name its metrics."""
    named = {i for u in reading.of(Role.METRIC) for i in u.mention.indices}
    return any(w > 0.2 and i not in named for i, w in enumerate(clues.weights))


def columns_missing(clues: Clues, mentions: Sequence[Mention], candidate: Candidate) -> int:
    """Columns listed in the question for which the query has nothing that fits as well."""
    shown = {u.mention.element for u in candidate.reading.of(Role.METRIC, Role.GROUP)}
    missing = 0
    for column in _columns(clues):
        fits: dict[Element, float] = {}
        for mention in mentions:
            if mention.element.kind in {Kind.METRIC, Kind.DIMENSION} and mention.indices <= column:
                said = sum(clues.weights[i] * s for i, s in mention.tokens)
                whole = sum(clues.weights[i] for i in column) or 1.0
                fit = min(1.0, said / whole) * mention.coverage
                fits[mention.element] = max(fits.get(mention.element, 0.0), fit)
        best = max(fits.values(), default=0.0)
        own = max((fit for element, fit in fits.items() if element in shown), default=0.0)
        missing += best > 0.45 and own < best - 0.12
    return missing


def _columns(clues: Clues) -> list[frozenset[int]]:
    """The columns listed, each as the tokens that name it."""
    columns: list[set[int]] = [set()]
    for token in clues.phrasing.tokens:
        if clues.zones[token.index] in {Zone.LEAD, Zone.TAIL}:
            if token.lower in {",", "and", "&", "."}:
                columns.append(set())
            else:
                columns[-1].add(token.index)
        elif columns[-1]:
            columns.append(set())
    return [frozenset(c) for c in columns if c]


def _marked_unknown(clues: Clues, candidate: Candidate) -> float:
    """Information of words right behind "by", "each" or "which" that no grouping explains."""
    tokens = clues.phrasing.tokens
    known = {i for u in candidate.reading.uses for i in u.mention.indices} | clues.time_tokens
    ends = [s.end for s in clues.cues.groups if not s.indices & clues.time_tokens]
    ends += [t.index + 1 for t in tokens[:4] if t.lower in {"which", "what", "whose"}]
    lost = 0.0
    for end in ends:
        for token in tokens[end : end + 3]:
            if token.index in known or not token.is_word:
                break
            lost = max(lost, clues.weights[token.index])
    return lost


def _metrics(
    catalog: SemanticCatalog, clues: Clues, mentions: Sequence[Mention], reading: Reading
) -> dict[str, float]:
    uses = reading.of(Role.METRIC)
    unsaid = max((1 - u.mention.coverage for u in uses), default=0.0)
    weakest = min((s for u in uses for _, s in u.mention.tokens), default=1.0)
    gains = [u.gain for u in uses]
    fits = [aggregation_fit(clues, catalog.metrics[u.mention.element.key], u.mention) for u in uses]
    rivals = [_rival(clues, mentions, u) for u in uses]
    return {
        "metric_unsaid": unsaid,
        "metric_weakest": 1 - weakest,
        "metric_name": 1 - min((u.mention.name.strength for u in uses), default=1.0),
        "metric_gain": min(2.0, min(gains, default=0.8)),
        "metric_misfit": max(0.0, -min(fits, default=0.0)),
        "metric_fit": max(0.0, min(fits, default=0.0)),
        "metric_rival": max((max(0.0, 1 - 3 * max(0.0, r)) for r in rivals), default=0.0),
        "metric_beaten": max((max(0.0, -r) for r in rivals), default=0.0),
        "metrics_more": min(4.0, float(max(0, len(uses) - 1))),
        "metrics_apart": float(
            sum(clues.zones[u.mention.start] is Zone.MAIN for u in uses[1:] if len(uses) > 1)
        ),
        "metric_inner": float(
            any(catalog.metrics[m].inputs and catalog.metrics[m].filters for m in reading.metrics)
        ),
        "metric_one_word": float(
            any(len(u.mention.tokens) == 1 and len(u.mention.name.terms) > 1 for u in uses)
        ),
    }


def _rival(clues: Clues, mentions: Sequence[Mention], use: Use) -> float:
    """How much better than any other metric for the same words the chosen one is."""
    mine = explained(clues, use.mention) - 0.6 * (1 - use.mention.coverage)
    others = [
        explained(clues, m) - 0.6 * (1 - m.coverage)
        for m in mentions
        if m.element.kind is Kind.METRIC
        and m.element != use.mention.element
        and m.indices & use.mention.indices
    ]
    return mine - max(others, default=mine - 1.0)


def _groups(clues: Clues, reading: Reading, query: SemanticQuery) -> dict[str, float]:
    uses = reading.of(Role.GROUP)
    markers = [u.marker for u in uses]
    dimensions = [u.element.dimension for u in uses if u.element is not None]
    spoken = {u.mention.element for u in reading.uses}
    measured = {i for u in reading.of(Role.METRIC) for i in u.mention.indices}
    return {
        "groups": min(4.0, float(len(uses))),
        "group_sure": float(sum(m in {Marker.BY, Marker.EACH, Marker.TOP} for m in markers)),
        "group_asked": float(sum(m in {Marker.ASKED, Marker.LISTED} for m in markers)),
        "group_column": min(4.0, float(markers.count(Marker.COLUMN))),
        "group_loose": float(sum(_loose(u, measured) for u in uses)),
        "group_boolean": float(sum(d is not None and is_boolean(d) for d in dimensions)),
        "group_generic": float(sum(_generic(u) for u in uses)),
        "group_unsaid": max((1 - u.mention.coverage for u in uses), default=0.0),
        "group_weakest": 1 - min((s for u in uses for _, s in u.mention.tokens), default=1.0),
        "group_hops": float(max((u.element.hops for u in uses if u.element), default=0)),
        "group_value": float(
            any(
                u.role is Role.FILTER and Element(Kind.DIMENSION, u.mention.element.key) in spoken
                for u in reading.uses
            )
        ),
        "marked_lost": float(_markers_lost(clues, reading, query)),
    }


def _loose(use: Use, measured: set[int]) -> bool:
    """Whether nothing marks a grouping; in "units sold by brand" the "by" does."""
    if use.marker == Marker.AGENT:
        return not {use.mention.start - 2, use.mention.start - 3} & measured
    return use.marker in {Marker.AND, Marker.NONE}


def _markers_lost(clues: Clues, reading: Reading, query: SemanticQuery) -> int:
    """Words such as "by" and "each" that led to no grouping."""
    filters = {i for u in reading.of(Role.FILTER) for i in u.mention.indices}
    wanted = len(
        {
            s.start
            for s in clues.cues.groups
            if not s.indices & clues.time_tokens and s.end not in filters
        }
    )
    return max(0, wanted - len(query.group_by))


def _generic(use: Use) -> bool:
    return GENERIC_WORDS.issuperset(use.mention.name.terms)


def _filters(
    catalog: SemanticCatalog, clues: Clues, mentions: Sequence[Mention], reading: Reading
) -> dict[str, float]:
    uses = reading.of(Role.FILTER)
    tokens = clues.phrasing.tokens
    rivals = 0
    for use in uses:
        same = {
            m.element.key
            for m in mentions
            if m.element.kind is Kind.VALUE
            and m.element.key != use.mention.element.key
            and m.indices >= use.mention.indices
            and m.coverage >= use.mention.coverage - 0.1
        }
        rivals += bool(same)
    keys = [u.mention.element.key for u in uses]
    spots = sorted(u.mention.start for u in uses)
    either = (
        any(t.lower == "or" and spots and spots[0] < t.index < spots[-1] for t in tokens)
        and len(set(keys)) > 1
    )
    return {
        "filters": min(4.0, float(len(uses))),
        "filter_rivals": float(rivals),
        "filter_unsaid": max((1 - u.mention.coverage for u in uses), default=0.0),
        "filter_weakest": 1 - min((s for u in uses for _, s in u.mention.tokens), default=1.0),
        "filter_hops": float(max((u.element.hops for u in uses if u.element), default=0)),
        "filter_boolean": float(sum(u.mention.element.value is True for u in uses)),
        "filter_lower": float(
            sum(
                tokens[u.mention.start].text.islower() and u.mention.element.value is not True
                for u in uses
            )
        ),
        "filter_event": float(
            bool(clues.times) and any(tokens[u.mention.end - 1].lower.endswith("ed") for u in uses)
        ),
        "filter_noun": float(
            any(
                m.element.kind in {Kind.DIMENSION, Kind.ENTITY}
                and m.coverage > 0.9
                and m.indices == u.mention.indices
                for u in uses
                for m in mentions
            )
        ),
        "filter_negated": float(sum(u.negated for u in uses)),
        "filter_either": float(either),
        "filter_twice": float(len(keys) - len(set(keys))),
    }


def _time(
    catalog: SemanticCatalog, clues: Clues, reading: Reading, draft: Draft
) -> dict[str, float]:
    ranges = [t for t in clues.times if t.kind == "range"]
    dates = 0
    if ranges and reading.metrics and not draft.anchored:
        own = {catalog.metrics[m].time_dimension for m in reading.metrics}
        dates = len(own) > 1
    anchors = reading.of(Role.ANCHOR)
    return {
        "period": float(draft.time_range is not None),
        "anchored": float(len(draft.anchored)),
        "anchor_weak": 1 - min((u.mention.coverage for u in anchors), default=1.0),
        "anchor_hops": float(max((e.hops for e in draft.anchored), default=0)),
        "dates_differ": float(dates),
        "periods_more": float(max(0, len(ranges) - 1)),
        "period_unsure": 1 - min((t.confidence for t in clues.times), default=1.0),
        "date_parts": float(any(t.kind in {"date_part", "exclusion"} for t in clues.times)),
        "list_period": float(not reading.metrics and bool(ranges)),
        "time_grain": float(draft.time_item is not None),
        "date_group": float(
            any(
                u.element is not None
                and u.element.dimension is not None
                and u.element.dimension.type is DimensionType.TIME
                for u in reading.of(Role.GROUP)
            )
        ),
    }


def _cues(clues: Clues, draft: Draft) -> dict[str, float]:
    cues = clues.cues
    gone = draft.used | clues.time_tokens

    def lost(spans: Sequence[frozenset[int]]) -> float:
        return float(min(2, sum(not s & gone for s in spans)))

    return {
        "lost_not": lost([s.indices for s in (*cues.negations, *cues.never)]),
        "lost_number": lost([c.span.indices for c in cues.comparisons]),
        "lost_rank": lost([r.span.indices for r in cues.ranks]),
        "lost_share": lost([s.indices for s in cues.share]),
        "lost_change": lost([s.indices for s in cues.change]),
        "lost_running": lost([s.indices for s in cues.running]),
        "lost_versus": lost([s.indices for s in cues.versus]),
        "not": float(bool(cues.negations or cues.never)),
    }
