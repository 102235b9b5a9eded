"""Calculations over the rows of a query, their order, and how many are kept."""

from __future__ import annotations

from semantic.catalog import Metric, MetricType, SemanticCatalog
from translator.planning.embedded.cues import RankCue
from translator.planning.embedded.draft import Draft
from translator.planning.embedded.markers import Marker
from translator.planning.embedded.periods import ORDER_OF_GRAINS
from translator.planning.embedded.polarity import is_unwelcome
from translator.planning.embedded.reading import Clues, Reading, Role, Use
from translator.planning.embedded.text import identifier_words
from translator.planning.embedded.zones import Zone
from translator.query import (
    Calculation,
    CalculationKind,
    GroupByItem,
    Offset,
    Operator,
    OrderByItem,
    WhereFilter,
)

_SINGLED = frozenset({Marker.TOP, Marker.ASKED})
_NO_PARTS = frozenset({"average", "median", "max", "min", "percentile"})
_EACH = frozenset({"each", "every", "per", "within"})
_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}


_PORTIONS = frozenset(["rate", "share", "percentage", "percent", "pct", "proportion"])


class Ranking:
    """Adds calculations, order and limits."""

    def __init__(self, catalog: SemanticCatalog) -> None:
        """Keep what is needed to tell kinds of metrics."""
        self.catalog = catalog

    def apply(self, clues: Clues, reading: Reading, draft: Draft) -> None:
        """Put the question's calculations, ranks and order into the query."""
        for metric in reading.metrics:
            self._change(clues, metric, draft)
            self._share(clues, metric, draft)
            self._running(clues, metric, draft)
            self._moving(clues, metric, draft)
        self._ranks(clues, reading, draft)
        self._ranking_asked(clues, reading, draft)
        self._order(clues, reading, draft)

    def _change(self, clues: Clues, metric: str, draft: Draft) -> None:
        cues = clues.cues
        if any(i.offset_window or i.offset_to_grain for i in self.catalog.metrics[metric].inputs):
            return  # a metric of change itself
        mention = next((t for t in clues.times if t.kind == "comparison" and t.comparison), None)
        offset: Offset | None = None
        if draft.compared is not None:
            offset = draft.compared
        elif mention is not None and mention.comparison:
            offset = Offset(*mention.comparison)
            span = draft.time_range
            if draft.time_item is None and span is not None and not span.start:
                draft.add_group(GroupByItem("metric_time", (), offset.grain))
            elif draft.time_item is None and span is not None and span.start and span.end:
                length = _DAYS.get(offset.grain, 365) * offset.count
                if (span.end - span.start).days > 1.5 * length:
                    # "from one month to the next over the last 6 months": a row a month
                    draft.add_group(GroupByItem("metric_time", (), offset.grain))
        elif cues.change and draft.time_item and draft.time_item.grain in ORDER_OF_GRAINS:
            offset = Offset(1, draft.time_item.grain or "month")
        if offset is None:
            return
        kind = CalculationKind.PERIOD_OVER_PERIOD
        draft.calculations.append(Calculation(kind, metric, offset))
        for cue in (*cues.change, *cues.versus):
            draft.used |= cue.indices

    def _share(self, clues: Clues, metric: str, draft: Draft) -> None:
        unused = [s for s in clues.cues.share if not s.indices & draft.used]
        dimensions = [i for i in draft.group_by.values() if i.name != "metric_time"]
        if unused and self._is_portion(metric):
            draft.used |= unused[0].indices  # "what percentage was approved": the approval rate
            return
        if not self._adds_up(self.catalog.metrics[metric]):
            return
        if unused and not draft.group_by and len(draft.where) == 1 and draft.where[0].values:
            # "what portion of sales do members bring in": beside the others
            item = draft.where.pop().item
            draft.add_group(item)
            dimensions = [item]
        if unused and dimensions:
            draft.calculations.append(Calculation(CalculationKind.SHARE_OF_TOTAL, metric))
            draft.used |= unused[0].indices

    def _is_portion(self, name: str) -> bool:
        """Whether a metric is a percentage by itself."""
        metric = self.catalog.metrics[name]
        words = {*identifier_words(name), *(metric.label or "").lower().split()}
        return metric.format == "percent" or bool(words & _PORTIONS)

    @staticmethod
    def _adds_up(metric: Metric) -> bool:
        """Whether parts of a figure make a whole: no averages, extremes or ratios."""
        if metric.format == "percent" or metric.agg in _NO_PARTS:
            return False
        return metric.type not in {MetricType.RATIO, MetricType.CONVERSION}

    def _running(self, clues: Clues, metric: str, draft: Draft) -> None:
        unused = [s for s in clues.cues.running if not s.indices & draft.used]
        kind = self.catalog.metrics[metric].type
        if not unused or kind is MetricType.CUMULATIVE or draft.time_item is None:
            return
        dimensions = tuple(i for i in draft.group_by.values() if i.name != "metric_time")
        draft.calculations.append(
            Calculation(CalculationKind.RUNNING_TOTAL, metric, partition_by=dimensions)
        )
        for span in clues.cues.running:
            draft.used |= span.indices

    @staticmethod
    def _moving(clues: Clues, metric: str, draft: Draft) -> None:
        for cue in clues.cues.moving:
            if draft.time_item is None:
                draft.add_group(GroupByItem("metric_time", (), cue.grain))
            if draft.time_item is None or draft.time_item.grain != cue.grain:
                continue  # a window of months over rows of weeks: told as not understood
            kind = CalculationKind.MOVING_AVERAGE
            dimensions = tuple(i for i in draft.group_by.values() if i.name != "metric_time")
            draft.calculations.append(
                Calculation(kind, metric, window=cue.window, partition_by=dimensions)
            )
            draft.used |= cue.indices

    def _ranks(self, clues: Clues, reading: Reading, draft: Draft) -> None:
        ranks = [r for r in clues.cues.ranks if self._measured(clues, reading, r)]
        if not ranks or not draft.group_by or not reading.metrics:
            return
        ranks.sort(key=lambda r: (r.limit is None, r.span.start))
        rank = ranks[0]
        singled = [u for u in reading.of(Role.GROUP) if u.marker in _SINGLED]
        own = any(rank.span.indices <= u.mention.indices for u in reading.of(Role.METRIC))
        if rank.limit is None and not singled and not self._asks_period(clues):
            return  # "highest price" is the metric's own name, or what is wanted
        if own and rank.limit is not None and not singled:
            return
        metric = self._rank_metric(clues, reading, rank)
        descending = self._descending(rank, metric)
        limit = rank.limit
        if limit is None and self._singular(clues, singled):
            limit = 1
        per_group = self._per_group(clues, draft, reading)
        if limit is not None:
            self._without_nobody(draft, per_group, singled)
        if limit is not None and per_group:
            draft.calculations.append(
                Calculation(
                    CalculationKind.RANK,
                    metric,
                    partition_by=per_group,
                    keep=limit,
                    ascending=not descending,
                )
            )
            draft.order_by.extend(OrderByItem(i.qualified_name) for i in per_group)
        else:
            draft.limit = limit
        draft.order_by.append(OrderByItem(metric, descending))
        for cue in ranks:
            draft.used |= cue.span.indices
            if cue.counted is not None:
                draft.used.add(cue.counted)

    def _descending(self, rank: RankCue, metric: str) -> bool:
        """The order of a rank; the best and the worst depend on what the figure means."""
        judged = rank.quantity == "performance"
        if judged and is_unwelcome(self.catalog.metrics[metric]):
            return not rank.descending
        return rank.descending

    @staticmethod
    def _without_nobody(
        draft: Draft, per_group: tuple[GroupByItem, ...], singled: list[Use]
    ) -> None:
        """Leave out the group of rows that belong to none: no store is the best one by its name.

        Of an entity's key and names, the key tells: a store may have no name.
        """
        others = [
            i
            for i in draft.group_by.values()
            if not i.grain and not i.date_part and i not in per_group
        ]
        named = {u.element.qualified_name for u in singled if u.element is not None}
        ranked = [i for i in others if i.element_name in named]
        filtered = {w.item for w in draft.where}
        # What is only shown beside it ("with their city") may be unknown.
        for item in ranked or (others if len(others) == 1 else []):
            if item not in filtered:
                draft.where.append(WhereFilter(item, Operator.IS_NOT_NULL))
                words = " ".join(item.name.split("_"))
                draft.notes.append(f"what has no {words} is left out of the ranking")

    @staticmethod
    def _ranking_asked(clues: Clues, reading: Reading, draft: Draft) -> None:
        """For "rank the stores by revenue": the rank itself is wanted."""
        first = next((t for t in clues.phrasing.tokens if t.is_word), None)
        asked = first is not None and first.lower in {"rank", "ranking"}
        if not asked or not reading.metrics or not draft.group_by or draft.calculations:
            return
        assert first is not None
        metric = reading.metrics[0]
        draft.calculations.append(Calculation(CalculationKind.RANK, metric))
        draft.order_by.append(OrderByItem(metric, descending=True))
        draft.used.add(first.index)

    @staticmethod
    def _measured(clues: Clues, reading: Reading, rank: RankCue) -> bool:
        """Whether a metric of the reading is what a superlative measures ("oldest" is none)."""
        if rank.quantity in {None, "count", "performance"}:
            return True
        tokens = clues.phrasing.tokens
        return any(
            rank.span.indices & u.mention.indices
            or rank.quantity in u.mention.name.terms
            or (
                u.mention.start >= rank.span.end
                and "by" in {t.lower for t in tokens[max(0, u.mention.start - 3) : u.mention.start]}
            )
            for u in reading.of(Role.METRIC)
        )

    @staticmethod
    def _per_group(clues: Clues, draft: Draft, reading: Reading) -> tuple[GroupByItem, ...]:
        """For "the three biggest accounts within each region": the region restarts the ranking."""
        words = clues.phrasing.tokens
        uses = reading.of(Role.GROUP)
        beside = any(u.marker is Marker.TOP for u in uses)
        marked: list[GroupByItem] = []
        for use in uses:
            start = use.mention.start
            before = [t.lower for t in words[max(0, start - 2) : start]][-1:]
            each = bool(before) and before[0] in _EACH
            # "The top 3 products by region": what is ranked stands apart from it.
            each |= beside and use.marker is Marker.BY and before == ["by"]
            each |= use.marker is Marker.EACH and clues.zones[start] is Zone.MAIN
            if use.element is not None and each:
                path = (*use.element.entity_path, use.element.name)
                marked.extend(
                    i
                    for i in draft.group_by.values()
                    if i.element_name == use.element.qualified_name
                    or (use.element.entity is not None and i.entity_path[-1:] == path[-1:])
                )
        for time in clues.times:
            indices = clues.phrasing.indices(time.start_char, time.end_char)
            first = min(indices, default=0)
            around = {t.lower for t in words[max(0, first - 1) : max(indices, default=0) + 1]}
            item = GroupByItem("metric_time", (), time.grain)
            if time.kind == "grain" and around & _EACH and item in draft.group_by.values():
                marked.append(item)
        unique = tuple(dict.fromkeys(marked))
        return unique if unique and len(draft.group_by) > len(unique) else ()

    @staticmethod
    def _asks_period(clues: Clues) -> bool:
        """For "which month", "on what day": the period itself is asked for."""
        tokens = clues.phrasing.tokens
        for time in clues.times:
            start = min(clues.phrasing.indices(time.start_char, time.end_char), default=0)
            words = {t.lower for t in tokens[max(0, start - 2) : start + 1]}
            if time.kind == "grain" and words & {"which", "what"}:
                return True
        return False

    def _singular(self, clues: Clues, singled: list[Use]) -> bool:
        """For "which month had the most": one row is asked for, not a ranking."""
        tokens = clues.phrasing.tokens
        ends = [u.mention.end - 1 for u in singled]
        if not ends and self._asks_period(clues):
            ends = [
                max(clues.phrasing.indices(t.start_char, t.end_char), default=0)
                for t in clues.times
                if t.kind == "grain"
            ]
        return any(
            tokens[i].lower == tokens[i].lemma and not tokens[i].lower.endswith("s") for i in ends
        )

    @staticmethod
    def _rank_metric(clues: Clues, reading: Reading, rank: RankCue) -> str:
        """The figure ranked by: named behind the superlative, or behind "by", else the first."""
        tokens = clues.phrasing.tokens
        uses = reading.of(Role.METRIC)
        for use in uses:
            start = use.mention.start
            if start >= rank.span.end and "by" in {t.lower for t in tokens[start - 3 : start]}:
                return use.mention.element.key
        for use in uses:
            if rank.span.indices <= use.mention.indices or (
                rank.limit is None and 0 <= use.mention.start - rank.span.end <= 2
            ):
                return use.mention.element.key
        return uses[0].mention.element.key if uses else reading.metrics[0]

    def _order(self, clues: Clues, reading: Reading, draft: Draft) -> None:
        direction: bool | None = None
        for span, ordering in clues.cues.orderings:
            draft.used |= span.indices
            if ordering.direction:
                direction = ordering.direction == "desc"
        if draft.order_by:
            return
        metric = self._ordering_metric(clues, reading)
        item = self._ordering_item(reading, draft)
        shown = [m for m in reading.metrics if m not in draft.absent]
        if metric is not None and metric in shown and draft.group_by:
            draft.order_by.append(OrderByItem(metric, direction is not False))
        elif item is not None:
            draft.order_by.append(OrderByItem(item.qualified_name, bool(direction)))
        elif draft.time_item is not None:
            draft.order_by.append(OrderByItem(draft.time_item.qualified_name, bool(direction)))
        elif shown and draft.group_by:
            draft.order_by.append(OrderByItem(shown[0], direction is not False))

    @staticmethod
    def _ordering_metric(clues: Clues, reading: Reading) -> str | None:
        """The metric named right behind "sorted by"."""
        for span, _ in clues.cues.orderings:
            for use in reading.of(Role.METRIC):
                if 0 <= use.mention.start - span.end <= 2:
                    return use.mention.element.key
        return None

    @staticmethod
    def _ordering_item(reading: Reading, draft: Draft) -> GroupByItem | None:
        for use in reading.of(Role.ORDER):
            for item in draft.group_by.values():
                if use.element is not None and item.element_name == use.element.qualified_name:
                    return item
        return None
