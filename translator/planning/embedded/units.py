"""Numbers said in one unit and stored in another: two hours against a column of minutes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from translator.planning.embedded.lexicon import Lexicon
from translator.planning.embedded.text import identifier_words

_IN_UNIT = re.compile(r"\bin (?:whole |full )?([A-Za-z]+)\b")
# In seconds, grams and meters.
_SIZES = {
    "millisecond": 0.001,
    "second": 1.0,
    "minute": 60.0,
    "hour": 3600.0,
    "day": 86_400.0,
    "week": 604_800.0,
    "milligram": 0.001,
    "gram": 1.0,
    "kilogram": 1000.0,
    "ton": 1_000_000.0,
    "pound": 453.59237,
    "ounce": 28.349523125,
    "centimeter": 0.01,
    "inch": 0.0254,
    "foot": 0.3048,
    "yard": 0.9144,
    "meter": 1.0,
    "kilometer": 1000.0,
    "mile": 1609.344,
    "nautical mile": 1852.0,
}


def unit_in(names: Iterable[str | None], description: str, lexicon: Lexicon) -> str | None:
    """The unit that something is kept in, by its names ("stay_minutes") or "in minutes".

    Another unit in a description ("delivered within 2 hours") says nothing of how it is kept.
    """
    said = _IN_UNIT.findall(description)
    for text in (*names, *said):
        for word in reversed(identifier_words(text or "")):
            unit = lexicon.unit(word) if len(word) > 1 else None
            if unit is not None and unit.name in _SIZES:
                return unit.name
    return None


def converted(number: float, said: str, stored: str | None, lexicon: Lexicon) -> float:
    """`number` of the unit `said` in the unit `stored`; unchanged where it cannot be told.

    Units of different quantities are left alone: no factor makes a length of a time.
    """
    unit = lexicon.unit(said) if len(said) > 1 else None
    target = lexicon.unit(stored) if stored else None
    if unit is None or target is None or unit.quantity != target.quantity:
        return number
    if unit.name not in _SIZES or target.name not in _SIZES:
        return number
    return round(number * _SIZES[unit.name] / _SIZES[target.name], 9)
