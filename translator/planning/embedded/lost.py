"""Words that change the figure and changed nothing: with them unheard, a query answers another one.

"Products never sold" counts none that were sold, and "minimum spend" is no total: whatever the rest
of the question fits, such a query must not be answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from semantic.catalog import Metric, MetricType, SemanticCatalog
from translator.planning.embedded.cues import AggregationCue, Span
from translator.planning.embedded.draft import Draft
from translator.planning.embedded.mentions import Mention
from translator.planning.embedded.reading import Clues, Reading, Role
from translator.planning.embedded.vocabulary import Kind
from translator.planning.embedded.zones import Zone

_EXTREMES: Mapping[str, frozenset[str]] = {
    "max": frozenset({"max"}),
    "min": frozenset({"min"}),
    "median": frozenset({"median", "percentile"}),
}
"""Aggregations of measures that give what a word of aggregation asks for."""
_NAMES = {"max": "maximum", "min": "minimum", "median": "median"}
_NEAR = 4
_WHOLE = 0.8
_COUNTS = frozenset({"count", "count_distinct", "sum", "sum_boolean"})
_THERE = ("do we have", "have we got", "are there", "do we serve", "does the company have", "exist")
# "I don't know", "if you don't mind" deny nothing of the figure.
_ABOUT_ASKING = frozenset(
    ["know", "mind", "care", "forget", "need", "want", "understand", "remember", "see", "worry"]
    + ["sure", "bother", "get", "think", "believe"]
)


def lost(catalog: SemanticCatalog, clues: Clues, reading: Reading, draft: Draft) -> list[str]:
    """What the question asked for and the query does not give, in words for a person."""
    return [
        *(f"'{words}' changed nothing" for words in _denials(clues, draft)),
        *_extremes(catalog, clues, reading, draft),
    ]


def counts_narrower(
    catalog: SemanticCatalog, clues: Clues, mentions: Iterable[Mention], reading: Reading
) -> bool:
    """For "how many customers do we have": whether the figure is that of some of them only.

    "Active customers" and "new customers" are such: which is meant must be asked.
    """
    words = " ".join(t.lower for t in clues.phrasing.tokens)
    if not any(phrase in words for phrase in _THERE) or clues.time_tokens:
        return False
    if not clues.cues.wants("count", "count_distinct"):
        return False
    nouns = {
        i for m in mentions if m.element.kind is Kind.ENTITY and m.coverage > 0.9 for i in m.indices
    }
    uses = reading.of(Role.METRIC)
    others = [u for u in reading.uses if u.role not in {Role.METRIC, Role.CONTEXT}]
    return bool(
        len(uses) == 1
        and not others
        and uses[0].mention.indices <= nouns
        and uses[0].mention.coverage < _WHOLE
        and catalog.metrics[uses[0].mention.element.key].agg in _COUNTS
    )


def _denials(clues: Clues, draft: Draft) -> Iterator[str]:
    tokens = clues.phrasing.tokens
    cues = clues.cues
    for span in (*cues.negations, *cues.never, *cues.excluded):
        if span.indices & (draft.used | clues.time_tokens) or _is_noise(clues, span):
            continue
        behind = {t.lemma for t in tokens[span.end : span.end + 2]}
        if not behind & _ABOUT_ASKING:
            yield clues.phrasing.words(span.indices)


def _extremes(
    catalog: SemanticCatalog, clues: Clues, reading: Reading, draft: Draft
) -> Iterator[str]:
    for cue in clues.cues.aggregations:
        if cue.kind not in _EXTREMES or cue.span.indices & draft.used or _is_noise(clues, cue.span):
            continue
        near = [
            catalog.metrics[u.mention.element.key]
            for u in reading.of(Role.METRIC)
            if -1 <= u.mention.start - cue.span.end <= _NEAR or u.mention.end == cue.span.start
        ]
        if near and not any(_gives(catalog, metric, cue) for metric in near):
            yield f"no metric is the {_NAMES[cue.kind]} of '{near[0].label or near[0].name}'"


def _gives(catalog: SemanticCatalog, metric: Metric, cue: AggregationCue) -> bool:
    """Whether a metric is, or is made of, the aggregation asked for."""
    if metric.type is MetricType.SIMPLE or metric.type is MetricType.CUMULATIVE:
        return (metric.agg or "") in _EXTREMES[cue.kind]
    aggregations = {
        catalog.measures[name].agg for name in metric.measures if name in catalog.measures
    }
    return bool(aggregations & _EXTREMES[cue.kind])


def _is_noise(clues: Clues, span: Span) -> bool:
    return bool(clues.zones) and clues.zones[span.start] is Zone.NOISE
