"""Reads a question about rows: what is asked for, with which attributes, under which conditions.

Every part of the question gets one role or the question is not read at all.
"""

from __future__ import annotations

from dataclasses import replace

from translator.planning.embedded.relational.draft import NotRelational, RowDraft
from translator.planning.embedded.relational.frame import Frame
from translator.planning.embedded.relational.parts import Part
from translator.planning.embedded.relational.query import (
    Attribute,
    Condition,
    Existence,
    Period,
)
from translator.planning.embedded.relational.related import Clause, Target, find_clauses
from translator.planning.embedded.relational.roles import RoleReader, stored
from translator.planning.embedded.relational.state import Place
from translator.planning.embedded.vocabulary import Kind
from translator.query import Operator

_DOING = frozenset({"place", "make", "submit", "create", "have", "do", "file"})

_DOING_REACH = 5

_NOT_LISTING = frozenset({"what", "how", "when", "where", "why", "is", "are", "was", "were", "do"})


class Reader(RoleReader):
    """Reads one question with one part as what is asked for."""

    def read(self) -> RowDraft:
        """The draft.

        Raises:
            NotRelational: a part of the question has no place in it.
        """
        self._kind()
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

    def _kind(self) -> None:
        """For "sales associates", who may be all employees or those with that job title."""
        own = [s for s in self.frame.seen(self.subject.of(Kind.VALUE)) if not s.attribute.path]
        if not own:
            return
        limited = self.choices.pick((True, False))
        if limited:
            seen = self.choices.pick(own)
            value = stored(seen.attribute.column, seen.mention.element.value)
            self.main.conditions.append(Condition(seen.attribute, Operator.EQ, (value,)))

    def _clause(self, clause: Clause) -> None:
        target = self.choices.pick(clause.targets)
        frame = self.frames.frame(target.model, without=(self.frame.model,))
        place = Place(frame, [], [])
        self.done.add(id(clause.part))
        self.draft.used |= clause.part.indices | clause.cue
        for part in self.parts:
            # "Who placed at least 3 orders": the verb is no status of orders here.
            if self.subject.end <= part.start and part.end <= clause.part.start:
                words = {self.tokens[i].lemma for i in part.indices}
                if words <= _DOING and clause.part.start - part.end <= _DOING_REACH:
                    self.done.add(id(part))
                    self.draft.used |= part.indices
        inner = [
            p
            for p in self.parts
            if id(p) not in self.done and clause.start <= p.start and p.end <= clause.end
        ]
        self._check_owner(clause)
        for part in inner:
            if not self._fits(part, frame) and self._fits(part, self.frame):
                # "... never ordered and signed up in 2024": the period is of the rows asked for.
                self._part(part, self.main, listed=True)
            elif self._fits(part, frame):
                self._part(part, place, listed=False)
            elif self._is_object(part, clause, frame):
                self.done.add(id(part))
                self.draft.used |= part.indices
            elif part.of(Kind.ENTITY) and not part.of(Kind.VALUE):
                raise NotRelational(f"'{self._words(part)}' has no place")
        self._times(place, (clause.start, clause.end), target)
        if target.about != target.model and not place.conditions:
            raise NotRelational("which of the other rows is not told")
        self._define(clause, target, place)
        existence = Existence(
            target.model,
            target.path,
            clause.operator,
            clause.count,
            tuple(place.conditions),
            tuple(place.periods),
        )
        self.draft.existences.append(existence)
        self._but_not(clause, existence)

    def _but_not(self, clause: Clause, existence: Existence) -> None:
        """For "ordered in 2023 but not in 2024": no such rows in the other period.

        Raises:
            NotRelational: what is left out is not told by a period of rows that are there.
        """
        for time, indices in self.times:
            denied = time.kind in {"inclusion", "exclusion"} and " not " in f" {time.text.lower()} "
            if not denied or not indices or not clause.start <= min(indices) <= clause.end:
                continue
            if len(existence.periods) != 1 or existence.count == 0 or not (time.start or time.end):
                raise NotRelational(f"'{time.text}' has no place")
            attribute = existence.periods[0].attribute
            periods = (Period(attribute, time.start, time.end),)
            none = replace(existence, operator=Operator.EQ, count=0, periods=periods)
            self.draft.existences.append(none)
            self.draft.used |= indices
            self.draft.notes.append(f"{time.text}: none then")

    def _define(self, clause: Clause, target: Target, place: Place) -> None:
        """Count as "orders" what the metric of that name counts."""
        if target.about != target.model:
            return
        said = [self.tokens[i].lemma for i in clause.part.indices]
        definition = self.frames.definition(target.model, said)
        if definition is None:
            return
        own = any(not c.attribute.path for c in place.conditions)
        if not place.conditions:
            self.draft.metrics |= definition.metrics
        if not definition.conditions:
            return
        # "Cancelled orders" may be meant among those that count, or instead of them.
        if self.choices.pick((True, False) if own else (True,)):
            place.conditions.extend(c for c in definition.conditions if c not in place.conditions)
            words = self._words(clause.part)
            self.draft.notes.append(f"'{words}' as the metric '{definition.label}' counts them")

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
        return bool(words & {"and", "or", "but", ","})

    def _is_object(self, part: Part, clause: Clause, frame: Frame) -> bool:
        """Whether it only says what the rows of the clause are of: "borrowed a book"."""
        models = {frame.rows.homes.get(m.element.key) for m in part.of(Kind.ENTITY)}
        words = {t.lower for t in self.tokens[clause.part.end : part.start]}
        reached = any(m is not None and frame.path(m) is not None for m in models)
        return reached and words <= {"a", "an", "any"}

    def _fits(self, part: Part, frame: Frame) -> bool:
        return bool(frame.seen(m for m in part.meanings if m.element.kind is not Kind.ENTITY))

    def _times(
        self,
        place: Place,
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
            elif target is None and not self._happened(attribute):
                # "Customers in 2024" may be those who came or those who bought.
                raise NotRelational("what happened in the period is not told")
            self._period(place, attribute, time, indices)

    def _happened(self, attribute: Attribute) -> bool:
        said = [self.tokens[i].lemma for i in self.subject.indices]
        return self.frames.happens(self.frame.model, attribute.column, said)

    def _finish(self) -> None:
        draft = self.draft
        if draft.aggregate is not None:
            if self.shown:
                raise NotRelational("a figure beside attributes of rows")
            return
        if self.tokens[0].lower in _NOT_LISTING and not (draft.existences or draft.rank):
            raise NotRelational("a figure is asked for, not rows")
        if not (draft.conditions or draft.periods or draft.existences or draft.rank or self.shown):
            raise NotRelational("nothing but a list of all rows")
        identity = self.frame.identity()
        named = [a for a in self.shown if a.path == ()]
        if not identity and not named:
            raise NotRelational("nothing names the rows")
        filtered = [p.attribute for p in draft.periods]
        first = list(draft.rank.per) if draft.rank is not None else []
        draft.attributes = [*first, *identity, *self.shown, *filtered]
