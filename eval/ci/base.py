"""The answers of the main branch, kept in one file beside its manifest."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from semantic.artifacts import MANIFEST, SEMANTIC_MANIFEST, write_atomically
from semantic.errors import ArtifactError, ConfigurationError
from semantic.project import Project
from translator.settings import Settings

ANSWERS = "metricspeak_answers.json"
_VERSION = 1
MOST_ROWS = 500
"""Rows of an answer that are kept; of a larger one only a digest of all is compared."""


@dataclass(frozen=True)
class BaseAnswer:
    """One question's answer on the base. `columns` are name, role and format.

    `plan` is the JSON form of what was planned; `rows` are JSON values, at most `MOST_ROWS`.
    """

    id: str
    text: str
    status: str
    verdict: str
    reason: str
    plan: Mapping[str, Any]
    columns: tuple[tuple[str, str, str | None], ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    row_count: int = 0
    digest: str = ""

    @property
    def right(self) -> bool:
        """Whether it was what its question expects."""
        return self.verdict == "right"


@dataclass(frozen=True)
class Base:
    """All answers of a base, with what else they depend on.

    `as_of` is what was today, for questions that do not say; `sources` tell the state of the raw
    data, by relation.
    """

    as_of: date
    settings: Mapping[str, Any]
    answers: Mapping[str, BaseAnswer] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)


def settings_that_matter(settings: Settings) -> dict[str, Any]:
    """Settings that change how a question is read."""
    names = {"as_of", "week_start", "fiscal_year_start_month", "clarify_threshold"}
    return settings.model_dump(mode="json", include=names)


def rows_digest(rows: Iterable[Iterable[Any]]) -> str:
    """Of rows in any order."""
    lines = sorted(json.dumps(list(row), default=str) for row in rows)
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=12).hexdigest()


def read_base(state: Path) -> Base | None:
    """The stored answers; None where the folder has none.

    Raises:
        ArtifactError: the file is cut off, or of another version.
    """
    path = state / ANSWERS
    remake = "Write it again on the main branch with `metricspeak ci --store DIR`."
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ArtifactError(f"Cannot read {path}: {error.strerror or error}.") from None
    except (ValueError, RecursionError):
        raise ArtifactError(f"{path} is not complete: it was cut off.", remake) from None
    if not isinstance(content, dict) or content.get("version") != _VERSION:
        found = content.get("version") if isinstance(content, dict) else None
        raise ArtifactError(f"{path} is of version {found}, this reads {_VERSION}.", remake)
    try:
        answers = [
            BaseAnswer(
                **{
                    **a,
                    "columns": tuple((c[0], c[1], c[2]) for c in a["columns"]),
                    "rows": tuple(map(tuple, a["rows"])),
                }
            )
            for a in content["answers"]
        ]
        return Base(
            as_of=date.fromisoformat(content["as_of"]),
            settings=dict(content["settings"]),
            answers={a.id: a for a in answers},
            sources=dict(content["sources"]),
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ArtifactError(f"{path} is not what we write there: {error}.", remake) from None


def write_base(folder: Path, project: Project, base: Base) -> None:
    """Keep answers and manifests in a folder that can be given as `--state` later.

    Raises:
        ConfigurationError: the folder cannot be written to.
    """
    content = {
        "version": _VERSION,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "metricspeak": version("metricspeak"),
        "as_of": base.as_of.isoformat(),
        "settings": base.settings,
        "sources": base.sources,
        "answers": [asdict(a) for a in base.answers.values()],
    }
    try:
        check_writable(folder)
        for name in (MANIFEST, SEMANTIC_MANIFEST):
            found = project.target_path / name
            if found.resolve() != (folder / name).resolve():
                shutil.copyfile(found, folder / name)
        write_atomically(folder / ANSWERS, json.dumps(content, default=str).encode())
        (folder / ANSWERS).chmod(0o644)  # as the manifests beside it
    except OSError as error:
        raise unwritable(folder, error) from None


def check_writable(folder: Path) -> None:
    """Whether the folder takes files: asked before minutes are spent on what goes there.

    Raises:
        ConfigurationError: it does not.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Folders whose owner took the write bit off are meant to stay as they are, even for root.
        if not folder.stat().st_mode & 0o222:
            raise PermissionError(13, "Permission denied")
        probe = folder / ".metricspeak.probe"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise unwritable(folder, error) from None


def unwritable(folder: Path, error: OSError) -> ConfigurationError:
    """The error for a folder that takes no files."""
    return ConfigurationError(
        f"Cannot write to {folder}: {error.strerror or error}.",
        "Free some space, or name a folder that can be written to.",
    )
