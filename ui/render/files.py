"""Reports that go to files a person named."""

from __future__ import annotations

from pathlib import Path

from semantic.artifacts import write_atomically
from semantic.errors import ConfigurationError


def write_text(path: Path, text: str) -> None:
    """Write a whole file.

    Raises:
        ConfigurationError: it cannot be written.
    """
    try:
        if path.exists() and not path.is_file():  # /dev/stdout and its like cannot be replaced
            path.write_text(text, encoding="utf-8")
        else:
            write_atomically(path, text.encode("utf-8", "replace"))
            path.chmod(0o644)
    except OSError as error:
        raise _unwritable(path, error) from None


def append_text(path: Path, text: str) -> None:
    """Add to a file.

    Raises:
        ConfigurationError: it cannot be written.
    """
    try:
        with path.open("a", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"Cannot write {path}: {error.strerror or error}.", "Name another file."
    )
