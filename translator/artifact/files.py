"""Changes to a project's files: shown as a diff, written all or none.

A journal in the target folder says what is under way, with the bytes from before: whatever ends the
process half way, the next run puts everything back.
"""

from __future__ import annotations

import base64
import contextlib
import difflib
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semantic.artifacts import write_atomically
from semantic.errors import ConfigurationError

JOURNAL = "metricspeak_save.journal"


@dataclass(frozen=True)
class FileChange:
    """A file as it was (`before` None: it was not there) and as it is to be."""

    path: Path
    before: bytes | None
    after: bytes


def new_or_changed(root: Path, path: Path, after: str) -> FileChange:
    """The change that gives `path` this text.

    Raises:
        ConfigurationError: the path leads out of the project, or cannot be read.
    """
    real = path.resolve()
    if not real.is_relative_to(root.resolve()):
        raise ConfigurationError(
            f"{path} leads to {real}, outside of the project.", "Name a file within the project."
        )
    return FileChange(real, read_bytes(real), after.encode("utf-8"))


def read_bytes(path: Path) -> bytes | None:
    """The file's content; None when it is not there.

    Raises:
        ConfigurationError: it is there and cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(
            f"Cannot read {path}: {error.strerror or error}.", "Make it a readable file."
        ) from None


def diff(changes: Iterable[FileChange], root: Path) -> str:
    """All changes as one unified diff, as `git diff` shows it."""
    parts: list[str] = []
    for change in changes:
        name = _relative(change.path, root)
        lines = difflib.unified_diff(
            _lines(change.before),
            _lines(change.after),
            "/dev/null" if change.before is None else f"a/{name}",
            f"b/{name}",
        )
        for line in lines:
            parts.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(parts)


def apply(changes: Sequence[FileChange], journal: Path) -> None:
    """Write all changes, or none.

    Args:
        changes: what to write; each file must still be as it was when the change was made.
        journal: where to note what is under way.

    Raises:
        ConfigurationError: a file changed meanwhile, or cannot be written; nothing is changed then.
    """
    try:
        with _one_at_a_time(journal):
            _recover(journal)
            for change in changes:
                if read_bytes(change.path) != change.before:
                    raise ConfigurationError(
                        f"{change.path} was changed meanwhile.", "Run the command again."
                    )
            entries = [_entry(change) for change in changes]
            folders = _missing_folders(changes)
            content = {"files": entries, "folders": [str(f) for f in folders]}
            write_atomically(journal, json.dumps(content).encode())
            try:
                for folder in folders:
                    folder.mkdir(exist_ok=True)
                for change, entry in zip(changes, entries, strict=True):
                    _write_beside(change, entry)
                for change, entry in zip(changes, entries, strict=True):
                    os.replace(entry["temporary"], change.path)
            except BaseException:
                _recover(journal)
                raise
            journal.unlink()
    except OSError as error:
        raise ConfigurationError(
            f"The project cannot be written to: {error.filename or ''} "
            f"{error.strerror or error}. Nothing was changed.",
            "Make the folder writable or free some space, then run the command again.",
        ) from None


def recover(journal: Path) -> None:
    """Put back what a run that was ended half way had begun to change.

    Raises:
        ConfigurationError: that is not possible.
    """
    if not journal.exists():
        return
    try:
        with _one_at_a_time(journal):
            _recover(journal)
    except OSError as error:
        raise ConfigurationError(
            f"What an interrupted `metricspeak save` left cannot be put back: "
            f"{error.filename or ''} {error.strerror or error}.",
            f"Make the project writable; {journal} holds the files as they were.",
        ) from None


def _recover(journal: Path) -> None:
    try:
        content = json.loads(journal.read_bytes())
    except FileNotFoundError:
        return
    except ValueError:  # it is written in one step, so this is not ours
        journal.unlink()
        return
    for entry in content["files"]:
        path = Path(entry["path"])
        with contextlib.suppress(FileNotFoundError):
            os.unlink(entry["temporary"])
        # Only what we wrote is put back: not what somebody wrote since.
        if read_bytes(path) is None or _digest(path.read_bytes()) != entry["after"]:
            continue
        if entry["before"] is None:
            path.unlink()
        else:
            write_atomically(path, base64.b64decode(entry["before"]))
            os.chmod(path, entry["mode"])
    for folder in reversed(content["folders"]):
        with contextlib.suppress(OSError):
            os.rmdir(folder)
    journal.unlink()


def _entry(change: FileChange) -> dict[str, Any]:
    mode = 0o666 & ~_umask()
    if change.before is not None:
        mode = change.path.stat().st_mode & 0o7777
    temporary = change.path.with_name(f".{change.path.name}.{secrets.token_hex(4)}.tmp")
    return {
        "path": str(change.path),
        "temporary": str(temporary),
        "before": None if change.before is None else base64.b64encode(change.before).decode(),
        "after": _digest(change.after),
        "mode": mode,
    }


def _write_beside(change: FileChange, entry: dict[str, Any]) -> None:
    for path in (change.path.parent, *([change.path] if change.before is not None else [])):
        # What has its write bits taken off is meant to stay as it is, even for root.
        if not os.access(path, os.W_OK) or not path.stat().st_mode & 0o222:
            raise PermissionError(13, "Permission denied", str(path))
    handle = os.open(entry["temporary"], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(change.after)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(entry["temporary"], entry["mode"])


def _missing_folders(changes: Iterable[FileChange]) -> list[Path]:
    """Folders to make, outer ones first."""
    missing: dict[Path, None] = {}
    for change in changes:
        parents = []
        folder = change.path.parent
        while not folder.exists():
            parents.append(folder)
            folder = folder.parent
        missing.update(dict.fromkeys(reversed(parents)))
    return list(missing)


def _umask() -> int:
    current = os.umask(0o022)
    os.umask(current)
    return current


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _lines(content: bytes | None) -> list[str]:
    return [] if content is None else content.decode("utf-8", "replace").splitlines(keepends=True)


def _relative(path: Path, root: Path) -> str:
    real = root.resolve()
    return path.relative_to(real).as_posix() if path.is_relative_to(real) else str(path)


@contextlib.contextmanager
def _one_at_a_time(journal: Path) -> Iterator[None]:
    """Hold off other saves into the same project."""
    journal.parent.mkdir(parents=True, exist_ok=True)
    with open(journal.with_suffix(".lock"), "wb") as file:
        try:
            import fcntl
        except ImportError:  # Windows: a second save finds the files changed, at worst
            yield
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
