"""Reads a question about rows: what is asked for, with which attributes, under which conditions.

Every part of the question gets one role or the question is not read at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from translator.planning.embedded.cues import CompareCue, RankCue
from translator.planning.embedded.reading import Clues
from translator.planning.embedded.relational.draft import Choices, NotRelational, RowDraft
from translator.planning.embedded.relational.frame import Frame, Seen
from translator.planning.embedded.relational.parts import Part
from translator.planning.embedded.relational.query import (
    Aggregate,
    AggregateKind,
    Attribute,
    Condition,
    Existence,
    Period,
    Rank,
    RowColumn,
    Sort,
)
from translator.planning.embedded.relational.related import (
    Clause,
    Target,
    find_clauses,
    is_none_span,
)
from translator.planning.embedded.text import Token
from translator.planning.embedded.time import TimeMention
from translator.planning.embedded.vocabulary import Kind
from translator.planning.embedded.zones import Zone
from translator.query import Operator, Value

_NEAR = 2
_TIME_NEAR = 3
_EACH = frozenset({"each", "every", "per"})
_AGGREGATES = {
    "average": AggregateKind.AVERAGE,
    "min": AggregateKind.MIN,
    "max": AggregateKind.MAX,
}
_REQUESTS = frozenset({"give", "show", "list", "return", "tell"})
_OWN_EXTREMES = {"first": False, "last": True}
_LISTED = frozenset({Zone.LEAD, Zone.TAIL})


@dataclass(frozen=True)
class _Place:
    """Where conditions go: the rows asked for, or the rows of a clause."""

    frame: Frame
    conditions: list[Condition]
    periods: list[Period]


class Reader:
    """Reads one question with one part as what is asked for."""

    def __init__(
        self,
        clues: Clues,
        parts: Sequence[Part],
        subject: Part,
        frame: Frame,
        frames: FrameSource,
        choices: Choices,
    ) -> None:
        """Prepare; `choices` decides where several meanings fit equally well."""
        self.clues = clues
        self.tokens = clues.phrasing.tokens
        self.parts = parts
        self.subject = subject
        self.frame = frame
        self.frames = frames
        self.choices = choices
        self.draft = RowDraft(frame.model, used=set(subject.indices))
        self.done: set[int] = {id(subject)}
        self.main = _Place(frame, self.draft.conditions, self.draft.periods)
        self.times = [(t, clues.phrasing.indices(t.start_char, t.end_char)) for t in clues.times]
        self.shown: list[Attribute] = []

    def read(self) -> RowDraft:
        """The draft.

        Raises:
            NotRelational: a part of the question has no place in it.
        """
        clauses = find_clauses(self.clues, self.parts, self.frame, self.subject)
        for clause in clauses:
            self._clause(clause)
        self._ranks()
        self._aggregate()
        for part in self.parts:
            if id(part) not in self.done:
                self._part(part, self.main, listed=True)
        self._times(self.main)
        self._sort()
        self._finish()
        return self.draft

    # Rows of other models

    def _clause(self, clause: Clause) -> None:
        target = self.choices.pick(clause.targets)
        frame = self.frames.frame(target.model, without=(self.frame.model,))
        place = _Place(frame, [], [])
        self.done.add(id(clause.part))
        self.draft.used |= clause.part.indices | clause.cue
        inner = [
            p
            for p in self.parts
            if id(p) not in self.done and clause.start <= p.start and p.end <= clause.end
        ]
        self._check_owner(clause)
        for part in inner:
            if self._fits(part, frame):
                self._part(part, place, listed=False)
            elif part.of(Kind.ENTITY) and not part.of(Kind.VALUE):
                raise NotRelational(f"'{self._words(part)}' has no place")
        self._times(place, (clause.start, clause.end), target)
        if target.about != target.model and not place.conditions:
            raise NotRelational("which of the other rows is not told")
        self.draft.existences.append(
            Existence(
                target.model,
                target.path,
                clause.operator,
                clause.count,
                tuple(place.conditions),
                tuple(place.periods),
            )
        )

    def _check_owner(self, clause: Clause) -> None:
        """A clause belongs to the thing named last before it, which must be what is asked for."""
        before = [
            p
            for p in self.parts
            if p.end <= clause.start and p.of(Kind.ENTITY) and not p.of(Kind.VALUE)
        ]
        if before and before[-1] is not self.subject:
            model = self.frame.rows.homes.get(before[-1].meanings[0].element.key)
            if model is not None and model != self.frame.model:
                earlier = [c for c in self.draft.existences if c.model == model]
                if not earlier or not self._joined(before[-1], clause):
                    raise NotRelational("a condition on rows that are not asked for")

    def _joined(self, part: Part, clause: Clause) -> bool:
        """Whether "and", "but" or a comma stands before the clause: "with x and without y"."""
        words = {t.lower for t in self.tokens[part.end : clause.start + 1]}
        return bool(words & {"and", "but", ","})

    def _fits(self, part: Part, frame: Frame) -> bool:
        return bool(frame.seen(m for m in part.meanings if m.element.kind is not Kind.ENTITY))

    # Parts

    def _part(self, part: Part, place: _Place, listed: bool) -> None:
        """Give a part its role.

        Raises:
            NotRelational: it has none.
        """
        if id(part) in self.done:
            return
        self.done.add(id(part))
        if self._is_name(part, place):
            return
        if self._owns(part, place):
            return
        values = place.frame.seen(part.of(Kind.VALUE))
        columns = place.frame.seen(part.of(Kind.DIMENSION))
        if columns and listed and self._is_listed(part) and not values:
            self._attribute(part, self.choices.pick(columns))
            return
        entity = self._entity(part, place, listed)
        if columns and self._compares(part, columns, place):
            return
        if columns and self._anchors(part, columns, place):
            return
        if columns and not values and self._is_missing(part, columns, place):
            return
        if columns and self._says_whose(part, columns, place):
            return
        if entity and not (values and not self._repeated(part)):
            return
        if values and not (columns and listed and self._is_listed(part)):
            self._value(part, self._nearest_column(part, values), place)
            return
        if columns and listed:
            self._attribute(part, self.choices.pick(columns))
            return
        raise NotRelational(f"'{self._words(part)}' has no place")

    def _entity(self, part: Part, place: _Place, listed: bool) -> bool:
        """A thing named: again what is asked for, whose attribute follows, or a column itself."""
        models = [self.frame.rows.homes.get(m.element.key) for m in part.of(Kind.ENTITY)]
        known = [m for m in models if m is not None and place.frame.path(m) is not None]
        if not known:
            return False
        model = known[0]
        if model == place.frame.model:
            self.draft.used |= part.indices
            return True
        if part.of(Kind.VALUE) and place.frame.seen(part.of(Kind.VALUE)):
            return False
        if not listed:
            return False
        identity = place.frame.identity(model)
        if not identity:
            raise NotRelational(f"nothing names '{self._words(part)}'")
        self.draft.used |= part.indices
        if self._grouped(part):
            self._group(part, identity)
        elif self._is_listed(part):
            self.shown.extend(identity)
        else:
            raise NotRelational(f"'{self._words(part)}' has no place")
        return True

    def _owns(self, part: Part, place: _Place) -> bool:
        """Whether it only says whose column or value stands beside it: "the Berlin store"."""
        after = next((p for p in self.parts if part.end <= p.start <= part.end + 1), None)
        before = next((p for p in self.parts if part.start - 1 <= p.end <= part.start), None)
        models = {self.frame.rows.homes.get(m.element.key) for m in part.of(Kind.ENTITY)}
        for near in (after, before):
            if near is None or near is self.subject or not models or self._grouped(part):
                continue
            if any(t.lower in {",", "and", "or"} for t in self._between(part, near)):
                continue
            seen = place.frame.seen(near.of(Kind.VALUE) or near.of(Kind.DIMENSION))
            if any(s.attribute.column.model in models for s in seen):
                self.draft.used |= part.indices
                return True
        return False

    def _between(self, one: Part, other: Part) -> Sequence[Token]:
        first, second = (one, other) if one.start < other.start else (other, one)
        return self.tokens[first.end : second.start]

    def _is_name(self, part: Part, place: _Place) -> bool:
        """Whether only the "name" of what is asked for is meant, which is shown anyway."""
        lemmas = {self.tokens[i].lemma for i in part.indices} - _REQUESTS
        named = any(not a.column.key for a in place.frame.identity())
        if lemmas != {"name"} or not named or place is not self.main:
            return False
        self.draft.used |= part.indices
        return True

    def _repeated(self, part: Part) -> bool:
        return bool(part.of(Kind.ENTITY)) and not part.of(Kind.VALUE)

    def _attribute(self, part: Part, seen: Seen) -> None:
        self._doubt(seen)
        self.draft.used |= part.indices
        if self._grouped(part):
            self._group(part, (seen.attribute,))
        elif (
            _is_verb(part, self.tokens) and not self._is_listed(part) and not self._asked_when(part)
        ):
            raise NotRelational(f"when '{self._words(part)}' is not told")
        else:
            self.shown.append(seen.attribute)

    def _value(self, part: Part, options: list[Seen], place: _Place) -> None:
        seen = self.choices.pick(options)
        self._doubt(seen)
        value = _stored(seen.attribute.column, seen.mention.element.value)
        negated = self._negated(part)
        self.draft.used |= part.indices
        for position, known in enumerate(place.conditions):
            if known.attribute == seen.attribute and known.operator in _SAME[negated]:
                if value not in known.values:
                    place.conditions[position] = Condition(
                        known.attribute, _SEVERAL[negated], (*known.values, value)
                    )
                return
        if isinstance(value, bool):
            place.conditions.append(Condition(seen.attribute, Operator.EQ, (value is not negated,)))
            return
        operator = Operator.NE if negated else Operator.EQ
        place.conditions.append(Condition(seen.attribute, operator, (value,)))

    def _nearest_column(self, part: Part, values: list[Seen]) -> list[Seen]:
        """Of several columns with this value, the one that is named beside it."""
        near = [
            p
            for p in self.parts
            if p is not part and (0 <= part.start - p.end <= _NEAR or 0 <= p.start - part.end <= 1)
        ]
        named = {m.element.key for p in near for m in p.of(Kind.DIMENSION)}
        chosen = [v for v in values if v.mention.element.key in named]
        return chosen or values

    def _says_whose(self, part: Part, columns: list[Seen], place: _Place) -> bool:
        """Whether a value of the column stands beside it: "status shipped"."""
        keys = {s.mention.element.key for s in columns}
        for other in self.parts:
            if other is part or not (
                0 <= other.start - part.end <= _NEAR or 0 <= part.start - other.end <= 1
            ):
                continue
            if any(v.element.key in keys for v in other.of(Kind.VALUE)):
                if place.frame.seen(other.of(Kind.VALUE)):
                    self.draft.used |= part.indices
                    return True
        return False

    def _compares(self, part: Part, columns: list[Seen], place: _Place) -> bool:
        cues = [
            c
            for c in self.clues.cues.comparisons
            if not c.span.indices & self.draft.used and _beside(part, c)
        ]
        numbers = [s for s in columns if s.attribute.column.kind in {"number", ""}]
        if not cues or not numbers:
            return False
        seen = self.choices.pick(numbers)
        self._doubt(seen)
        span = cues[0].span
        for cue in cues:
            if cue.span != span:
                continue  # "between 3 and 5" is two comparisons in the same words
            number = cue.values[0]
            value: Value = int(number) if number == int(number) else number
            place.conditions.append(Condition(seen.attribute, cue.operator, (value,)))
        self.draft.used |= part.indices | span.indices
        return True

    def _anchors(self, part: Part, columns: list[Seen], place: _Place) -> bool:
        """A date with a period beside it: "signed up last month"."""
        dates = [s for s in columns if s.attribute.column.kind in {"date", "timestamp"}]
        if not dates:
            return False
        for time, indices in self.times:
            if indices & self.draft.used or time.kind != "range" or not indices:
                continue
            gap = min(indices) - part.end
            behind = part.start - max(indices) - 1
            between = {t.lower for t in self.tokens[part.end : min(indices)]}
            if (0 <= gap <= _TIME_NEAR and not between & {",", "and"}) or behind == 0:
                seen = self.choices.pick(dates)
                self._doubt(seen)
                self._period(place, seen.attribute, time, indices)
                self.draft.used |= part.indices
                return True
        return False

    def _is_missing(self, part: Part, columns: list[Seen], place: _Place) -> bool:
        """A column that a row has no value of: "without a phone number", "never delivered"."""
        spans = [
            s
            for s in (*self.clues.cues.never, *self.clues.cues.negations)
            if is_none_span(self.clues, s)
            and not s.indices & self.draft.used
            and 0 <= part.start - s.end <= _NEAR
        ]
        if not spans:
            return False
        seen = self.choices.pick(columns)
        self._doubt(seen)
        place.conditions.append(Condition(seen.attribute, Operator.IS_NULL))
        self.draft.used |= part.indices
        for span in spans:
            self.draft.used |= span.indices
        return True

    # Periods

    def _times(
        self,
        place: _Place,
        within: tuple[int, int] | None = None,
        target: Target | None = None,
    ) -> None:
        """Put the periods that no date was named for on what the project says they mean."""
        for time, indices in self.times:
            if not indices or indices & self.draft.used or time.kind != "range":
                continue
            if within is not None and not within[0] <= min(indices) < within[1]:
                continue
            attribute = place.frame.date()
            if attribute is None:
                dates = place.frame.dates()
                if not dates:
                    raise NotRelational("a period of rows without a date")
                attribute = self.choices.pick(dates)
                self.draft.doubt += 0.1
            elif target is None and not place.frame.keys.paths(place.frame.model).keys() - {
                place.frame.model
            }:
                self.draft.doubt += 0.15  # "customers in 2024" may be those who came or who bought
            self._period(place, attribute, time, indices)

    def _period(
        self, place: _Place, attribute: Attribute, time: TimeMention, indices: frozenset[int]
    ) -> None:
        if time.ambiguous or (time.start is None and time.end is None):
            raise NotRelational(f"'{time.text}' can be read in two ways")
        place.periods.append(Period(attribute, time.start, time.end))
        self.draft.used |= indices
        named = attribute.column.label or attribute.column.name.replace("_", " ")
        self.draft.notes.append(f"{time.reading or time.text}, by '{named}'")

    # First rows, figures, order

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
        part = next((p for p in self.parts if id(p) not in self.done and _names_rank(p, cue)), None)
        if part is not None:
            seen = self.frame.seen(part.of(Kind.DIMENSION))
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
        cues = [a for a in self.clues.cues.aggregations if not a.span.indices & self.draft.used]
        for cue in cues:
            if cue.kind in {"count", "count_distinct"} and self.draft.rank is None:
                if not 0 <= self.subject.start - cue.span.end <= _NEAR + 1:
                    raise NotRelational("what is counted is not what is asked for")
                self.draft.used |= cue.span.indices
                self.draft.aggregate = Aggregate(AggregateKind.COUNT)
            elif cue.kind in _AGGREGATES and self.draft.rank is None:
                self._figure(_AGGREGATES[cue.kind], cue.span.end)
                self.draft.used |= cue.span.indices

    def _figure(self, kind: AggregateKind, after: int) -> None:
        """A figure over one column, or over the days between two dates."""
        parts = [p for p in self.parts if p.start >= after and id(p) not in self.done]
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
        for part in parts[:1]:
            numbers = [
                s
                for s in self.frame.seen(part.of(Kind.DIMENSION))
                if s.attribute.column.kind == "number" and not s.attribute.column.key
            ]
            if numbers and part.start - after <= _NEAR:
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

    def _finish(self) -> None:
        draft = self.draft
        if draft.aggregate is not None:
            if self.shown:
                raise NotRelational("a figure beside attributes of rows")
            return
        if not (draft.conditions or draft.periods or draft.existences or draft.rank or self.shown):
            raise NotRelational("nothing but a list of all rows")
        identity = self.frame.identity()
        named = [a for a in self.shown if a.path == ()]
        if not identity and not named:
            raise NotRelational("nothing names the rows")
        filtered = [p.attribute for p in draft.periods]
        first = list(draft.rank.per) if draft.rank is not None else []
        draft.attributes = [*first, *identity, *self.shown, *filtered]

    # Helpers

    def _grouped(self, part: Part) -> bool:
        before = [t.lower for t in self.tokens[max(0, part.start - 3) : part.start]]
        if before[-1:] and before[-1] in _EACH | {"by", "across"}:
            return not self._sorted(part)
        return before[-2:-1] != [] and before[-2] in _EACH and before[-1] in {"of", "the"}

    def _sorted(self, part: Part) -> bool:
        return any(
            o.direction is None and o.quantity is None and 0 <= part.start - s.end <= 1
            for s, o in self.clues.cues.orderings
        )

    def _is_listed(self, part: Part) -> bool:
        """Whether it stands where columns are named, not where rows are limited."""
        if self.clues.zones and self.clues.zones[part.start] in _LISTED:
            return True
        if part.end <= self.subject.start:
            between = {t.lower for t in self.tokens[part.end : self.subject.start]}
            return bool(between & {"of", "for", "from", "all"})
        index = part.start - 1
        while index >= self.subject.end:
            word = self.tokens[index].lower
            if word in {"with", "including", "plus", "show", "their", "its", "along", "together"}:
                return True
            if word in {"who", "that", "which", "where", "whose", "is", "are", "in", "from", "at"}:
                return False
            index -= 1
        return False

    def _asked_when(self, part: Part) -> bool:
        before = {t.lower for t in self.tokens[max(0, part.start - 5) : part.start]}
        return bool(before & {"when", "date", "day", "time", "since"})

    def _negated(self, part: Part) -> bool:
        found = False
        for span in (*self.clues.cues.negations, *self.clues.cues.never):
            if span.indices <= self.draft.used and span.indices:
                continue
            between = self.tokens[span.end : part.start]
            if span.end <= part.start <= span.end + _NEAR and not any(
                t.lower in {",", "but"} for t in between
            ):
                self.draft.used |= span.indices
                found = True
        for span in self.clues.cues.excluded:
            if part.end <= span.start <= part.end + _NEAR:
                self.draft.used |= span.indices
                found = True
        return found

    def _doubt(self, seen: Seen) -> None:
        self.draft.doubt += max(0.0, 0.9 - seen.fit) * 0.4

    def _words(self, part: Part) -> str:
        return self.clues.phrasing.words(part.indices)


class FrameSource(Protocol):
    """Gives frames of models."""

    def frame(self, model: str, without: Sequence[str] = ()) -> Frame:
        """What is seen from the rows of `model`, not through the models `without`."""
        ...


_SAME = {
    False: frozenset({Operator.EQ, Operator.IN}),
    True: frozenset({Operator.NE, Operator.NOT_IN}),
}
_SEVERAL = {False: Operator.IN, True: Operator.NOT_IN}


def _beside(part: Part, cue: CompareCue) -> bool:
    return 0 <= cue.span.start - part.end <= _NEAR or 0 <= part.start - cue.span.end <= 1


def _indices(cue: RankCue) -> list[int]:
    found = list(range(cue.span.start, cue.span.end))
    return found if cue.counted is None else [*found, cue.counted]


def _names_rank(part: Part, cue: RankCue) -> bool:
    """Whether the part says what is compared: "highest salary", "cheapest", "top 5 by price"."""
    return bool(part.indices & set(_indices(cue))) or 0 <= part.start - cue.span.end <= 1


def _is_verb(part: Part, tokens: Sequence[Token]) -> bool:
    return tokens[part.start].lower.endswith("ed")


def _stored(column: RowColumn, value: str | bool | None) -> Value:
    """A value as the column stores it: numbers and booleans are indexed as text."""
    if isinstance(value, str):
        if column.kind == "boolean":
            return value.lower() in {"true", "t", "yes", "1"}
        if column.kind == "number" and value.lstrip("-").isdigit():
            return int(value)
        return value
    return value if value is not None else ""
