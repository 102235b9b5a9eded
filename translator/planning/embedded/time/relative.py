"""Reads periods by how far they lie from today: "last month", "past 90 days", "3 weeks ago"."""

from datetime import date

from translator.planning.embedded.time.arithmetic import add, floor
from translator.planning.embedded.time.dated import DatedReader, Found, Period
from translator.planning.embedded.time.tokens import DAY_NAMES
from translator.planning.embedded.time.words import AHEAD, BACK, HERE, WHOLE

_DAYS = {name: i for i, name in enumerate(DAY_NAMES)}
_LEADS_DAY = frozenset(["on", "since", "until", "before", "after", "from", "through", "till"])
_UP_TO = frozenset(["until", "till", "to", "through", "of", "upto", "-"])


class RelativeReader(DatedReader):
    """Reads relative periods off a list of tokens."""

    def _named_day(self, at: int) -> Found | None:
        beyond = tuple(self.word(i) for i in range(at, at + 3))
        if beyond in (("day", "before", "yesterday"), ("day", "after", "tomorrow")):
            step = -2 if beyond[1] == "before" else 2
            return self.whole(add(self.as_of, step, "day"), "day"), at + 3
        shift = {"today": 0, "yesterday": -1, "tomorrow": 1}.get(self.word(at))
        if self.word(at) == "now" and self.word(at - 1) in _UP_TO:
            # "Right now" and "now only for Europe" limit nothing.
            shift = 0
        weekday = _DAYS.get(self.word(at))
        if weekday is not None and self.word(at - 1) in _LEADS_DAY:
            back = (self.as_of.weekday() - weekday) % 7
            if self.word(at - 1) in ("last", "next"):
                return None
            return self.whole(add(self.as_of, -back, "day"), "day"), at + 1
        if shift is None:
            return None
        return self.whole(add(self.as_of, shift, "day"), "day"), at + 1

    def _relative(self, at: int) -> Found | None:
        if self.word(at) == "most" and self.word(at + 1) == "recent":
            at += 1
        lead = "latest" if self.word(at) == "recent" else self.word(at)
        if lead not in BACK | HERE | AHEAD:
            return None
        if self.word(at + 1) in ("and", "or", "&") and self.word(at + 2) in BACK | HERE | AHEAD:
            return self._two_of(at)
        after, whole = at + 1, False
        while self.word(after) in WHOLE:
            whole, after = True, after + 1
        counted = self.count(after)
        if counted and lead not in HERE:
            count, then, half = counted
            while self.word(then) in WHOLE | {"-"}:
                whole, then = whole or self.word(then) in WHOLE, then + 1
            unit = ("month", then) if half else self.unit(then)
            if unit:
                found = self._several(count, unit[0], unit[1], lead in AHEAD, whole)
                return found
        unit = self.unit(after)
        if unit:
            step = -1 if lead in BACK else 1 if lead in AHEAD else 0
            start = add(floor(self.as_of, unit[0], self.calendar), step, unit[0])
            # "the past year" is the year up to now, not the calendar year before.
            rolls = lead in ("past", "trailing") or (unit[0] == "fortnight" and lead in BACK)
            if rolls and not whole and unit[0] != "day":
                return self._several(1, unit[0], unit[1], False, False)
            return Period(start, add(start, 1, unit[0]), unit[0]), unit[1]
        if self.word(after) == "weekend":
            return self._weekend(lead), after + 1
        weekday = _DAYS.get(self.word(after))
        if weekday is not None and lead in BACK:
            back = (self.as_of.weekday() - weekday - 1) % 7 + 1
            return self.whole(add(self.as_of, -back, "day"), "day"), after + 1
        token = self.token(after)
        if token and token.month and lead in BACK | HERE:
            start = date(self.as_of.year, token.month, 1)
            if lead in BACK and add(start, 1, "month") > self.as_of:
                start = add(start, -1, "year")
            return Period(start, add(start, 1, "month"), "month"), after + 1
        return None

    def _weekend(self, lead: str) -> Period:
        """The weekend of this week, or the one before or after it."""
        saturday = add(self.as_of, 5 - self.as_of.weekday(), "day")
        if lead in BACK and add(saturday, 2, "day") > self.as_of:
            saturday = add(saturday, -1, "week")
        elif lead in AHEAD:
            saturday = add(saturday, 1, "week")
        return Period(saturday, add(saturday, 2, "day"), "weekend")

    def _two_of(self, at: int) -> Found | None:
        """Two neighbouring periods: "this and last month"."""
        unit, other = self.unit(at + 3), self._relative(at + 2)
        if not unit or not other:
            return None
        here = floor(self.as_of, unit[0], self.calendar)
        step = -1 if self.word(at) in BACK else 1 if self.word(at) in AHEAD else 0
        first = add(here, step, unit[0])
        if not other[0].start or not other[0].end:
            return None
        start = min(first, other[0].start)
        end = max(add(first, 1, unit[0]), other[0].end)
        return (Period(start, end, unit[0]), other[1]) if other[1] == unit[1] else None

    def count(self, at: int) -> tuple[int, int, bool] | None:
        """A count, where it ends, and whether it already names months (half a year)."""
        start = at
        if self.word(at) in ("a", "an"):
            at += 1
        if self.word(at) in ("couple", "few"):
            count = 2 if self.word(at) == "couple" else 3
            return count, at + (2 if self.word(at + 1) == "of" else 1), False
        if self.word(at) == "half":
            then = at + 1
            while self.word(then) in ("a", "-"):
                then += 1
            token = self.token(then)
            return (6, then + 1, True) if token and token.unit == "year" else None
        token = self.token(at)
        if token and token.number and not token.ordinal:
            return token.number, at + 1, False
        return (1, at, False) if at > start else None

    def _several(self, count: int, unit: str, end: int, ahead: bool, whole: bool) -> Found:
        today = self.as_of
        end += self.word(end) == "period"
        skip, words = self._without_current(end, unit)
        if words:
            end = skip
        excluded, included = words == "without", words == "with"
        aligned = (whole or excluded or unit in self.aligned) and unit != "day" and not included
        if aligned or unit.startswith("fiscal_"):
            here = floor(today, unit, self.calendar)
            first = add(here, 1, unit) if ahead else add(here, -count, unit)
            also = () if ahead or whole else ((add(today, -count, unit), add(today, 1, "day")),)
            last = add(first, count, unit)
            return Period(first, last, unit, count=count, alternatives=also), end
        if ahead:
            return Period(today, add(add(today, count, unit), 1, "day"), unit, count=count), end
        last = today if excluded or whole else add(today, 1, "day")
        first = add(today, -count, unit)
        also = ()
        if unit not in ("day", "hour"):
            here = floor(today, unit, self.calendar)
            also = ((add(here, -count, unit), here),)
        elif not whole and not excluded and unit == "day":
            # Seven days that end today: today − 6 to today.
            also = ((add(first, 1, "day"), last),)
        found = Period(first, last, unit, rolling=unit, count=count, alternatives=also)
        return found, end

    def _without_current(self, at: int, unit: str) -> tuple[int, str]:
        """Where "excluding the current month" or "including today" ends, and which it is."""
        while self.word(at) in (",", "("):
            at += 1
        words = (self.word(at), self.word(at + 1))
        if words in (("not", "including"), ("not", "counting"), ("exclusive", "of")) or words in (
            ("but", "not"),
            ("other", "than"),
        ):
            at, kind = at + 2, "without"
        elif words[0] in ("excluding", "without", "except"):
            at, kind = at + 1, "without"
        elif words == ("inclusive", "of"):
            at, kind = at + 2, "with"
        elif words[0] == "including":
            at, kind = at + 1, "with"
        else:
            return at, ""
        if self.word(at) == "the":
            at += 1
        ago = self._ago(at)
        if ago and kind == "with":
            end = ago[1]
        elif self.word(at) == "today":
            end = at + 1
            owned = self.word(end) in ("'", "’") and self.word(end + 1) == "s"
            end += 3 if owned and self.word(end + 2) == "date" else 0
        else:
            found = self.unit(at + 1)
            if self.word(at) not in HERE or not found:
                return at, ""
            end = found[1]
        return end + (self.word(end) == ")"), kind

    def _ago(self, at: int) -> Found | None:
        if self.word(at) == "day" and self.token(at + 1):
            at += 1
        counted = self.count(at)
        if not counted:
            return None
        count, then, half = counted
        unit = ("month", then) if half else self.unit(then)
        if not unit or self.word(unit[1]) not in ("ago", "back"):
            return None
        return self.whole(add(self.as_of, -count, unit[0]), "day"), unit[1] + 1
