"""How people write down what codes mean, and what only looks like it."""

from __future__ import annotations

import doctest

import pytest

from semantic import value_labels
from semantic.value_labels import parse_value_labels

ACTIVE_CHURNED = {"A": "active", "C": "churned"}
LOW_HIGH = {"L": "low", "M": "medium", "H": "high"}
YES_NO = {"0": "no", "1": "yes"}

WRITTEN = [
    ("A = active, C = churned", "", ACTIVE_CHURNED),
    ("A=active;C=churned", "", ACTIVE_CHURNED),
    ("A: active, C: churned.", "", ACTIVE_CHURNED),
    ("A - active, C - churned", "", ACTIVE_CHURNED),
    ("A – active; C – churned", "", ACTIVE_CHURNED),
    ("A → active, C → churned", "", ACTIVE_CHURNED),
    ("A -> active, C -> churned", "", ACTIVE_CHURNED),
    ("A => active\nC => churned", "", ACTIVE_CHURNED),
    ("'A' means active, 'C' means churned", "", ACTIVE_CHURNED),
    ("`A` is active, `C` is churned", "", ACTIVE_CHURNED),
    ('"A" stands for active and "C" stands for churned', "", ACTIVE_CHURNED),
    ("A for active, C for churned", "", ACTIVE_CHURNED),
    ("A denotes active, C denotes churned", "", ACTIVE_CHURNED),
    ("A (active), C (churned)", "", ACTIVE_CHURNED),
    ("active (A), churned (C)", "", ACTIVE_CHURNED),
    ("active = A, churned = C", "", ACTIVE_CHURNED),
    ("State of the account (A = active, C = churned)", "", ACTIVE_CHURNED),
    ("State of the account: A active, C churned", "", ACTIVE_CHURNED),
    ("State of the account. A active, C churned. Empty for leads.", "AC", ACTIVE_CHURNED),
    ("State where A = active and C = churned", "", ACTIVE_CHURNED),
    ("- A: active\n- C: churned", "", ACTIVE_CHURNED),
    ("* `A` - active\n* `C` - churned", "", ACTIVE_CHURNED),
    ("• A: active • C: churned", "", ACTIVE_CHURNED),
    ("State: - A: active - C: churned", "AC", ACTIVE_CHURNED),
    ("| code | meaning |\n|---|---|\n| A | active |\n| C | churned |", "AC", ACTIVE_CHURNED),
    ("[A] active, [C] churned", "", ACTIVE_CHURNED),
    ("A=active/C=churned", "", ACTIVE_CHURNED),
    ("Either L (low), M (medium) or H (high)", "", LOW_HIGH),
    ("L low, M medium and H high", "LMH", LOW_HIGH),
    ("0=no, 1=yes", "", YES_NO),
    ("0-no,1-yes", "", YES_NO),
    ("1: yes; 0: no", "", YES_NO),
    ("HC healthcare, ED education", "", {"HC": "healthcare", "ED": "education"}),
    (
        "HO hospitality (hotels, restaurants), LG logistics",
        "",
        {"HO": "hospitality (hotels, restaurants)", "LG": "logistics"},
    ),
    (
        "EM = Europe, Middle East & Africa, AP = Asia Pacific",
        "",
        {"EM": "Europe, Middle East & Africa", "AP": "Asia Pacific"},
    ),
    (
        "Country: ISO code: DE Germany, AT Austria",
        "",
        {"DE": "Germany", "AT": "Austria"},
    ),
    ("10 new, 20 in progress, 30 done", "", {"10": "new", "20": "in progress", "30": "done"}),
    (
        "B2B business customer, B2C private one",
        "",
        {"B2B": "business customer", "B2C": "private one"},
    ),
    ("C card, A direct debit (ACH)", "", {"C": "card", "A": "direct debit (ACH)"}),
    ("P1: critical\nP2: high", "", {"P1": "critical", "P2": "high"}),
    ("P: paid. Empty while open.", ["P", "O"], {"P": "paid"}),
    (
        "in_transit: on its way; done: at the door",
        ["in_transit", "done"],
        {"in_transit": "on its way", "done": "at the door"},
    ),
    ("a = active, c = churned", ["A", "C"], ACTIVE_CHURNED),
]

PROSE = [
    "",
    "   ",
    "Day on which the account was closed.",
    "buy or sell",
    "The status as of today: open, closed or frozen.",
    "US state, two-letter code such as CA or NY.",
    "Engine type, e.g. V6, V8, Inline 4, Electric.",
    "USD per seat and month; flat for add-ons",
    "Exchange the security is listed on, e.g. NASDAQ, NYSE.",
    "A customer account. I am prose, it is nice.",
    "Badge number, e.g. N100007.",
    "Share of a full-time week, 1.00 is full time.",
    "Amount in EUR, net of VAT",
    "Time (UTC), date (ISO)",
    "Orders in the past 30 days, 90 days for B2B.",
    "Phone number in the form (123)-456-7890; the first three digits are the area code.",
    "See https://example.com/codes?a=b for what the codes mean",
]


@pytest.mark.parametrize(("description", "accepted", "expected"), WRITTEN)
def test_reads_codes(description: str, accepted: str, expected: dict[str, str]) -> None:
    assert dict(parse_value_labels(description, tuple(accepted))) == expected


@pytest.mark.parametrize("description", PROSE)
def test_takes_no_prose_for_codes(description: str) -> None:
    assert parse_value_labels(description) == ()


def test_words_explain_themselves() -> None:
    text = "active while employed, terminated after leaving"
    assert parse_value_labels(text, ("active", "terminated")) == ()


def test_only_accepted_values_are_codes() -> None:
    text = "A active, X something else, C churned"
    assert dict(parse_value_labels(text, ("A", "C"))) == ACTIVE_CHURNED


@pytest.mark.parametrize(
    "hostile", ["(" * 5000, "A = " * 2000, "A=a," * 3000, "\x00" * 100, "::::,,,;;;"]
)
def test_survives_hostile_texts(hostile: str) -> None:
    assert isinstance(parse_value_labels(hostile), tuple)


def test_doctests() -> None:
    assert doctest.testmod(value_labels).failed == 0
