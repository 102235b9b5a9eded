"""Finds the readings of a question: metrics and everything around them are chosen together.

For each promising set of metrics (and for a plain list), the mentions that are reachable from it
compete for the question's words; a beam keeps the best combinations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from semantic.catalog import GroupByElement, SemanticCatalog
from translator.planning.embedded.counts import Counts
from translator.planning.embedded.frame import Frame
from translator.planning.embedded.identity import Identities
from translator.planning.embedded.lexicon import Lexicon
from translator.planning.embedded.markers import Marker, group_marker
from translator.planning.embedded.mentions import Mention
from translator.planning.embedded.metric_fit import aggregation_fit, explained
from translator.planning.embedded.reading import Clues, Reading, Role, Use
from translator.planning.embedded.roles import Roles
from translator.planning.embedded.vocabulary import Kind
from translator.planning.embedded.weights import WEIGHTS
from translator.planning.embedded.zones import Zone

_BEAM = 24
_METRIC_BEAM = 40
_METRIC_SETS = 24
_READINGS = 16
_SAID = 0.87
_LINKS = frozenset(
    ["and", ",", "&", "plus", "the", "total", "number", "of", "average", "their", "its", "also"]
    + ["as", "well", "including", "with", "amount", "how", "many", "much", "both"]
)
_GROUPED = frozenset({Marker.EACH, Marker.TOP})
_FOCUSING = frozenset({Marker.BY, Marker.EACH, Marker.TOP, Marker.ASKED, Marker.LISTED})


class Search:
    """Readings over one catalog."""

    def __init__(
        self,
        catalog: SemanticCatalog,
        identities: Identities,
        lexicon: Lexicon,
        textual: frozenset[str],
    ) -> None:
        """Prepare; `textual` are the keys of dimensions whose values are known texts."""
        self.catalog = catalog
        self.identities = identities
        self.counts = Counts(catalog)
        self.roles = Roles(catalog, identities, lexicon, textual)
        self._reach: dict[tuple[str, ...], dict[str, list[GroupByElement]]] = {}

    def readings(self, clues: Clues, mentions: list[Mention]) -> list[Reading]:
        """The best readings, best first."""
        metric_mentions = [m for m in mentions if m.element.kind is Kind.METRIC]
        others = [m for m in mentions if m.element.kind is not Kind.METRIC]
        markers = self.roles.markers(clues, others)
        entities = [m for m in others if m.element.kind is Kind.ENTITY]
        # "region" is near "district", but does not speak of districts.
        said = [m for m in entities if all(strength >= _SAID for _, strength in m.tokens)]
        spoken = frozenset(m.element.key for m in said)
        focus = frozenset(
            m.element.key for m in said if markers[(m.start, m.end)] in _FOCUSING
        ) or frozenset(m.element.key for m in said if markers[(m.start, m.end)] is Marker.COLUMN)
        nouns = frozenset(
            i
            for m in others
            if m.element.kind in {Kind.DIMENSION, Kind.ENTITY}
            and m.coverage > 0.9
            and all(s >= 0.95 for _, s in m.tokens)
            for i in m.indices
        )
        whole = [
            m for m in metric_mentions if m.coverage >= 0.85 and all(s >= 0.9 for _, s in m.tokens)
        ]
        measured = frozenset(i for m in whole for i in m.indices) | frozenset(
            i for a in clues.cues.aggregations for i in a.span.indices
        )
        wider = tuple(m.indices for m in whole if len(m.tokens) > 1 and m.coverage >= 0.95)
        found: list[Reading] = []
        implied = self.counts.counted(clues, others)
        for chosen in self._metric_sets(clues, metric_mentions, implied):
            metrics = tuple(dict.fromkeys(u.mention.element.key for u in chosen))
            reach = self.reachable(metrics, None)
            frame = Frame(metrics, None, reach, focus, spoken, nouns, measured, wider)
            found.extend(self._complete(clues, chosen, others, frame, markers))
        for model in self._list_models(clues, others):
            frame = Frame(
                (), model, self.reachable((), model), focus, spoken, nouns, measured, wider
            )
            found.extend(self._complete(clues, [], others, frame, markers))
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
        return list(unique.values())[:_READINGS]

    def _metric_sets(
        self, clues: Clues, mentions: list[Mention], implied: list[Mention]
    ) -> list[list[Use]]:
        uses = sorted(
            (
                *(Use(m, Role.METRIC, self._metric_gain(clues, m)) for m in mentions),
                *(Use(m, Role.METRIC, WEIGHTS.counted_by_value) for m in implied),
            ),
            key=lambda u: -u.gain,
        )
        best: dict[str, list[Use]] = defaultdict(list)
        for use in uses:
            if len(best[use.mention.element.key]) < 2:
                best[use.mention.element.key].append(use)
        singles = sorted((u for us in best.values() for u in us), key=lambda u: -u.gain)[
            :_METRIC_SETS
        ]
        # Metrics that stand together are added from left to right; a beam keeps the best sets.
        states: list[tuple[float, frozenset[int], tuple[Use, ...]]] = [(0.0, frozenset(), ())]
        for use in sorted(singles, key=lambda u: (u.mention.start, -u.gain)):
            grown = list(states)
            for score, used, chosen in states:
                if use.mention.indices & used or not self._joins(clues, use, chosen):
                    continue
                gain = use.gain + (WEIGHTS.extra_metric * 0.3 if chosen else 0.0)
                grown.append((score + gain, used | use.mention.indices, (*chosen, use)))
            grown.sort(key=lambda state: -state[0])
            states = grown[:_METRIC_BEAM]
        sets = [list(chosen) for _, _, chosen in states if chosen]
        alone = [[u] for u in singles if [u] not in sets]
        return [*sets[:_METRIC_SETS], *alone[:8]]

    def _joins(self, clues: Clues, use: Use, chosen: tuple[Use, ...]) -> bool:
        """Whether a metric may stand beside those chosen already."""
        if not chosen:
            return True
        if use.gain < 0.3 or use.mention.coverage < 0.5:
            return False
        if any(g.mention.element == use.mention.element for g in chosen):
            return False
        if self._only_breaks_down(clues, use.mention):
            return False
        if len(chosen) > 6 or any(_says_again(clues, use.mention, g.mention) for g in chosen):
            return False
        if clues.zones[use.mention.start] in {Zone.TAIL, Zone.LEAD}:
            return True
        if use.mention.coverage > 0.8 and (
            _compared(clues, use.mention) or _ranked_by(clues, use.mention)
        ):
            return True
        return any(_coordinated(clues, use.mention, g.mention) for g in chosen)

    def _only_breaks_down(self, clues: Clues, mention: Mention) -> bool:
        """Whether the words are a noun that the answer is broken down by: no figure of its own.

        In "top 5 customers by revenue" nobody asks for a number of customers.
        """
        if group_marker(clues, mention.start, mention.end, _nothing) not in _GROUPED:
            return False
        if any(a.span.indices & mention.indices for a in clues.cues.aggregations):
            return False
        return not any(r.span.end == mention.start and r.limit is None for r in clues.cues.ranks)

    def _metric_gain(self, clues: Clues, mention: Mention) -> float:
        metric = self.catalog.metrics[mention.element.key]
        gain = explained(clues, mention) - WEIGHTS.unsaid * (1 - mention.coverage) * 0.6
        if group_marker(clues, mention.start, mention.end, _nothing) in _GROUPED and not any(
            r.span.end == mention.start and r.limit is None for r in clues.cues.ranks
        ):
            gain -= WEIGHTS.metric_as_group
        return gain + aggregation_fit(clues, metric, mention)

    def _list_models(self, clues: Clues, mentions: list[Mention]) -> list[str]:
        """Semantic models whose rows may be listed: of the entities and dimensions mentioned."""
        if clues.cues.wants("count", "sum", "average", "median", "rate", "share"):
            return []
        models: dict[str, float] = defaultdict(float)
        for mention in mentions:
            if mention.element.kind is Kind.ENTITY:
                home = self.identities.home(mention.element.key)
                if home:
                    models[home] = max(models[home], 1 + explained(clues, mention))
            elif mention.element.kind is Kind.DIMENSION and mention.coverage > 0.8:
                home = mention.element.key.split(".")[0]
                models[home] = max(models[home], explained(clues, mention))
        return sorted(models, key=lambda m: -models[m])[:3]

    def reachable(
        self, metrics: tuple[str, ...], list_of: str | None
    ) -> dict[str, list[GroupByElement]]:
        """What metrics, or the rows of `list_of`, can be grouped by: nearest first, by key."""
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
        self,
        clues: Clues,
        chosen: list[Use],
        mentions: list[Mention],
        frame: Frame,
        markers: Mapping[tuple[int, int], Marker],
    ) -> list[Reading]:
        """Add groupings, filters and context to the chosen metrics."""
        taken = frozenset(i for u in chosen for i in u.mention.indices)
        options = self.roles.options(clues, mentions, frame, taken, markers)
        base = sum(u.gain for u in chosen) + WEIGHTS.extra_metric * 0.3 * max(0, len(chosen) - 1)
        if frame.list_of is not None:
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
                        gain = use.gain - _crowded(clues, use, uses)
                        grown.append((score + gain, used | use.mention.indices, (*uses, use)))
            grown.sort(key=lambda state: -state[0])
            beam = grown[:_BEAM]
        return [
            Reading(
                frame.metrics,
                uses,
                s - (WEIGHTS.list_by if frame.list_of and _broken_down(uses) else 0.0),
                frame.list_of,
            )
            for s, _, uses in beam[:4]
        ]


def _broken_down(uses: tuple[Use, ...]) -> bool:
    return any(u.role is Role.GROUP and u.marker in {Marker.BY, Marker.EACH} for u in uses)


def _nothing(_: int) -> bool:
    return False


def _compared(clues: Clues, mention: Mention) -> bool:
    """Whether a number is compared with what is mentioned: "more than 3 orders"."""
    return any(0 <= mention.start - c.span.end <= 2 for c in clues.cues.comparisons)


def _says_again(clues: Clues, one: Mention, other: Mention) -> bool:
    """Whether a column listed only repeats what was said before: "the total amount"."""
    if clues.zones[one.start] is clues.zones[other.start]:
        return False
    tokens = clues.phrasing.tokens
    first, second = ({tokens[i].lemma for i in m.indices} for m in (one, other))
    if first < second and one.coverage >= 0.85:
        return False  # "number of payments" beside "total payment amount" is a column of its own
    return first <= second or second <= first


def _ranked_by(clues: Clues, mention: Mention) -> bool:
    """Whether the rows are ranked by what is mentioned: "top 3 by revenue"."""
    before = [t.lower for t in clues.phrasing.tokens[max(0, mention.start - 3) : mention.start]]
    return "by" in before and any(r.span.end <= mention.start for r in clues.cues.ranks)


def _crowded(clues: Clues, use: Use, uses: tuple[Use, ...]) -> float:
    """Two groupings side by side without "and" are most often one name cut in two."""
    if use.role is Role.GROUP and any(
        o.role is Role.GROUP and o.mention.end == use.mention.start for o in uses
    ):
        return WEIGHTS.crowded
    return 0.0


def _coordinated(clues: Clues, one: Mention, other: Mention) -> bool:
    """Whether only linking words and few others stand between two mentions."""
    first, second = (one, other) if one.start < other.start else (other, one)
    between = clues.phrasing.tokens[first.end : second.start]
    if not any(t.lower in {"and", ",", "&", "plus", "also"} for t in between):
        return False
    aggregations = {i for a in clues.cues.aggregations for i in a.span.indices}
    loose = [t for t in between if t.lower not in _LINKS and t.index not in aggregations]
    return len(loose) <= 3


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
