"""The cache file of dimension values: may be deleted, damaged or impossible to write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from semantic.artifacts import write_atomically

_FORMAT = 1


@dataclass(frozen=True)
class CachedValues:
    """Values of one dimension, with what they depend on.

    `definition` is where they come from, `version` that of the data; values that turned out not to
    be text are remembered as such, so that they are not read again.
    """

    definition: str
    version: str | None
    values: tuple[str, ...]
    complete: bool
    indexed_at: str
    is_text: bool


def read_value_cache(path: Path) -> dict[str, CachedValues]:
    """What the file holds; empty when it is missing, damaged, or of another version of ours."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        return {}
    entries = content.get("dimensions")
    if not isinstance(entries, dict):
        return {}
    read = ((key, _entry(raw)) for key, raw in entries.items())
    return {key: entry for key, entry in read if entry is not None}


def _entry(raw: Any) -> CachedValues | None:
    if not isinstance(raw, dict) or not isinstance(raw.get("values"), list):
        return None
    version = raw.get("version")
    return CachedValues(
        definition=str(raw.get("definition")),
        version=None if version is None else str(version),
        values=tuple(str(value) for value in raw["values"]),
        complete=raw.get("complete") is True,
        indexed_at=str(raw.get("indexed_at")),
        is_text=raw.get("is_text") is True,
    )


def write_value_cache(path: Path, entries: Mapping[str, CachedValues]) -> str | None:
    """Replace the file by a complete new one; says what is wrong when that is not possible."""
    content = {
        "format": _FORMAT,
        "dimensions": {key: asdict(entry) for key, entry in entries.items()},
    }
    try:
        write_atomically(path, json.dumps(content, separators=(",", ":")).encode())
    except (OSError, ValueError) as error:
        return str(getattr(error, "strerror", None) or error)
    return None
