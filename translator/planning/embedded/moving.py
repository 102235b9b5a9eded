"""Moving averages: "3-month moving average", "rolling average over 7 days"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from translator.planning.embedded.text import Phrasing
from translator.planning.embedded.time.tokens import NUMBERS

_COUNT = rf"(?P<count>\d+|{'|'.join(NUMBERS)})"
_GRAIN = r"(?P<grain>day|week|month|quarter|year)s?"
_MOVING = r"(?:moving|rolling|trailing|sliding)"
_AVERAGE = r"(?:average|avg|mean)s?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"\b{_COUNT}[- ]{_GRAIN}[- ]{_MOVING}[- ]{_AVERAGE}\b",
        rf"\b{_MOVING}[- ]{_COUNT}[- ]{_GRAIN}[- ]{_AVERAGE}\b",
        rf"\b{_MOVING}[- ]{_AVERAGE}\s*(?:over|of|across|for|\()\s*(?:the\s+)?(?:last\s+|past\s+"
        rf"|previous\s+)?{_COUNT}[- ]{_GRAIN}\)?",
    )
)


@dataclass(frozen=True)
class MovingCue:
    """A moving average over `window` periods of `grain`; `indices` are its tokens."""

    indices: frozenset[int]
    window: int
    grain: str


def find_moving(phrasing: Phrasing) -> list[MovingCue]:
    """Every moving average that the question asks for with its window."""
    found: list[MovingCue] = []
    for form in _FORMS:
        for match in form.finditer(phrasing.text):
            count = match["count"].lower()
            window = NUMBERS.get(count) or int(count)
            touched = frozenset(
                t.index for t in phrasing.tokens if t.start < match.end() and t.end > match.start()
            )
            if 2 <= window <= 400 and not any(touched & cue.indices for cue in found):
                found.append(MovingCue(touched, window, match["grain"].lower()))
    return found
