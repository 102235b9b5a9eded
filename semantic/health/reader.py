"""Keeps a project's `Health` as new as the artifacts that dbt leaves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from semantic.health.artifact import Unusable
from semantic.health.health import Health
from semantic.health.lineage import Lineage
from semantic.health.run_results import RUN_RESULTS, read_run_results
from semantic.health.source_freshness import SOURCES, read_source_freshness

_T = TypeVar("_T")


class HealthReader:
    """Reads the artifacts again when they changed. Safe to use from several threads."""

    def __init__(
        self, manifest: Mapping[str, Any], folders: Sequence[Path], target: str | None = None
    ) -> None:
        """Take the manifest in.

        Args:
            manifest: dbt's manifest of the project.
            folders: Where the person's own dbt may leave its artifacts; the newest counts.
            target: The target that is asked, if it was named.
        """
        self._lineage = Lineage(manifest)
        self._folders = tuple(dict.fromkeys(folders))
        self._target = target
        self._seen: object = None
        self._health: Health | None = None
        self._lock = threading.Lock()

    def read(self) -> Health:
        """What is known now; never raises for what the artifacts hold."""
        paths = (self._newest(RUN_RESULTS), self._newest(SOURCES))
        seen = tuple(_stamp(path) for path in paths)
        with self._lock:
            if self._health is None or seen != self._seen:
                self._seen = seen
                self._health = self._read(*paths)
            return self._health

    def _read(self, run_results: Path, sources: Path) -> Health:
        run, run_problem = _known(
            lambda: read_run_results(run_results, self._lineage, self._target)
        )
        freshness, freshness_problem = _known(lambda: read_source_freshness(sources, self._lineage))
        return Health(self._lineage, run, run_problem, freshness, freshness_problem)

    def _newest(self, name: str) -> Path:
        found = [(_stamp(folder / name), folder / name) for folder in self._folders]
        return max(found, key=lambda pair: pair[0])[1]


def _stamp(path: Path) -> tuple[int, int]:
    with suppress(OSError):
        stat = path.stat()
        return stat.st_mtime_ns, stat.st_size
    return 0, 0


def _known(read: Callable[[], _T]) -> tuple[_T | None, str | None]:
    try:
        return read(), None
    except Unusable as problem:
        return None, str(problem)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return None, f"the artifact does not have dbt's shape ({type(error).__name__})"
