"""What a check looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from semantic.catalog import SemanticCatalog
from semantic.health import Health
from translator.checks.inquiry import Finding
from translator.plan import ModelQuery
from translator.query import SemanticQuery


@dataclass(frozen=True)
class Subject:
    """An answer that is about to be shown.

    `columns` are the names of the result's, `group_keys` the positions of those that rows are
    grouped by; `models` are the names of the dbt models read. `ignored` and `notes` are the
    planner's: words that it did not use, and how it read others. `findings` is what the warehouse
    was asked for (`with_evidence` False: it was not asked).
    """

    query: SemanticQuery | ModelQuery
    catalog: SemanticCatalog
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool
    as_of: date
    ignored: tuple[str, ...] | None = ()
    notes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    group_keys: tuple[int, ...] = ()
    models: tuple[str, ...] = ()
    week_start: str = "monday"
    health: Health | None = None
    with_evidence: bool = False
    findings: tuple[Finding, ...] = ()
