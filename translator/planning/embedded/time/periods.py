"""Reads a period: "last month", "Q3 2024", "March 5th", "the last six months"."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from translator.planning.embedded.time.arithmetic import add, floor
from translator.planning.embedded.time.dated import Found, Period
from translator.planning.embedded.time.relative import RelativeReader
from translator.planning.embedded.time.words import HERE

_TO_DATE = {"ytd": "year", "qtd": "quarter", "mtd": "month", "wtd": "week"}
_TO_DATE |= {"fytd": "fiscal_year"}

_WEEKLY = frozenset(["ending", "starting", "beginning", "commencing"])
_THIRDS = {"early": 0, "mid": 1, "middle": 1, "late": 2}


class PeriodReader(RelativeReader):
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
            self._up_to,
            self._third,
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

    def _up_to(self, at: int) -> Found | None:
        """Periods counted back from another: "12 months ending 31 March", "12 months to May"."""
        counted = self.count(at)
        unit = self.unit(counted[1]) if counted else None
        if not counted or not unit or self.word(unit[1]) not in ("to", "ending", "ended", "until"):
            return None
        then = unit[1] + 1 + (self.word(unit[1] + 1) in ("on", "in"))
        inner = self._dated(then) or _safely(self._named_day, then)
        if not inner or not inner[0].end:
            return None
        return Period(add(inner[0].end, -counted[0], unit[0]), inner[0].end, unit[0]), inner[1]

    def _of_a_deed(self, at: int) -> bool:
        """Whether "late" tells how something was done ("shipped late in 2024"), or may tell it."""
        done = self.word(at - 1) if at else ""
        apart = self.word(at + 1) in ("in", "of")
        return apart and (done.endswith(("ed", "en", "id")) or done in ("came", "were", "was"))

    def _third(self, at: int) -> Found | None:
        """A vague part of a period: "mid 2024". A third of it; the whole is the other reading."""
        part = _THIRDS.get(self.word(at))
        if part is None or self._of_a_deed(at):
            return None
        then = at + 1 + (self.word(at + 1) in ("-", "in", "of"))
        inner = self._dated(then) or _safely(self._relative, then)
        if not inner or not inner[0].start or not inner[0].end:
            return None
        start, end = inner[0].start, inner[0].end
        if inner[0].grain == "month":
            edges = [start, add(start, 10, "day"), add(start, 20, "day"), end]
        elif inner[0].grain in ("quarter", "year", "fiscal_quarter", "fiscal_year"):
            months = 4 if inner[0].grain.endswith("year") else 1
            edges = [add(start, months * i, "month") for i in range(4)]
        else:
            return None
        also = ((start, end),)
        grain = "month" if inner[0].grain != "month" else "day"
        said = inner[0].year_said
        return Period(edges[part], edges[part + 1], grain, said, ambiguous=also), inner[1]

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
        weekly = word == "week" and self.word(at + 1) in _WEEKLY
        if self.word(at + 1) != "of" and not weekly:
            return None
        if word in ("start", "beginning", "end", "close"):
            inner = self.read(at + 2, lenient=True) or self._running(at + 2)
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

    def _running(self, at: int) -> Found | None:
        """The period that is running, from its bare name: "(start of) the year"."""
        at += self.word(at) == "the"
        unit = self.unit(at)
        if not unit or self.word(unit[1] - 1).endswith("s") or unit[0] in ("day", "hour"):
            return None
        return self.whole(self.as_of, unit[0]), unit[1]


def _safely(reader: Callable[[int], Found | None], at: int) -> Found | None:
    """A reading, none for a day no calendar has ("30 February", "last 99999 years")."""
    try:
        found = reader(at)
    except (ValueError, OverflowError):
        return None
    return found
