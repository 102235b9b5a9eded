"""Makes the demonstration warehouse: raw tables, then `dbt build`, unless nothing changed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from semantic.errors import ArtifactError, ServiceDownError, WarehouseError
from semantic.project import Project
from translator.warehouse.embedded import DATABASE, VARIABLES

LOADER = Path("scripts") / "load_raw.py"
_GENERATED = {
    "target",
    "logs",
    "dbt_packages",
    "seeds_data",
    "__pycache__",
    ".metricspeak",
    ".user.yml",
}


def fingerprint(project: Project) -> str:
    """Changes when any file of the project does, or the version of dbt that builds it."""
    from importlib.metadata import version

    digest = hashlib.blake2b(digest_size=16)
    digest.update(version("dbt-core").encode())
    for path in _files(project.project_dir):
        digest.update(f"{path.relative_to(project.project_dir)}\0".encode(errors="replace"))
        digest.update(hashlib.blake2b(path.read_bytes()).digest())
    return digest.hexdigest()


def is_built(wanted: str) -> bool:
    """Whether the warehouse was built from the project as it is now."""
    with _cursor() as cursor:
        cursor.execute("select to_regclass('metricspeak_demo.build') is not null")
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("select fingerprint from metricspeak_demo.build")
        return bool(cursor.fetchall() == [(wanted,)])


def mark_built(value: str) -> None:
    """Remember, in the warehouse itself, what it was built from: it cannot outlive the data."""
    with _cursor() as cursor:
        cursor.execute("create schema if not exists metricspeak_demo")
        cursor.execute("drop table if exists metricspeak_demo.build")
        cursor.execute("create table metricspeak_demo.build (fingerprint text not null)")
        cursor.execute("insert into metricspeak_demo.build values (%s)", (value,))


def load_raw(project: Project) -> None:
    """Run the project's own script that generates the raw tables and loads them.

    Raises:
        ArtifactError: with the script's own last lines.
    """
    _run([sys.executable, str(project.project_dir / LOADER)], project, str(LOADER))


def dbt_build(project: Project) -> None:
    """`dbt deps` when the project has packages, then `dbt build`, each in a process of its own.

    Raises:
        ArtifactError: with dbt's own last lines.
    """
    packages = ("packages.yml", "dependencies.yml")
    if any((project.project_dir / name).is_file() for name in packages):
        _dbt(project, "deps")
    _dbt(project, "build")


def _dbt(project: Project, command: str) -> None:
    code = "import sys; from dbt.cli.main import cli; sys.exit(cli())"
    arguments = [sys.executable, "-c", code, "--no-use-colors", command]
    arguments += ["--project-dir", str(project.project_dir)]
    arguments += ["--profiles-dir", str(project.profiles_dir)]
    if project.target:
        arguments += ["--target", project.target]
    _run(arguments, project, f"dbt {command}")


def _run(arguments: list[str], project: Project, name: str) -> None:
    run = subprocess.run(
        arguments,
        env={**os.environ, "DBT_TARGET_PATH": str(project.target_path), "DO_NOT_TRACK": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if run.returncode:
        tail = "\n".join(run.stdout.strip().splitlines()[-15:])
        raise ArtifactError(f"{name} failed:\n{tail}", "Correct what it names and try again.")


def _files(root: Path) -> Iterator[Path]:
    for entry in sorted(root.iterdir()):
        if entry.name in _GENERATED:
            continue
        if entry.is_dir():
            yield from _files(entry)
        elif entry.is_file():
            yield entry


@contextlib.contextmanager
def _cursor() -> Iterator[Any]:
    import psycopg2

    host, port, user, password, database = (os.environ.get(name) for name in VARIABLES)
    try:
        connection = psycopg2.connect(
            host=host, port=port, user=user, password=password, dbname=database or DATABASE
        )
    except psycopg2.Error as error:
        raise ServiceDownError(
            f"The warehouse at {host} cannot be reached: {str(error).strip()}.",
            f"Check {', '.join(VARIABLES)}, or unset them to use the embedded Postgres.",
        ) from None
    try:
        with connection, connection.cursor() as cursor:
            yield cursor
    except psycopg2.Error as error:
        raise WarehouseError(f"The warehouse refused a statement: {str(error).strip()}.") from None
    finally:
        connection.close()
