"""A reading becomes a typed query."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from semantic.catalog import DimensionType, GroupByElement, MetricType, SemanticCatalog
from translator.planning.embedded.identity import Identities
from translator.planning.embedded.reading import Clues, Reading, Role, Use
from translator.planning.embedded.time import TimeMention
from translator.query import (
    Calculation,
    CalculationKind,
    GroupByItem,
    MetricFilter,
    Offset,
    Operator,
    OrderByItem,
    SemanticQuery,
    TimeRange,
    Value,
    WhereFilter,
)

_ORDER_OF_GRAINS = ("hour", "day", "week", "month", "quarter", "year")
_NEGATED = {Operator.EQ: Operator.NE, Operator.IN: Operator.NOT_IN}


@dataclass
class Draft:
    """A query under construction. `used` are the tokens that found their place in it."""

    group_by: dict[str, GroupByItem] = field(default_factory=dict)
    where: list[WhereFilter] = field(default_factory=list)
    having: list[MetricFilter] = field(default_factory=list)
    order_by: list[OrderByItem] = field(default_factory=list)
    calculations: list[Calculation] = field(default_factory=list)
    time_range: TimeRange | None = None
    limit: int | None = None
    used: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class Assembler:
    """Builds queries over one catalog."""

    def __init__(self, catalog: SemanticCatalog, identities: Identities) -> None:
        """Keep what is needed to resolve names."""
        self.catalog = catalog
        self.identities = identities

    def assemble(self, clues: Clues, reading: Reading) -> tuple[SemanticQuery, Draft]:
        """The query of a reading, with the tokens it used and the assumptions it made."""
        draft = Draft(used=set(reading.explained()))
        self._groups(clues, reading, draft)
        self._filters(clues, reading, draft)
        self._times(clues, reading, draft)
        self._comparisons(clues, reading, draft)
        self._never(clues, reading, draft)
        self._calculations(clues, reading, draft)
        self._ranks(clues, reading, draft)
        self._order(clues, reading, draft)
        query = SemanticQuery(
            metrics=reading.metrics,
            group_by=tuple(draft.group_by.values()),
            where=tuple(draft.where),
            having=tuple(draft.having),
            time_range=draft.time_range,
            order_by=tuple(draft.order_by),
            limit=draft.limit,
            calculations=tuple(draft.calculations),
        )
        return query, draft

    # -- what to group by -----------------------------------------------------------------------

    def _groups(self, clues: Clues, reading: Reading, draft: Draft) -> None:
        if reading.list_of is not None:
            entity = self.catalog.semantic_models[reading.list_of].primary_entity
            if entity and any(u.mention.element.key == entity for u in reading.of(Role.CONTEXT)):
                self._identity(reading, draft, entity, ())
        for use in reading.of(Role.GROUP):
            element = use.element
            if element is None:
                continue
            if element.entity is not None:
                if any(u.mention.start == use.mention.end for u in reading.of(Role.GROUP)):
                    continue  # "by customer segment": the entity only says whose segment
                self._identity(reading, draft, element.name, element.entity_path, element)
            else:
                self._add(draft, _item(element, "day" if element.is_time else None))

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
            self._add(draft, GroupByItem(element.name, element.entity_path))
        for option in found:
            self._add(draft, GroupByItem(option.name, option.entity_path))
        if element is None and not found:
            draft.problems.append(f"nothing names a {entity.replace('_', ' ')}")

    @staticmethod
    def _add(draft: Draft, item: GroupByItem) -> None:
        draft.group_by.setdefault(item.qualified_name, item)

    # -- filters --------------------------------------------------------------------------------

    def _filters(self, clues: Clues, reading: Reading, draft: Draft) -> None:
        by_item: dict[tuple[GroupByItem, bool], list[Value]] = defaultdict(list)
        for use in reading.of(Role.FILTER):
            if use.element is None:
                continue
            value = use.mention.element.value
            item = GroupByItem(use.element.name, use.element.entity_path)
            if value is True:
                by_item[(item, False)].append(not use.negated)
            elif value is not None:
                stored = _stored(use.element, value)
                if stored not in by_item[(item, use.negated)]:
                    by_item[(item, use.negated)].append(stored)
            if use.negated:
                for span in clues.cues.negations:
                    if span.end <= use.mention.start <= span.end + 4:
                        draft.used |= span.indices
        for (item, negated), values in by_item.items():
            operator = Operator.EQ if len(values) == 1 else Operator.IN
            draft.where.append(
                WhereFilter(item, _NEGATED[operator] if negated else operator, tuple(values))
            )
            if len(values) > 1 and not negated and self._compares(clues, reading, item):
                self._add(draft, item)

    def _compares(self, clues: Clues, reading: Reading, item: GroupByItem) -> bool:
        """Values set against each other ("phone vs chat") are shown side by side."""
        spots = [
            u.mention for u in reading.of(Role.FILTER) if u.element and u.element.name == item.name
        ]
        low, high = min(m.start for m in spots), max(m.end for m in spots)
        between = {t.lower for t in clues.phrasing.tokens[low:high]}
        for span in clues.cues.versus:
            if low <= span.start < high:
                draft_words = {clues.phrasing.tokens[i].lower for i in span.indices}
                if draft_words != {"or"}:
                    return True
        before = {t.lower for t in clues.phrasing.tokens[:low]}
        return bool({"versus", "vs"} & between or {"between", "compare", "split"} & before)

    # -- time -----------------------------------------------------------------------------------

    def _times(self, clues: Clues, reading: Reading, draft: Draft) -> None:
        ranges = [t for t in clues.times if t.kind == "range"]
        grains = [t.grain or "month" for t in clues.times if t.kind == "grain"]
        grain = grains[0] if grains else None
        if grain is not None and grain not in self.catalog.grains:
            draft.problems.append(f"this project has no {grain.replace('_', ' ')}s")
            grain = None
        for mention in clues.times:
            draft.used |= clues.phrasing.indices(mention.start_char, mention.end_char)
        if grain and reading.metrics:
            self._add(draft, GroupByItem("metric_time", (), grain))
        elif grain:
            draft.problems.append("a list has no time to group by")
        anchored = self._anchors(clues, reading, ranges)
        free = [t for t in ranges if t not in anchored and not _only_bounds(clues, t)]
        for mention, use in anchored.items():
            self._anchor(reading, draft, mention, use)
        if len(free) >= 2 and self._side_by_side(draft, free):
            return
        for mention in free[:1]:
            draft.notes.append(mention.reading)
            if reading.metrics:
                draft.time_range = TimeRange(mention.start, mention.end)
            else:
                self._list_range(reading, draft, mention)
        if len(free) > 1:
            starts = [t.start for t in free if t.start]
            ends = [t.end for t in free if t.end]
            if reading.metrics and starts and ends:
                # "in 2024 ... in March": the narrower one within the wider one
                draft.time_range = (
                    TimeRange(max(starts), min(ends))
                    if max(starts) < min(ends)
                    else draft.time_range
                )
                if max(starts) >= min(ends):
                    draft.problems.append("two periods that do not overlap")
        for mention in clues.times:
            if mention.kind == "exclusion" and not mention.date_part:
                draft.problems.append(f"leaving out a period ('{mention.text}') is not supported")
            if (
                mention.kind in {"date_part", "weekday_filter", "exclusion"}
                and mention.date_part
                and mention.values
            ):
                negate = mention.kind == "exclusion"
                draft.where.append(
                    WhereFilter(
                        GroupByItem("metric_time", (), None, mention.date_part),
                        Operator.NOT_IN if negate else Operator.IN,
                        tuple(mention.values),
                    )
                )
            elif mention.kind == "date_part" and mention.date_part:
                self._add(draft, GroupByItem("metric_time", (), None, mention.date_part))

    @staticmethod
    def _anchors(
        clues: Clues, reading: Reading, ranges: list[TimeMention]
    ) -> dict[TimeMention, Use]:
        """Which time range belongs to which mentioned time dimension: the nearest before it."""
        found: dict[TimeMention, Use] = {}
        for use in reading.of(Role.ANCHOR):
            near = [
                t
                for t in ranges
                if t not in found
                and abs(
                    min(clues.phrasing.indices(t.start_char, t.end_char), default=99)
                    - use.mention.end
                )
                <= 6
            ]
            if near:
                found[
                    min(
                        near,
                        key=lambda t: abs(
                            min(clues.phrasing.indices(t.start_char, t.end_char), default=99)
                            - use.mention.end
                        ),
                    )
                ] = use
        return found

    def _anchor(self, reading: Reading, draft: Draft, mention: TimeMention, use: Use) -> None:
        element = use.element
        if element is None or element.dimension is None:
            return
        draft.notes.append(mention.reading)
        times = {self.catalog.metrics[m].time_dimension for m in reading.metrics}
        if reading.metrics and times == {element.dimension.key} and element.hops == 0:
            draft.time_range = TimeRange(mention.start, mention.end)
            return
        self._range_filters(draft, GroupByItem(element.name, element.entity_path), mention)

    def _list_range(self, reading: Reading, draft: Draft, mention: TimeMention) -> None:
        """A list's period applies to the only date it has, if there is only one."""
        elements = [
            e
            for e in self.catalog.list_group_bys.get(reading.list_of or "", ())
            if e.dimension is not None and e.dimension.type is DimensionType.TIME and e.hops == 0
        ]
        keys = {e.dimension.key: e for e in elements if e.dimension is not None}
        if len(keys) != 1:
            draft.problems.append("several dates could be meant")
            return
        element = next(iter(keys.values()))
        self._range_filters(draft, GroupByItem(element.name, element.entity_path), mention)

    @staticmethod
    def _range_filters(draft: Draft, item: GroupByItem, mention: TimeMention) -> None:
        if mention.start is not None:
            draft.where.append(WhereFilter(item, Operator.GE, (mention.start,)))
        if mention.end is not None:
            draft.where.append(WhereFilter(item, Operator.LT, (mention.end,)))

    def _side_by_side(self, draft: Draft, ranges: list[TimeMention]) -> bool:
        """For "2023 vs 2024": one row a period, when the periods are of one grain."""
        grains = {t.grain for t in ranges}
        grain = next(iter(grains)) if len(grains) == 1 else None
        starts = [t.start for t in ranges]
        if (
            grain not in _ORDER_OF_GRAINS
            or any(s is None for s in starts)
            or any(t.end is None for t in ranges)
        ):
            return False
        item = GroupByItem("metric_time", (), grain)
        self._add(draft, item)
        draft.where.append(
            WhereFilter(item, Operator.IN, tuple(s for s in starts if s is not None))
        )
        draft.notes.extend(t.reading for t in ranges)
        return True

    # -- numbers --------------------------------------------------------------------------------

    def _comparisons(self, clues: Clues, reading: Reading, draft: Draft) -> None:
        numeric = list(reading.of(Role.NUMERIC))
        for cue in clues.cues.comparisons:
            value: Value = (
                int(cue.values[0]) if cue.values[0] == int(cue.values[0]) else cue.values[0]
            )
            close = [
                u
                for u in numeric
                if abs(u.mention.start - cue.span.end) <= 3
                or abs(cue.span.start - u.mention.end) <= 3
            ]
            if close and close[0].element is not None:
                element = close[0].element
                draft.where.append(
                    WhereFilter(
                        GroupByItem(element.name, element.entity_path), cue.operator, (value,)
                    )
                )
                draft.used |= cue.span.indices
                continue
            metric = self._metric_near(reading, cue.span.end, cue.span.start)
            if metric is not None and draft.group_by:
                draft.having.append(MetricFilter(metric, cue.operator, (value,)))
                draft.used |= cue.span.indices

    @staticmethod
    def _metric_near(reading: Reading, after: int, before: int) -> str | None:
        uses = [u for u in reading.of(Role.METRIC)]
        uses.sort(
            key=lambda u: (
                abs(u.mention.start - after)
                if u.mention.start >= after
                else 1 + abs(before - u.mention.end)
            )
        )
        return uses[0].mention.element.key if uses else None

    def _never(self, clues: Clues, reading: Reading, draft: Draft) -> None:
        """For "customers without orders": the metric of the other thing is none."""
        if not clues.cues.never or not reading.metrics or not draft.group_by:
            return
        span = clues.cues.never[0]
        use = next((u for u in reading.of(Role.METRIC) if u.mention.start >= span.end), None)
        entity = next(
            (i for i in draft.group_by.values() if not i.grain and self._is_entity(reading, i)),
            None,
        )
        if use is not None and entity is not None:
            draft.problems.append("an absence is only safe to list from the entity's own model")

    def _is_entity(self, reading: Reading, item: GroupByItem) -> bool:
        return any(
            e.entity is not None and e.qualified_name == item.element_name
            for e in self.catalog.group_bys(reading.metrics)
        )

    # -- calculations, order --------------------------------------------------------------------

    def _calculations(self, clues: Clues, reading: Reading, draft: Draft) -> None:
        cues = clues.cues
        for metric in reading.metrics:
            kind = self.catalog.metrics[metric].type
            offsets = any(
                i.offset_window or i.offset_to_grain for i in self.catalog.metrics[metric].inputs
            )
            comparison = next(
                (t for t in clues.times if t.kind == "comparison" and t.comparison), None
            )
            if comparison is not None and comparison.comparison and not offsets:
                count, grain = comparison.comparison
                draft.calculations.append(
                    Calculation(CalculationKind.PERIOD_OVER_PERIOD, metric, Offset(count, grain))
                )
                for span in (*cues.change, *cues.versus):
                    draft.used |= span.indices
            elif cues.change and not offsets and self._time_item(draft) and not comparison:
                item = self._time_item(draft)
                if item is not None and item.grain in _ORDER_OF_GRAINS:
                    draft.calculations.append(
                        Calculation(
                            CalculationKind.PERIOD_OVER_PERIOD,
                            metric,
                            Offset(1, item.grain or "month"),
                        )
                    )
                    for span in cues.change:
                        draft.used |= span.indices
            unused_share = [s for s in cues.share if not (s.indices & draft.used)]
            dimensions = [i for i in draft.group_by.values() if i.name != "metric_time"]
            if unused_share and dimensions and self.catalog.metrics[metric].format != "percent":
                draft.calculations.append(Calculation(CalculationKind.SHARE_OF_TOTAL, metric))
                draft.used |= unused_share[0].indices
            if (
                any(not (s.indices & draft.used) for s in cues.running)
                and kind is not MetricType.CUMULATIVE
                and self._time_item(draft)
            ):
                draft.calculations.append(
                    Calculation(
                        CalculationKind.RUNNING_TOTAL,
                        metric,
                        partition_by=tuple(dimensions),
                    )
                )
                for span in cues.running:
                    draft.used |= span.indices

    @staticmethod
    def _time_item(draft: Draft) -> GroupByItem | None:
        return next(
            (i for i in draft.group_by.values() if i.name == "metric_time" and i.grain), None
        )

    def _ranks(self, clues: Clues, reading: Reading, draft: Draft) -> None:
        if not clues.cues.ranks or not draft.group_by or not reading.metrics:
            return
        ranks = sorted(clues.cues.ranks, key=lambda r: (r.limit is None, r.span.start))
        rank = ranks[0]
        metric = self._rank_metric(clues, reading, rank.span.end)
        if (
            any(rank.span.indices <= u.mention.indices for u in reading.of(Role.METRIC))
            and rank.limit is None
        ):
            return  # "highest price" is the metric's own name
        limit = rank.limit
        if limit is None and self._singular(clues, reading):
            limit = 1
        per_group = self._per_group(clues, draft, reading)
        if limit is not None and per_group:
            draft.calculations.append(
                Calculation(
                    CalculationKind.RANK,
                    metric,
                    partition_by=per_group,
                    keep=limit,
                    ascending=not rank.descending,
                )
            )
            draft.order_by.extend(OrderByItem(i.qualified_name) for i in per_group)
        else:
            draft.limit = limit
        draft.order_by.append(OrderByItem(metric, rank.descending))
        for cue in clues.cues.ranks:
            draft.used |= cue.span.indices

    @staticmethod
    def _per_group(clues: Clues, draft: Draft, reading: Reading) -> tuple[GroupByItem, ...]:
        """For "the three biggest accounts within each region": the region restarts the ranking."""
        words = clues.phrasing.tokens
        marked: list[GroupByItem] = []
        for use in reading.of(Role.GROUP):
            start = use.mention.start
            before = [t.lower for t in words[max(0, start - 2) : start]]
            if use.element is not None and before and before[-1] in {"each", "every", "per"}:
                name = "__".join((*use.element.entity_path, use.element.name))
                marked.extend(i for i in draft.group_by.values() if i.element_name == name)
        return tuple(marked) if marked and len(draft.group_by) > len(marked) else ()

    @staticmethod
    def _singular(clues: Clues, reading: Reading) -> bool:
        """For "which month had the most": one row is asked for, not a ranking."""
        groups = [u for u in reading.of(Role.GROUP)]
        times = [t for t in clues.times if t.kind == "grain"]
        starts = [u.mention.end - 1 for u in groups] + [
            max(clues.phrasing.indices(t.start_char, t.end_char), default=0) for t in times
        ]
        first = {t.lower for t in clues.phrasing.tokens[:3]}
        if not first & {"which", "what", "who", "in", "on", "where"}:
            return False
        words = clues.phrasing.tokens
        return any(
            words[i].lower == words[i].lemma and not words[i].lower.endswith("s")
            for i in starts
            if i < len(words)
        )

    @staticmethod
    def _rank_metric(clues: Clues, reading: Reading, after: int) -> str:
        """The figure ranked by: behind "by", else the first one."""
        tokens = clues.phrasing.tokens
        for use in reading.of(Role.METRIC):
            before = [
                t.lower for t in tokens[max(after - 1, use.mention.start - 3) : use.mention.start]
            ]
            if "by" in before:
                return use.mention.element.key
        uses = reading.of(Role.METRIC)
        return uses[0].mention.element.key if uses else reading.metrics[0]

    def _order(self, clues: Clues, reading: Reading, draft: Draft) -> None:
        for span, ordering in clues.cues.orderings:
            draft.used |= span.indices
            if not draft.order_by and reading.metrics and draft.group_by and ordering.direction:
                draft.order_by.append(OrderByItem(reading.metrics[0], ordering.direction == "desc"))
        if not draft.order_by:
            item = self._time_item(draft)
            if item is not None:
                draft.order_by.append(OrderByItem(item.qualified_name))
            elif reading.metrics and draft.group_by:
                draft.order_by.append(OrderByItem(reading.metrics[0], True))


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


def _only_bounds(clues: Clues, mention: TimeMention) -> bool:
    """For "(inclusive of 30 days ago)": says how a period is bounded, and is none itself."""
    before = clues.phrasing.text[: mention.start_char].lower().split()[-2:]
    return any(word.strip("(,") in {"inclusive", "exclusive", "including"} for word in before)
