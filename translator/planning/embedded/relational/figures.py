"""First rows, figures over rows, and their order."""

from __future__ import annotations

from collections.abc import Sequence

from translator.planning.embedded.cues import RankCue
from translator.planning.embedded.relational.draft import NotRelational
from translator.planning.embedded.relational.frame import Seen
from translator.planning.embedded.relational.parts import Part
from translator.planning.embedded.relational.query import (
    Aggregate,
    AggregateKind,
    Attribute,
    Rank,
    Sort,
)
from translator.planning.embedded.relational.state import NEAR, ReaderState
from translator.planning.embedded.vocabulary import Kind

_AGGREGATES = {
    "average": AggregateKind.AVERAGE,
    "min": AggregateKind.MIN,
    "max": AggregateKind.MAX,
}

_OWN_EXTREMES = {"first": False, "last": True}


class FigureReader(ReaderState):
    """Reads superlatives, aggregations, breakdowns and orders."""

    def _ranks(self) -> None:
        cues = [r for r in self.clues.cues.ranks if not set(_indices(r)) & self.draft.used]
        if not cues:
            self._own_extreme()
            return
        if len(cues) > 1:
            raise NotRelational("two superlatives")
        self._rank(cues[0])

    def _own_extreme(self) -> None:
        """The "last order" of each customer: by its date."""
        index = self.subject.start - 1
        word = self.tokens[index].lower if index >= 0 else ""
        if word in _OWN_EXTREMES and index not in self.clues.time_tokens:
            self.draft.used.add(index)
            self._rank_by(self._dates(), _OWN_EXTREMES[word], 1)

    def _rank(self, cue: RankCue) -> None:
        used = set(_indices(cue))
        limit = cue.limit or 1
        part = self._rank_part(cue)
        if part is not None:
            seen = self.frame.seen(part.of(Kind.DIMENSION))
            if part.of(Kind.VALUE) and self.frame.seen(part.of(Kind.VALUE)):
                seen = []  # the "oldest open ticket" is open
            ordered = [s for s in seen if s.attribute.column.kind not in {"text", "boolean"}]
            if ordered:
                chosen = self.choices.pick(ordered)
                self._doubt(chosen)
                descending = cue.descending
                if chosen.attribute.column.kind in {"date", "timestamp"} and cue.quantity == "age":
                    descending = not descending
                self.done.add(id(part))
                self.draft.used |= part.indices | used
                self._rank_by((chosen.attribute,), descending, limit)
                return
        if cue.quantity in {"date", "age"}:
            self.draft.used |= used
            descending = cue.descending if cue.quantity == "date" else not cue.descending
            self._rank_by(self._dates(), descending, limit)
            return
        near = 0 <= self.subject.start - cue.span.end <= 1 or self._ends_question(cue)
        if cue.quantity in {None, "size"} and near:
            numbers = self.frame.numbers()
            if not numbers or len(numbers) > 4:
                raise NotRelational("what is compared is not told")
            self.draft.used |= used
            self.draft.doubt += 0.1
            self._rank_by(numbers, cue.descending, limit)
            return
        raise NotRelational("what is compared is not told")

    def _rank_part(self, cue: RankCue) -> Part | None:
        """The part that says what is compared, behind what is asked for ("highest order total")."""
        end = cue.span.end
        for part in self.parts:
            if id(part) in self.done or not _names_rank(part, cue, end):
                continue
            models = {self.frame.rows.homes.get(m.element.key) for m in part.of(Kind.ENTITY)}
            if self.frame.model in models:
                end = part.end
                continue
            return part
        return None

    def _ends_question(self, cue: RankCue) -> bool:
        """For "which order was the largest?": nothing is named behind the superlative."""
        return not any(p.start >= cue.span.end for p in self.parts)

    def _dates(self) -> tuple[Attribute, ...]:
        known = self.frame.date()
        dates = (known,) if known is not None else self.frame.dates()
        if not dates:
            raise NotRelational("rows without a date")
        return dates

    def _rank_by(self, options: Sequence[Attribute], descending: bool, limit: int) -> None:
        order = self.choices.pick(options)
        self.draft.rank = Rank(order, descending, limit)
        self.shown.append(order)

    def _aggregate(self) -> None:
        named = {i for p in self.parts for i in p.indices}  # a "page count" is a column
        cues = [
            a
            for a in self.clues.cues.aggregations
            if not a.span.indices & (self.draft.used | named)
        ]
        for cue in cues:
            if cue.kind in {"count", "count_distinct"} and self.draft.rank is None:
                if not 0 <= self.subject.start - cue.span.end <= NEAR + 1:
                    raise NotRelational("what is counted is not what is asked for")
                self.draft.used |= cue.span.indices
                self.draft.aggregate = Aggregate(AggregateKind.COUNT)
            elif cue.kind in _AGGREGATES and self.draft.rank is None:
                self._figure(_AGGREGATES[cue.kind], cue.span.end)
                self.draft.used |= cue.span.indices

    def _figure(self, kind: AggregateKind, after: int) -> None:
        """A figure over one column, or over the days between two dates."""
        parts = [
            p
            for p in self.parts
            if p.start >= after and (id(p) not in self.done or p is self.subject)
        ]
        dated = [(p, self._dated(p)) for p in parts]
        pairs = [(p, seen) for p, seen in dated if seen]
        words = {t.lemma for t in self.tokens[after : after + 4]}
        if len(pairs) == 2 and words & {"day", "time", "number", "delay"}:
            since, until = (self.choices.pick(seen) for _, seen in pairs)
            for part, _ in pairs:
                self.done.add(id(part))
                self.draft.used |= part.indices
            self.draft.used |= {
                t.index for t in self.tokens if t.lemma in {"day", "time", "number", "delay"}
            }
            self.draft.aggregate = Aggregate(kind, until.attribute, since.attribute)
            return
        for part in [p for p in parts if p is not self.subject][:1]:
            numbers = [
                s
                for s in self.frame.seen(part.of(Kind.DIMENSION))
                if s.attribute.column.kind == "number" and not s.attribute.column.key
            ]
            if numbers and part.start - after <= NEAR:
                seen = self.choices.pick(numbers)
                if seen.attribute.path:
                    raise NotRelational("a figure of rows that are not asked for")
                self._doubt(seen)
                self.done.add(id(part))
                self.draft.used |= part.indices
                self.draft.aggregate = Aggregate(kind, seen.attribute)
                return
        raise NotRelational("the figure is not told")

    def _dated(self, part: Part) -> list[Seen]:
        return [
            s
            for s in self.frame.seen(part.of(Kind.DIMENSION))
            if s.attribute.column.kind in {"date", "timestamp"} and not s.attribute.path
        ]

    def _sort(self) -> None:
        for span, ordering in self.clues.cues.orderings:
            if span.indices & self.draft.used:
                continue
            descending = ordering.direction == "desc"
            if ordering.quantity == "date":
                dates = [a for a in self.shown if a.column.kind in {"date", "timestamp"}]
                if len(dates) == 1:
                    self.draft.sort.append(Sort(dates[0], descending))
                    self.draft.used |= span.indices
            elif ordering.direction is not None and self.draft.sort:
                self.draft.sort[-1] = Sort(self.draft.sort[-1].attribute, descending)
                self.draft.used |= span.indices
            elif ordering.quantity is None and ordering.direction is None:
                part = next((p for p in self.parts if 0 <= p.start - span.end <= 1), None)
                seen = self.frame.seen(part.of(Kind.DIMENSION)) if part else []
                if part is not None and seen:
                    self.draft.sort.append(Sort(self.choices.pick(seen).attribute))
                    self.draft.used |= span.indices | part.indices

    def _group(self, part: Part, attributes: Sequence[Attribute]) -> None:
        for span in self.clues.cues.groups:
            if 0 <= part.start - span.end <= 1:
                self.draft.used |= span.indices
        for cue in self.clues.cues.aggregations:
            if cue.kind == "per" and 0 <= part.start - cue.span.end <= 1:
                self.draft.used |= cue.span.indices
        rank = self.draft.rank
        if rank is not None:
            self.draft.rank = Rank(
                rank.order, rank.descending, rank.limit, (*rank.per, *attributes)
            )
            self.shown = [*attributes, *self.shown]
        elif self.draft.aggregate is not None:
            self.draft.group_by.extend(attributes)
        else:
            raise NotRelational("a breakdown of rows")


def _indices(cue: RankCue) -> list[int]:
    found = list(range(cue.span.start, cue.span.end))
    return found if cue.counted is None else [*found, cue.counted]


def _names_rank(part: Part, cue: RankCue, end: int) -> bool:
    """Whether the part says what is compared: "highest salary", "cheapest", "top 5 by price"."""
    return bool(part.indices & set(_indices(cue))) or 0 <= part.start - end <= 1
