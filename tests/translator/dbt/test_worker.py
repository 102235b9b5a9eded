"""The dbt process: how it ends, and what becomes of who asks when it does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from semantic.errors import ConfigurationError, ServiceDownError
from semantic.project import Project
from translator.dbt.compiler import DbtCompiler, DbtError

pytestmark = [pytest.mark.dbt]

SQL = "select 1 as one from {{ ref('fct_orders') }}"


@pytest.fixture
def temporary(tmp_path: Path) -> Iterator[Path]:
    """Where temporary folders go meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(tmp_path))
        patch.setattr(tempfile, "tempdir", None)
        yield tmp_path


@pytest.fixture
def dbt(shop_project: Project, temporary: Path) -> Iterator[DbtCompiler]:
    found = DbtCompiler(shop_project, shop_project.target_path / "manifest.json")
    yield found
    found.close()


def workers() -> list[int]:
    """Processes that this one started and that run dbt."""
    found = subprocess.run(
        ["ps", "-ww", "-o", "pid=", "-o", "args=", "--ppid", str(os.getpid())],
        capture_output=True,
        text=True,
    )
    lines = [line.split(None, 1) for line in found.stdout.splitlines()]
    return [int(pid) for pid, args in lines if "translator.dbt.worker" in args]


def test_nothing_starts_before_it_is_needed(dbt: DbtCompiler) -> None:
    before = workers()
    dbt.close()
    assert workers() == before


def test_closing_ends_the_process_and_its_folder(dbt: DbtCompiler, temporary: Path) -> None:
    before = set(workers())
    dbt.warm()
    assert set(workers()) - before
    assert '"shop"."fct_orders"' in dbt.compile(SQL).sql
    assert list(temporary.iterdir())
    dbt.close()
    assert set(workers()) == before
    assert list(temporary.iterdir()) == []


def test_a_dead_process_is_started_again(dbt: DbtCompiler) -> None:
    before = set(workers())
    dbt.compile(SQL)
    (pid,) = set(workers()) - before
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            dbt.compile(SQL)
        except ServiceDownError as error:  # it died while it was asked
            assert error.hint
            continue
        break
    assert '"shop"."fct_orders"' in dbt.compile(SQL).sql


def test_nothing_is_left_when_who_asks_is_killed(shop_project: Project, temporary: Path) -> None:
    code = f"""
    import os, signal
    from semantic.project import find_project
    from translator.dbt.compiler import DbtCompiler
    project = find_project({str(shop_project.project_dir)!r})
    dbt = DbtCompiler(project, project.target_path / "manifest.json")
    dbt.compile("select 1 as one")
    os.kill(os.getpid(), signal.SIGKILL)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], timeout=120, check=False)
    deadline = time.monotonic() + 30
    while list(temporary.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert list(temporary.iterdir()) == []


def test_what_dbt_cannot_read_is_said(shop_project: Project, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    for name in ("manifest.json", "none.json"):
        dbt = DbtCompiler(shop_project, tmp_path / name)
        with pytest.raises(DbtError, match="dbt cannot use the project") as error:
            dbt.compile(SQL)
        assert isinstance(error.value, ConfigurationError)
        assert error.value.hint
        dbt.close()


def test_no_place_for_the_folder(shop_project: Project, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
        dbt = DbtCompiler(shop_project, shop_project.target_path / "manifest.json")
        dbt.warm()
        with pytest.raises(ServiceDownError, match="dbt cannot be started") as error:
            dbt.compile(SQL)
        assert error.value.hint


def test_variables_of_dbt_do_not_lead_it_elsewhere(
    dbt: DbtCompiler, temporary: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_TARGET_PATH", str(elsewhere))
        patch.setenv("DBT_LOG_PATH", str(elsewhere))
        dbt.compile(SQL)
        assert os.environ["DBT_TARGET_PATH"] == str(elsewhere)
    assert list(elsewhere.iterdir()) == []


def test_standard_output_stays_clean(dbt: DbtCompiler, capfd: pytest.CaptureFixture[str]) -> None:
    dbt.compile(SQL)
    with pytest.raises(DbtError):
        dbt.compile("select 1 from {{ ref('nothing') }}")
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
