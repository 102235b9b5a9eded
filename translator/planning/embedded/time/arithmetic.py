"""Calendar arithmetic: where periods begin, and moving by whole periods."""

from calendar import monthrange
from datetime import date, timedelta

from translator.planning.embedded.time.model import Calendar

MONTHS_IN = {"month": 1, "quarter": 3, "half": 6, "year": 12}


def base_unit(grain: str) -> str:
    """The plain unit of a grain: "fiscal_quarter" is a quarter long."""
    return grain.removeprefix("fiscal_")


def add(day: date, count: int, grain: str) -> date:
    """The day that many units later, at the end of the month when it is too short."""
    unit = base_unit(grain)
    if unit in MONTHS_IN:
        months = day.year * 12 + day.month - 1 + count * MONTHS_IN[unit]
        year, month = divmod(months, 12)
        if not 1 <= year <= 9999:
            raise OverflowError("year out of range")
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    if unit == "hour":
        # Days are the finest thing a range knows: a part of a day counts as one.
        return day + timedelta(days=-(-abs(count) // 24) * (1 if count > 0 else -1))
    return day + timedelta(days=count * {"week": 7, "fortnight": 14}.get(unit, 1))


def floor(day: date, grain: str, calendar: Calendar) -> date:
    """The first day of the period of that grain which holds the day."""
    unit = base_unit(grain)
    if unit == "week":
        return day - timedelta(days=(day.weekday() - calendar.week_start) % 7)
    if unit in MONTHS_IN:
        first = calendar.fiscal_year_start_month if grain.startswith("fiscal_") else 1
        into = (day.month - first) % MONTHS_IN[unit]
        return add(day.replace(day=1), -into, "month")
    return day


def fiscal_year(year: int, calendar: Calendar) -> date:
    """The first day of the fiscal year of that name."""
    month = calendar.fiscal_year_start_month
    shift = 1 if calendar.fiscal_year_named_by == "end" and month > 1 else 0
    return date(year - shift, month, 1)
