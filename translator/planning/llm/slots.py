"""The slots of a document as a model wrote them: any of them may be anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from translator.query import Operator, QueryIssue

MOST_ENTRIES = 30
"""Entries of a list that are read: a model that repeats itself fills lists."""
_SPELLINGS = {"==": "=", "<>": "!=", "equals": "=", "not_in": "not in", "like": "contains"}


@dataclass(frozen=True)
class Slots:
    """The slots of one query."""

    written: Mapping[str, Any]

    def get(self, slot: str) -> Any:
        """A slot as it was written, None where it is left out."""
        return self.written.get(slot)

    def texts(self, slot: str) -> list[str]:
        """A slot's texts; a single one without its brackets is forgiven."""
        value = self.written.get(slot)
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list):
            return []
        return [v for v in value[:MOST_ENTRIES] if isinstance(v, str) and v.strip()]

    def objects(self, slot: str) -> Iterator[Mapping[str, Any]]:
        """A slot's objects; a single one without its brackets is forgiven."""
        value = self.written.get(slot)
        if isinstance(value, Mapping):
            value = [value]
        for entry in value[:MOST_ENTRIES] if isinstance(value, list) else []:
            if isinstance(entry, Mapping):
                yield entry


def read_operator(written: Any) -> Operator | QueryIssue:
    """An operator in any of its usual spellings."""
    text = " ".join(str(written).lower().replace("_", " ").split())
    try:
        return Operator(_SPELLINGS.get(text, text))
    except ValueError:
        known = ", ".join(o.value for o in Operator)
        return wrong_shape(f"There is no operator '{written}'; there are {known}.")


def read_number(value: Any) -> Decimal | int | None:
    """A finite number, also one in a text; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = Decimal(str(value).replace(",", "").strip())
    except ArithmeticError:
        return None
    if not number.is_finite():
        return None
    return int(number) if number == number.to_integral_value() else number


def wrong_shape(message: str) -> QueryIssue:
    """What is said of a slot that has another form than the grammar's."""
    return QueryIssue("wrong_shape", message)
