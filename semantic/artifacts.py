"""dbt's artifacts of a project: made when missing or stale, read, and checked before use."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semantic.errors import ArtifactError, ConfigurationError
from semantic.parse import run_dbt_parse
from semantic.project import Project
from semantic.stamp import env_vars_read, project_stamp

MANIFEST = "manifest.json"
SEMANTIC_MANIFEST = "semantic_manifest.json"
CATALOG = "catalog.json"
_STAMP = "metricspeak_stamp.json"
# Semantic models came with manifest v10 (dbt 1.6); v12 is dbt 1.8 to 1.11.
_OLDEST_SCHEMA, _NEWEST_SCHEMA = 10, 12


@dataclass(frozen=True)
class Artifacts:
    """What dbt wrote about a project. `catalog` is None until `dbt docs generate` was run."""

    manifest: Mapping[str, Any]
    semantic_manifest: Mapping[str, Any]
    catalog: Mapping[str, Any] | None
    manifest_path: Path
    semantic_manifest_path: Path
    catalog_path: Path
    fingerprint: str


def ensure_artifacts(project: Project) -> Artifacts:
    """The project's artifacts, after a `dbt parse` if any of its files changed since the last.

    Raises:
        ArtifactError: The project cannot be parsed, or its artifacts cannot be read.
    """
    if _is_fresh(project):
        try:
            return _read(project.target_path, _fingerprint(project))
        except ArtifactError:
            # Deleted or cut off behind our back: the sources are here, so make them again.
            pass
    try:
        with _one_at_a_time(project.target_path):
            if not _is_fresh(project, recheck=True):
                run_dbt_parse(project)
                _write_stamp(project)
            return _read(project.target_path, _fingerprint(project))
    except OSError as error:
        raise ConfigurationError(
            f"Cannot write dbt's artifacts to {project.target_path}: {error.strerror or error}.",
            "Free some space or set DBT_TARGET_PATH to a folder that can be written to.",
        ) from None


def read_artifacts(folder: str | Path) -> Artifacts:
    """Artifacts made elsewhere, read without the project's sources.

    Raises:
        ArtifactError: A file is missing, cut off, or of a version that we do not know.
    """
    path = Path(folder).expanduser()
    digest = hashlib.blake2b(digest_size=16)
    for name in (MANIFEST, SEMANTIC_MANIFEST, CATALOG):
        with contextlib.suppress(OSError):
            digest.update((path / name).read_bytes())
    return _read(path, digest.hexdigest())


def read_manifest(path: Path) -> Mapping[str, Any]:
    """A `manifest.json`, of a version that we know.

    Raises:
        ArtifactError: it is missing, cut off, or of another version.
    """
    manifest = _read_json(path, "nodes")
    _check_version(manifest, path)
    return manifest


def _read(folder: Path, fingerprint: str) -> Artifacts:
    manifest = read_manifest(folder / MANIFEST)
    semantic_manifest = _read_json(folder / SEMANTIC_MANIFEST, "semantic_models")
    catalog_path = folder / CATALOG
    catalog: Mapping[str, Any] | None = None
    if catalog_path.is_file():
        # Only types come from it: without a readable one everything else still works.
        with contextlib.suppress(ArtifactError):
            catalog = _read_json(catalog_path, "nodes")
    return Artifacts(
        manifest=manifest,
        semantic_manifest=semantic_manifest,
        catalog=catalog,
        manifest_path=folder / MANIFEST,
        semantic_manifest_path=folder / SEMANTIC_MANIFEST,
        catalog_path=catalog_path,
        fingerprint=fingerprint,
    )


def _read_json(path: Path, required_key: str) -> Mapping[str, Any]:
    remake = "Run `dbt parse` to make it."
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ArtifactError(f"There is no {path}.", remake) from None
    except OSError as error:
        raise ArtifactError(f"Cannot read {path}: {error.strerror or error}.") from None
    except (ValueError, RecursionError):
        raise ArtifactError(
            f"{path} is not complete: it was cut off while being written, or is not dbt's.",
            "Delete it and run `dbt parse`.",
        ) from None
    if not isinstance(content, dict) or not isinstance(content.get(required_key), dict | list):
        raise ArtifactError(f"{path} is not dbt's: it has no '{required_key}'.", remake)
    return content


def _check_version(manifest: Mapping[str, Any], path: Path) -> None:
    metadata = manifest.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    schema = str(metadata.get("dbt_schema_version") or "")
    written_by = f"dbt {metadata.get('dbt_version') or 'of an unknown version'}"
    number = schema.rpartition("/v")[2].removesuffix(".json")
    if "/manifest/" not in schema or not number.isdigit():
        raise ArtifactError(
            f"{path} does not say which version of dbt's manifest it is.",
            "Run `dbt parse` with dbt 1.6 or newer.",
        )
    if int(number) < _OLDEST_SCHEMA:
        raise ArtifactError(
            f"{path} is a manifest of version {number} ({written_by}), older than semantic models.",
            "Run `dbt parse` with dbt 1.6 or newer.",
        )
    if int(number) > _NEWEST_SCHEMA:
        raise ArtifactError(
            f"{path} is a manifest of version {number} ({written_by}), newer than we can read "
            f"(version {_NEWEST_SCHEMA}).",
            "Update metricspeak, or run `dbt parse` with the dbt installed beside it.",
        )


def _read_stamp(project: Project) -> Mapping[str, Any]:
    try:
        content = json.loads((project.target_path / _STAMP).read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _written(folder: Path) -> list[list[int]]:
    """Time and size of both manifests: tells whether another dbt, of another target, wrote."""
    written = []
    for name in (MANIFEST, SEMANTIC_MANIFEST):
        stat = (folder / name).stat()
        written.append([stat.st_mtime_ns, stat.st_size])
    return written


def _is_fresh(project: Project, recheck: bool = False) -> bool:
    stamp = _read_stamp(project)
    try:
        if not stamp or stamp.get("written") != _written(project.target_path):
            return False
    except OSError:
        return False
    if recheck:
        # Second look, below the lock: also when reading failed although the stamp is right.
        try:
            _read(project.target_path, "")
        except ArtifactError:
            return False
    names = [name for name in stamp.get("env_vars", ()) if isinstance(name, str)]
    return bool(stamp.get("project") == project_stamp(project, names))


def _write_stamp(project: Project) -> None:
    names = env_vars_read(project)
    content = {
        "project": project_stamp(project, names),
        "env_vars": list(names),
        "written": _written(project.target_path),
    }
    write_atomically(project.target_path / _STAMP, json.dumps(content).encode())


def _fingerprint(project: Project) -> str:
    stamp = _read_stamp(project)
    digest = hashlib.blake2b(str(stamp.get("project")).encode(), digest_size=16)
    with contextlib.suppress(OSError):
        stat = (project.target_path / CATALOG).stat()
        digest.update(f"{stat.st_mtime_ns} {stat.st_size}".encode())
    return digest.hexdigest()


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file by a complete new one: a reader never sees half of it.

    Raises:
        OSError: No space, no permission.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


@contextlib.contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold off other processes that would parse into the same folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".metricspeak.lock", "wb") as file:
        try:
            import fcntl
        except ImportError:  # Windows: two parses at once are merely wasteful there.
            yield
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
