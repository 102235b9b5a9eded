"""What several test packages share: an embedded Postgres, a dbt project parsed and built."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from semantic.project import Project, find_project

# dbt leaves its log file open and uses what newer libraries warn about; `filterwarnings = error` is
# for our own code.
_FOREIGN_WARNINGS = (
    "ignore::ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
    "ignore::DeprecationWarning:dbt.*",
    "ignore::DeprecationWarning:dbt_common.*",
    "ignore::DeprecationWarning:metricflow.*",
    "ignore::DeprecationWarning:mashumaro.*",
)

PROJECTS = Path(__file__).parent / "projects"
_PRIVATE = ("METRICSPEAK_", "DBT_", "HF_TOKEN", "OPENAI_", "AWS_")
_VARIABLES = ("HOST", "PORT", "USER", "PASSWORD", "DATABASE")


def pytest_configure(config: pytest.Config) -> None:
    for line in _FOREIGN_WARNINGS:
        config.addinivalue_line("filterwarnings", line)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that ask a real model run only when asked for by name: `-m live_llm`."""
    if "live_llm" in (config.option.markexpr or ""):
        return
    live = [item for item in items if item.get_closest_marker("live_llm")]
    if live:
        config.hook.pytest_deselected(items=live)
        items[:] = [item for item in items if item not in live]


@pytest.fixture(scope="session", autouse=True)
def private_home() -> Iterator[Path]:
    """No test reads or writes the person's own cache, data or settings."""
    with tempfile.TemporaryDirectory(prefix="metricspeak-", ignore_cleanup_errors=True) as name:
        home = Path(name)
        with pytest.MonkeyPatch.context() as patch:
            for variable in list(os.environ):
                if variable.startswith(_PRIVATE):
                    patch.delenv(variable)
            patch.setenv("XDG_CACHE_HOME", str(home / "cache"))
            patch.setenv("METRICSPEAK_HOME", str(home / "metricspeak"))
            patch.setenv("DO_NOT_TRACK", "1")
            # Its tests switch it on, over a database of their own.
            patch.setenv("METRICSPEAK_HISTORY__ENABLED", "false")
            yield home


@dataclass(frozen=True)
class Postgres:
    """A running server: `environment` is what profiles of the test projects read."""

    host: str
    port: str
    user: str
    database: str

    @property
    def environment(self) -> Mapping[str, str]:
        values = (self.host, self.port, self.user, "", self.database)
        return {f"METRICSPEAK_TEST_PG{n}": v for n, v in zip(_VARIABLES, values, strict=True)}

    @property
    def dsn(self) -> str:
        return f"host={self.host} port={self.port} user={self.user} dbname={self.database}"


@pytest.fixture(scope="session")
def postgres(private_home: Path) -> Iterator[Postgres]:
    """An embedded Postgres of this test run's own; its variables are in the environment."""
    from translator.warehouse.embedded import EmbeddedPostgres

    # Not below pytest's folder: the server may run as another user, who may not look into it.
    home = Path(tempfile.mkdtemp(prefix="mspg-"))
    home.chmod(0o755)
    server = EmbeddedPostgres(home)
    try:
        found = server.start().environment
        running = Postgres(
            host=found["METRICSPEAK_PGHOST"],
            port=found["METRICSPEAK_PGPORT"],
            user=found["METRICSPEAK_PGUSER"],
            database=found["METRICSPEAK_PGDATABASE"],
        )
        with pytest.MonkeyPatch.context() as patch:
            for name, value in running.environment.items():
                patch.setenv(name, value)
            yield running
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def copy_project(name: str, to: Path) -> Path:
    """A test project in a folder that the test may write to."""
    return Path(
        shutil.copytree(
            PROJECTS / name, to / name, ignore=shutil.ignore_patterns("target", "logs", ".user.yml")
        )
    )


@pytest.fixture(scope="session")
def shop_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the shop project, for this test run. Do not change it."""
    return copy_project("shop", tmp_path_factory.mktemp("projects"))


@pytest.fixture(scope="session")
def shop_project(postgres: Postgres, shop_dir: Path) -> Project:
    """The shop project with fresh artifacts, not built."""
    from semantic.artifacts import ensure_artifacts

    project = find_project(shop_dir)
    ensure_artifacts(project)
    return project


@pytest.fixture(scope="session")
def shop_built(shop_project: Project) -> Project:
    """The shop project with its rows in the embedded Postgres, and its tests passed."""
    from dbt.cli.main import dbtRunner

    from semantic.artifacts import ensure_artifacts

    arguments = ["--quiet", "--no-use-colors", "--log-path", str(shop_project.target_path / "logs")]
    arguments += ["build", "--project-dir", str(shop_project.project_dir)]
    arguments += ["--profiles-dir", str(shop_project.profiles_dir)]
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        result = dbtRunner().invoke(arguments)
    assert result.success, f"dbt build failed: {result.exception}\n{output.getvalue()}"
    # `dbt build` wrote artifacts of its own; have ours again before anyone times or counts parses.
    ensure_artifacts(shop_project)
    return shop_project
