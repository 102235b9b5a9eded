"""Tells, in a few milliseconds, whether a project changed since it was last parsed."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from semantic.project import Project

_PARSED_SUFFIXES = (".yml", ".yaml", ".sql", ".md", ".csv", ".py", ".env", ".lock")
_ENV_VAR = re.compile(rb"env_var\(\s*['\"]([A-Za-z_][A-Za-z0-9_]*)['\"]")
_LARGEST_SCANNED_FILE = 1_000_000


def project_stamp(project: Project, env_vars: Iterable[str]) -> str:
    """A hash over path, modification time and size of every file that dbt reads.

    Args:
        project: The project to look at.
        env_vars: Names of the environment variables that the project's files read.
    """
    digest = hashlib.blake2b(digest_size=16)
    digest.update(repr((str(project.project_dir), project.target, project.profile)).encode())
    for path, stat in _files(project):
        digest.update(f"{path}\0{stat.st_mtime_ns}\0{stat.st_size}\n".encode(errors="replace"))
    for name in sorted(env_vars):
        digest.update(f"{name}={os.environ.get(name)!r}\n".encode(errors="replace"))
    return digest.hexdigest()


def env_vars_read(project: Project) -> tuple[str, ...]:
    """Names of the environment variables that the project's files read through `env_var()`."""
    names: set[str] = set()
    for path, stat in _files(project):
        # A seed has no Jinja and can be big.
        if path.endswith(".csv") or stat.st_size > _LARGEST_SCANNED_FILE:
            continue
        try:
            names.update(m.decode() for m in _ENV_VAR.findall(Path(path).read_bytes()))
        except OSError:
            continue
    return tuple(sorted(names))


def _files(project: Project) -> Iterator[tuple[str, os.stat_result]]:
    yield from _stat(str(project.profiles_dir / "profiles.yml"))
    for path in project.source_paths:
        if path.is_dir():
            yield from _walk(str(path))
        else:
            yield from _stat(str(path))


def _stat(path: str) -> Iterator[tuple[str, os.stat_result]]:
    try:
        yield path, os.stat(path)
    except OSError:
        return


def _walk(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        try:
            if entry.is_dir():
                if not entry.name.startswith("."):
                    yield from _walk(entry.path)
            elif entry.name.endswith(_PARSED_SUFFIXES):
                yield entry.path, entry.stat()
        except OSError:
            continue
