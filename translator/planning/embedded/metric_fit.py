"""How well a metric fits the words it was found by."""

from __future__ import annotations

from semantic.catalog import Metric, MetricType
from translator.planning.embedded.cues import AggregationCue
from translator.planning.embedded.mentions import Mention
from translator.planning.embedded.reading import Clues
from translator.planning.embedded.weights import WEIGHTS

_COUNTS = frozenset({"count", "count_distinct", "sum_boolean"})
_REPEATED = 0.12
_EXTREME = frozenset({"average", "median", "max", "min", "percentile"})
_RATES = frozenset(
    ["rate", "share", "percentage", "percent", "pct", "ratio", "proportion", "%", "per", "factor"]
)
_NAMED = frozenset(
    ["average", "avg", "mean", "median", "maximum", "minimum", "highest", "lowest", "latest"]
)


def explained(clues: Clues, mention: Mention) -> float:
    """Content words that the mention explains, in units of one fully explained word."""
    return sum(clues.weights[i] * s for i, s in mention.tokens) * mention.name.strength


def column_explained(clues: Clues, mention: Mention) -> float:
    """As `explained`, but words that a list of columns only says again count next to nothing."""
    total = sum(
        (min(clues.weights[i], _REPEATED) if i in clues.repeated else clues.weights[i]) * s
        for i, s in mention.tokens
    )
    return total * mention.name.strength


def aggregation_fit(clues: Clues, metric: Metric, mention: Mention) -> float:
    """How well the figure's kind answers the words of aggregation before it."""
    near = [
        a
        for a in clues.cues.aggregations
        if -1 <= mention.start - a.span.end <= 4 or a.span.indices & mention.indices
    ]
    words = set(mention.name.terms)
    said = {t.lemma for t in clues.phrasing.tokens}
    fit = sum(_cue_fit(clues, cue, metric, words) for cue in near[:2])
    if not near and metric.agg in _EXTREME and not words & _NAMED:
        fit -= 0.08
    if not near and (words - said) & _NAMED:
        fit -= WEIGHTS.unsaid_statistic  # "kwh used" are no average
    asked = clues.cues.wants("share", "rate", "ratio", "average") or said & _RATES
    if _is_rate(metric) and not asked:
        fit -= WEIGHTS.unsaid_rate  # "withdrawals" are no withdrawal rate
    if metric.type in {MetricType.CUMULATIVE, MetricType.CONVERSION} or any(
        i.offset_window for i in metric.inputs
    ):
        fit -= 0.3 if mention.coverage < 0.95 or not clues.cues.running else 0.05
    return fit


def _is_rate(metric: Metric) -> bool:
    words = set(f"{metric.name} {metric.label or ''}".lower().replace("_", " ").split())
    return metric.type in {MetricType.RATIO, MetricType.CONVERSION} and bool(words & _RATES)


def _cue_fit(clues: Clues, cue: AggregationCue, metric: Metric, words: set[str]) -> float:
    agg = metric.agg or ""
    percent = metric.format == "percent" or metric.type in {MetricType.RATIO, MetricType.CONVERSION}
    good = bad = False
    if cue.kind in {"count", "count_distinct", "distinct"}:
        good = agg in _COUNTS or metric.format == "count" or bool(words & {"number", "count"})
        bad = agg in _EXTREME or percent or metric.format == "currency"
    elif cue.kind == "average":
        good = (
            agg == "average"
            or bool(words & {"average", "mean", "avg"})
            or (metric.type is MetricType.RATIO and not percent)
        )
        bad = agg in {"sum", "max", "min", "median"} | _COUNTS and not good
    elif cue.kind == "median":
        good = agg in {"median", "percentile"} or "median" in words
        bad = agg in {"average", "sum"} | _COUNTS
    elif cue.kind in {"max", "min"}:
        good = agg == cue.kind
    elif cue.kind in {"share", "rate", "ratio"}:
        good = percent or bool(words & {"share", "rate", "percentage", "ratio", "pct"})
    elif cue.kind == "sum":
        much = any(clues.phrasing.tokens[i].lower == "much" for i in cue.span.indices)
        good = (
            agg == "sum" or (much and metric.format == "currency") or (not much and agg in _COUNTS)
        )
        bad = agg in {"average", "median"} or (much and agg in _COUNTS)
    weight = WEIGHTS.right_aggregation if good else WEIGHTS.wrong_aggregation if bad else 0.0
    return cue.strength * weight
