"""Cuts a text into words that know whether they name a month, a unit or a number."""

import re
from dataclasses import dataclass
from functools import lru_cache

MONTH_NAMES = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
DAY_NAMES = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
MONTHS = {name: i + 1 for i, name in enumerate(MONTH_NAMES)}
MONTHS |= {name[:3]: i for name, i in MONTHS.items()} | {"sept": 9}
UNITS = {
    form: unit
    for unit, forms in {
        "hour": "hour hours hr hrs",
        "day": "day days",
        "week": "week weeks wk wks",
        "fortnight": "fortnight fortnights",
        "month": "month months mth mths mo mos mnth mnths",
        "quarter": "quarter quarters qtr qtrs quater quaters",
        "year": "year years yr yrs",
    }.items()
    for form in forms.split()
}
NUMBERS = {
    word: i + 1
    for i, word in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
}
NUMBERS |= {"dozen": 12, "fifteen": 15, "eighteen": 18, "twenty": 20, "thirty": 30, "sixty": 60}
NUMBERS |= {"ninety": 90, "hundred": 100}
# Slips of words too short, or too close to others, to be mended by letter distance.
_SLIPS = {"lsat": "last", "prev": "previous", "prevous": "previous", "yday": "yesterday"}
_SLIPS |= {"lst": "last", "pst": "past"}
_SLIPS |= {"curr": "current", "montly": "monthly", "mnthly": "monthly", "wkly": "weekly"}
_SLIPS |= {"febuary": "february", "feburary": "february"}
_FIXABLE = [
    *(m for m in MONTH_NAMES if len(m) > 4 and m != "march"),
    *(u for u in UNITS if len(u) > 4 and "quater" not in u),
    *("yesterday", "previous", "quarterly", "monthly", "weekly", "yearly"),
]
# Real words one letter away from a unit or a month.
_WORDS = frozenset(
    [
        "tears",
        "bears",
        "gears",
        "fears",
        "hears",
        "nears",
        "wears",
        "dears",
        "pears",
        "rears",
        "sears",
        "yearn",
        "early",
        "seeks",
        "weeds",
        "geeks",
        "leeks",
        "peeks",
        "reeks",
        "weeps",
        "mouth",
        "mouths",
        "mount",
        "moths",
        "nearly",
        "dearly",
        "pearly",
        "meekly",
        "weakly",
        "years",
        "quartet",
        "remember",
    ]
)
_TOKEN = re.compile(
    r"(?P<iso>(?<![\d-])\d{4}-\d{1,2}-\d{1,2}(?![\d-]))"
    r"|(?P<slashed>(?<![\d/])(?:\d{1,2}/\d{1,2}/\d{4}|\d{4}/\d{1,2}/\d{1,2})(?![\d/]))"
    r"|(?P<dotted>(?<![\d.])\d{1,2}\.\d{1,2}\.\d{4}(?![\d]|\.\d))"
    r"|(?P<monthyear>(?<![\d/])(?:0?[1-9]|1[0-2])/\d{4}(?![\d/]))"
    r"|(?P<isomonth>(?<![\d-])\d{4}-(?:0[1-9]|1[0-2])(?![\d-]))"
    r"|(?P<qyear>[1-4]q'?(?:\d{4}|\d{2})(?!\w)|\d{4}-?q[1-4](?!\w)|q[1-4]'?-?(?:\d{4}|\d{2})(?!\w))"
    r"|(?P<number>[0-9]+(?:st|nd|rd|th)?(?![^\W_]))"
    r"|(?P<word>[^\W_]+)"
    r"|(?P<mark>[^\w\s]|_)",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True)
class Token:
    """One word, number or mark of a text."""

    start: int
    end: int
    raw: str
    word: str
    shape: str
    unit: str | None = None
    month: int | None = None
    number: int | None = None

    @property
    def capital(self) -> bool:
        """Whether it is written with a capital."""
        return self.raw[:1].isupper()

    @property
    def ordinal(self) -> bool:
        """Whether it is a number such as 5th."""
        return self.shape == "number" and not self.raw.isdigit()


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text, in order."""
    return [_token(match) for match in _TOKEN.finditer(text)]


def _token(match: re.Match[str]) -> Token:
    raw, shape = match.group(), match.lastgroup or "mark"
    word = raw.lower()
    if shape == "word":
        word = _corrected(word)
    number = NUMBERS.get(word)
    if shape == "number" and len(raw) <= 6:
        number = int(re.sub(r"\D", "", raw))
    return Token(
        match.start(), match.end(), raw, word, shape, UNITS.get(word), MONTHS.get(word), number
    )


@lru_cache(maxsize=4096)
def _corrected(word: str) -> str:
    if word in _SLIPS:
        return _SLIPS[word]
    if len(word) < 5 or len(word) > 11 or word in _WORDS or word in UNITS or word in MONTHS:
        return word
    return next((good for good in _FIXABLE if good != word and _one_edit(word, good)), word)


def _one_edit(left: str, right: str) -> bool:
    """Whether one letter added, dropped, changed or swapped makes one of the other."""
    if abs(len(left) - len(right)) > 1:
        return False
    at = 0
    while at < min(len(left), len(right)) and left[at] == right[at]:
        at += 1
    a, b = left[at:], right[at:]
    return (
        a[1:] == b[1:]
        or a[1:] == b
        or a == b[1:]
        or (len(a) > 1 and len(b) > 1 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:])
    )
