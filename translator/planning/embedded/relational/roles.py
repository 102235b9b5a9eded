"""The role of each part: a condition, an attribute, a period's date, or whose something is."""

from __future__ import annotations

from collections.abc import Sequence

from translator.planning.embedded.cues import CompareCue
from translator.planning.embedded.relational.draft import NotRelational
from translator.planning.embedded.relational.figures import FigureReader
from translator.planning.embedded.relational.frame import Seen
from translator.planning.embedded.relational.parts import Part
from translator.planning.embedded.relational.query import Attribute, Condition, RowColumn
from translator.planning.embedded.relational.state import LISTED, NEAR, Place
from translator.planning.embedded.text import Token
from translator.planning.embedded.vocabulary import Kind
from translator.query import Operator, Value

_TIME_NEAR = 3

_REQUESTS = frozenset({"give", "show", "list", "return", "tell"})

_ARTICLES = frozenset({"a", "an", "any", "no"})

_SAME = {
    False: frozenset({Operator.EQ, Operator.IN}),
    True: frozenset({Operator.NE, Operator.NOT_IN}),
}

_SEVERAL = {False: Operator.IN, True: Operator.NOT_IN}


class RoleReader(FigureReader):
    """Gives every part one role."""

    def _part(self, part: Part, place: Place, listed: bool) -> None:
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
        if columns and self._compares(part, columns, place):
            return
        if columns and self._anchors(part, columns, place):
            return
        if columns and listed and self._is_listed(part) and not values:
            self._attribute(part, self.choices.pick(columns))
            return
        if self._is_alone(part, values, place):
            return
        entity = self._entity(part, place, listed)
        dated = [c for c in columns if c.attribute.column.kind in {"date", "timestamp"}]
        missing = columns if not values else dated
        # "Not delivered" may be a state, or a day that is missing.
        ways = (True, False) if values else (True,)
        if missing and self._none_before(part) and self.choices.pick(ways):
            self._is_missing(part, missing, place)
            return
        if columns and self._says_whose(part, columns, place):
            return
        if entity and not (values and not self._repeated(part)):
            return
        if values and not columns and listed and self._is_column(part):
            raise NotRelational("a column that may not be read")
        if values and not (columns and listed and self._is_listed(part)):
            self._value(part, self._nearest_column(part, values), place)
            return
        if columns and listed:
            self._attribute(part, self.choices.pick(columns))
            return
        raise NotRelational(f"'{self._words(part)}' has no place")

    def _entity(self, part: Part, place: Place, listed: bool) -> bool:
        """A thing named: again what is asked for, whose attribute follows, or a column itself."""
        models = [self.frame.rows.homes.get(m.element.key) for m in part.of(Kind.ENTITY)]
        known = [m for m in models if m is not None and place.frame.path(m) is not None]
        if not known:
            return False
        model = known[0]
        if part.of(Kind.VALUE) and place.frame.seen(part.of(Kind.VALUE)):
            return False  # "outlet stores" are of a kind, even where "outlet" is a word for store
        if model == place.frame.model:
            self.draft.used |= part.indices
            return True
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

    def _owns(self, part: Part, place: Place) -> bool:
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

    def _is_name(self, part: Part, place: Place) -> bool:
        """Whether only the "name" of what is asked for is meant, which is shown anyway."""
        lemmas = {self.tokens[i].lemma for i in part.indices} - _REQUESTS
        named = any(not a.column.key for a in place.frame.identity())
        if lemmas != {"name"} or not named or place is not self.main:
            return False
        self.draft.used |= part.indices
        return True

    def _is_column(self, part: Part) -> bool:
        """Whether a column is listed here, so that "email" is no value: "with their email"."""
        before = [t.lower for t in self.tokens[max(0, part.start - 2) : part.start]]
        owned = bool({"their", "its"} & set(before))
        return owned or bool(self.clues.zones and self.clues.zones[part.start] in LISTED)

    def _repeated(self, part: Part) -> bool:
        return bool(part.of(Kind.ENTITY)) and not part.of(Kind.VALUE)

    def _attribute(self, part: Part, seen: Seen) -> None:
        self._doubt(seen)
        self.draft.used |= part.indices
        before = self.tokens[part.start - 1].lower if part.start else ""
        if before in {"which", "what"}:
            raise NotRelational("a column is asked for, not rows")
        if self._grouped(part):
            self._group(part, (seen.attribute,))
        elif (
            _is_verb(part, self.tokens) and not self._is_listed(part) and not self._asked_when(part)
        ):
            raise NotRelational(f"when '{self._words(part)}' is not told")
        else:
            self.shown.append(seen.attribute)

    def _value(self, part: Part, options: list[Seen], place: Place) -> None:
        seen = self.choices.pick(options)
        self._doubt(seen)
        value = stored(seen.attribute.column, seen.mention.element.value)
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
            if p is not part and (0 <= part.start - p.end <= NEAR or 0 <= p.start - part.end <= 1)
        ]
        named = {m.element.key for p in near for m in p.of(Kind.DIMENSION)}
        chosen = [
            v
            for v in values
            if v.mention.element.key in named and not isinstance(v.mention.element.value, bool)
        ]
        return chosen or values

    def _says_whose(self, part: Part, columns: list[Seen], place: Place) -> bool:
        """Whether a value of the column stands beside it: "status shipped"."""
        keys = {s.mention.element.key for s in columns}
        for other in self.parts:
            if other is part or not (
                0 <= other.start - part.end <= NEAR or 0 <= part.start - other.end <= 1
            ):
                continue
            told = [v for v in other.of(Kind.VALUE) if v.element.key in keys]
            if place.frame.seen(told):
                self.draft.used |= part.indices
                return True
        return False

    def _compares(self, part: Part, columns: list[Seen], place: Place) -> bool:
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

    def _anchors(self, part: Part, columns: list[Seen], place: Place) -> bool:
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

    def _is_alone(self, part: Part, values: list[Seen], place: Place) -> bool:
        """Rows that belong to none: "orders without a store" have no store's key."""
        models = [self.frame.rows.homes.get(m.element.key) for m in part.of(Kind.ENTITY)]
        paths = [place.frame.path(m) for m in models if m is not None]
        near = [p for p in paths if p is not None and len(p) == 1]
        spans = self._none_before(part)
        before = self.tokens[part.start - 1].lower if part.start else ""
        if not near or not spans or (values and before not in _ARTICLES):
            return False
        key = Attribute((), near[0][0].child_column)
        place.conditions.append(Condition(key, Operator.IS_NULL))
        self.draft.used |= part.indices | spans
        return True

    def _is_missing(self, part: Part, columns: list[Seen], place: Place) -> bool:
        """A column that a row has no value of: "without a phone number", "never delivered"."""
        spans = self._none_before(part)
        if not spans:
            return False
        seen = self.choices.pick(columns)
        self._doubt(seen)
        place.conditions.append(Condition(seen.attribute, Operator.IS_NULL))
        self.draft.used |= part.indices | spans
        return True


def _beside(part: Part, cue: CompareCue) -> bool:
    return 0 <= cue.span.start - part.end <= NEAR or 0 <= part.start - cue.span.end <= 1


def _is_verb(part: Part, tokens: Sequence[Token]) -> bool:
    return tokens[part.start].lower.endswith("ed")


def stored(column: RowColumn, value: str | bool | None) -> Value:
    """A value as the column stores it: numbers and booleans are indexed as text."""
    if isinstance(value, str):
        if column.kind == "boolean":
            return value.lower() in {"true", "t", "yes", "1"}
        if column.kind == "number" and value.lstrip("-").isdigit():
            return int(value)
        return value
    return value if value is not None else ""
