"""What phrases say about time; bounds and readings of the rest of a mention."""

from datetime import date

import pytest

from tests.translator.planning.time.phrases import PHRASES
from translator.planning.embedded.time import Alternative, Calendar, TimeMention, find_times

AS_OF = date(2026, 11, 24)


def _find(text: str, calendar: Calendar | None = None) -> tuple[TimeMention, ...]:
    return find_times(text, AS_OF, calendar or Calendar())


def _said(found: TimeMention) -> str:
    without = "without " if found.kind == "exclusion" else ""
    if found.comparison:
        count, grain = found.comparison
        return f"{'offset' if found.kind == 'offset' else 'vs'} back {count} {grain}"
    if found.date_part:
        values = ",".join(map(str, found.values))
        return f"{without}{found.date_part}" + (f"={values}" if values else "")
    if found.kind == "grain":
        return f"by {found.grain or 'time'}"
    return f"{without}{found.start or ''}..{found.end or ''}"


@pytest.mark.parametrize(("text", "expected"), PHRASES)
def test_phrase(text: str, expected: str) -> None:
    found = [m for m in _find(text) if m.kind != "inclusion"]
    assert "; ".join(_said(m) for m in found) == expected


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("this fiscal quarter", "2026-11-01", "2027-02-01"),
        ("last fiscal year", "2025-02-01", "2026-02-01"),
        ("fiscal Q2 2026", "2025-05-01", "2025-08-01"),
        ("FY25", "2024-02-01", "2025-02-01"),
        ("fiscal year 2025", "2024-02-01", "2025-02-01"),
        ("FY2025 Q3", "2024-08-01", "2024-11-01"),
        ("Q3 FY25", "2024-08-01", "2024-11-01"),
        ("fiscal year to date", "2026-02-01", "2026-11-25"),
        ("fiscal 2026", "2025-02-01", "2026-02-01"),
        ("current financial year", "2026-02-01", "2027-02-01"),
        ("Q3 2024", "2024-07-01", "2024-10-01"),
        ("last year", "2025-01-01", "2026-01-01"),
        ("last 2 fiscal quarters", "2026-05-01", "2026-11-01"),
        ("FYTD", "2026-02-01", "2026-11-25"),
        ("since the start of the fiscal year", "2026-02-01", None),
    ],
)
def test_fiscal_year_from_february(text: str, start: str, end: str | None) -> None:
    (found,) = _find(text, Calendar(fiscal_year_start_month=2))
    assert (str(found.start), found.end and str(found.end)) == (start, end)
    assert not found.fiscal or "f" in text.lower()


def test_whole_months_are_the_alternative_of_months_back() -> None:
    (found,) = _find("revenue in the last 3 months")
    assert (found.start, found.end) == (date(2026, 8, 24), date(2026, 11, 25))
    assert found.alternatives == (
        Alternative(
            date(2026, 8, 1), date(2026, 11, 1), "last 3 months: 1 Aug 2026 to 31 Oct 2026"
        ),
    )


def test_months_back_are_the_alternative_of_whole_months() -> None:
    whole, _ = _find("last 3 months by month")
    assert (whole.start, whole.end) == (date(2026, 8, 1), date(2026, 11, 1))
    assert [(a.start, a.end) for a in whole.alternatives] == [
        (date(2026, 8, 24), date(2026, 11, 25))
    ]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("05/06/2024", (date(2024, 6, 5), date(2024, 6, 6))),
        ("since 05/06/2024", (date(2024, 6, 5), None)),
        ("mid 2024", (date(2024, 1, 1), date(2025, 1, 1))),
        ("Mar-24", (date(2026, 3, 24), date(2026, 3, 25))),
    ],
)
def test_ambiguity_is_told(text: str, other: tuple[date | None, date | None]) -> None:
    (found,) = _find(text)
    assert [(a.start, a.end) for a in found.ambiguous] == [other]
    assert found.confidence < 1


def test_an_end_taken_off_leaves_nothing_to_exclude() -> None:
    found = _find("last week (seven days, not counting this week)")
    assert [m.kind for m in found] == ["range", "inclusion"]


@pytest.mark.parametrize(
    "text", ["- " * 5000, "March and " * 1100, "'" * 10_000, "(" * 10_000, "of the " * 1500]
)
def test_long_texts_are_read(text: str) -> None:
    # Lookahead without bounds made 10,000 dashes take half a minute.
    assert isinstance(_find(text[:10_000]), tuple)
