"""The table of readings, and what holds for any text."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.translator.planning.time.tables import OTHERS, RANGES
from translator.planning.embedded.time import Calendar, TimeMention, find_times

AS_OF = date(2026, 11, 24)
WORDS = [
    "last",
    "next",
    "the",
    "first",
    "of",
    "start",
    "end",
    "3",
    "12",
    "99999",
    "month",
    "years",
    "since",
    "between",
    "and",
    "to",
    "-",
    "from",
    "Q3",
    "2024",
    "fiscal",
    "half",
    "a",
    "couple",
    "ago",
    "vs",
    "same",
    "period",
    "excluding",
    "before",
    "QTD",
    "without",
    "2023",
    "current",
    "March",
    "31",
    "may",
    "so",
    "far",
    "week",
    "by",
    "each",
    "over",
    "on",
    "including",
    "today",
    ",",
    "(",
    ")",
    "'",
    "2024-13-45",
    "0",
]


def _find(text: str, calendar: Calendar | None = None) -> tuple[TimeMention, ...]:
    return find_times(text, AS_OF, calendar or Calendar())


@pytest.mark.parametrize(("text", "words", "start", "end", "grain"), RANGES)
def test_range_is_read(
    text: str, words: str, start: str | None, end: str | None, grain: str
) -> None:
    (found,) = _find(text)
    assert found.kind == "range"
    assert found.text == words
    assert (found.start and found.start.isoformat()) == start
    assert (found.end and found.end.isoformat()) == end
    assert found.grain == grain


@pytest.mark.parametrize(("text", "expected"), OTHERS)
def test_every_expression_is_read(text: str, expected: dict[str, str]) -> None:
    assert {m.text: f"{m.kind} {_value(m)}" for m in _find(text)} == expected


def _value(found: TimeMention) -> str:
    if found.comparison:
        return f"{found.comparison[0]} {found.comparison[1]}"
    if found.date_part:
        return f"{found.date_part} {found.values}"
    return str(found.grain) if found.kind == "grain" else f"{found.start}..{found.end}"


@pytest.mark.parametrize(
    ("text", "calendar", "start", "end"),
    [
        ("FY25", Calendar(fiscal_year_start_month=7), "2024-07-01", "2025-07-01"),
        (
            "FY25",
            Calendar(fiscal_year_start_month=7, fiscal_year_named_by="start"),
            "2025-07-01",
            "2026-07-01",
        ),
        ("fiscal Q2 2025", Calendar(fiscal_year_start_month=7), "2024-10-01", "2025-01-01"),
        ("last fiscal year", Calendar(fiscal_year_start_month=7), "2025-07-01", "2026-07-01"),
        ("this fiscal quarter", Calendar(fiscal_year_start_month=2), "2026-11-01", "2027-02-01"),
        ("Q2 of last fiscal year", Calendar(fiscal_year_start_month=7), "2025-10-01", "2026-01-01"),
        ("last week", Calendar(week_start=6), "2026-11-15", "2026-11-22"),
    ],
)
def test_calendar_is_followed(text: str, calendar: Calendar, start: str, end: str) -> None:
    (found,) = _find(text, calendar)
    assert (str(found.start), str(found.end)) == (start, end)


def test_reading_says_the_last_day_included() -> None:
    (found,) = _find("Revenue over the last 3 full months?")
    assert found.reading == "last 3 full months: 1 Aug 2026 to 31 Oct 2026"
    assert found.preposition == "over"


@given(
    st.one_of(st.text(max_size=80), st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)),
    st.one_of(st.dates(), st.sampled_from([date.min, date.max, date(2024, 2, 29)])),
)
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_without_overlap(text: str, as_of: date) -> None:
    last = 0
    for found in find_times(text, as_of, Calendar(fiscal_year_start_month=4)):
        assert last <= found.start_char < found.end_char <= len(text)
        assert found.text == text[found.start_char : found.end_char]
        assert found.reading
        assert found.start is None or found.end is None or found.start < found.end
        last = found.end_char


@pytest.mark.parametrize("text", ["end of start of " * 2000, "the " * 5000, "2024 and " * 3000])
def test_long_texts_are_read(text: str) -> None:
    assert isinstance(_find(text), tuple)
