"""Reads a period: "last month", "Q3 2024", "March 5th", "the last six months"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from translator.planning.embedded.time.arithmetic import add, fiscal_year, floor
from translator.planning.embedded.time.model import Calendar
from translator.planning.embedded.time.tokens import Token

BACK = frozenset("last previous prior past preceding trailing latest".split())
HERE = frozenset("this current".split())
AHEAD = frozenset("next coming upcoming following".split())
WHOLE = frozenset("calendar full complete completed closed whole entire".split())
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3}
ORDINALS |= {"4th": 4, "final": 4}
LEADS_MONTH = frozenset(
    "in since during for from until till through throughout of before after between on as last"
    " this vs versus early late mid".split()
)
_TO_DATE = {"ytd": "year", "qtd": "quarter", "mtd": "month", "wtd": "week"}
_NOT_YEAR_AFTER = frozenset("$ > < = than over under least most above below about . , #".split())


@dataclass(frozen=True)
class Period:
    """A stretch of days; half-open."""

    start: date | None
    end: date | None
    grain: str | None
    year_said: bool = True
    rolling: str | None = None
    count: int = 1


Found = tuple[Period, int]


class PeriodReader:
    """Reads periods off a list of tokens, as of a day."""

    def __init__(
        self, tokens: Sequence[Token], as_of: date, calendar: Calendar, aligned: frozenset[str]
    ) -> None:
        self.tokens, self.as_of, self.calendar, self.aligned = tokens, as_of, calendar, aligned

    def word(self, at: int) -> str:
        """The word there, empty beyond either end."""
        return self.tokens[at].word if 0 <= at < len(self.tokens) else ""

    def token(self, at: int) -> Token | None:
        return self.tokens[at] if 0 <= at < len(self.tokens) else None

    def unit(self, at: int) -> tuple[str, int] | None:
        """A unit, "calendar" and "fiscal" allowed before it, and where it ends."""
        fiscal = False
        while self.word(at) in WHOLE or self.word(at) in ("fiscal", "financial", "-"):
            fiscal = fiscal or self.word(at) in ("fiscal", "financial")
            at += 1
        token = self.token(at)
        if token is None or token.unit is None:
            return None
        prefix = "fiscal_" if fiscal and token.unit in ("quarter", "year") else ""
        return prefix + token.unit, at + 1

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
        for reader in (self._named_day, self._relative, self._ago, self._to_date, self._edge):
            one = _safely(reader, at)
            if one:
                found.append(one)
        for dated in (self._quarter, self._date, self._year):
            one = _safely(lambda a, r=dated: r(a, year, lenient), at)  # type: ignore[misc]
            if one:
                found.append(one)
        best = max(found, key=lambda f: f[1], default=None)
        return self._so_far(best) if best else None

    def whole(self, day: date, grain: str) -> Period:
        """The period of that grain which holds the day."""
        start = floor(day, grain, self.calendar)
        return Period(start, add(start, 1, grain), grain)

    def _so_far(self, found: Found) -> Found:
        period, end = found
        word = (self.word(end), self.word(end + 1))
        if word in (("so", "far"), ("to", "date")) and period.start and period.start <= self.as_of:
            return replace(period, end=add(self.as_of, 1, "day")), end + 2
        return found

    def _named_day(self, at: int) -> Found | None:
        shift = {"today": 0, "yesterday": -1, "tomorrow": 1, "now": 0}.get(self.word(at))
        if shift is None:
            return None
        return self.whole(add(self.as_of, shift, "day"), "day"), at + 1

    def _relative(self, at: int) -> Found | None:
        lead = self.word(at)
        if lead not in BACK | HERE | AHEAD:
            return None
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
        token = self.token(after)
        if token and token.month and lead in BACK | HERE:
            start = date(self.as_of.year, token.month, 1)
            if lead in BACK and add(start, 1, "month") > self.as_of:
                start = add(start, -1, "year")
            return Period(start, add(start, 1, "month"), "month"), after + 1
        return None

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
        if words in (("not", "including"), ("not", "counting"), ("exclusive", "of")):
            at, kind = at + 2, "without"
        elif words in (("but", "not"), ("other", "than")):
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

    def _edge(self, at: int) -> Found | None:
        word = self.word(at)
        if self.word(at + 1) != "of":
            return None
        if word in ("start", "beginning", "end", "close"):
            inner = self.read(at + 2, lenient=True)
            if not inner or not inner[0].start or not inner[0].end:
                return None
            first = word in ("start", "beginning")
            day = inner[0].start if first else add(inner[0].end, -1, "day")
            return self.whole(day, "day"), inner[1]
        if word == "week":
            inner = self.read(at + 2, lenient=True)
            if inner and inner[0].grain == "day" and inner[0].start:
                return self.whole(inner[0].start, "week"), inner[1]
        return None

    def year_at(self, at: int) -> tuple[int, int] | None:
        """A year that belongs to what stands before it: "2024", ", 2024", "of last year"."""
        if self.word(at) in (",", "of", "in", "'", "’"):
            at += 1
        if self.word(at) in ("fy", "fiscal", "financial"):
            at += 1
        at += self.word(at) == "year"
        at += self.word(at) == "the"
        token = self.token(at)
        if token and token.shape == "number" and token.number:
            if 1900 <= token.number <= 2199 and len(token.raw) == 4:
                return token.number, at + 1
            if self.word(at - 1) in ("'", "’", "fy") and len(token.raw) == 2:
                return 2000 + token.number, at + 1
        match = re.fullmatch(r"fy(\d{2}|\d{4})", self.word(at))
        if match:
            return _full(match[1]), at + 1
        found = self.unit(at + 1)
        if found and found[0].endswith("year"):
            step = -1 if self.word(at) in BACK else 0 if self.word(at) in HERE else None
            step = 1 if self.word(at) in AHEAD else step
            if step is not None:
                return self._current_year(found[0]) + step, found[1]
        return None

    def _current_year(self, grain: str) -> int:
        start = floor(self.as_of, grain, self.calendar)
        return next(
            y
            for y in (start.year, start.year + 1)
            if grain == "year" or fiscal_year(y, self.calendar) == start
        )

    def _quarter(self, at: int, year: int | None, lenient: bool) -> Found | None:
        fiscal, token = False, self.tokens[at]
        first = at
        while self.word(at) in ("fiscal", "financial"):
            fiscal, at = True, at + 1
        named = re.fullmatch(r"fy(\d{2}|\d{4})", self.word(at))
        said = self.year_at(at) if not named else (_full(named[1]), at + 1)
        if said and re.fullmatch(r"[qh][1-4]", self.word(said[1] + (self.word(said[1]) == "-"))):
            fiscal = fiscal or bool(named) or self.word(at) == "fy"
            at = said[1] + (self.word(said[1]) == "-")
        else:
            said = None
        token_now = self.token(at)
        if token_now is None:
            return None
        token, word = token_now, self.word(at)
        if token.shape == "qyear":
            digits = re.fullmatch(r"([1-4])q'?(\d+)|(\d{4})-?q([1-4])|q([1-4])'?-?(\d+)", word)
            if not digits:
                return None
            g = digits.groups()
            number, year_text = int(g[0] or g[3] or g[4]), g[1] or g[2] or g[5]
            return self._part("quarter", number, (_full(year_text), at + 1), at, fiscal, None)
        if re.fullmatch(r"q[1-4]|h[12]", word):
            unit, number, end = ("quarter" if word[0] == "q" else "half"), int(word[1]), at + 1
        elif word in ORDINALS and self.word(at + 1 + (self.word(at + 1) == "fiscal")) in (
            "quarter",
            "half",
        ):
            fiscal = fiscal or self.word(at + 1) == "fiscal"
            end = at + 2 + (self.word(at + 1) == "fiscal")
            unit, number = self.word(end - 1), ORDINALS[word]
            if unit == "half" and number > 2:
                number = 2
        else:
            return None
        del first
        if said:
            return self._part(unit, number, (said[0], end), at, fiscal, None)
        said = self.year_at(end)
        if said:
            between = [self.word(i) for i in range(end, said[1])]
            fiscal = fiscal or any(w.startswith(("fy", "fiscal", "financial")) for w in between)
        return self._part(unit, number, said or (0, end), at, fiscal, year)

    def _part(
        self, unit: str, number: int, said: tuple[int, int], at: int, fiscal: bool, year: int | None
    ) -> Found:
        named, end = said
        whole = "fiscal_year" if fiscal else "year"

        def begin(of: int) -> date:
            first = fiscal_year(of, self.calendar) if fiscal else date(of, 1, 1)
            return add(first, number - 1, unit)

        of = named or year or self._current_year(whole)
        if not named and not year and begin(of) > self.as_of:
            of -= 1
        start = begin(of)
        grain = "fiscal_quarter" if fiscal and unit == "quarter" else unit
        return Period(start, add(start, 1, unit), grain, year_said=bool(named)), end

    def _date(self, at: int, year: int | None, lenient: bool) -> Found | None:
        token = self.tokens[at]
        if token.shape == "iso":
            y, m, d = (int(part) for part in token.raw.split("-"))
            return self.whole(date(y, m, d), "day"), at + 1
        if token.shape == "isomonth":
            y, m = (int(part) for part in token.raw.split("-"))
            return self.whole(date(y, m, 1), "month"), at + 1
        day: int | None = None
        if token.number and token.number <= 31 and token.shape == "number":
            then = at + 1 + (self.word(at + 1) == "of")
            month = self.token(then)
            if not month or not month.month:
                return None
            day, at, lenient = token.number, then, True
            token = month
        if not token.month:
            return None
        end = at + 1 + (self.word(at + 1) == "." and len(token.raw) <= 4)
        if day is None:
            the = self.word(end) == "the"
            number = self.token(end + the)
            if number and number.shape == "number" and number.number and number.number <= 31:
                follows = self.token(end + the + 1)
                if not (follows and follows.unit):
                    day, end, lenient = number.number, end + the + 1, True
        said = self.year_at(end)
        if not said and not lenient and not self._month_meant(at):
            return None
        end = said[1] if said else at + 1 if day is None else end
        of = said[0] if said else year or self.as_of.year
        start = date(of, token.month, day or 1)
        if not said and not year and start > self.as_of:
            start = date(of - 1, token.month, day or 1)
        unit = "day" if day else "month"
        return Period(start, add(start, 1, unit), unit, year_said=bool(said)), end

    def _month_meant(self, at: int) -> bool:
        """Whether a month's name stands for the month: "may" and "march" are words too."""
        before = self.token(at - 1)
        if before and (before.word in LEADS_MONTH):
            return True
        joined = bool(before and before.word in ("and", "or", ",", "to", "vs"))
        if joined and self.tokens[at - 2].month and at >= 2:
            return True
        after = self.token(at + 1)
        if at == 0 and after and after.word in ("i", "we", "you", "the", "they", "it"):
            return False
        return self.tokens[at].capital

    def _year(self, at: int, year: int | None, lenient: bool) -> Found | None:
        token = self.tokens[at]
        word = token.word
        named = re.fullmatch(r"fy(\d{2}|\d{4})", word)
        if word in ("fiscal", "financial", "fy") or named:
            said = (_full(named[1]), at + 1) if named else self.year_at(at)
            if not said or not (named or self.tokens[said[1] - 1].shape == "number"):
                return None
            start = fiscal_year(said[0], self.calendar)
            return Period(start, add(start, 1, "year"), "fiscal_year"), said[1]
        number = at + (word == "year")
        number += self.word(at) == "calendar" and self.word(at + 1) == "year" and 2
        digit = self.token(number)
        if not digit or digit.shape != "number" or len(digit.raw) != 4 or not digit.number:
            return None
        if not 1980 <= digit.number <= 2099:
            return None
        before, after = self.word(at - 1), self.word(number + 1)
        if before in _NOT_YEAR_AFTER - {",", "."} or after in ("%", "$"):
            return None
        follows = self.token(number + 2)
        if after in (".", ",") and follows and follows.start == self.tokens[number + 1].end:
            return None
        return self.whole(date(digit.number, 1, 1), "year"), number + 1


def _full(digits: str) -> int:
    return int(digits) + (2000 if len(digits) == 2 else 0)


def _safely(reader, at: int) -> Found | None:  # type: ignore[no-untyped-def]
    """A reading, none for a day no calendar has ("30 February", "last 99999 years")."""
    try:
        found: Found | None = reader(at)
    except (ValueError, OverflowError):
        return None
    return found
