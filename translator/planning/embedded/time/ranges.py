"""Reads ranges: a period with its preposition, or two periods joined."""

from dataclasses import dataclass, replace
from datetime import date

from translator.planning.embedded.time.arithmetic import add
from translator.planning.embedded.time.dated import Days, Period
from translator.planning.embedded.time.periods import PeriodReader

PREPOSITIONS: dict[str, str] = {
    "since": "from start", "starting": "from start", "starting in": "from start",
    "starting from": "from start", "starting on": "from start", "beginning in": "from start",
    "on or after": "from start", "ever since": "from start", "as from": "from start",
    "after": "from end", "later than": "from end", "following": "from end",
    "before": "to start", "prior to": "to start", "earlier than": "to start",
    "until": "to end", "till": "to end", "through": "to end", "thru": "to end",
    "up to": "to end", "up until": "to end", "up through": "to end", "as of": "to end",
    "as at": "to end", "on or before": "to end", "no later than": "to end",
    "by the end of": "to end", "by end of": "to end", "by close of": "to end",
    "more than": "longer ago", "older than": "longer ago", "longer than": "longer ago",
    "over": "in", "less than": "shorter ago",
    "in": "in", "during": "in", "within": "in", "for": "in", "on": "in", "of": "in",
    "at": "in", "across": "in", "throughout": "in", "from": "in", "in all of": "in",
    "for all of": "in", "all of": "in", "over the course of": "in",
    "in the course of": "in", "dated": "in", "between": "pair", "by": "not alone",
}  # fmt: skip
_LONGEST = max(len(words.split()) for words in PREPOSITIONS)
# "The difference between 2024 and 2025" sets two periods side by side.
_SIDE_BY_SIDE = frozenset(["difference", "gap", "comparison", "compare", "change", "differences"])
_INCLUSIVE = frozenset(["both", "inclusive", "included", "days", "dates", "ends", "of", "start"])
_INCLUSIVE |= {"and", "end", "the"}
_TO = frozenset(["to", "until", "till", "through", "thru", "-", "–", "—"])
_ALSO = frozenset(
    [
        "and",
        "or",
        "vs",
        "versus",
        "&",
        ",",
        "to",
        "through",
        "thru",
        "-",
        "–",
        "—",
        "with",
        "compared",
        "until",
        "till",
    ]
)


@dataclass(frozen=True)
class Range:
    """A range as read: its days, its grain and the words around them."""

    start: date | None
    end: date | None
    grain: str | None
    preposition: str | None
    body: int
    stop: int
    rolling: str | None = None
    count: int = 1
    alternatives: tuple[Days, ...] = ()
    ambiguous: tuple[Days, ...] = ()


