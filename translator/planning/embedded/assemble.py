"""A reading becomes a typed query."""

from __future__ import annotations

from collections import defaultdict

from semantic.catalog import GroupByElement, SemanticCatalog
from translator.planning.embedded.conditions import Conditions
from translator.planning.embedded.draft import Draft
from translator.planning.embedded.identity import Identities
from translator.planning.embedded.lexicon import Lexicon
from translator.planning.embedded.markers import Marker
from translator.planning.embedded.missing import missing_words, never_happened
from translator.planning.embedded.periods import Periods
from translator.planning.embedded.ranking import Ranking
from translator.planning.embedded.reading import Clues, Reading, Role, Use
from translator.planning.embedded.text import identifier_words
from translator.planning.embedded.vocabulary import GENERIC_WORDS, KEY_WORDS
from translator.query import (
    GroupByItem,
    Operator,
    SemanticQuery,
    Value,
    WhereFilter,
)

_NEGATED = {Operator.EQ: Operator.NE, Operator.IN: Operator.NOT_IN}
_TOGETHER = frozenset(["together", "combined", "altogether", "overall", "jointly", "total", "sum"])
_ASKED = frozenset({Marker.ASKED, Marker.LISTED, Marker.TOP, Marker.EACH})


class Assembler:
    """Builds queries over one catalog."""

    def __init__(self, catalog: SemanticCatalog, identities: Identities, lexicon: Lexicon) -> None:
        """Keep what is needed to resolve names."""
        self.catalog = catalog
        self.identities = identities
        self.periods = Periods(catalog)
        self.conditions = Conditions(catalog, identities, lexicon)
        self.ranking = Ranking(catalog)

    def assemble(self, clues: Clues, reading: Reading) -> tuple[SemanticQuery, Draft]:
        """The query of a reading, with the tokens it used and the assumptions it made."""
        draft = Draft(used=set(reading.explained()))
        self._groups(clues, reading, draft)
        self._filters(clues, reading, draft)
        self.periods.apply(clues, reading, draft)
        self.conditions.apply(clues, reading, draft)
        self.ranking.apply(clues, reading, draft)
        metrics = tuple(m for m in reading.metrics if m not in draft.absent)
        query = SemanticQuery(
            metrics=metrics,
            group_by=tuple(draft.group_by.values()),
            where=tuple(draft.where),
            having=tuple(draft.having),
            time_range=draft.time_range,
            order_by=tuple(draft.order_by),
            limit=draft.limit,
            calculations=tuple(draft.calculations),
        )
        return query, draft

    def _groups(self, clues: Clues, reading: Reading, draft: Draft) -> None:
        if reading.list_of is not None:
            entity = self.catalog.semantic_models[reading.list_of].primary_entity
            asked = any(u.marker in _ASKED for u in reading.of(Role.GROUP))
            if entity and any(
                u.mention.element.key == entity and (u.marker in _ASKED or not asked)
                for u in reading.of(Role.CONTEXT)
            ):
                self._identity(reading, draft, entity, ())
        for use in reading.of(Role.GROUP):
            element = use.element
            if element is None:
                continue
            if element.entity is not None:
                if any(u.mention.start == use.mention.end for u in reading.of(Role.GROUP)):
                    continue  # "by customer segment": the entity only says whose segment
                self._identity(reading, draft, element.name, element.entity_path, element)
            elif self._stands_for_entity(clues, use):
                self._named(reading, draft, element)
            else:
                draft.add_group(_item(element, "day" if element.is_time else None))

    def _stands_for_entity(self, clues: Clues, use: Use) -> bool:
        """Whether a code is meant only as far as it stands for its entity: "by department".

        People who want codes say so; others want to read names.
        """
        element = use.element
        if element is None or element.dimension is None or not element.entity_path:
            return False
        entity = element.entity_path[-1]
        names = self.identities.names(entity)
        home = self.identities.home(entity)
        if element.dimension.semantic_model != home or element.dimension in names or not names:
            return False
        words = identifier_words(element.name)
        said = {clues.phrasing.tokens[i].lemma for i in use.mention.indices}
        return (
            words[-1] in KEY_WORDS
            and words[:-1] == identifier_words(entity)
            and not said & (KEY_WORDS | GENERIC_WORDS)
        )

    def _named(self, reading: Reading, draft: Draft, element: GroupByElement) -> None:
        """Group by the entity that `element` says something of, over the same path."""
        *path, entity = element.entity_path
        elements = (
            self.catalog.group_bys(reading.metrics)
            if reading.metrics
            else self.catalog.list_group_bys.get(reading.list_of or "", ())
        )
        own = (e for e in elements if e.entity is not None and e.name == entity)
        same = next((e for e in own if e.entity_path == tuple(path)), None)
        self._identity(reading, draft, entity, tuple(path), same)

    def _identity(
        self,
        reading: Reading,
        draft: Draft,
        entity: str,
        path: tuple[str, ...],
        element: GroupByElement | None = None,
    ) -> None:
        """Group by an entity: by its key, and by the dimensions that name it."""
        elements = (
            self.catalog.group_bys(reading.metrics)
            if reading.metrics
            else self.catalog.list_group_bys.get(reading.list_of or "", ())
        )
        names = self.identities.names(entity)
        found = []
        for dimension in names:
            options = [
                e
                for e in elements
                if e.dimension is not None
                and e.dimension.key == dimension.key
                and e.entity_path[-1:] == (entity,)
            ] or [
                e for e in elements if e.dimension is not None and e.dimension.key == dimension.key
            ]
            options.sort(key=lambda e: (e.entity_path[:-1] != path, e.hops))
            found.extend(options[:1])
        if element is None:
            element = next((e for e in elements if e.entity is not None and e.name == entity), None)
        if element is not None:
            draft.add_group(GroupByItem(element.name, element.entity_path))
        for option in found:
            draft.add_group(GroupByItem(option.name, option.entity_path))
        if element is None and not found:
            draft.problems.append(f"nothing names a {entity.replace('_', ' ')}")

    def _filters(self, clues: Clues, reading: Reading, draft: Draft) -> None:
        by_item: dict[tuple[GroupByItem, bool], list[Value]] = defaultdict(list)
        versus = [s for s in clues.cues.versus if clues.phrasing.words(s.indices).lower() != "or"]
        for use in reading.of(Role.FILTER):
            if use.element is None:
                continue
            value = use.mention.element.value
            item = GroupByItem(use.element.name, use.element.entity_path)
            if isinstance(value, bool):
                truth = value is not use.negated
                known = by_item[(item, False)]
                if truth not in known:
                    known.append(truth)
            elif value is not None:
                stored = _stored(use.element, value)
                if stored not in by_item[(item, use.negated)]:
                    by_item[(item, use.negated)].append(stored)
            if use.marker is Marker.EACH and not use.negated and _plural(clues, use):
                self._kind_of_entity(reading, draft, use.element)
            if use.negated:
                for span in clues.cues.negations:
                    if span.end <= use.mention.start <= span.end + 4:
                        draft.used |= span.indices
                for span in clues.cues.excluded:
                    if use.mention.end <= span.start <= use.mention.end + 3:
                        draft.used |= span.indices
        for use in reading.of(Role.MISSING):
            if use.element is not None:
                operator = Operator.IS_NOT_NULL if use.negated else Operator.IS_NULL
                item = GroupByItem(use.element.name, use.element.entity_path)
                draft.where.append(WhereFilter(item, operator))
                draft.used |= missing_words(clues, use.mention)
                draft.used |= never_happened(clues, use.mention)
        for (item, negated), values in by_item.items():
            if set(values) == {True, False} and all(isinstance(v, bool) for v in values):
                draft.add_group(item)  # "weekend and weekday sales": one row each
                continue
            if versus and values == [True] and not negated and self._beside(clues, reading, item):
                draft.add_group(item)  # "round trips versus one-way rides"
                draft.used |= {i for s in versus for i in s.indices}
                continue
            operator = Operator.EQ if len(values) == 1 else Operator.IN
            draft.where.append(
                WhereFilter(item, _NEGATED[operator] if negated else operator, tuple(values))
            )
            if len(values) > 1 and not negated and self._compares(clues, reading, item, draft.used):
                draft.add_group(item)

    def _kind_of_entity(self, reading: Reading, draft: Draft, element: GroupByElement) -> None:
        """For "each of our plants", where a plant is a kind of site: one row for each site."""
        if element.dimension is None or not reading.metrics or draft.group_by:
            return
        owner = element.entity_path[-1:]
        if owner and self.identities.home(owner[0]) == element.dimension.semantic_model:
            self._named(reading, draft, element)

    @staticmethod
    def _beside(clues: Clues, reading: Reading, item: GroupByItem) -> bool:
        """Whether a yes/no value stands right before or behind a "versus"."""
        return any(
            u.element is not None
            and u.element.name == item.name
            and any(
                0 <= s.start - u.mention.end <= 2 or 0 <= u.mention.start - s.end <= 2
                for s in clues.cues.versus
            )
            for u in reading.of(Role.FILTER)
        )

    def _compares(self, clues: Clues, reading: Reading, item: GroupByItem, used: set[int]) -> bool:
        """Values set against each other ("phone vs chat") are shown side by side."""
        spots = [
            u.mention for u in reading.of(Role.FILTER) if u.element and u.element.name == item.name
        ]
        low, high = min(m.start for m in spots), max(m.end for m in spots)
        between = {t.lower for t in clues.phrasing.tokens[low:high]}
        words = {t.lower for t in clues.phrasing.tokens}
        if between & {"and", "&"} and not between & {"or"} and not words & _TOGETHER:
            return True  # "losses in Texas and Florida": one figure each; "or" adds them up
        for span in clues.cues.versus:
            if low <= span.start < high:
                draft_words = {clues.phrasing.tokens[i].lower for i in span.indices}
                if draft_words != {"or"}:
                    used |= span.indices
                    return True
        before = {t.lower for t in clues.phrasing.tokens[:low]}
        for span in clues.cues.change:
            if clues.phrasing.words(span.indices).lower() == "compare" and span.end <= low:
                used |= span.indices
        return bool({"versus", "vs"} & between or {"between", "compare", "split"} & before)


def _plural(clues: Clues, use: Use) -> bool:
    """Whether a noun is said of many things: "each of our plants", not "by cash"."""
    last = clues.phrasing.tokens[use.mention.end - 1]
    return last.lower != last.lemma and last.lower.endswith("s")


def _item(element: GroupByElement, grain: str | None) -> GroupByItem:
    return GroupByItem(element.name, element.entity_path, grain)


def _stored(element: GroupByElement, value: str | bool) -> Value:
    """A value as the column stores it: numbers and booleans are indexed as text."""
    kind = (element.dimension.data_type or "").lower() if element.dimension else ""
    if isinstance(value, str):
        if kind.startswith("bool"):
            return value.lower() in {"true", "t", "yes", "1"}
        if kind.startswith(("int", "bigint", "smallint")) and value.lstrip("-").isdigit():
            return int(value)
    return value
