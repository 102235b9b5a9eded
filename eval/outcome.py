"""What came of a case: a verdict, scores with reasons, and the evidence for both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from translator.results import json_value

SHOWN_ROWS = 50
"""Rows of a result that are kept for the report."""


class Verdict(StrEnum):
    """How a case ended. RIGHT covers a right refusal and a right question back, too.

    WRONG is an answer that is not the expected one: it costs trust. ASKED_BACK and REFUSED cost
    coverage only. FAILED is an error.
    """

    RIGHT = "right"
    WRONG = "wrong"
    ASKED_BACK = "asked_back"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class Score:
    """One measure of one case: 0..1, or None where it does not apply; `reason` says why."""

    name: str
    value: float | None
    reason: str


@dataclass(frozen=True)
class Table:
    """A result as kept for the report: at most `SHOWN_ROWS` rows of JSON values."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    row_count: int


@dataclass(frozen=True)
class Outcome:
    """The result of a case. Times are in milliseconds by stage."""

    key: str
    id: str
    text: str
    tags: tuple[str, ...]
    held_out: bool
    expected: str
    verdict: Verdict
    reason: str
    status: str
    planner: str
    confidence: float
    governed: bool
    scores: tuple[Score, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    usage: Mapping[str, float] = field(default_factory=dict)
    explanation: str | None = None
    query: Mapping[str, Any] | None = None
    expected_query: Mapping[str, Any] | None = None
    sql: str | None = None
    expected_sql: str | None = None
    got: Table | None = None
    wanted: Table | None = None
    trace_id: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON form; `from_dict` reads it back."""
        return asdict(self) | {"verdict": self.verdict.value}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Outcome:
        """Read the JSON form. Raises KeyError, TypeError or ValueError when it is none."""
        values = dict(data)
        values["verdict"] = Verdict(values["verdict"])
        values["tags"] = tuple(values["tags"])
        values["scores"] = tuple(Score(**s) for s in values["scores"])
        for name in ("got", "wanted"):
            table = values[name]
            values[name] = table and Table(
                tuple(table["columns"]), tuple(map(tuple, table["rows"])), table["row_count"]
            )
        return cls(**values)

    def score(self, name: str) -> float | None:
        """The value of one score; None when it does not apply."""
        return next((s.value for s in self.scores if s.name == name), None)


def plain_rows(rows: Iterable[Iterable[Any]]) -> tuple[tuple[Any, ...], ...]:
    """Rows of an answer as JSON values."""
    return tuple(tuple(_plain(value) for value in row) for row in rows)


def _plain(value: Any) -> Any:
    found = json_value(value)
    if found is None or isinstance(found, bool | int | float | str):
        return found
    return [_plain(v) for v in found] if isinstance(found, list) else float(found)
