"""The days that the data covers, and the randomness behind it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

SEED = 20251015
FIRST_DAY = date(2022, 10, 1)
AS_OF = date(2025, 10, 15)
"""Today, as the project sees it: `as_of` in metricspeak.yml. Nothing happens after it."""

NOW = datetime(2025, 10, 15, 20, 0)

Row = dict[str, object]
T = TypeVar("T")


def dice(table: str) -> random.Random:
    """Randomness of one table's own: a change to one table leaves the others as they were."""
    return random.Random(f"{SEED}:{table}")


def days(first: date = FIRST_DAY, last: date = AS_OF) -> Iterator[date]:
    """Every day from `first` to `last`, both included."""
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def moment(rng: random.Random, day: date, opening: int = 8, closing: int = 22) -> datetime:
    """A moment of `day` between two hours; on the last day not after `NOW`."""
    if day == AS_OF:
        closing = min(closing, NOW.hour)
    seconds = int(rng.uniform(opening * 3600, closing * 3600))
    return datetime(day.year, day.month, day.day) + timedelta(seconds=seconds)


def pick(rng: random.Random, weighted: Sequence[tuple[T, float]]) -> T:
    """One of the values, by weight."""
    return rng.choices([v for v, _ in weighted], [w for _, w in weighted])[0]


def money(cents: int) -> str:
    """Cents as a decimal number, exact."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"
