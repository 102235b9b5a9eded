"""What a check looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from semantic.catalog import SemanticCatalog
from translator.plan import ModelQuery
from translator.query import SemanticQuery


@dataclass(frozen=True)
class Subject:
    """An answer that is about to be shown.

    `ignored` and `notes` are the planner's: words that it did not use, and how it read others.
    """

    query: SemanticQuery | ModelQuery
    catalog: SemanticCatalog
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool
    as_of: date
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
