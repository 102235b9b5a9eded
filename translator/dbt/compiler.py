"""SQL with `ref()` compiled by dbt itself, in a warm worker process."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semantic.errors import ConfigurationError, ServiceDownError
from semantic.project import Project

_START_SECONDS = 120.0
_COMPILE_SECONDS = 60.0
_ROOT = Path(__file__).resolve().parents[2]
# `-P`: a folder named `translator` in a dbt project must not be taken for ours.
_COMMAND = (
    sys.executable,
    "-P",
    "-c",
    "import sys; sys.path.append(sys.argv[1]); from translator.dbt.worker import main; main()",
    str(_ROOT),
)


@dataclass(frozen=True)
class DbtSql:
    """What dbt compiled: SQL with relation names.

    `depends_on` are the unique ids of the nodes that the SQL names; `through` those that ephemeral
    models among them read in turn; `private` the ephemeral ones among them that dbt's `access`
    keeps for a group, with that group.
    """

    sql: str
    depends_on: tuple[str, ...]
    through: tuple[str, ...] = ()
    private: tuple[tuple[str, str], ...] = ()


class DbtError(ConfigurationError):
    """dbt refused to compile; `message` is what it says."""


class DbtCompiler:
    """dbt over one project's manifest. Safe to use from several threads: one query at a time.

    The process starts at first use or by `warm`, and takes a few seconds to be ready. It writes
    into a temporary folder only, never into the project.
    """

    def __init__(self, project: Project, manifest_path: Path) -> None:
        """Keep what dbt needs; nothing starts yet.

        Args:
            project: the dbt project on disk.
            manifest_path: the `manifest.json` that the catalog was built from.
        """
        self._project = project
        self._manifest_path = manifest_path
        self._worker: _Worker | None = None
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Start the process, without waiting for it. Does nothing when it runs, or cannot start."""
        with self._lock, contextlib.suppress(ServiceDownError):
            self._started()

    def compile(self, sql: str, introspect: bool = False) -> DbtSql:
        """Compile one statement that holds no other Jinja than `ref` and `source` calls.

        Args:
            sql: the statement.
            introspect: let macros of ephemeral models that it reads query the warehouse.

        Raises:
            DbtError: dbt refuses it, or the project.
            ServiceDownError: the process cannot start, does not answer, or ended.
        """
        with self._lock:
            worker = self._started()
            try:
                worker.wait_until_ready()
                answer = worker.ask({"sql": sql, "introspect": introspect}, _COMPILE_SECONDS)
            except ServiceDownError:
                self._stop()
                raise
        if "error" in answer:
            raise DbtError(str(answer["error"]), "`dbt compile` shows the same message.")
        return DbtSql(
            answer["sql"],
            tuple(answer["depends_on"]),
            tuple(answer["through"]),
            tuple((node, str(group)) for node, group in answer["private"].items()),
        )

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._stop()

    def _started(self) -> _Worker:
        if self._worker is not None and not self._worker.alive:
            self._stop()
        if self._worker is None:
            self._worker = _Worker(self._project, self._manifest_path)
        return self._worker

    def _stop(self) -> None:
        if self._worker is not None:
            self._worker.stop()
            self._worker = None


class _Worker:
    """One process with its folder and its answers."""

    def __init__(self, project: Project, manifest_path: Path) -> None:
        try:
            folder = tempfile.TemporaryDirectory(prefix="metricspeak-dbt-")
            process = subprocess.Popen(
                _COMMAND,
                cwd=project.project_dir,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
            )
        except OSError as error:
            raise ServiceDownError(
                f"dbt cannot be started: {error.strerror or error}.",
                "Free memory and disk space, and try again.",
            ) from None
        self._process = process
        self._answers: queue.Queue[Mapping[str, Any] | None] = queue.Queue()
        self._number = 0
        self._ready = False
        self.stop = weakref.finalize(self, _end, process, folder)
        threading.Thread(
            target=_read, args=(process, self._answers), name="metricspeak-dbt", daemon=True
        ).start()
        arguments = _arguments(project, folder.name)
        self._write({"manifest": str(manifest_path), "folder": folder.name, "arguments": arguments})

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def wait_until_ready(self) -> None:
        """Wait until dbt is loaded."""
        if self._ready:
            return
        answer = self._answer(0, _START_SECONDS)
        if "error" in answer:
            raise DbtError(
                f"dbt cannot use the project: {answer['error']}",
                "`dbt compile` in the project's folder shows the same message.",
            )
        self._ready = True

    def ask(self, request: Mapping[str, Any], seconds: float) -> Mapping[str, Any]:
        """The answer to one request."""
        self._number += 1
        self._write({"id": self._number, **request})
        return self._answer(self._number, seconds)

    def _write(self, request: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except OSError:
            raise _ended() from None

    def _answer(self, number: int, seconds: float) -> Mapping[str, Any]:
        until = time.monotonic() + seconds
        while True:
            try:
                answer = self._answers.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                raise ServiceDownError(
                    f"dbt did not answer within {seconds:g} s.", "Ask again."
                ) from None
            if answer is None:
                raise _ended()
            if answer["id"] == number:  # an older one is of a question that was interrupted
                return answer


def _arguments(project: Project, folder: str) -> list[str]:
    arguments = ["--project-dir", str(project.project_dir)]
    arguments += ["--profiles-dir", str(project.profiles_dir)]
    arguments += ["--target-path", folder, "--log-path", folder]
    return arguments + (["--target", project.target] if project.target else [])


def _read(process: subprocess.Popen[str], answers: queue.Queue[Mapping[str, Any] | None]) -> None:
    assert process.stdout is not None
    with contextlib.suppress(ValueError, OSError):  # closed, or cut in the middle of a line
        for line in process.stdout:
            answers.put(json.loads(line))
    answers.put(None)


def _end(process: subprocess.Popen[str], folder: tempfile.TemporaryDirectory[str]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    with contextlib.suppress(OSError):
        folder.cleanup()


def _ended() -> ServiceDownError:
    return ServiceDownError("The dbt process ended unexpectedly.", "Ask again.")
