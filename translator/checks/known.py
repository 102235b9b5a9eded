"""Inquiries that are the same for every question, made once."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from translator.checks.inquiry import Inquiry
from translator.checks.sql import Unreadable


class Known:
    """The inquiries of one catalog by their key. Safe to use from several threads."""

    def __init__(self) -> None:
        """Know none yet."""
        self._made: dict[tuple[str, ...], tuple[Inquiry, ...]] = {}

    def of(
        self, key: tuple[str, ...], make: Callable[[], Iterable[Inquiry]]
    ) -> tuple[Inquiry, ...]:
        """Those of `key`, made if they are not known; none where the project cannot be read so."""
        if key not in self._made:
            try:
                self._made[key] = tuple(make())
            except Unreadable:
                self._made[key] = ()
        return self._made[key]
