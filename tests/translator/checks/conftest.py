"""A project with planted faults, built and its freshness measured, as a person's dbt leaves it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from datetime import date

import psycopg2
import pytest

from semantic.artifacts import ensure_artifacts
from semantic.project import Project, find_project
from tests.conftest import Postgres, copy_project
from translator.answer import Answer, Check, Status
from translator.opening import open_translator
from translator.pipeline import Translator
from translator.query import GroupByItem, SemanticQuery, TimeRange
from translator.settings import Settings

TODAY = date(2025, 10, 15)


@pytest.fixture(scope="session")
def faults_project(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The faults project after `dbt build`, in which a test fails, and `dbt source freshness`."""
    folder = copy_project("faults", tmp_path_factory.mktemp("checks"))
    connection = psycopg2.connect(postgres.dsn)
    with contextlib.closing(connection), connection, connection.cursor() as cursor:
        cursor.execute("create schema if not exists faults")
        cursor.execute(
            "create table faults.raw_stock as select n as stock_id, 1 + n % 4 as product_id, "
            "date '2025-09-01' + n as counted_on, 100 + n as units, "
            "timestamp '2025-10-01 06:00' as loaded_at from generate_series(1, 44) as n"
        )
    project = find_project(folder)
    ensure_artifacts(project)
    run_dbt(project, "build")
    run_dbt(project, "source", "freshness")
    return project


def run_dbt(project: Project, *command: str) -> None:
    """Run dbt as a person does; what it finds is for the checks to tell."""
    from dbt.cli.main import dbtRunner

    arguments = ["--quiet", "--no-use-colors", "--log-path", str(project.target_path / "logs")]
    arguments += [*command, "--project-dir", str(project.project_dir)]
    arguments += ["--profiles-dir", str(project.profiles_dir)]
    with contextlib.redirect_stdout(io.StringIO()):
        result = dbtRunner().invoke(arguments)
    assert result.exception is None, result.exception


@pytest.fixture(scope="session")
def faults(faults_project: Project) -> Iterator[Translator]:
    """Answers questions about it."""
    translator = open_translator(faults_project, Settings(as_of=TODAY))
    yield translator
    translator.close()


def by(metric: str, *items: str, time_range: TimeRange | None = None) -> SemanticQuery:
    """A metric by some items."""
    return SemanticQuery(
        (metric,), tuple(GroupByItem.parse(item) for item in items), time_range=time_range
    )


def checks(answer: Answer, name: str) -> list[Check]:
    """The checks of that name of an answer."""
    assert answer.status is Status.ANSWERED, answer.error
    return [check for check in answer.checks if check.name == name]


def bad(answer: Answer) -> list[Check]:
    """All that is not as it should be."""
    assert answer.status is Status.ANSWERED, answer.error
    return [check for check in answer.checks if check.status != "pass"]
