"""Figures and names in the sentences of checks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from semantic.catalog import Entity


def number(value: int | float | Decimal) -> str:
    """A figure with thousands apart, and all its decimals, two at least where it has any.

    >>> number(65332), number(Decimal("1204.5")), number(Decimal("12.000"))
    ('65,332', '1,204.50', '12')
    """
    if isinstance(value, int):
        return f"{value:,}"
    exact = Decimal(repr(round(value, 6))) if isinstance(value, float) else value
    whole, _, decimals = f"{exact:,f}".partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole}.{decimals:0<2}" if decimals else whole


def counted(count: int, one: str, several: str | None = None) -> str:
    """A number with its noun.

    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def share(part: float | Decimal, whole: float | Decimal) -> str:
    """A part in percent, never 0 % or 100 % where it is only nearly so.

    >>> share(551, 65332), share(1, 65332), share(65331, 65332)
    ('0.8 %', 'under 0.1 %', 'over 99.9 %')
    """
    if not whole:
        return "0 %"
    percent = 100 * float(part) / float(whole)
    if 0 < percent < 0.1:
        return "under 0.1 %"
    if 99.9 < percent < 100:
        return "over 99.9 %"
    return f"{percent:.0f} %" if percent >= 10 or percent == 0 else f"{percent:.1f} %"


def day(value: date) -> str:
    """A day as the restatement writes it: 1 Oct 2025."""
    return f"{value.day} {value:%b %Y}"


def listed(words: Sequence[str], most: int = 4) -> str:
    """Words in a row, the first few of many.

    >>> listed(["a", "b", "c"]), listed(list("abcdef"), 2)
    ('a, b and c', 'a, b and 4 more')
    """
    if len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most} more"
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def key_name(entity: Entity) -> str:
    """The column of a key, or its expression."""
    return entity.column or entity.expr
