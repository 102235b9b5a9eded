"""The one place where errors of the command line become messages and exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import typer

from semantic.errors import ConfigurationError, MetricSpeakError, ServiceDownError, UnknownName
from ui.cli import exit_codes
from ui.render.text import printable


def error_exit_code(error: MetricSpeakError) -> int:
    """The exit status for an error that ended a command."""
    if isinstance(error, ConfigurationError | UnknownName):
        return exit_codes.USAGE
    return exit_codes.SERVICE_DOWN if isinstance(error, ServiceDownError) else exit_codes.FAILED


def print_error(message: str, hint: str = "") -> None:
    """Say on stderr what is wrong and what to do."""
    typer.echo(f"{typer.style('error:', fg='red', bold=True)} {printable(message, True)}", err=True)
    if hint:
        typer.echo(f"{typer.style('hint:', fg='yellow')} {printable(hint, True)}", err=True)


@contextmanager
def reported_errors() -> Iterator[None]:
    """Turn whatever a command raises into a message and an exit code; never a traceback.

    `METRICSPEAK_DEBUG=1` lets the traceback of an unexpected error through.
    """
    try:
        yield
        sys.stdout.flush()
    except MetricSpeakError as error:
        print_error(error.message, error.hint)
        raise typer.Exit(error_exit_code(error)) from None
    except KeyboardInterrupt:
        raise typer.Exit(exit_codes.INTERRUPTED) from None
    except BrokenPipeError:
        # The reader went away (`| head`). Python would complain when flushing stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(exit_codes.BROKEN_PIPE) from None
    except Exception as error:
        # typer's own way out of a command: Exit, Abort and usage errors.
        if type(error).__module__.startswith(("typer", "click")):
            raise
        if os.environ.get("METRICSPEAK_DEBUG") == "1":
            raise
        log = _write_log(error)
        what = f"Please report this with {log}" if log else "Please report this"
        print_error(
            f"MetricSpeak failed unexpectedly: {_first_line(error)}",
            f"{what}; METRICSPEAK_DEBUG=1 shows details.",
        )
        raise typer.Exit(exit_codes.FAILED) from None


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:200]}" if text else type(error).__name__


def _write_log(error: Exception) -> Path | None:
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        folder = (Path(base) if base else Path.home() / ".cache") / "metricspeak"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "errors.log"
        with path.open("a", encoding="utf-8", errors="replace") as log:
            log.write(f"--- {datetime.now(UTC).isoformat(timespec='seconds')} {sys.argv[1:2]}\n")
            log.writelines(traceback.format_exception(error))
    except (OSError, RuntimeError):
        return None
    return path
