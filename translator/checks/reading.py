"""How the planner read what could be read otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from translator.answer import Check
from translator.checks.subject import Subject


def reading(subject: Subject) -> Iterator[Check]:
    """Tell the planner's assumptions, such as the days that 'last 90 days' stands for."""
    notes = [note.strip().rstrip(".") for note in dict.fromkeys(subject.notes) if note.strip()]
    if notes:
        yield Check("reading", "pass", "; ".join(notes) + ".")
