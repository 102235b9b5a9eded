"""Finds the readings of a question: metrics and everything around them are chosen together.

For each promising set of metrics (and for a plain list), the mentions that are reachable from it
compete for the question's words; a beam keeps the best combinations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from semantic.catalog import (
    Dimension,
    DimensionType,
    GroupByElement,
    Metric,
    MetricType,
    SemanticCatalog,
)
from translator.planning.embedded.identity import Identities
from translator.planning.embedded.mentions import Mention
from translator.planning.embedded.reading import Clues, Reading, Role, Use
from translator.planning.embedded.vocabulary import Kind, is_boolean
from translator.planning.embedded.weights import WEIGHTS

_BEAM = 24
_METRIC_SETS = 14
_COUNTS = frozenset({"count", "count_distinct", "sum_boolean"})
_LINKS = frozenset(
    [
        "and",
        ",",
        "&",
        "plus",
        "the",
        "total",
        "number",
        "of",
        "average",
        "their",
        "its",
        "also",
        "as",
        "well",
        "including",
        "with",
        "amount",
    ]
)
# "whatever their status": named in order not to be used.
_INDIFFERENT = frozenset({"whatever", "regardless", "irrespective", "any"})
_REACHED_OVER = frozenset(
    ["come", "go", "be", "have", "do", "pay", "buy", "use", "make", "live", "and", "by"]
)
_ASKERS = frozenset(["which", "what", "who", "whose"])


class Search:
    """Readings over one catalog."""

    def __init__(
        self, catalog: SemanticCatalog, identities: Identities, textual: frozenset[str]
    ) -> None:
        """Prepare; `textual` are the keys of dimensions whose values are known texts."""
        self.textual = textual
        self.catalog = catalog
        self.identities = identities
        self._reach: dict[tuple[str, ...], dict[str, list[GroupByElement]]] = {}

    def readings(self, clues: Clues, mentions: list[Mention]) -> list[Reading]:
        """The best readings, best first."""
        metric_mentions = [m for m in mentions if m.element.kind is Kind.METRIC]
        others = [m for m in mentions if m.element.kind is not Kind.METRIC]
        found: list[Reading] = []
        for chosen in self._metric_sets(clues, metric_mentions):
            found.extend(self._complete(clues, chosen, others, None))
        for model in self._list_models(clues, others):
            found.extend(self._complete(clues, [], others, model))
        unique: dict[tuple[object, ...], Reading] = {}
        for reading in sorted(found, key=lambda r: -r.score):
            key = (
                frozenset(reading.metrics),
                reading.list_of if not reading.metrics else None,
                frozenset(
                    (u.role, u.element.qualified_name, u.mention.element.value)
                    for u in reading.uses
                    if u.element is not None and u.role is not Role.CONTEXT
                ),
            )
            unique.setdefault(key, reading)
        return list(unique.values())[:12]

    def _metric_sets(self, clues: Clues, mentions: list[Mention]) -> list[list[Use]]:
        uses = sorted(
            (Use(m, Role.METRIC, self._metric_gain(clues, m)) for m in mentions),
            key=lambda u: -u.gain,
        )
        best: dict[str, list[Use]] = defaultdict(list)
        for use in uses:
            if len(best[use.mention.element.key]) < 2:
                best[use.mention.element.key].append(use)
        singles = sorted((u for us in best.values() for u in us), key=lambda u: -u.gain)[
            :_METRIC_SETS
        ]
        sets: list[list[Use]] = [[u] for u in singles]
        for first in singles[:6]:
            group = [first]
            for use in singles:
                taken = frozenset(i for g in group for i in g.mention.indices)
                if (
                    use.gain > 0.35
                    and use.mention.coverage >= 0.6
                    and not use.mention.indices & taken
                    and all(g.mention.element != use.mention.element for g in group)
                    and any(_coordinated(clues, use.mention, g.mention) for g in group)
                ):
                    group.append(use)
            if len(group) > 1:
                sets.append(sorted(group, key=lambda u: u.mention.start))
        return sets

    def _metric_gain(self, clues: Clues, mention: Mention) -> float:
        metric = self.catalog.metrics[mention.element.key]
        gain = _explained(clues, mention) - WEIGHTS.unsaid * (1 - mention.coverage) * 0.6
        return gain + _aggregation_fit(clues, metric, mention)

    def _list_models(self, clues: Clues, mentions: list[Mention]) -> list[str]:
        """Semantic models whose rows may be listed: of the entities and dimensions mentioned."""
        if clues.cues.wants("count", "sum", "average", "median", "rate", "share"):
            return []
        models: dict[str, float] = defaultdict(float)
        for mention in mentions:
            if mention.element.kind is Kind.ENTITY:
                home = self.identities.home(mention.element.key)
                if home:
                    models[home] = max(models[home], 1 + _explained(clues, mention))
            elif mention.element.kind is Kind.DIMENSION and mention.coverage > 0.8:
                home = mention.element.key.split(".")[0]
                models[home] = max(models[home], _explained(clues, mention))
        return sorted(models, key=lambda m: -models[m])[:3]

    def _reachable(
        self, metrics: tuple[str, ...], list_of: str | None
    ) -> dict[str, list[GroupByElement]]:
        key = (*metrics, f"list:{list_of}")
        known = self._reach.get(key)
        if known is not None:
            return known
        elements = (
            self.catalog.group_bys(metrics)
            if metrics
            else self.catalog.list_group_bys.get(list_of or "", ())
        )
        by_key: dict[str, list[GroupByElement]] = defaultdict(list)
        for element in elements:
            if element.dimension is not None:
                by_key[element.dimension.key].append(element)
            elif element.entity is not None:
                by_key["entity:" + element.name].append(element)
        for same in by_key.values():
            same.sort(key=lambda e: (e.hops, len(e.entity_path)))
        if len(self._reach) < 2_000:
            self._reach[key] = by_key
        return by_key

    def _complete(
        self, clues: Clues, chosen: list[Use], mentions: list[Mention], list_of: str | None
    ) -> list[Reading]:
        """Add groupings, filters and context to the chosen metrics."""
        metrics = tuple(dict.fromkeys(u.mention.element.key for u in chosen))
        reach = self._reachable(metrics, list_of)
        taken = frozenset(i for u in chosen for i in u.mention.indices)
        options = self._options(clues, mentions, reach, taken, metrics, list_of)
        base = sum(u.gain for u in chosen) + WEIGHTS.extra_metric * 0.3 * (len(chosen) - 1)
        if list_of is not None:
            base -= 0.2 if clues.cues.listing else 0.5
        beam: list[tuple[float, frozenset[int], tuple[Use, ...]]] = [(base, taken, tuple(chosen))]
        for _, group in sorted(options.items()):
            grown = list(beam)
            for score, used, uses in beam:
                for use in group:
                    if (
                        use.gain > -0.05
                        and not use.mention.indices & used
                        and not _said_before(clues, use, uses)
                    ):
                        grown.append((score + use.gain, used | use.mention.indices, (*uses, use)))
            grown.sort(key=lambda state: -state[0])
            beam = grown[:_BEAM]
        return [Reading(metrics, uses, score, list_of) for score, _, uses in beam[:4]]

    def _options(
        self,
        clues: Clues,
        mentions: Iterable[Mention],
        reach: dict[str, list[GroupByElement]],
        taken: frozenset[int],
        metrics: tuple[str, ...],
        list_of: str | None,
    ) -> dict[int, list[Use]]:
        """Every role each free mention could play, by the mention's first token."""
        options: dict[int, list[Use]] = defaultdict(list)
        mentions = list(mentions)
        spoken = frozenset(m.element.key for m in mentions if m.element.kind is Kind.ENTITY)
        for mention in mentions:
            if mention.indices & taken:
                continue
            kind, key = mention.element.kind, mention.element.key
            if kind is Kind.ENTITY:
                uses = self._entity_uses(clues, mention, reach, metrics, list_of)
            elif not reach.get(key):
                continue
            elif kind is Kind.VALUE:
                uses = self._value_uses(clues, mention, reach[key])
            else:
                uses = self._dimension_uses(clues, mention, reach[key], list_of, spoken)
            options[mention.start].extend(uses)
        for position, uses in options.items():
            options[position] = sorted(uses, key=lambda u: -u.gain)[:14]
        return options

    def _value_uses(
        self, clues: Clues, mention: Mention, elements: list[GroupByElement]
    ) -> list[Use]:
        element = _pick_path(clues, elements)
        gain = _explained(clues, mention) + WEIGHTS.value_prior + WEIGHTS.value_hop * element.hops
        gain -= 0.8 * (1 - mention.coverage)
        if mention.element.value is True:
            gain += WEIGHTS.boolean_prior
        if mention.name.source == "label" and _quoted(clues, mention):
            gain += 0.4
        gain += 0.15 if _capitalised(clues, mention) else 0.0
        negated = _negated(clues, mention)
        return [Use(mention, Role.FILTER, gain, element, negated)]

    def _dimension_uses(
        self,
        clues: Clues,
        mention: Mention,
        elements: list[GroupByElement],
        list_of: str | None,
        spoken: frozenset[str],
    ) -> list[Use]:
        element = _pick_path(clues, elements)
        before = {t.lower for t in clues.phrasing.tokens[max(0, mention.start - 3) : mention.start]}
        if before & _INDIFFERENT:
            return [Use(mention, Role.CONTEXT, _explained(clues, mention), None)]
        explained = (
            _explained(clues, mention)
            - 0.6 * (1 - mention.coverage)
            + WEIGHTS.value_hop * element.hops * 0.5
        )
        uses: list[Use] = []
        dimension = element.dimension
        if dimension is not None and dimension.type is DimensionType.TIME:
            near = any(
                t.kind == "range" and _distance(clues, mention, t.start_char) <= 5
                for t in clues.times
            )
            if (
                near
                and mention.coverage >= 0.6
                and not clues.cues.marks_group(mention.start, clues.phrasing.tokens)
            ):
                uses.append(Use(mention, Role.ANCHOR, explained + 0.05, element))
            if (
                list_of is not None
                and mention.coverage > 0.7
                or clues.cues.marks_group(mention.start, clues.phrasing.tokens)
            ):
                uses.append(Use(mention, Role.GROUP, explained - 0.1, element))
            return uses
        if self._is_numeric(dimension) and any(
            abs(c.span.start - mention.end) <= 3 or abs(mention.start - c.span.end) <= 2
            for c in clues.cues.comparisons
        ):
            uses.append(Use(mention, Role.NUMERIC, explained - 0.05, element))
        fit = self._group_fit(clues, mention, list_of)
        if element.entity_path and element.entity_path[-1] in spoken:
            explained += 0.12
        sure = mention.coverage > 0.85 and all(s >= 0.9 for _, s in mention.tokens)
        if fit > 0 or sure:  # else nothing marks a grouping, and the words are not quite its name
            uses.append(Use(mention, Role.GROUP, explained + fit, element))
        return uses

    def _is_numeric(self, dimension: Dimension | None) -> bool:
        """Whether comparing with numbers makes sense: it has no indexed texts and is no yes/no."""
        if dimension is None or dimension.key in self.textual:
            return False
        kind = (dimension.data_type or "").lower()
        if kind:
            return kind.startswith(
                ("int", "bigint", "smallint", "num", "dec", "double", "real", "float")
            )
        return not is_boolean(dimension)

    def _entity_uses(
        self,
        clues: Clues,
        mention: Mention,
        reach: dict[str, list[GroupByElement]],
        metrics: tuple[str, ...],
        list_of: str | None,
    ) -> list[Use]:
        entity = mention.element.key
        explained = _explained(clues, mention) * 0.9 - 0.3 * (1 - mention.coverage)
        uses: list[Use] = []
        elements = reach.get("entity:" + entity, [])
        home = self.identities.home(entity)
        own = any(home in self.catalog.metrics[m].semantic_models for m in metrics) or (
            list_of is not None and home == list_of
        )
        if own or elements:
            uses.append(Use(mention, Role.CONTEXT, explained - (0.05 if own else 0.12)))
        if elements and list_of is None:
            fit = self._group_fit(clues, mention, list_of)
            if fit > 0:
                uses.append(Use(mention, Role.GROUP, explained + fit, _pick_path(clues, elements)))
        return uses

    def _group_fit(self, clues: Clues, mention: Mention, list_of: str | None) -> float:
        tokens = clues.phrasing.tokens
        if clues.cues.marks_group(mention.start, tokens):
            return 0.2
        before = [t.lower for t in tokens[max(0, mention.start - 3) : mention.start]]
        if before and before[-1] in _ASKERS:
            return 0.15
        if any(
            r.span.end <= mention.start <= r.span.end + 2 and r.limit is not None
            for r in clues.cues.ranks
        ):
            return 0.2
        if "rank" in before:
            return 0.15
        if list_of is not None:
            return 0.05
        listing = clues.cues.listing
        if before and before[-1] in {"and", ","}:
            return -0.12
        if listing is not None and any(
            t.lower in {"return", "show", "display"} and t.index < mention.start for t in tokens
        ):
            return -0.08
        return WEIGHTS.group_without_marker


