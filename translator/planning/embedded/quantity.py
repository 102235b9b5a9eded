"""What kind of figure a question asks for, and what kind a metric is: money, a count, a time.

"How much revenue" is no number of sales, though the words are close: the kind of figure tells apart
metrics that share their words.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from semantic.catalog import Metric, MetricType, SemanticCatalog
from translator.planning.embedded.lexicon import Lexicon
from translator.planning.embedded.reading import Clues, Reading, Role
from translator.planning.embedded.text import identifier_words
from translator.planning.embedded.zones import Zone
from translator.query import CalculationKind, SemanticQuery


class Quantity(StrEnum):
    """Kinds of figures."""

    MONEY = "money"
    COUNT = "count"
    DURATION = "duration"
    PORTION = "portion"
    SIZE = "size"
    """Weights, distances, areas and volumes."""


_MONEY = frozenset(
    ["revenue", "money", "cash", "turnover", "income", "earnings", "takings", "proceeds", "cost"]
    + ["spend", "spending", "expense", "expenditure", "price", "fee", "amount", "salary", "wage"]
    + ["payroll", "commission", "profit", "budget", "receivable", "debt", "dollar", "euro", "usd"]
    + ["eur", "gbp", "fare", "tariff", "rent", "bonus", "tax", "owe", "earn", "arr", "mrr", "gmv"]
    + ["worth", "billing", "costly", "expensive", "cheap", "amt", "rev", "cogs"]
)
_DURATION = frozenset(
    ["duration", "hour", "minute", "second", "day", "hr", "min", "age", "tenure", "overtime"]
    + ["mins", "hrs", "long", "downtime", "delay"]
)
_PORTION = frozenset(
    ["rate", "share", "percentage", "percent", "pct", "proportion", "portion", "fraction", "%"]
)
_COUNT = frozenset({"count", "number", "cnt", "headcount", "qty", "num", "nbr"})
_FORMATS = {
    "currency": Quantity.MONEY,
    "percent": Quantity.PORTION,
    "duration": Quantity.DURATION,
    "count": Quantity.COUNT,
}
_COUNTING = frozenset({"count", "count_distinct", "sum_boolean"})
_SIZES = frozenset({"weight", "distance", "area", "volume"})


def quantity_of(metric: Metric, lexicon: Lexicon) -> frozenset[Quantity]:
    """The kinds that a metric may be called; none where its format and its names tell nothing."""
    if metric.format in _FORMATS:
        return frozenset({_FORMATS[metric.format]})
    if metric.agg in _COUNTING:
        return frozenset({Quantity.COUNT})
    words = [*identifier_words(metric.name), *(metric.label or "").lower().split()]
    found = set(_kinds(words, lexicon))
    if Quantity.PORTION in found or metric.type is MetricType.CONVERSION:
        return frozenset({Quantity.PORTION})
    if len(found) > 1:
        found.discard(Quantity.COUNT)
    return frozenset(found)


def is_fraction(metric: Metric) -> bool:
    """Whether a portion is kept as 0.25 for 25 %: a plain ratio, or one formatted as percent."""
    scaled = "100" in (metric.expr or "")
    return not scaled and (metric.type is MetricType.RATIO or metric.format == "percent")


def _kinds(words: Iterable[str], lexicon: Lexicon) -> Iterable[Quantity]:
    for word in words:
        lemma = lexicon.lemma(word)
        unit = lexicon.unit(word) if len(word) > 1 else None
        if lemma in _MONEY:
            yield Quantity.MONEY
        elif lemma in _PORTION or word in _PORTION:
            yield Quantity.PORTION
        elif lemma in _DURATION:
            yield Quantity.DURATION
        elif lemma in _COUNT:
            yield Quantity.COUNT
        elif unit is not None and unit.quantity in _SIZES:
            yield Quantity.SIZE


def asked_for(clues: Clues, reading: Reading, lexicon: Lexicon) -> frozenset[Quantity]:
    """The kinds of figures that the question names outside of its groupings and conditions."""
    other = {
        i
        for use in reading.of(Role.GROUP, Role.FILTER, Role.ANCHOR, Role.NUMERIC, Role.MISSING)
        for i in use.mention.indices
    }
    other |= clues.time_tokens
    other |= {i for c in clues.cues.comparisons for i in range(c.span.start, c.span.end + 1)}
    said = [
        t.lower
        for t in clues.phrasing.tokens
        if t.index not in other and clues.zones[t.index] is not Zone.NOISE
    ]
    found = set(_kinds(said, lexicon)) - {Quantity.COUNT}
    if clues.cues.wants("count", "count_distinct"):
        found.add(Quantity.COUNT)
    if clues.cues.share or clues.cues.wants("share", "rate"):
        found.add(Quantity.PORTION)
    return frozenset(found)


def quantity_doubts(
    catalog: SemanticCatalog,
    lexicon: Lexicon,
    clues: Clues,
    reading: Reading,
    query: SemanticQuery,
) -> dict[str, float]:
    """Whether the query's figures are of the kinds that were asked for."""
    asked = asked_for(clues, reading, lexicon)
    known = [quantity_of(catalog.metrics[m], lexicon) for m in query.metrics]
    kinds = {c.kind for c in query.calculations}
    portions = {CalculationKind.SHARE_OF_TOTAL, CalculationKind.PERIOD_OVER_PERIOD} & kinds
    wanted = asked - {Quantity.PORTION} if portions else asked
    told = [k for k in known if k]
    given = {q for k in told for q in k}
    if not told or not wanted:
        return {"quantity_match": 0.0, "quantity_conflict": 0.0, "quantity_missing": 0.0}
    fitting = sum(bool(k & wanted) for k in told)
    return {
        "quantity_match": fitting / len(told),
        "quantity_conflict": 1 - fitting / len(told),
        "quantity_missing": float(len(told) == len(known)) * len(wanted - given) / len(wanted),
    }
