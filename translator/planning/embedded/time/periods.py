"""Reads a period: "last month", "Q3 2024", "March 5th", "the last six months"."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial

from translator.planning.embedded.time.arithmetic import add, floor
from translator.planning.embedded.time.dated import (
    AHEAD,
    BACK,
    HERE,
    WHOLE,
    DatedReader,
    Found,
    Period,
)
from translator.planning.embedded.time.tokens import DAY_NAMES

_TO_DATE = {"ytd": "year", "qtd": "quarter", "mtd": "month", "wtd": "week"}
_DAYS = {name: i for i, name in enumerate(DAY_NAMES)}
_LEADS_DAY = frozenset(["on", "since", "until", "before", "after", "from", "through", "till"])


class PeriodReader(DatedReader):
    """Reads every kind of period off a list of tokens, as of a day."""

    _depth = 0

    def read(self, at: int, year: int | None = None, lenient: bool = False) -> Found | None:
        """The longest period that begins there.

        Args:
            at: The token to begin at.
            year: The year of a month or quarter that names none.
            lenient: Whether a month may be written small, as after a preposition.
        """
        if self.word(at) == "the":
            at += 1
        if at >= len(self.tokens):
            return None
        found: list[Found] = []
        for reader in (
            self._named_day,
            self._relative,
            self._ago,
            self._to_date,
            self._edge,
            self._slice,
            self._beside,
        ):
            one = _safely(reader, at)
            if one:
                found.append(one)
        dated = self._dated(at, year, lenient)
        if dated:
            found.append(dated)
        best = max(found, key=lambda f: f[1], default=None)
        if best and (self.word(best[1]), self.word(best[1] + 1)) in (("'", "s"), ("’", "s")):
            best = self._of_year(best) or best
        return self._so_far(best) if best else None

    def _of_year(self, owner: Found) -> Found | None:
        """A part of a year that comes first: "last year's Q3"."""
        year, at = owner
        if year.grain not in ("year", "fiscal_year") or not year.start:
            return None
        return self._dated(at + 2, year.start.year)

    def _so_far(self, found: Found) -> Found:
        period, end = found
        word = (self.word(end), self.word(end + 1))
        if word in (("so", "far"), ("to", "date")) and period.start and period.start <= self.as_of:
            return replace(period, end=add(self.as_of, 1, "day")), end + 2
        return found

    def _named_day(self, at: int) -> Found | None:
        shift = {"today": 0, "yesterday": -1, "tomorrow": 1, "now": 0}.get(self.word(at))
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
            if lead in ("past", "trailing") and not whole and unit[0] != "day":
                return self._several(1, unit[0], unit[1], False, False)
            return Period(start, add(start, 1, unit[0]), unit[0]), unit[1]
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

    def _beside(self, at: int) -> Found | None:
        """The days right before or after another: "3 months before March 2025"."""
        counted = self.count(at)
        unit = self.unit(counted[1]) if counted else None
        if not counted or not unit:
            return None
        side, then = self.word(unit[1]), unit[1] + 1
        then += side in ("prior", "leading") and self.word(then) in ("to", "up")
        then += side == "leading" and self.word(then) == "to"
        if side not in ("before", "prior", "leading", "after", "following", "from"):
            return None
        inner = self._dated(then) or _safely(self._named_day, then)
        if not inner or not inner[0].start or not inner[0].end:
            return None
        start, end = inner[0].start, inner[0].end
        if side in ("after", "following", "from"):
            start = start if side == "from" else end
            return Period(start, add(start, counted[0], unit[0]), unit[0]), inner[1]
        return Period(add(start, -counted[0], unit[0]), start, unit[0]), inner[1]

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
            return Period(first, add(first, count, unit), unit, count=count), end
        if ahead:
            return Period(today, add(add(today, count, unit), 1, "day"), unit, count=count), end
        last = today if excluded or whole else add(today, 1, "day")
        return Period(add(today, -count, unit), last, unit, rolling=unit, count=count), end

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
        if self.word(at) == "today":
            end = at + 1
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

    def _to_date(self, at: int) -> Found | None:
        today, tomorrow = self.as_of, add(self.as_of, 1, "day")
        word, tail = (
            self.word(at),
            re.sub(r"[^a-z ]", "", " ".join(map(self.word, range(at, at + 6)))),
        )
        if word in _TO_DATE:
            unit = _TO_DATE[word]
            return Period(floor(today, unit, self.calendar), tomorrow, unit), at + 1
        if word in ("ttm", "ltm"):
            return self._several(12, "month", at + 1, False, False)
        if word == "so" and self.word(at + 1) == "far":
            then = at + 2 + (self.word(at + 2) == "in")
            inner = self._relative(then)
            if self.word(then) in HERE and inner:
                return replace(inner[0], end=tomorrow), inner[1]
        found = self.unit(at)
        if found and "to" in tail and "date" in tail:
            end = found[1]
            for want in ("to", "date"):
                end += self.word(end) == "-"
                if self.word(end) != want:
                    return None
                end += 1
            return Period(floor(today, found[0], self.calendar), tomorrow, found[0]), end
        if found and self.word(found[1]) == "before" and self.word(found[1] + 1) == "last":
            start = add(floor(today, found[0], self.calendar), -2, found[0])
            return Period(start, add(start, 1, found[0]), found[0]), found[1] + 2
        return None

    def _slice(self, at: int) -> Found | None:
        """The first or last days of a period: "first 3 months of 2024"."""
        first = self.word(at) == "first"
        if not first and self.word(at) not in ("last", "final"):
            return None
        count, then, _ = self.count(at + 1) or (1, at + 1, False)
        unit = self.unit(then)
        if not unit or self.word(unit[1]) not in ("of", "in"):
            return None
        if count == 1 and first and unit[0].endswith("quarter"):
            return None
        inner = self._dated(unit[1] + 1) or _safely(self._relative, unit[1] + 1)
        if not inner or not inner[0].start or not inner[0].end:
            return None
        start, end = inner[0].start, inner[0].end
        if first:
            end = min(end, add(start, count, unit[0]))
        else:
            start = max(start, add(end, -count, unit[0]))
        return Period(start, end, unit[0]), inner[1]

    def _dated(self, at: int, year: int | None = None, lenient: bool = True) -> Found | None:
        at += self.word(at) == "the"
        if at >= len(self.tokens):
            return None
        readers = (self._quarter, self._date, self._year)
        found = (_safely(partial(one, year=year, lenient=lenient), at) for one in readers)
        return max((one for one in found if one), key=lambda one: one[1], default=None)

    def _edge(self, at: int) -> Found | None:
        # "start of the week of 4 May" nests; without a bound, any text could nest too deep.
        if self._depth > 2:
            return None
        self._depth += 1
        try:
            return self._edge_of(at)
        finally:
            self._depth -= 1

    def _edge_of(self, at: int) -> Found | None:
        word = self.word(at)
        weekly = word == "week" and self.word(at + 1) in ("ending", "starting", "beginning")
        if self.word(at + 1) != "of" and not weekly:
            return None
        if word in ("start", "beginning", "end", "close"):
            inner = self.read(at + 2, lenient=True)
            if not inner or not inner[0].start or not inner[0].end:
                return None
            first = word in ("start", "beginning")
            day = inner[0].start if first else add(inner[0].end, -1, "day")
            return self.whole(day, "day"), inner[1]
        if word == "week" and self.word(at + 1) != "of":
            inner = self.read(at + 2, lenient=True)
            if not inner or inner[0].grain != "day" or not inner[0].start:
                return None
            day = inner[0].start
            start = add(day, -6, "day") if self.word(at + 1) == "ending" else day
            return Period(start, add(start, 7, "day"), "week"), inner[1]
        if word == "week":
            inner = self.read(at + 2, lenient=True)
            if inner and inner[0].grain == "day" and inner[0].start:
                return self.whole(inner[0].start, "week"), inner[1]
        return None


def _safely(reader: Callable[[int], Found | None], at: int) -> Found | None:
    """A reading, none for a day no calendar has ("30 February", "last 99999 years")."""
    try:
        found = reader(at)
    except (ValueError, OverflowError):
        return None
    return found
