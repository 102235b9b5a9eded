"""Whether the planner used every word that carries meaning."""

from __future__ import annotations

from collections.abc import Iterator

from translator.answer import Check
from translator.checks.subject import Subject

_WORDS = 8


def understood(subject: Subject) -> Iterator[Check]:
    """Warn with the words that were not used, and where nothing can be told of them."""
    if subject.ignored is None:
        detail = "It could not be checked that every word of the question was used."
        yield Check("understood", "warn", detail)
    elif subject.ignored:
        words = ", ".join(f"'{w}'" for w in subject.ignored[:_WORDS])
        yield Check("understood", "warn", f"These words were not used: {words}.")
    else:
        yield Check("understood", "pass", "Every word that carries meaning was used.")
