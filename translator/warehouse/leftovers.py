"""What a killed Postgres leaves in its data folder, and how the next start gets past it."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

SOCKET_NAME = ".s.PGSQL.5432"
_PID_FILE = "postmaster.pid"
_HANDLES = ".handle_pids.json"  # the library's list of the processes that use the server
# What people make gets numbers from here on; below are the system's own (FirstNormalObjectId,
# https://www.postgresql.org/docs/current/system-catalog-initial-data.html).
_FIRST_NORMAL_OID = 16384
_INITDB_SECONDS = 60


def clear_leftovers(data_dir: Path) -> None:
    """Remove what a killed server or process left and its successors trip over."""
    # Half-written after a kill, or root's and so closed to the owner of the data. Nothing depends
    # on it: the library is told to leave the server running.
    (data_dir / _HANDLES).unlink(missing_ok=True)
    lines = pid_file_lines(data_dir)
    if lines is None:
        return
    pid = postmaster_pid(lines)
    if pid is not None and _is_postmaster(pid, data_dir):
        return
    # Postgres removes the pid file of a dead server itself, but not when the number belongs to
    # another process by now, or to one that is dead and not yet reaped. Two servers on the same
    # files would ruin them, so first every child of the dead one has to be gone.
    _await_orphans(data_dir)
    (data_dir / _PID_FILE).unlink(missing_ok=True)
    socket_dir = Path(lines[4].strip()) if len(lines) > 4 else data_dir
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (socket_dir / name).unlink(missing_ok=True)


def clear_unfinished(data_dir: Path) -> None:
    """Remove data whose making was cut short, so that the next start makes them anew.

    Such a folder has a version file, which the library takes for a finished one. Only folders that
    hold nothing but the system's own files are touched.
    """
    if not (data_dir / "PG_VERSION").exists() or _has_content(data_dir):
        return
    _await_initdb(data_dir)
    _await_orphans(data_dir)
    shutil.rmtree(data_dir)


def _has_content(data_dir: Path) -> bool:
    """Whether there is a database or relation that is not the system's own."""
    paths = (*data_dir.glob("base/*"), *data_dir.glob("base/*/*"))
    numbers = (path.name.partition("_")[0].partition(".")[0] for path in paths)
    return any(number.isdigit() and int(number) >= _FIRST_NORMAL_OID for number in numbers)


def _await_initdb(data_dir: Path) -> None:
    """Wait for an `initdb` that outlived the process which began it."""
    import psutil

    folder = str(data_dir.resolve())
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.name().startswith("initdb") and folder in process.cmdline():
                found.append(process)
    psutil.wait_procs(found, timeout=_INITDB_SECONDS)


def pid_file_lines(data_dir: Path) -> list[str] | None:
    """The lines of the server's pid file: pid, folder, start time, port, socket folder, and more.

    https://www.postgresql.org/docs/current/storage-file-layout.html. None when there is none.
    """
    try:
        text = (data_dir / _PID_FILE).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.splitlines()


def postmaster_pid(lines: list[str]) -> int | None:
    """The number in a pid file's lines; None when it was killed while writing them."""
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def _is_postmaster(pid: int, data_dir: Path) -> bool:
    import psutil

    try:
        command = psutil.Process(pid).cmdline()
    except psutil.Error:
        return False
    # Symbolic links: the server was given the resolved path.
    return any(argument in (str(data_dir), str(data_dir.resolve())) for argument in command)


def _await_orphans(data_dir: Path) -> None:
    """Wait for the children of a dead postmaster: idle ones leave, busy ones are ended."""
    import psutil

    folder = str(data_dir.resolve())
    orphans = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.name().startswith("postgres") and process.cwd() == folder:
                orphans.append(process)
    _, alive = psutil.wait_procs(orphans, timeout=5)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=5)
