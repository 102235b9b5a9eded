"""What planning itself has to say: a language model that was down, and what asking it took."""

from __future__ import annotations

from collections.abc import Iterable

from translator.answer import Check


def planning_checks(warnings: Iterable[str], usage: str) -> tuple[Check, ...]:
    """A warning for each thing that went wrong, and a line on the calls to a language model."""
    found = [Check("language_model", "warn", warning) for warning in warnings]
    if usage:
        found.append(Check("language_model", "pass", usage))
    return tuple(found)
