"""dbt in this process: the one module that runs it."""

from __future__ import annotations

import contextlib
import errno
import io
import re
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from semantic.errors import ArtifactError, ConfigurationError
from semantic.project import Project

# dbt keeps global state (flags, adapters, logging): one call at a time in a process.
DBT_LOCK = threading.RLock()

_DISK_ERRORS = frozenset(
    {errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}
)
PARTIAL_PARSE = "partial_parse.msgpack"
"""dbt's memory of the last parse, in the target path."""
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def run_dbt_parse(project: Project) -> Any:
    """Write `manifest.json` and `semantic_manifest.json` into the project's target path.

    Gives back dbt's own manifest object, which its other commands can be given.

    Raises:
        ArtifactError: dbt could not parse the project; carries dbt's own message.
        ConfigurationError: The profile cannot be used.
        OSError: The target path cannot be written to.
    """
    said: list[str] = []

    def listen(event: Any) -> None:
        if event.info.level == "error":
            said.append(event.info.msg)

    known = project.target_path / PARTIAL_PARSE
    partial = known.is_file()
    result = run_dbt(project, ["parse"], callbacks=[listen])
    if partial and not result.success and _disk_problem(result.exception) is None:
        # dbt's partial parse can stumble over what is gone (a measure removed together with its
        # metric), so only a parse from nothing may say that a project is wrong.
        said.clear()
        known.unlink(missing_ok=True)
        result = run_dbt(project, ["parse"], callbacks=[listen])
    if result.success:
        return result.result
    disk = _disk_problem(result.exception)
    if disk is not None:
        raise disk
    message = _dbt_message(result.exception, said)
    if not (project.profiles_dir / "profiles.yml").is_file():
        raise ConfigurationError(
            f"There is no profiles.yml in {project.profiles_dir}.",
            "Write one there or in the project's folder, or name its folder by --profiles-dir.",
        )
    if _is_profile_problem(result.exception):
        raise ConfigurationError(
            f"dbt cannot use the profile '{project.profile}': {message}",
            f"Check {project.profiles_dir / 'profiles.yml'} and the variables that it reads.",
        )
    raise ArtifactError(f"dbt cannot parse the project: {message}", _parse_hint(message))


def run_dbt(
    project: Project,
    command: Sequence[str],
    project_dir: Path | None = None,
    manifest: Any = None,
    callbacks: Sequence[Callable[[Any], None]] = (),
) -> Any:
    """One dbt command in this process, silent; gives back dbt's own result object.

    Args:
        project: whose profile, target and target path are used.
        command: the command with its own arguments.
        project_dir: another folder than the project's own.
        manifest: dbt's manifest object, to be used instead of parsing.
        callbacks: get dbt's events.
    """
    # Late: importing dbt costs seconds, and is not needed while the artifacts are fresh.
    from dbt.cli.main import dbtRunner

    project.target_path.mkdir(parents=True, exist_ok=True)
    arguments = [
        "--quiet",
        "--no-use-colors",
        "--no-send-anonymous-usage-stats",
        "--no-version-check",
        "--partial-parse",
        "--log-path",
        str(project.target_path / "logs"),
        *command,
        "--project-dir",
        str(project_dir or project.project_dir),
        "--profiles-dir",
        str(project.profiles_dir),
        "--target-path",
        str(project.target_path),
    ]
    if project.target:
        arguments += ["--target", project.target]
    # dbt prints events, and its libraries print on their own; standard output is the answer's.
    with (
        DBT_LOCK,
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        return dbtRunner(manifest=manifest, callbacks=list(callbacks)).invoke(arguments)


def _disk_problem(exception: BaseException | None) -> OSError | None:
    """The disk's refusal to take a file, if that is what is below dbt's exception."""
    seen = 0
    while exception is not None and seen < 10:
        if isinstance(exception, OSError) and exception.errno in _DISK_ERRORS:
            return exception
        exception = exception.__cause__ or exception.__context__
        seen += 1
    return None


def _is_profile_problem(exception: BaseException | None) -> bool:
    return type(exception).__name__ in {"DbtProfileError", "EnvVarMissingError"} or (
        "profiles.yml" in str(exception)
    )


def _dbt_message(exception: BaseException | None, said: list[str]) -> str:
    """What dbt says is wrong, in one text. dbt's exceptions name the file, its events may not."""
    text = str(exception) if exception is not None else "\n".join(said)
    text = _ANSI.sub("", text).strip()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and lines[0] in {"Runtime Error", "Encountered an error:"}:
        lines = lines[1:]
    return " ".join(lines) or "it gives no reason"


def _parse_hint(message: str) -> str:
    if "dbt deps" in message or "packages" in message.lower() and "install" in message.lower():
        return "Install the project's packages with `dbt deps`."
    return "Correct the file; `dbt parse` in the project's folder shows the same message."
