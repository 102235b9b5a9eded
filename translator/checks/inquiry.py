"""A question to the warehouse about the data behind an answer, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from semantic.catalog import Model


@dataclass(frozen=True)
class Inquiry:
    """One query for evidence.

    `kind` is the check that asked and `about` what it asked about, for the check to know it again;
    `models` are all whose rows it reads. Evidence with a `key` is of whole models and not of one
    question: it is remembered by that until their rows change.
    """

    kind: str
    about: Any
    tree: exp.Query
    models: tuple[Model, ...]
    key: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Finding:
    """The rows of an inquiry, or in words why there are none."""

    inquiry: Inquiry
    rows: tuple[tuple[Any, ...], ...] = ()
    problem: str | None = None
