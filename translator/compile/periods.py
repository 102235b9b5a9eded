"""Calendar arithmetic on ranges of days."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from translator.query import Offset, TimeRange

_DAYS = {"hour": 0, "day": 1, "week": 7}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
CALENDAR_GRAINS = ("day", "week", "month", "quarter", "year")


def period_start(day: date, grain: str) -> date:
    """The first day of the calendar period that holds `day`; the day itself for other grains."""
    if grain == "week":
        return day - timedelta(days=day.weekday())
    if grain in _MONTHS:
        months = _MONTHS[grain]
        return day.replace(month=(day.month - 1) // months * months + 1, day=1)
    return day


def calendar_grain(grain: str) -> str:
    """A time spine's own grain as the calendar grain that it is as long as.

    `fiscal_quarter` is a quarter long, by its name: nothing else in the artifacts tells its length.
    """
    return grain if grain in _DAYS | _MONTHS else grain.rpartition("_")[2]


def moved(day: date, offset: Offset, direction: int = -1) -> date:
    """The day `offset` earlier (or later); the last day of a month that is shorter.

    Raises:
        ValueError: that is beyond the calendar, or the grain is none of a calendar.
    """
    grain, count = calendar_grain(offset.grain), offset.count * direction
    if grain in _DAYS:
        try:
            return day + timedelta(days=count * _DAYS[grain])
        except OverflowError:
            raise ValueError(f"{day} cannot be moved so far") from None
    if grain not in _MONTHS:
        raise ValueError(f"'{offset.grain}' is no grain of a calendar")
    year, month = divmod(day.year * 12 + day.month - 1 + count * _MONTHS[grain], 12)
    if not 1 <= year <= 9998:
        raise ValueError(f"{day} cannot be moved so far")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def shift(time_range: TimeRange | None, offset: Offset) -> TimeRange | None:
    """The range `offset` earlier; whole months stay whole, as its end is the next's start."""
    if time_range is None:
        return None
    start, end = time_range.start, time_range.end
    return TimeRange(start and moved(start, offset), end and moved(end, offset))


def interval(offset: Offset) -> tuple[int, str]:
    """The offset as a number of days or months (hours for hours), for SQL."""
    grain = calendar_grain(offset.grain)
    if grain == "hour":
        return offset.count, "HOUR"
    if grain in _DAYS:
        return offset.count * _DAYS[grain], "DAY"
    return offset.count * _MONTHS.get(grain, 1), "MONTH"


def starts_period(day: date | None, grain: str) -> bool:
    """Whether a range that begins (or, half-open, ends) there cuts no period of that grain."""
    return day is None or period_start(day, grain) == day


def whole_period(time_range: TimeRange | None, grain: str) -> bool:
    """Whether the range is exactly one calendar period of that grain."""
    if time_range is None or time_range.start is None or time_range.end is None:
        return False
    start = time_range.start
    return starts_period(start, grain) and moved(start, Offset(1, grain), 1) == time_range.end
