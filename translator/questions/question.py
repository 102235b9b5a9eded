"""A test question and what is expected of its answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from translator.query import SemanticQuery

HELD_OUT = "held_out"
"""Name of the folder whose questions are evaluated and never looked at while tuning."""


@dataclass(frozen=True)
class Expectation:
    """What has to come out: a query, gold SQL, both, or a status.

    `sql` is one SELECT over dbt models with `{{ ref('…') }}`; its result is the truth where both
    are given. `status` is `clarify` or `unsupported`. `ordered`: the order of the rows matters.
    """

    query: SemanticQuery | None = None
    sql: str | None = None
    status: str | None = None
    ordered: bool = False


@dataclass(frozen=True)
class VerifiedQuestion:
    """One entry of a file of questions.

    `turns` are what was asked before in the same session, earliest first; `text` is asked last and
    `expect` concerns its answer. `paraphrases` replace `text`.
    """

    id: str
    text: str
    expect: Expectation
    file: Path
    line: int
    turns: tuple[str, ...] = ()
    paraphrases: tuple[str, ...] = ()
    as_of: date | None = None
    tags: tuple[str, ...] = ()

    @property
    def held_out(self) -> bool:
        """Whether it lies in a folder `held_out`."""
        return HELD_OUT in self.file.parts
