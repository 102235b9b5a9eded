"""Which scratch schemas belong to a process that lives, and which to one that was killed.

A process holds a lock on a file of the schema's name while it works there. The system lets go of
the lock with the process, however that ends, so the next run knows at once what it may drop.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_FOLDER = "scratch"


class Claims:
    """The claims of one target of a project, in a folder of its cache."""

    def __init__(self, cache_folder: Path, target: str) -> None:
        """Nothing is made before it is needed."""
        self._folder = cache_folder / _FOLDER / (target or "default")

    @contextlib.contextmanager
    def hold(self, schema: str) -> Iterator[None]:
        """Claim the schema. Where no file can be made or locked, its age alone tells later."""
        path = self._folder / schema
        file: IO[bytes] | None = None
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            file = path.open("wb")
            _lock(file)
        try:
            yield
        finally:
            if file is not None:
                file.close()

    def abandoned(self) -> tuple[str, ...]:
        """Schemas whose process ended without `release`."""
        try:
            paths = sorted(self._folder.iterdir())
        except OSError:
            return ()
        return tuple(path.name for path in paths if _is_free(path))

    def release(self, schemas: tuple[str, ...]) -> None:
        """Forget schemas that were dropped."""
        for schema in schemas:
            with contextlib.suppress(OSError):
                (self._folder / schema).unlink()


def _lock(file: IO[bytes]) -> None:
    """Take the lock.

    Raises:
        OSError: another process has it, or there are no such locks here.
    """
    try:
        import fcntl
    except ImportError as error:  # Windows
        raise OSError(str(error)) from None
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_free(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            _lock(file)
    except OSError:
        return False
    return True
