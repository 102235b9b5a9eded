"""The console that everything for people is printed on."""

from __future__ import annotations

import os

from rich.console import Console

_PIPE_WIDTH = 1_000


class _Console(Console):
    """Lets a reader that went away (`| head`) be told from a failure: Rich's own exits with 1."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def people_console(err: bool = False) -> Console:
    """A console as wide as the terminal; into a pipe or a file, lines are not wrapped.

    Args:
        err: print on standard error.
    """
    console = _Console(stderr=err, highlight=False, markup=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _PIPE_WIDTH
    return console
