"""Where something of a project is written: file and line, for annotations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Place:
    """A file, relative to the current folder where it is below it, and a line (from 1)."""

    file: str
    line: int = 1


def place_of(project_dir: Path, node: Mapping[str, Any] | None, name: str = "") -> Place | None:
    """Where a node of the manifest is written, at the entry `name` within it if there is one.

    None for what is not in this project: a package's node, or one whose file is gone.
    """
    file = str((node or {}).get("original_file_path") or "")
    if node is None or not file:
        return None
    path = project_dir / file
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    line = 1
    if path.suffix != ".sql":
        line = line_of(text, str(node.get("name")))
        if name:
            line = line_of(text, name, line)
    return Place(shown_path(path), line)


def shown_path(path: Path) -> str:
    """A path from the current folder, with slashes; absolute where it is not below it."""
    full, here = path.resolve(), Path.cwd().resolve()
    return (full.relative_to(here) if full.is_relative_to(here) else full).as_posix()


def line_of(text: str, name: str, start: int = 1) -> int:
    """The line of `name: NAME` from line `start` on; `start` itself where there is none."""
    entry = re.compile(
        rf"""^\s*(?:-\s+)?(?:\{{\s*)?name:\s*(['"]?){re.escape(name)}\1\s*(?:[,}}#]|$)"""
    )
    for number, line in enumerate(text.splitlines(), 1):
        if number >= start and entry.match(line):
            return number
    return start
