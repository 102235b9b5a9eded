"""What is known while a question is read: its parts, its cues, and what was understood."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from translator.planning.embedded.reading import Clues
from translator.planning.embedded.relational.draft import Choices, NotRelational, RowDraft
from translator.planning.embedded.relational.frame import Frame, Seen
from translator.planning.embedded.relational.governed_rows import Definition
from translator.planning.embedded.relational.parts import Part
from translator.planning.embedded.relational.query import Attribute, Condition, Period, RowColumn
from translator.planning.embedded.relational.related import is_none_span
from translator.planning.embedded.text import Token
from translator.planning.embedded.time import TimeMention
from translator.planning.embedded.zones import Zone

NEAR = 2

_EACH = frozenset({"each", "every", "per"})

LISTED = frozenset({Zone.LEAD, Zone.TAIL})


@dataclass(frozen=True)
class Place:
    """Where conditions go: the rows asked for, or the rows of a clause."""

    frame: Frame
    conditions: list[Condition]
    periods: list[Period]


# "Without a sale" is no product whose status is not "on sale": a state is denied by "not".
ABSENT = frozenset({"no", "never", "without", "zero", "none", "lack", "lacks", "lacking"})


class FrameSource(Protocol):
    """Gives frames of models, and what the project counts as their rows."""

    def frame(self, model: str, without: Sequence[str] = ()) -> Frame:
        """What is seen from the rows of `model`, not through the models `without`."""
        ...

    def definition(self, model: str, said: Iterable[str]) -> Definition | None:
        """What counts as a row of `model`, by the metric called as was `said` (lemmas)."""
        ...

    def happens(self, model: str, column: RowColumn, said: Iterable[str]) -> bool:
        """Whether a period of rows called as was `said` plainly means this date."""
        ...


class ReaderState:
    """One question with one part as what is asked for, and helpers that all readers share."""

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
        self.main = Place(frame, self.draft.conditions, self.draft.periods)
        self.times = [(t, clues.phrasing.indices(t.start_char, t.end_char)) for t in clues.times]
        self.shown: list[Attribute] = []

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
        if self.clues.zones and self.clues.zones[part.start] in LISTED:
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
            if span.end <= part.start <= span.end + NEAR and not any(
                t.lower in {",", "but"} for t in between
            ):
                if {self.tokens[i].lower for i in span.indices} & ABSENT:
                    raise NotRelational(f"what is missing is not told by '{self._words(part)}'")
                self.draft.used |= span.indices
                found = True
        for span in self.clues.cues.excluded:
            if part.end <= span.start <= part.end + NEAR:
                self.draft.used |= span.indices
                found = True
        return found

    def _none_before(self, part: Part) -> frozenset[int]:
        return frozenset(
            i
            for s in (*self.clues.cues.never, *self.clues.cues.negations)
            if is_none_span(self.clues, s)
            and not s.indices & self.draft.used
            and 0 <= part.start - s.end <= NEAR
            for i in s.indices
        )

    def _between(self, one: Part, other: Part) -> Sequence[Token]:
        first, second = (one, other) if one.start < other.start else (other, one)
        return self.tokens[first.end : second.start]

    def _doubt(self, seen: Seen) -> None:
        self.draft.doubt += max(0.0, 0.9 - seen.fit) * 0.4

    def _words(self, part: Part) -> str:
        return self.clues.phrasing.words(part.indices)

    def _period(
        self, place: Place, attribute: Attribute, time: TimeMention, indices: frozenset[int]
    ) -> None:
        if time.ambiguous or (time.start is None and time.end is None):
            raise NotRelational(f"'{time.text}' can be read in two ways")
        place.periods.append(Period(attribute, time.start, time.end))
        self.draft.used |= indices
        named = attribute.column.label or attribute.column.name.replace("_", " ")
        self.draft.notes.append(f"{time.reading or time.text}, by '{named}'")
