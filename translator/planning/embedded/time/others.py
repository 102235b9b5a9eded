"""Reads grains, comparisons, parts of dates and exclusions."""

from dataclasses import dataclass
from datetime import date

from translator.planning.embedded.time.periods import PeriodReader
from translator.planning.embedded.time.ranges import RangeReader
from translator.planning.embedded.time.tokens import DAY_NAMES

ADVERBS = {
    "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter",
    "yearly": "year", "annually": "year",
}  # fmt: skip
_OVER = {"mom": "month", "yoy": "year", "qoq": "quarter", "wow": "week", "dod": "day"}
_PREVIOUS = frozenset(["last", "previous", "prior", "preceding"])
_CHANGE = (
    "chang", "grow", "grew", "increas", "decreas", "drop", "declin", "differ", "up", "down",
    "improv", "rise", "rose", "fall", "fell", "delta", "gain", "higher", "lower", "trend",
)  # fmt: skip
_DAYS = {name: i + 1 for i, name in enumerate(DAY_NAMES)}
_DAYS |= {name + "s": i for name, i in _DAYS.items()}
# A unit, what it is a part of, and the part of a date that it then means.
_PARTS = (("day", "week", "dow"), ("month", "year", "month"), ("hour", "day", "hour"))
_BEFORE = frozenset(["before", "prior", "earlier", "that", "it"])
_BILLED = frozenset(["billed", "paid", "charged", "invoiced", "renewed", "renewing"])
# What "monthly" and its like tell the kind of, rather than ask for one row a month.
_OF_A_KIND = frozenset(
    ["recurring", "subscription", "subscriptions", "plan", "plans", "billing", "contract"]
    + ["contracts", "fee", "fees", "newsletter", "licence", "license", "membership"]
    + ["memberships", "subscriber", "subscribers", "price", "prices", "close", "closing"]
    + ["closest", "snapshot", "snapshots", "record", "records"]
)


@dataclass(frozen=True)
class Other:
    """A reading that is not a plain range."""

    kind: str
    stop: int
    grain: str | None = None
    comparison: tuple[int, str] | None = None
    date_part: str | None = None
    values: tuple[int, ...] = ()
    start: date | None = None
    end: date | None = None


