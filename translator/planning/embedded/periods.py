"""Periods, grains and parts of dates in a query."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from semantic.catalog import DimensionType, SemanticCatalog
from translator.planning.embedded.draft import Draft
from translator.planning.embedded.reading import Clues, Reading, Role, Use
from translator.planning.embedded.time import TimeMention
from translator.planning.embedded.time.arithmetic import add
from translator.query import GroupByItem, Offset, Operator, TimeRange, WhereFilter

ORDER_OF_GRAINS = ("hour", "day", "week", "month", "quarter", "year")
"""Calendar grains, fine to coarse."""


_FIRST_DAYS: Mapping[str, Callable[[date], bool]] = {
    "month": lambda day: day.day == 1,
    "quarter": lambda day: day.day == 1 and day.month % 3 == 1,
    "year": lambda day: (day.month, day.day) == (1, 1),
}


class Periods:
    """Turns time expressions into ranges, filters and groupings."""

    def __init__(self, catalog: SemanticCatalog) -> None:
        """Keep what is needed to find dates."""
        self.catalog = catalog

    def apply(self, clues: Clues, reading: Reading, draft: Draft) -> None:
        """Put the question's periods and grains into the query."""
        rows = any(t.kind in {"grain", "comparison"} for t in clues.times)
        ranges = [_all_through(t) if rows else t for t in clues.times if t.kind == "range"]
        grains = [t.grain or "month" for t in clues.times if t.kind == "grain"]
        grain = grains[0] if grains else None
        if grain is not None and grain not in self.catalog.grains:
            draft.problems.append(f"this project has no {grain.replace('_', ' ')}s")
            grain = None
        for mention in clues.times:
            draft.used |= clues.phrasing.indices(mention.start_char, mention.end_char)
        if grain and reading.metrics:
            for every in reversed(grains) if _within_another(clues) else (grain,):
                draft.add_group(GroupByItem("metric_time", (), every))
        elif grain:
            draft.problems.append("a list has no time to group by")
        anchored = self._anchors(clues, reading, ranges)
        free = [t for t in ranges if t not in anchored and not _only_bounds(clues, t)]
        for mention, use in anchored.items():
            self._anchor(reading, draft, mention, use)
        if self._set_against(clues, draft, free):
            return
        if len(free) >= 2 and self._side_by_side(draft, free):
            return
        for mention in free[:1]:
            draft.notes.append(mention.reading)
            if mention.ambiguous:
                draft.ambiguous.append(mention)
            if reading.metrics:
                draft.time_range = TimeRange(mention.start, mention.end)
                self._last_snapshot(reading, draft, mention)
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
                draft.add_group(GroupByItem("metric_time", (), None, mention.date_part))

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
        if mention.ambiguous:
            draft.ambiguous.append(mention)
        times = {self.catalog.metrics[m].time_dimension for m in reading.metrics}
        if reading.metrics and times == {element.dimension.key} and element.hops == 0:
            draft.time_range = TimeRange(mention.start, mention.end)
            return
        draft.anchored.append(element)
        self._range_filters(draft, GroupByItem(element.name, element.entity_path), mention)

    def _last_snapshot(self, reading: Reading, draft: Draft, mention: TimeMention) -> None:
        """A level on a day is that of the last snapshot at or before it, if none is of that day."""
        start, end = mention.start, mention.end
        measures = [n for m in reading.metrics for n in self.catalog.metrics[m].measures]
        levels = [self.catalog.measures[n].last_snapshot for n in measures]
        if start is None or end is None or end != add(start, 1, "day") or draft.time_item:
            return
        if levels and all(levels):
            draft.time_range = TimeRange(None, end)
            draft.notes.append(f"the last snapshot at or before {start:%-d %b %Y}")

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

    @staticmethod
    def _set_against(clues: Clues, draft: Draft, ranges: list[TimeMention]) -> bool:
        """For "by quarter 2024 compared with 2023": each quarter beside that of the year before."""
        item = draft.time_item
        if len(ranges) != 2 or item is None or item.grain not in ORDER_OF_GRAINS:
            return False
        grain = ranges[0].grain
        if grain is None or ranges[1].grain != grain or grain not in _FIRST_DAYS:
            return False
        if ORDER_OF_GRAINS.index(item.grain) >= ORDER_OF_GRAINS.index(grain):
            return False
        between = clues.phrasing.indices(ranges[0].end_char, ranges[1].start_char)
        cues = [s for s in clues.cues.versus if s.indices & between]
        later, earlier = sorted(ranges, key=lambda t: t.start or date.min, reverse=True)
        if not cues or not (_whole(later, grain) and _whole(earlier, grain)) or not earlier.start:
            return False
        count = next((n for n in range(1, 13) if add(earlier.start, n, grain) == later.start), None)
        if count is None:
            return False
        draft.time_range = TimeRange(later.start, later.end)
        draft.compared = Offset(count, grain)
        draft.used |= {i for s in cues for i in s.indices}
        draft.notes.extend((later.reading, f"compared with {earlier.reading}"))
        return True

    def _side_by_side(self, draft: Draft, ranges: list[TimeMention]) -> bool:
        """For "2023 vs 2024": one row a period, when the periods are of one grain."""
        grains = {t.grain for t in ranges}
        grain = next(iter(grains)) if len(grains) == 1 else None
        starts = [t.start for t in ranges]
        if (
            grain not in ORDER_OF_GRAINS
            or any(s is None for s in starts)
            or any(t.end is None for t in ranges)
            or len(set(starts)) < len(starts)
            or not all(_whole(t, grain) for t in ranges)
        ):
            return False  # "year to date" and the year before are no two years
        item = GroupByItem("metric_time", (), grain)
        draft.add_group(item)
        draft.where.append(
            WhereFilter(item, Operator.IN, tuple(s for s in starts if s is not None))
        )
        draft.notes.extend(t.reading for t in ranges)
        return True


