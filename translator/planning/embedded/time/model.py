"""What the reader of time expressions is given and what it returns."""

from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True)
class Calendar:
    """The organisation's calendar.

    Attributes:
        week_start: First day of a week, 0 for Monday to 6 for Sunday.
        fiscal_year_start_month: Month in which a fiscal year begins.
        fiscal_year_named_by: Whether a fiscal year bears the calendar year of its
            last day ("end") or of its first day ("start").
    """

    week_start: int = 0
    fiscal_year_start_month: int = 1
    fiscal_year_named_by: Literal["end", "start"] = "end"


@dataclass(frozen=True)
class Alternative:
    """Another way to read the same words: its half-open days, in plain words."""

    start: date | None
    end: date | None
    reading: str


@dataclass(frozen=True)
class TimeMention:
    """One time expression of a text, and how it was read.

    Attributes:
        start_char: Where the expression begins in the text.
        end_char: Where it ends (exclusive).
        text: The expression as written, preposition included.
        kind: What it does. "range" limits the days, "grain" asks for one row a period,
            "comparison" sets a figure against an earlier period, "offset" moves the period
            of the question before ("and the month before?"), "date_part" keeps or groups by
            a part of the date, "exclusion" takes days out, "inclusion" limits nothing more.
        start: First day of a range, None when it has no beginning.
        end: The day after the last of a range, None when it has no end.
        grain: The grain asked for, or the natural grain of a range. "over time"
            asks for a grain without naming it, so it has none.
        comparison: How far back the period compared with lies, as count and grain.
        date_part: The part of a date meant: "dow" (1 for Monday to 7), "month" or "hour".
        values: The values of that part, none for all of them.
        reading: The expression in plain words, with the dates it stands for.
        preposition: The word that led it ("since", "in"), if one did.
        fiscal: Whether it speaks of the fiscal calendar.
        alternatives: Other conventions for the same words, such as whole months instead
            of the same day months ago. The default among them is documented.
        ambiguous: Readings a person should be asked about ("05/06/2024").
        confidence: How sure the reading is, 0 to 1.
    """

    start_char: int
    end_char: int
    text: str
    kind: str
    start: date | None = None
    end: date | None = None
    grain: str | None = None
    comparison: tuple[int, str] | None = None
    date_part: str | None = None
    values: tuple[int, ...] = ()
    reading: str = ""
    preposition: str | None = None
    fiscal: bool = False
    alternatives: tuple[Alternative, ...] = ()
    ambiguous: tuple[Alternative, ...] = ()
    confidence: float = 1.0