def _aggregation_fit(clues: Clues, metric: Metric, mention: Mention) -> float:
    """How well the figure's kind answers the words of aggregation before it."""
    near = [
        a
        for a in clues.cues.aggregations
        if -1 <= mention.start - a.span.end <= 4 or a.span.indices & mention.indices
    ]
    fit = 0.0
    agg = metric.agg or ""
    words = set(mention.name.terms)
    percent = metric.format == "percent" or metric.type in {MetricType.RATIO, MetricType.CONVERSION}
    for cue in near[:2]:
        if cue.kind in {"count", "count_distinct", "distinct"}:
            good = agg in _COUNTS or metric.format == "count" or bool(words & {"number", "count"})
            bad = (
                agg in {"average", "median", "max", "min", "percentile"}
                or percent
                or metric.format == "currency"
            )
        elif cue.kind == "average":
            good = (
                agg in {"average"}
                or bool(words & {"average", "mean", "avg"})
                or (metric.type is MetricType.RATIO and not percent)
            )
            bad = agg in {"sum", "max", "min", "median"} | _COUNTS and not good
        elif cue.kind == "median":
            good, bad = (
                agg in {"median", "percentile"} or "median" in words,
                agg in {"average", "sum"} | _COUNTS,
            )
        elif cue.kind in {"max", "min"}:
            good = agg == cue.kind
            bad = False
        elif cue.kind in {"share", "rate", "ratio"}:
            good = percent or bool(words & {"share", "rate", "percentage", "ratio", "pct"})
            bad = False
        elif cue.kind == "sum":
            much = any(clues.phrasing.tokens[i].lower == "much" for i in cue.span.indices)
            good = agg == "sum" or (much and metric.format == "currency")
            bad = agg in {"average", "median"} or (much and agg in _COUNTS)
        else:
            continue
        fit += cue.strength * (
            WEIGHTS.right_aggregation if good else WEIGHTS.wrong_aggregation if bad else 0.0
        )
    if (
        not near
        and agg in {"average", "median", "max", "min", "percentile"}
        and not (
            words
            & {
                "average",
                "avg",
                "mean",
                "median",
                "maximum",
                "minimum",
                "highest",
                "lowest",
                "latest",
            }
        )
    ):
        fit -= 0.08
    if metric.type in {MetricType.CUMULATIVE, MetricType.CONVERSION} or any(
        i.offset_window for i in metric.inputs
    ):
        fit -= 0.2 if mention.coverage < 0.95 else 0.05
    return fit