def _all_through(mention: TimeMention) -> TimeMention:
    """For "month by month through 2024": within it, where rows of its parts are asked for."""
    if mention.preposition not in {"through", "thru"} or mention.start or not mention.end:
        return mention
    grain = mention.grain
    if grain is None or grain not in _FIRST_DAYS:
        return mention
    start = add(mention.end, -1, grain)
    reading = f"{mention.text.split(' ', 1)[-1]}: {start:%-d %b %Y} on, before {mention.end}"
    return replace(mention, start=start, reading=reading)


def _whole(mention: TimeMention, grain: str) -> bool:
    """Whether a range is exactly one calendar period of its grain."""
    start, end = mention.start, mention.end
    if start is None or end is None or grain not in _FIRST_DAYS:
        return start is not None and end == add(start, 1, grain)
    return _FIRST_DAYS[grain](start) and end == add(start, 1, grain)


def _within_another(clues: Clues) -> bool:
    """For "which month of each year": two periods, the first of every second."""
    grains = [t for t in clues.times if t.kind == "grain"]
    if len(grains) != 2 or grains[0].grain == grains[1].grain:
        return False
    tokens = clues.phrasing.tokens
    spans = [clues.phrasing.indices(t.start_char, t.end_char) for t in grains]
    if not all(spans):
        return False
    between = {t.lower for t in tokens[max(spans[0]) + 1 : max(spans[1]) + 1]}
    before = {t.lower for t in tokens[max(0, min(spans[0]) - 1) : max(spans[0]) + 1]}
    return bool(between & {"each", "every"}) and bool(before & {"which", "what"})


def _only_bounds(clues: Clues, mention: TimeMention) -> bool:
    """For "(inclusive of 30 days ago)": says how a period is bounded, and is none itself."""
    before = clues.phrasing.text[: mention.start_char].lower().split()[-2:]
    return any(word.strip("(,") in {"inclusive", "exclusive", "including"} for word in before)
