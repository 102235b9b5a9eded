"""Checks that tell how a question was read."""

from __future__ import annotations

from datetime import date

from semantic.catalog import SemanticCatalog
from translator.checks import Subject, checks_of
from translator.query import SemanticQuery

CATALOG = SemanticCatalog("shop", "postgres", "0")
LISTING = SemanticQuery()


def details(name: str, subject: Subject) -> list[tuple[str, str]]:
    return [(c.status, c.detail) for c in checks_of(subject) if c.name == name]


def subject(ignored: tuple[str, ...] = (), notes: tuple[str, ...] = ()) -> Subject:
    return Subject(LISTING, CATALOG, (("a",),), False, date(2025, 10, 15), ignored, notes)


def test_assumptions_of_the_planner_are_told_once_each() -> None:
    notes = ("last 90 days: 17 Jul 2025 to 15 Oct 2025", "sales: revenue.", "sales: revenue.")
    assert details("reading", subject(notes=notes)) == [
        ("pass", "last 90 days: 17 Jul 2025 to 15 Oct 2025; sales: revenue.")
    ]
    assert details("reading", subject()) == []


def test_words_without_use_are_a_warning_that_comes_first() -> None:
    checks = checks_of(subject(ignored=("cheaply",)))
    assert (checks[0].name, checks[0].status) == ("understood", "warn")
    assert "'cheaply'" in checks[0].detail
