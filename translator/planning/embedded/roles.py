"""Every role that a mention could play beside chosen metrics, and what speaks for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from semantic.catalog import Dimension, DimensionType, GroupByElement, SemanticCatalog
from translator.planning.embedded.direction import Direction
from translator.planning.embedded.frame import Frame, best_paths, pick_path
from translator.planning.embedded.identity import Identities
from translator.planning.embedded.lexicon import Lexicon
from translator.planning.embedded.markers import GROUP_FIT, Marker, group_marker
from translator.planning.embedded.mentions import Mention
from translator.planning.embedded.metric_fit import column_explained, explained
from translator.planning.embedded.missing import (
    has_one,
    left_out,
    missing_words,
    never_happened,
)
from translator.planning.embedded.reading import Clues, Role, Use
from translator.planning.embedded.surroundings import (
    beside_other_value,
    borrowed,
    capitalised,
    counted,
    distance,
    names_value,
    negated,
    only_made,
    quoted,
)
from translator.planning.embedded.vocabulary import GENERIC_WORDS, Kind, is_boolean
from translator.planning.embedded.weights import WEIGHTS
from translator.planning.embedded.zones import Zone

# "whatever their status": named in order not to be used.
_INDIFFERENT = frozenset({"whatever", "regardless", "irrespective"})
_DATES = frozenset(["date", "day", "time", "month", "year", "week", "quarter", "period"])
_NUMERIC = ("int", "bigint", "smallint", "num", "dec", "double", "real", "float")


class Roles:
    """Roles over one catalog."""

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
        self.lexicon = lexicon
        self.textual = textual
        self.direction = Direction(lexicon)

    def markers(self, clues: Clues, mentions: Iterable[Mention]) -> dict[tuple[int, int], Marker]:
        """What marks each stretch of words that may name a dimension or entity."""
        nouns = {
            i
            for m in mentions
            if m.element.kind in {Kind.DIMENSION, Kind.ENTITY} and m.coverage > 0.8
            for i in m.indices
        }
        spans = {(m.start, m.end) for m in mentions if m.element.kind is not Kind.METRIC}
        return {s: group_marker(clues, s[0], s[1], nouns.__contains__) for s in spans}

    def options(
        self,
        clues: Clues,
        mentions: Iterable[Mention],
        frame: Frame,
        taken: frozenset[int],
        markers: Mapping[tuple[int, int], Marker],
    ) -> dict[int, list[Use]]:
        """Every role each free mention could play, by the mention's first token."""
        options: dict[int, list[Use]] = defaultdict(list)
        mentions = list(mentions)
        for mention in mentions:
            if mention.indices & taken:
                continue
            kind, key = mention.element.kind, mention.element.key
            marker = markers[(mention.start, mention.end)]
            if kind is Kind.ENTITY:
                uses = self._entity(clues, mention, frame, marker)
            elif not frame.reach.get(key):
                continue
            elif kind is Kind.VALUE:
                uses = self._value(clues, mention, frame, mentions, marker)
            else:
                uses = [
                    use
                    for element in best_paths(clues, frame.reach[key], frame)
                    for use in self._dimension(clues, mention, frame, marker, element)
                ]
                if names_value(clues, mention, mentions):
                    gain = column_explained(clues, mention) * mention.coverage - 0.05
                    uses.append(Use(mention, Role.CONTEXT, gain))
            options[mention.start].extend(uses)
        for position, uses in options.items():
            options[position] = sorted(uses, key=lambda u: -u.gain)[:14]
        return options

    def _value(
        self,
        clues: Clues,
        mention: Mention,
        frame: Frame,
        mentions: Iterable[Mention],
        marker: Marker,
    ) -> list[Use]:
        if clues.zones[mention.start] is Zone.TAIL:
            return []
        if only_made(clues, mention):
            return [Use(mention, Role.CONTEXT, explained(clues, mention) * 0.9)]
        if mention.indices <= frame.nouns and not quoted(clues, mention):
            doubt = 0.0 if capitalised(clues, mention) else WEIGHTS.value_or_noun
        else:
            doubt = 0.0
        if beside_other_value(clues, mention, mentions):
            doubt -= WEIGHTS.values_together
        return [
            self._value_at(clues, mention, element, doubt, marker)
            for element in best_paths(clues, frame.reach[mention.element.key], frame)
        ]

    def _value_at(
        self,
        clues: Clues,
        mention: Mention,
        element: GroupByElement,
        doubt: float,
        marker: Marker,
    ) -> Use:
        gain = explained(clues, mention) + WEIGHTS.value_prior + WEIGHTS.value_hop * element.hops
        gain += self.direction.fit(clues, mention, element)
        gain -= 0.8 * (1 - mention.coverage) + doubt
        if isinstance(mention.element.value, bool):
            gain += WEIGHTS.boolean_prior
        gain += self._dimension_said(clues, mention, element)
        if mention.name.source == "label" and quoted(clues, mention):
            gain += 0.4
        if capitalised(clues, mention):
            gain += 0.15
        elif not isinstance(mention.element.value, bool) and self._doubtful(mention):
            gain += WEIGHTS.doubtful_value
        return Use(mention, Role.FILTER, gain, element, negated(clues, mention), marker)

    def _dimension_said(self, clues: Clues, mention: Mention, element: GroupByElement) -> float:
        """A value with its dimension named beside it fits; each word unsaid speaks against."""
        dimension = element.dimension
        if dimension is None:
            return 0.0
        words = self.name_words(dimension)
        around = {
            t.lemma
            for t in clues.phrasing.tokens[max(0, mention.start - 3) : mention.end + 3]
            if t.index not in mention.indices
        }
        said = len(words & around)
        return WEIGHTS.value_of_group * min(said, 1) - WEIGHTS.unsaid_word * max(
            0, len(words) - said - 1
        )

    def name_words(self, dimension: Dimension) -> frozenset[str]:
        """Content words of a dimension's shortest name."""
        text = dimension.label or dimension.name
        words = text.replace("_", " ").lower().split()
        lemmas = (self.lexicon.lemma(w) for w in words if len(w) > 2)
        return frozenset(w for w in lemmas if w not in GENERIC_WORDS)

    def _doubtful(self, mention: Mention) -> bool:
        """A value of one short or everyday word may only look like one."""
        return len(mention.name.terms) == 1 and (
            len(mention.name.terms[0]) <= 2 or mention.name.source == "alias"
        )

    def _dimension(
        self,
        clues: Clues,
        mention: Mention,
        frame: Frame,
        marker: Marker,
        element: GroupByElement,
    ) -> list[Use]:
        before = {t.lower for t in clues.phrasing.tokens[max(0, mention.start - 3) : mention.start]}
        if before & _INDIFFERENT:
            return [Use(mention, Role.CONTEXT, explained(clues, mention), None)]
        if missing_words(clues, mention):
            gain = explained(clues, mention) + 0.4 - 0.6 * (1 - mention.coverage)
            return [Use(mention, Role.MISSING, gain, element, left_out(clues, mention))]
        dated = element.dimension is not None and element.dimension.type is DimensionType.TIME
        if dated and never_happened(clues, mention):
            # A status tells where a row is now: what was delivered is no more "shipped".
            gain = explained(clues, mention) + 0.5 - 0.6 * (1 - mention.coverage)
            return [
                Use(mention, Role.MISSING, gain + WEIGHTS.value_hop * element.hops, element, False)
            ]
        some = element.dimension is not None and not is_boolean(element.dimension)
        if some and has_one(clues, mention) and mention.coverage > 0.8:
            return [Use(mention, Role.MISSING, explained(clues, mention), element, True)]
        gain = column_explained(clues, mention) - 0.6 * (1 - mention.coverage)
        gain += WEIGHTS.value_hop * element.hops * 0.5
        if borrowed(mention, frame):
            gain -= WEIGHTS.borrowed
        gain += self.direction.fit(clues, mention, element)
        owner = element.entity_path[-1] if element.entity_path else ""
        if owner in frame.focus:
            gain += 0.2
        elif owner in frame.spoken:
            gain += 0.1
        dimension = element.dimension
        if marker is Marker.ORDER:
            return [Use(mention, Role.ORDER, gain, element)]
        if dimension is not None and dimension.type is DimensionType.TIME:
            return self._time(clues, mention, frame, element, gain, marker)
        uses: list[Use] = []
        if self.is_numeric(dimension) and any(
            abs(c.span.start - mention.end) <= 3 or abs(mention.start - c.span.end) <= 2
            for c in clues.cues.comparisons
        ):
            uses.append(Use(mention, Role.NUMERIC, gain - 0.05, element))
        fit = GROUP_FIT[marker]
        if counted(clues, mention):
            fit -= WEIGHTS.counted
        if marker is Marker.TOP and self.is_numeric(dimension):
            fit -= 0.5  # "the highest price" is no list of prices
        if self._coded(clues, element):
            fit -= 0.15
        if dimension is not None and is_boolean(dimension):
            fit -= 0.0 if marker in {Marker.BY, Marker.EACH} else 0.7
        if frame.list_of is not None and marker in {Marker.AND, Marker.NONE}:
            fit = max(fit, -0.1)
        if owner not in frame.focus and self._generic(mention):
            fit -= WEIGHTS.ownerless
        if self._identified(clues, mention):
            fit -= 0.4  # "ticker IDs" are no symbols
        sure = mention.coverage > 0.85 and all(s >= 0.9 for _, s in mention.tokens)
        if fit > 0 or sure:  # else nothing marks a grouping, and the words are not quite its name
            uses.append(Use(mention, Role.GROUP, gain + fit, element, marker=marker))
        return uses

    @staticmethod
    def _coded(clues: Clues, element: GroupByElement) -> bool:
        """Whether a dimension holds keys or codes, which people rarely want unless they say so."""
        return element.name.lower().endswith(("_code", "_id", "_key", "_number")) and not any(
            t.lemma in {"code", "id", "key", "number"} for t in clues.phrasing.tokens
        )

    @staticmethod
    def _generic(mention: Mention) -> bool:
        """Whether a mention says only "name" or "type", and not of what."""
        return GENERIC_WORDS.issuperset(mention.name.terms) and len(mention.tokens) == len(
            mention.name.terms
        )

    @staticmethod
    def _identified(clues: Clues, mention: Mention) -> bool:
        after = clues.phrasing.tokens[mention.end : mention.end + 1]
        return bool(after) and after[0].lemma in {"id", "identifier", "key"}

    def _time(
        self,
        clues: Clues,
        mention: Mention,
        frame: Frame,
        element: GroupByElement,
        gain: float,
        marker: Marker,
    ) -> list[Use]:
        uses: list[Use] = []
        near = any(
            t.kind == "range" and distance(clues, mention, t.start_char) <= 6 for t in clues.times
        )
        key = element.dimension.key if element.dimension else ""
        own = {self.catalog.metrics[m].time_dimension for m in frame.metrics}
        sure = mention.coverage >= 0.7 and all(s >= 0.75 for _, s in mention.tokens)
        if (
            near
            and (sure or (key in own and mention.coverage >= 0.5))
            and marker not in {Marker.BY, Marker.EACH}
        ):
            fit = 0.15 if own == {key} else 0.0
            owner = element.entity_path[-1] if element.entity_path else ""
            if frame.metrics and key not in own and owner not in frame.spoken | frame.focus:
                fit -= WEIGHTS.foreign_anchor
            if clues.zones[mention.start] in {Zone.TAIL, Zone.LEAD}:
                fit -= 0.3
            uses.append(Use(mention, Role.ANCHOR, gain + fit, element))
        named = all(s >= 0.95 for _, s in mention.tokens) or any(
            clues.phrasing.tokens[i].lemma in _DATES for i in mention.indices
        )  # else "reviews held in spring" would be days of review
        if marker in {Marker.BY, Marker.EACH, Marker.COLUMN} and mention.coverage > 0.7 and named:
            uses.append(Use(mention, Role.GROUP, gain - 0.05, element, marker=marker))
        return uses

    def is_numeric(self, dimension: Dimension | None) -> bool:
        """Whether comparing with numbers makes sense: it has no indexed texts and is no yes/no."""
        if dimension is None or dimension.key in self.textual:
            return False
        kind = (dimension.data_type or "").lower()
        return kind.startswith(_NUMERIC) if kind else not is_boolean(dimension)

    def _entity(self, clues: Clues, mention: Mention, frame: Frame, marker: Marker) -> list[Use]:
        entity = mention.element.key
        gain = column_explained(clues, mention) * 0.9 - 0.3 * (1 - mention.coverage)
        elements = frame.reach.get("entity:" + entity, [])
        home = self.identities.home(entity)
        own = any(home in self.catalog.metrics[m].semantic_models for m in frame.metrics) or (
            frame.list_of is not None and home == frame.list_of
        )
        if borrowed(mention, frame):
            gain -= WEIGHTS.borrowed
        uses: list[Use] = []
        if own or elements:
            context = gain - (0.05 if own else 0.12) - (0.4 if counted(clues, mention) else 0.0)
            uses.append(Use(mention, Role.CONTEXT, context, marker=marker))
        if elements and frame.list_of is None:
            fit = GROUP_FIT[marker] - (WEIGHTS.counted if counted(clues, mention) else 0.0)
            if self._identified(clues, mention):
                fit = max(fit, 0.0) + 0.3
            elif marker is Marker.COLUMN and entity not in frame.focus:
                fit -= 0.25
            if fit > 0:
                element = pick_path(clues, elements, frame)
                uses.append(Use(mention, Role.GROUP, gain + fit, element, marker=marker))
        return uses