class OtherReader:
    """Reads everything but ranges off the tokens."""

    def __init__(self, periods: PeriodReader, ranges: RangeReader) -> None:
        self.periods, self.ranges, self.word = periods, ranges, periods.word

    def read(self, at: int) -> list[Other]:
        """Every reading that begins at that token."""
        found = (self._comparison(at), self._part(at), self._grain(at), self._exclusion(at))
        return [one for one in found if one]

    def _words(self, at: int, *wanted: str) -> bool:
        return all(self.word(at + i) == word for i, word in enumerate(wanted))

    def _comparison(self, at: int) -> Other | None:
        word = self.word(at)
        if word in ("one", "a") and self.periods.unit(at + 1):
            unit = self.periods.unit(at + 1)
            if unit and self._words(unit[1], "to", "the", "next"):
                return Other("comparison", unit[1] + 3, comparison=(1, unit[0]))
        if word in _OVER:
            return Other("comparison", at + 1, comparison=(1, _OVER[word]))
        unit = self.periods.unit(at) if word != "-" else None
        if unit:
            then = unit[1] + (self.word(unit[1]) == "-")
            if self.word(then) in ("over", "on"):
                then += 1 + (self.word(then + 1) == "-")
                again = self.periods.unit(then)
                if again and again[0] == unit[0]:
                    return Other("comparison", again[1], comparison=(1, unit[0]))
        lead, always = self._lead(at)
        changed = always or self._about_change(at)
        if always and self.word(lead) == "ly":
            return Other("comparison", lead + 1, comparison=(1, "year"))
        back = self._earlier(lead, changed and lead > at)
        if not back:
            return None
        count, grain, stop = back
        follows = lead == at and self.word(at - 1) in ("and", "about", "or")
        follows = follows and self.word(at) == "the" and self.word(stop - 1) in _BEFORE
        return Other("offset" if follows else "comparison", stop, comparison=(count, grain))

    def _lead(self, at: int) -> tuple[int, bool]:
        """Where the words that lead a comparison end; whether they always compare."""
        word = self.word(at)
        if word in ("vs", "versus", "than", "against"):
            then = at + 1 + (self.word(at + 1) == ".")
        elif word in ("compared", "relative", "comparing", "compare"):
            then = at + 1
            if self.word(then) not in ("to", "with", "against"):
                return at, False
            then += 1
        elif word in ("from", "over", "on"):
            return at + 1, False
        else:
            return at, False
        if self.word(then) in ("in", "for", "during", "at", "from"):
            then += 1
        return then, True

    def _about_change(self, at: int) -> bool:
        return any(self.word(i).startswith(_CHANGE) for i in range(max(0, at - 5), at))

    def _earlier(self, at: int, changed: bool) -> tuple[int, str, int] | None:
        """An earlier period, as how far back it lies."""
        at += self.word(at) in ("the", "that", "its")
        if (self.word(at) in ("same", "corresponding", "equivalent")) or (
            self.word(at) == "this" and self.word(at + 1) == "time"
        ):
            then = at + 1
            known = self.periods.token(then)
            if not known or not (known.unit or known.word in ("period", "time", "point", "date")):
                return None
            then += 1
            while self.word(then) in ("of", "in", "the", "a", "one", "from", "during"):
                then += 1
            if self.word(then) in _PREVIOUS:
                unit = self.periods.unit(then + 1)
                return (1, unit[0], unit[1]) if unit else None
            unit = self.periods.unit(then)
            if unit and self.word(unit[1]) in ("ago", "earlier", "before", "prior"):
                return 1, unit[0], unit[1] + 1
            return None
        if changed and self.word(at) in _PREVIOUS:
            unit = self.periods.unit(at + 1)
            return (1, unit[0], unit[1]) if unit else None
        unit = self.periods.unit(at)
        the = self.word(at - 1) == "the"
        if unit and the and self.word(unit[1]) in ("before", "prior", "earlier"):
            if self.word(unit[1] + 1) == "last" or self.periods.read(unit[1] + 1, lenient=True):
                return None
            return 1, unit[0], unit[1] + 1 + (self.word(unit[1] + 1) in ("that", "it"))
        counted = self.periods.count(at)
        if counted and changed:
            unit = self.periods.unit(counted[1])
            if unit and self.word(unit[1]) in ("ago", "earlier", "before"):
                stop = unit[1] + 1
                return counted[0], unit[0], stop + (self.word(stop) in ("that", "it"))
        return None

    def _part(self, at: int) -> Other | None:
        word = self.word(at)
        if word in ("by", "per", "each", "every", "which", "what", "for"):
            then = at + 1 + (self.word(at + 1) in ("each", "every"))
            if self.word(then) in ("weekday", "dow", "weekdays"):
                return Other("date_part", then + 1, date_part="dow")
            for unit, whole, part in _PARTS:
                if self._words(then, unit, "of"):
                    end = then + 2 + (self.word(then + 2) in ("the", "a"))
                    if self.word(end) == whole:
                        return Other("date_part", end + 1, date_part=part)
        if self._words(at, "day", "of"):
            end = at + 2 + (self.word(at + 2) == "the")
            if self.word(end) == "week":
                return Other("date_part", end + 1, date_part="dow")
        if word in ("on", "at", "during"):
            values, stop = self._listed(at + 1, _DAYS)
            listed = {self.word(i) for i in range(at + 1, stop)}
            every = self.word(at + 1).endswith("s") or self.word(at + 2) == "weekends"
            if values and (every or listed & {"weekend", "weekends", "weekdays"}):
                return Other("date_part", stop, date_part="dow", values=values)
        return None

    def _listed(self, at: int, names: dict[str, int]) -> tuple[tuple[int, ...], int]:
        values: list[int] = []
        stop = at
        while True:
            at += self.word(at) in ("the", "all")
            if self.word(at) in ("weekend", "weekends") and names is _DAYS:
                values += [6, 7]
            elif self.word(at) == "weekdays" and names is _DAYS:
                values += [1, 2, 3, 4, 5]
            elif self.word(at) in names:
                values.append(names[self.word(at)])
            else:
                return tuple(sorted(set(values))), stop
            at = stop = at + 1
            while self.word(at) in (",", "and", "or", "&"):
                at += 1

    def _grain(self, at: int) -> Other | None:
        word = self.word(at)
        if self._words(at, "on", "a") and self.word(at + 2) in ADVERBS:
            return Other(
                "grain", at + 3 + (self.word(at + 3) == "basis"), ADVERBS[self.word(at + 2)]
            )
        if word in ADVERBS:
            kind = self.word(at + 1) in _OF_A_KIND or self.word(at - 1) in _BILLED
            # An average of daily figures is one figure, not one row a day.
            kind = kind or self.word(at - 1) in ("average", "avg", "mean", "median")
            return None if kind else Other("grain", at + 1, ADVERBS[word])
        if self._words(at, "over", "time") or self._words(at, "time", "series"):
            return Other("grain", at + 2)
        if word in ("trend", "trends"):
            return Other("grain", at + 1)
        if word in ("each", "every") and self._words(at + 1, "of", "the"):
            several = self.ranges.read(at + 1)
            grain = several.grain if several else None
            spread = several and (several.count > 1 or grain in self.periods.aligned)
            return Other("grain", at + 1, grain) if spread else None
        then = at + 1
        if word in ("in", "for", "of", "during", "by") and self.word(then) in ("each", "every"):
            then += 1
        elif word in ("and", ","):
            if not any(self.word(i) in ("by", "per") for i in range(max(0, at - 6), at)):
                return None
            then += self.word(then) in ("by", "per", "and")
            if self.word(then) in ("by", "per"):
                then += 1
        elif word == "a" and self._words(then, "day"):
            # "How many orders a day?", not "in a day", "a day later".
            before, after = self.word(at - 1), self.word(then + 1)
            counted = before and before[-1:] == "s" and after in ("", "?", ".", ",", "in", "on")
            return Other("grain", then + 1, "day") if counted else None
        elif word not in ("by", "per", "each", "every", "which", "what"):
            unit = self.periods.unit(at) if word != "-" else None
            if unit and self._words(unit[1], "by"):
                again = self.periods.unit(unit[1] + 1)
                if again and again[0] == unit[0]:
                    return Other("grain", again[1], unit[0])
            return None
        unit = self.periods.unit(then)
        if not unit or self.word(unit[1]) == "ago":
            return None
        if self.word(unit[1]) in ("over", "on") and self.periods.unit(unit[1] + 1):
            return None
        token = self.periods.token(unit[1] - 1)
        if (
            unit[0] == "hour"
            and token
            and (token.raw.endswith("s") or self._words(unit[1], "worked"))
        ):
            # Hours are what is counted ("divided by hours worked") more often than a grain.
            return None
        if word in ("and", ",") and token and token.word.endswith("s"):
            return None
        return Other("grain", unit[1], unit[0])

    def _exclusion(self, at: int) -> Other | None:
        word = self.word(at)
        if word in ("excluding", "except", "without", "ignoring", "excepting", "omitting"):
            then = at + 1 + (self.word(at + 1) == "for")
        elif (word, self.word(at + 1)) in {
            ("leaving", "out"), ("other", "than"), ("not", "including"), ("but", "not"),
            ("apart", "from"), ("not", "counting"), ("not", "in"), ("not", "during"),
            ("exclusive", "of"), ("leave", "out"),
        }:  # fmt: skip
            then = at + 2
        else:
            return None
        then += self.word(then) in ("in", "on", "for")
        ranged = self.ranges.read(then)
        months = {t.word: t.month for t in self.periods.tokens[then:] if t.month}
        values, stop = self._listed(then, months)
        if values and not (ranged and ranged.stop > stop):
            return Other("exclusion", stop, date_part="month", values=values)
        days, end = self._listed(then, _DAYS)
        if days:
            return Other("exclusion", end, date_part="dow", values=days)
        if ranged:
            return Other("exclusion", ranged.stop, ranged.grain, start=ranged.start, end=ranged.end)
        return None
