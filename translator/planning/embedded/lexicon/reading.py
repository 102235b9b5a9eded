"""Reading the text files: one entry a line, whole-line comments, no other syntax to learn."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

DEFAULT_STRENGTH = 0.8


@cache
def _folder() -> Traversable:
    return files(__package__).joinpath("data")


def lines(name: str) -> Iterator[str]:
    """Entry lines of a data file, without comments and blank lines.

    A comment is a line that starts with a hash; a hash later in a line ("# of") is data.
    """
    text = _folder().joinpath(name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            yield line


def rows(name: str) -> Iterator[list[str]]:
    """Entry lines split into stripped columns at `|`."""
    for line in lines(name):
        yield [column.strip() for column in line.split("|")]


def names(column: str) -> tuple[str, ...]:
    """A comma-separated column."""
    return tuple([part.strip() for part in column.split(",")]) if column else ()


def weighted(column: str) -> list[tuple[str, float, bool]]:
    """`a/0.9, b, >c/0.6` as (phrase, strength, one-way)."""
    result = []
    for part in column.strip().split(", "):
        phrase, _, strength = part.partition("/")
        one_way = phrase[0] == ">"
        result.append((phrase[one_way:], float(strength or DEFAULT_STRENGTH), one_way))
    return result
