"""Where a dbt project is and where its artifacts go."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from semantic.errors import ConfigurationError

PROJECT_FILE = "dbt_project.yml"
SETTINGS_FILE = "metricspeak.yml"
_DEFAULT_PATHS: Mapping[str, tuple[str, ...]] = {
    "model-paths": ("models",),
    "seed-paths": ("seeds",),
    "snapshot-paths": ("snapshots",),
    "macro-paths": ("macros",),
    "test-paths": ("tests",),
    "analysis-paths": ("analyses",),
    "docs-paths": (),
}


@dataclass(frozen=True)
class Project:
    """A dbt project on disk. `target_path` is always a folder that we may write to.

    Attributes:
        project_dir: The folder of `dbt_project.yml`.
        profiles_dir: The folder of `profiles.yml`.
        target: The profile's target, None for its default.
        target_path: Where dbt's artifacts are read and written.
        name: The project's name.
        profile: The profile's name in `profiles.yml`.
        settings_path: `metricspeak.yml` beside `dbt_project.yml`; need not exist.
        source_paths: Folders and files that a parse depends on.
        run_path: Where the person's own dbt leaves its artifacts, also when we cannot write there.
    """

    project_dir: Path
    profiles_dir: Path
    target: str | None
    target_path: Path
    name: str
    profile: str
    settings_path: Path
    source_paths: tuple[Path, ...] = ()
    run_path: Path | None = None


def find_project(
    project_dir: str | Path | None = None,
    profiles_dir: str | Path | None = None,
    target: str | None = None,
    target_path: str | Path | None = None,
) -> Project:
    """Read `dbt_project.yml` and settle every path, as dbt itself would.

    Args:
        project_dir: The project's folder; default `DBT_PROJECT_DIR`, else the current folder.
        profiles_dir: Default `DBT_PROFILES_DIR`, else the project's folder if it has a
            `profiles.yml`, else `~/.dbt`.
        target: The profile's target; default `DBT_TARGET`, else the profile's own default.
        target_path: Default `DBT_TARGET_PATH`, else `target-path` of the project. When that cannot
            be written to, a folder below the user's cache is used.
    """
    root = Path(project_dir or os.environ.get("DBT_PROJECT_DIR") or ".").expanduser().resolve()
    content = _read_project_file(root)
    profiles = profiles_dir or os.environ.get("DBT_PROFILES_DIR")
    if profiles is None:
        profiles = root if (root / "profiles.yml").is_file() else _home() / ".dbt"
    name = str(content.get("name") or root.name)
    wanted = target_path or os.environ.get("DBT_TARGET_PATH") or content.get("target-path")
    wanted_path = root / Path(str(wanted or "target")).expanduser()
    return Project(
        project_dir=root,
        profiles_dir=Path(profiles).expanduser().resolve(),
        target=target or os.environ.get("DBT_TARGET") or None,
        target_path=wanted_path if _is_writable(wanted_path) else cache_folder(root) / "target",
        name=name,
        profile=str(content.get("profile") or name),
        settings_path=root / SETTINGS_FILE,
        source_paths=_source_paths(root, content),
        run_path=wanted_path,
    )


def cache_dir(project: Project) -> Path:
    """The project's folder below the user's cache. May be deleted any time; may not exist."""
    return cache_folder(project.project_dir)


def cache_folder(project_dir: Path) -> Path:
    """`$XDG_CACHE_HOME/metricspeak/<hash of the project's path>`."""
    base = os.environ.get("XDG_CACHE_HOME")
    root = Path(base) if base else _home() / ".cache"
    digest = hashlib.blake2b(str(project_dir).encode("utf-8", "surrogateescape"), digest_size=8)
    return root / "metricspeak" / digest.hexdigest()


def _home() -> Path:
    """The user's home; for a user who has none, as in containers, a temporary one."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(tempfile.gettempdir()) / f"metricspeak-{os.getuid()}"


def _read_project_file(root: Path) -> Mapping[str, Any]:
    path = root / PROJECT_FILE
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigurationError(
            f"No dbt project in {root}: it has no {PROJECT_FILE}.",
            "Run this in a dbt project's folder, or name one with --project-dir.",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"Cannot read {path}: {error}.") from None
    except yaml.YAMLError as error:
        raise ConfigurationError(
            f"{path} is not valid YAML: {_yaml_problem(error)}.",
            "Correct it; `dbt debug` checks it.",
        ) from None
    if not isinstance(content, Mapping):
        raise ConfigurationError(
            f"{path} is not a dbt project file: it holds no settings.",
            "It needs at least `name` and `profile`.",
        )
    return content


def _yaml_problem(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"{error.problem} in line {error.problem_mark.line + 1}"
    return str(error).splitlines()[0]


def _source_paths(root: Path, content: Mapping[str, Any]) -> tuple[Path, ...]:
    found = [
        root / PROJECT_FILE,
        *(root / name for name in ("packages.yml", "dependencies.yml", "package-lock.yml")),
        *(root / name for name in ("selectors.yml", "vars.yml", ".env")),
    ]
    for key, default in _DEFAULT_PATHS.items():
        paths = content.get(key)
        if isinstance(paths, str):
            paths = [paths]
        found += [root / str(path) for path in (paths if isinstance(paths, list) else default)]
    found.append(root / str(content.get("packages-install-path") or "dbt_packages"))
    return tuple(dict.fromkeys(found))


def _is_writable(path: Path) -> bool:
    """Whether `path`, or what has to be made for it, can be written to, without making it.

    Asks the file system and not only the permission bits: root may write where the bits say no, and
    nobody may on a read-only mount.
    """
    existing = path
    while not existing.exists():
        if existing.parent == existing:
            return False
        existing = existing.parent
    if not (existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)):
        return False
    # Folders whose owner took the write bit off are meant to stay as they are, even for root.
    return bool(existing.stat().st_mode & 0o222)
