"""The project with every kind of model, built on Postgres and on DuckDB."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from semantic.project import Project, find_project
from tests.conftest import Postgres, copy_project
from translator.opening import open_translator
from translator.pipeline import Translator
from translator.settings import Settings

_QUIET = ("--quiet", "--no-use-colors", "--no-send-anonymous-usage-stats")


def build(project: Project) -> None:
    """`dbt run`, in a process of its own: dbt keeps a DuckDB file open for writing."""
    arguments = [*_QUIET, "run", "--project-dir", str(project.project_dir)]
    arguments += ["--profiles-dir", str(project.profiles_dir), "--target", str(project.target)]
    done = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", *arguments],
        cwd=project.project_dir,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session", params=["pg", "duck"])
def variants_project(
    request: pytest.FixtureRequest, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """The project, built in the target of the parameter."""
    if request.param == "duck":
        pytest.importorskip("dbt.adapters.duckdb")
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("METRICSPEAK_TEST_DUCKDB", str(folder / "variants.duckdb"))
        project = find_project(copy_project("variants", folder), target=request.param)
        build(project)
        yield project


@pytest.fixture(scope="session")
def variants(variants_project: Project) -> Iterator[Translator]:
    """What answers questions about it."""
    opened = open_translator(variants_project, Settings())
    yield opened
    opened.close()


@pytest.fixture
def listing(variants_project: Project) -> dict[Path, int]:
    """Every file of the project with the time of its last change."""
    return {
        path: path.stat().st_mtime_ns
        for path in sorted(variants_project.project_dir.rglob("*"))
        if path.is_file()
    }