class RangeReader:
    """Reads ranges off the tokens of a period reader."""

    def __init__(self, periods: PeriodReader) -> None:
        self.periods = periods
        # The year that was spoken of last: "in the last week of May 2021 (May 24 to 30)".
        self.year: int | None = None
        self.word = periods.word

    def read(self, at: int) -> Range | None:
        """The range that begins at that token; none for days beyond the years 1 to 9999."""
        try:
            found = self._longest(at)
        except (ValueError, OverflowError):
            return None
        if not found or found.end == date.min:
            return None
        return replace(found, stop=self._with_edges(found.stop))

    def remember(self, found: Range) -> None:
        """Keep the year of a range for those after it that name none."""
        if not found.start or not found.end or found.rolling or found.count > 1:
            return
        if found.start.year == add(found.end, -1, "day").year:
            self.year = found.start.year

    def _with_edges(self, at: int) -> int:
        """Where the words end that only say that both ends belong to it: "(both inclusive)"."""
        start, end = at, at
        while self.word(end) in (",", "("):
            end += 1
        said = False
        for _ in range(7):
            word = self.word(end)
            if word not in _INCLUSIVE:
                break
            said = said or word in ("inclusive", "included")
            end += 1
        if not said or self.word(end - 1) in ("of", "and"):
            return start
        return end + (self.word(end) == ")")

    def _longest(self, at: int) -> Range | None:
        for size in range(_LONGEST, 0, -1):
            words = " ".join(self.word(at + i) for i in range(size))
            if words in PREPOSITIONS:
                found = self._led(words, at + size)
                if found:
                    return found
        return self._led("", at)

    def _led(self, words: str, at: int) -> Range | None:
        sense = PREPOSITIONS.get(words, "in")
        body = at
        the = self.word(at) == "the"
        if self.word(at + the) in ("month", "quarter") and self.word(at + the + 1) == "of":
            at += the + 2
        paired = self._pair(words, at)
        if paired:
            return replace(paired, body=body, preposition=words or None)
        found = self._period(at, bool(words))
        if not found or sense in ("pair", "not alone"):
            return None
        period, stop = found
        start, end = period.start, period.end
        if sense == "in" and self._is_edge(at, "start", "beginning") and words == "from":
            return Range(start, None, period.grain, words, body, stop)
        if sense == "in" and words != "over" and self.word(stop) in ("on", "onward", "onwards"):
            later = self.word(stop) != "on" or not self.periods.read(stop + 1)
            if words == "from" and later:
                return Range(start, None, period.grain, words, body, stop + 1)
        ago = self.word(stop - 1) in ("ago", "back")
        if words == "over" and ago:
            sense = "longer ago"
        elif sense == "to start" and self._is_edge(at, "end", "close"):
            # "Before the end of June" still has its last day: the end is the midnight after it.
            sense = "to end"
        if sense in ("longer ago", "shorter ago") and not ago:
            return None
        start, end = self._bounds(sense, start, end)
        return Range(
            start, end, period.grain, words or None, body, stop, period.rolling, period.count,
            tuple(self._bounds(sense, *days) for days in period.alternatives),
            tuple(self._bounds(sense, *days) for days in period.ambiguous),
        )  # fmt: skip

    def _bounds(self, sense: str, start: date | None, end: date | None) -> Days:
        """The days left of a period by the word that leads it."""
        if sense == "from start":
            return start, None
        if sense == "from end":
            return end, None
        if sense in ("to start", "longer ago"):
            return None, start
        if sense == "to end":
            return None, end
        if sense == "shorter ago":
            return start, add(self.periods.as_of, 1, "day")
        return start, end

    def _is_edge(self, at: int, *edges: str) -> bool:
        at += self.word(at) == "the"
        return self.word(at) in edges and self.word(at + 1) == "of"

    def _period(self, at: int, lenient: bool) -> tuple[Period, int] | None:
        """A period, its year taken from the next one of a list ("Q1 and Q3 2024")."""
        found = self.periods.read(at, lenient=lenient)
        if found and not found[0].year_said:
            year = self._year_of_next(found[1], found[0].grain) or self.year
            if year:
                return self.periods.read(at, year, lenient) or found
        return found

    def _year_of_next(self, at: int, grain: str | None) -> int | None:
        for _ in range(12):
            if self.word(at) not in _ALSO:
                return None
            while self.word(at) in _ALSO or self.word(at) in ("in", "the"):
                at += 1
            found = self.periods.read(at, lenient=True)
            if not found or found[0].grain != grain or not found[0].start:
                return None
            if found[0].year_said:
                return found[0].start.year
            at = found[1]
        return None

    def _pair(self, words: str, at: int) -> Range | None:
        if words not in ("between", "from", "", "in", "during", "for", "on", "over", "of"):
            return None
        if words == "between" and self.word(at - 2) in _SIDE_BY_SIDE:
            return None
        lenient = bool(words)
        days = self._days_then_month(words, at)
        if days:
            return days
        first = self.periods.read(at, lenient=lenient)
        if not first:
            return None
        one, stop = first
        joint = self.word(stop)
        if joint == "up" and self.word(stop + 1) in ("to", "until"):
            stop, joint = stop + 1, "to"
        days = self._days_of_month(one, at, stop, joint)
        if days:
            return days
        if joint not in _TO and not (words == "between" and joint == "and"):
            return None
        stop += 1
        if self.word(stop) == "in":
            stop += 1
        second = self.periods.read(stop, lenient=True)
        if not second:
            return None
        two = second[0]
        if not words and one.grain != two.grain:
            return None
        if one.year_said and not two.year_said and one.start:
            two = (self.periods.read(stop, one.start.year, True) or second)[0]
            if two.start and two.end and two.start < one.start:
                two = replace(two, start=add(two.start, 1, "year"), end=add(two.end, 1, "year"))
        elif two.year_said and not one.year_said and two.start:
            one = (self.periods.read(at, two.start.year, lenient) or first)[0]
        start, end = one.start, two.end
        if start and end and start >= end and not one.year_said:
            start = add(start, -1, "year")
        if not start or not end or start >= end:
            return None
        return Range(start, end, two.grain, None, at, second[1])

    def _days_then_month(self, words: str, at: int) -> Range | None:
        """Days of one month named after both: "between 5 and 12 March 2024"."""
        at += self.word(at) == "the"
        day, joint = self.periods.token(at), self.word(at + 1)
        if not day or day.shape != "number" or not day.number or not 1 <= day.number <= 31:
            return None
        if joint not in _TO and not (words == "between" and joint == "and"):
            return None
        second = self.periods.read(at + 2, lenient=True)
        if not second or second[0].grain != "day" or not second[0].start or not second[0].end:
            return None
        named = any(self.periods.tokens[i].month for i in range(at + 2, second[1]))
        last = second[0].start
        if not named or day.number >= last.day:
            return None
        return Range(last.replace(day=day.number), second[0].end, "day", None, at, second[1])

    def _days_of_month(self, one: Period, at: int, stop: int, joint: str) -> Range | None:
        """Days of one month: "April 1 and 2, 2023", "March 5-9"."""
        day = self.periods.token(stop + 1)
        if one.grain != "day" or not one.start or one.year_said or joint not in _TO | {"and"}:
            return None
        if not day or day.shape != "number" or not day.number or day.number > 31:
            return None
        after = self.periods.token(stop + 2)
        if after and (after.unit or after.month):
            return None
        said = self.periods.year_at(stop + 2)
        of = said[0] if said else self.year
        start = one.start.replace(year=of) if of else one.start
        if joint == "and" and day.number != start.day + 1 and self.word(at - 1) != "between":
            return None
        try:
            end = add(start.replace(day=day.number), 1, "day")
        except ValueError:
            return None
        return (
            Range(start, end, "day", None, at, said[1] if said else stop + 2)
            if start < end
            else None
        )