def _explained(clues: Clues, mention: Mention) -> float:
    return sum(clues.weights[i] * s for i, s in mention.tokens) * mention.name.strength


def _coordinated(clues: Clues, one: Mention, other: Mention) -> bool:
    """Whether only linking words and few others stand between two mentions."""
    first, second = (one, other) if one.start < other.start else (other, one)
    between = clues.phrasing.tokens[first.end : second.start]
    if not any(t.lower in {"and", ",", "&", "plus", "also", "with"} for t in between):
        return False
    aggregations = {i for a in clues.cues.aggregations for i in a.span.indices}
    loose = [t for t in between if t.lower not in _LINKS and t.index not in aggregations]
    return len(loose) <= 3


def _pick_path(clues: Clues, elements: list[GroupByElement]) -> GroupByElement:
    """The path whose entities the question names, else the shortest."""
    lemmas = {t.lemma for t in clues.phrasing.tokens}
    return min(
        elements,
        key=lambda e: (
            -sum(all(w in lemmas for w in part.split("_")) for part in e.entity_path),
            e.hops,
            len(e.entity_path),
        ),
    )


def _distance(clues: Clues, mention: Mention, start_char: int) -> int:
    index = next(
        (t.index for t in clues.phrasing.tokens if t.start >= start_char),
        len(clues.phrasing.tokens),
    )
    return index - mention.end if index >= mention.end else mention.start - index + 2


