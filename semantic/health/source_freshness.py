"""`sources.json`: what `dbt source freshness` last measured.

https://docs.getdbt.com/reference/artifacts/sources-json. Version 3 came with dbt 1.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from semantic.health.artifact import moment, read_artifact
from semantic.health.lineage import Lineage

SOURCES = "sources.json"
_VERSIONS = range(3, 4)


@dataclass(frozen=True)
class SourceRun:
    """One source: `status` is dbt's, `age_seconds` its age when measured, `limit` in words."""

    status: str
    loaded_at: datetime | None = None
    measured_at: datetime | None = None
    age_seconds: float | None = None
    limit: str | None = None


@dataclass(frozen=True)
class SourceFreshness:
    """What was measured, by unique id."""

    sources: Mapping[str, SourceRun] = field(default_factory=dict)


def read_source_freshness(path: Path, lineage: Lineage) -> SourceFreshness:
    """What was measured of this project's sources.

    Raises:
        Unusable: nothing was, or it cannot be read.
    """
    content = read_artifact(path, "sources", _VERSIONS)
    return SourceFreshness(
        {
            str(r["unique_id"]): _run(r)
            for r in content["results"]
            if isinstance(r, Mapping) and r.get("unique_id") in lineage.names
        }
    )


def _run(result: Mapping[str, Any]) -> SourceRun:
    status = str(result.get("status") or "").lower()
    age = result.get("max_loaded_at_time_ago_in_s")
    criteria = result.get("criteria") or {}
    passed = criteria.get("error_after" if status == "error" else "warn_after") or {}
    limit = None
    if isinstance(passed, Mapping) and passed.get("count") is not None:
        count, period = passed["count"], passed.get("period")
        limit = f"{count} {period}{'' if count == 1 else 's'}"
    return SourceRun(
        status=status,
        loaded_at=moment(result.get("max_loaded_at")),
        measured_at=moment(result.get("snapshotted_at")),
        age_seconds=float(age) if isinstance(age, int | float) else None,
        limit=limit,
    )
