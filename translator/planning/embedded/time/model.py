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
class TimeMention:
    """One time expression of a text, and how it was read.

    Attributes:
        start_char: Where the expression begins in the text.
        end_char: Where it ends (exclusive).
        text: The expression as written, preposition included.
        kind: "range", "grain", "comparison", "date_part" or "exclusion".
        start: First day of a range, None when it has no beginning.
        end: The day after the last of a range, None when it has no end.
        grain: The grain asked for, or the natural grain of a range. "over time"
            asks for a grain without naming it, so it has none.
        comparison: How far back the period compared with lies, as count and grain.
        date_part: The part of a date meant: "dow" (1 for Monday to 7) or "month".
        values: The values of that part, none for all of them.
        reading: The expression in plain words, with the dates it stands for.
        preposition: The word that led it ("since", "in"), if one did.
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