def _negated(clues: Clues, mention: Mention) -> bool:
    """Whether a "not" before a mention reaches it: over prepositions and verbs, not over nouns."""
    tokens = clues.phrasing.tokens
    for span in clues.cues.negations:
        if span.end <= mention.start <= span.end + 4 and all(
            clues.weights[t.index] < 0.3 or t.lemma in _REACHED_OVER
            for t in tokens[span.end : mention.start]
        ):
            return True
    return False


def _said_before(clues: Clues, use: Use, uses: tuple[Use, ...]) -> bool:
    """Whether the same grouping, or the same words for another one, came before."""
    if use.role is not Role.GROUP:
        return False
    tokens = clues.phrasing.tokens
    words = {tokens[i].lemma for i in use.mention.indices}
    return any(
        other.role is Role.GROUP
        and (
            other.mention.element == use.mention.element
            or words <= {tokens[i].lemma for i in other.mention.indices}
        )
        for other in uses
    )


def _quoted(clues: Clues, mention: Mention) -> bool:
    token = clues.phrasing.tokens[mention.start]
    return any(start <= token.start < end for start, end in clues.phrasing.quoted)


def _capitalised(clues: Clues, mention: Mention) -> bool:
    return mention.start > 0 and clues.phrasing.tokens[mention.start].text[:1].isupper()
