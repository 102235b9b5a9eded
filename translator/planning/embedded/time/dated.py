"""Reads dated periods: "Q3 2024", "March 5th", "fiscal 2025"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from translator.planning.embedded.time.arithmetic import add, fiscal_year, floor
from translator.planning.embedded.time.model import Calendar
from translator.planning.embedded.time.tokens import Token
from translator.planning.embedded.time.words import (
    AHEAD,
    ALSO_WORDS,
    BACK,
    HERE,
    INTRODUCE_NAMES,
    LEADS_MONTH,
    NOT_YEAR_AFTER,
    ORDINALS,
    WHOLE,
)


@dataclass(frozen=True)
class Period:
    """A stretch of days; half-open."""

    start: date | None
    end: date | None
    grain: str | None
    year_said: bool = True
    rolling: str | None = None
    count: int = 1
    alternatives: tuple[tuple[date | None, date | None], ...] = ()
    ambiguous: tuple[tuple[date | None, date | None], ...] = ()
    fiscal: bool = False


Found = tuple[Period, int]
Days = tuple[date | None, date | None]


class DatedReader:
    """Reads periods that name their date off a list of tokens."""

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
        for _ in range(4):
            # Bounded: in a text of nothing but dashes every position would look to its end.
            if self.word(at) not in WHOLE and self.word(at) not in ("fiscal", "financial", "-"):
                break
            fiscal = fiscal or self.word(at) in ("fiscal", "financial")
            at += 1
        token = self.token(at)
        if token is None or token.unit is None:
            return None
        prefix = "fiscal_" if fiscal and token.unit in ("quarter", "year") else ""
        return prefix + token.unit, at + 1

    def whole(self, day: date, grain: str) -> Period:
        """The period of that grain which holds the day."""
        start = floor(day, grain, self.calendar)
        return Period(start, add(start, 1, grain), grain)

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
        if token.shape == "slashed":
            m, d, y = (int(part) for part in token.raw.split("/"))
            if m > 31:
                return self.whole(date(m, d, y), "day"), at + 1
            # Month first unless only day first makes a date.
            if m > 12:
                return self.whole(date(y, d, m), "day"), at + 1
            period = self.whole(date(y, m, d), "day")
            if d <= 12 and d != m:
                other = self.whole(date(y, d, m), "day")
                period = replace(period, ambiguous=((other.start, other.end),))
            return period, at + 1
        if token.shape == "dotted":
            d, m, y = (int(part) for part in token.raw.split("."))
            return self.whole(date(y, m, d), "day"), at + 1
        if token.shape == "monthyear":
            m, y = (int(part) for part in token.raw.split("/"))
            return self.whole(date(y, m, 1), "month"), at + 1
        if token.shape == "isomonth":
            y, m = (int(part) for part in token.raw.split("-"))
            return self.whole(date(y, m, 1), "month"), at + 1
        day: int | None = None
        if token.number and token.number <= 31 and token.shape == "number":
            then = at + 1 + (self.word(at + 1) == "of")
            month = self.token(then)
            if not month or not month.month or self.word(at - 1) in ("top", "bottom", "best"):
                return None
            day, at, lenient = token.number, then, True
            token = month
        if not token.month or self.word(at - 1) in INTRODUCE_NAMES:
            return None
        if day is None:
            dashed = self._month_dash_year(at)
            if dashed:
                return dashed
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

    def _month_dash_year(self, at: int) -> Found | None:
        """A month as spreadsheets write it: "Mar-24", which may also be the 24th of March."""
        dash, number, month = self.token(at + 1), self.token(at + 2), self.tokens[at].month
        if not dash or dash.word != "-" or dash.start != self.tokens[at].end or not month:
            return None
        if not number or number.start != dash.end or not re.fullmatch(r"[1-4]\d", number.raw):
            return None
        after = self.token(at + 3)
        if after and (after.number or after.month or after.word == "-"):
            return None
        period = self.whole(date(_full(number.raw), month, 1), "month")
        if int(number.raw) <= 31:
            day = date(self.as_of.year, month, int(number.raw))
            day = add(day, -1, "year") if day > self.as_of else day
            period = replace(period, ambiguous=((day, add(day, 1, "day")),))
        return period, at + 3

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
        if self.tokens[at].capital or self.tokens[at].word not in ALSO_WORDS:
            return True
        # "march revenue" in a search box, but not "march on", "may we".
        return at == 0 and self.word(at) != "may" and bool(after and after.shape == "word")

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
        if word in ("'", "’") and before_year(self.word(at - 1)):
            short = self.token(at + 1)
            if short and short.start == token.end and re.fullmatch(r"\d\d", short.raw):
                return self.whole(date(_full(short.raw), 1, 1), "year"), at + 2
        decade = re.fullmatch(r"((?:19|20)\d)0s", word)
        if decade:
            first = date(int(decade[1]) * 10, 1, 1)
            return Period(first, add(first, 10, "year"), "decade"), at + 1
        if word in ("week", "wk", "cw") and self.word(at - 1) not in ("per", "a", "each", "every"):
            return self._numbered_week(at, year)
        number = at + (word == "year")
        number += self.word(at) == "calendar" and self.word(at + 1) == "year" and 2
        digit = self.token(number)
        if not digit or digit.shape != "number" or len(digit.raw) != 4 or not digit.number:
            return None
        if not 1980 <= digit.number <= 2099:
            return None
        before, after = self.word(at - 1), self.word(number + 1)
        if before in NOT_YEAR_AFTER - {",", "."} or after in ("%", "$"):
            return None
        follows = self.token(number + 2)
        if after in (".", ",") and follows and follows.start == self.tokens[number + 1].end:
            return None
        return self.whole(date(digit.number, 1, 1), "year"), number + 1

    def _numbered_week(self, at: int, year: int | None) -> Found | None:
        """An ISO week by its number: "week 12 of 2025"."""
        number = self.token(at + 1)
        if not number or number.shape != "number" or number.ordinal or not number.number:
            return None
        if number.number > 53:
            return None
        said = self.year_at(at + 2)
        of = said[0] if said else year or self.as_of.isocalendar().year
        start = date.fromisocalendar(of, number.number, 1)
        if not said and not year and start > self.as_of:
            start = date.fromisocalendar(of - 1, number.number, 1)
        end = said[1] if said else at + 2
        return Period(start, add(start, 1, "week"), "week", year_said=bool(said)), end


def before_year(word: str) -> bool:
    """Whether a shortened year may follow the word: "in '24"."""
    return word in LEADS_MONTH or word in ("year", "and", "to", "until", "by")


def _full(digits: str) -> int:
    return int(digits) + (2000 if len(digits) == 2 else 0)
