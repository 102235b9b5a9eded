"""Says in plain words what a time expression was read as."""

from collections.abc import Sequence
from datetime import date, timedelta

from translator.planning.embedded.time.tokens import DAY_NAMES, MONTH_NAMES

PLURAL = {"dow": "day of the week", "month": "month of the year", "hour": "hour of the day"}


def spell(day: date) -> str:
    """A day as "1 Aug 2026"."""
    return f"{day.day} {MONTH_NAMES[day.month - 1][:3].title()} {day.year}"


def range_words(words: str, start: date | None, end: date | None) -> str:
    """A range in words, its last day included."""
    last = end - timedelta(days=1) if end else None
    if start and last:
        dates = spell(start) if start == last else f"{spell(start)} to {spell(last)}"
    elif start:
        dates = f"from {spell(start)} on"
    elif last:
        dates = f"up to {spell(last)}"
    else:
        dates = "all dates"
    return f"{words}: {dates}"


def grain_words(grain: str | None) -> str:
    """A grain in words."""
    return f"by {grain.replace('_', ' ')}" if grain else "over time"


def comparison_words(count: int, grain: str) -> str:
    """What is compared with, in words."""
    unit = grain.replace("_", " ")
    return f"compared with {count} {unit}{'s' * (count > 1)} earlier"


def part_words(part: str, values: Sequence[int], leaving_out: bool) -> str:
    """The parts of a date kept or left out, in words."""
    names = DAY_NAMES if part == "dow" else MONTH_NAMES
    listed = ", ".join(names[value - 1].title() for value in values)
    if not listed:
        return f"by {PLURAL[part]}"
    return f"leaving out {listed}" if leaving_out else f"only {listed}"
