"""The embedded Postgres, started and killed for real."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest

from semantic.errors import ConfigurationError, ServiceDownError
from translator.warehouse.embedded import (
    VARIABLES,
    EmbeddedPostgres,
    EmbeddedStatus,
    ensure_embedded,
    profile_wants_embedded,
)

pytestmark = pytest.mark.postgres


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    home = Path(tempfile.mkdtemp(prefix="mspg-"))
    home.chmod(0o755)
    found = EmbeddedPostgres(home / "home")
    try:
        yield found
    finally:
        found.stop()
        shutil.rmtree(home, ignore_errors=True)


def query(status: EmbeddedStatus, sql: str) -> list[tuple[object, ...]]:
    host, port, user, _, database = (status.environment[name] for name in VARIABLES)
    connection = psycopg2.connect(host=host, port=port, user=user, dbname=database)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def test_starts_once_and_stops(server: EmbeddedPostgres) -> None:
    assert not server.status().running
    first = server.start()
    assert server.start().pid == first.pid
    assert query(first, "select current_database()") == [("metricspeak",)]
    # No TCP port is opened.
    assert query(first, "show listen_addresses") == [("",)]

    assert server.stop()
    assert not server.stop()
    assert server.status().initialised


def test_data_survives_kill_9_of_the_server(server: EmbeddedPostgres) -> None:
    status = server.start()
    query(status, "create table kept as select 1 as a")
    assert status.pid is not None
    os.kill(status.pid, signal.SIGKILL)

    again = server.start()

    assert again.pid != status.pid
    assert query(again, "select a from kept") == [(1,)]


def test_data_survives_kill_9_of_our_process(server: EmbeddedPostgres) -> None:
    code = (
        "import os, signal, sys, psycopg2\n"
        "from pathlib import Path\n"
        "from translator.warehouse.embedded import EmbeddedPostgres\n"
        "s = EmbeddedPostgres(Path(sys.argv[1])).start()\n"
        "c = psycopg2.connect(host=str(s.socket_dir), user='postgres', dbname='metricspeak')\n"
        "c.cursor().execute('create table kept as select 1 as a'); c.commit()\n"
        "c.cursor().execute('insert into kept values (2)')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    run = subprocess.run([sys.executable, "-c", code, str(server.home)], check=False)
    assert run.returncode == -signal.SIGKILL

    status = server.status()
    assert status.running
    assert query(status, "select a from kept") == [(1,)]


def test_starts_at_the_same_time_give_one_server(server: EmbeddedPostgres) -> None:
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from translator.warehouse.embedded import EmbeddedPostgres\n"
        "print(EmbeddedPostgres(Path(sys.argv[1])).start().pid)\n"
    )
    command = [sys.executable, "-c", code, str(server.home)]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    pids = {run.communicate(timeout=120)[0].strip() for run in runs}

    assert pids == {str(server.status().pid)}


@pytest.mark.parametrize(
    "content",
    ["", "1\n", f"{os.getpid()}\n/elsewhere\n1\n5432\n\n\n\nready\n"],
    ids=["empty", "cut off", "another process"],
)
def test_a_stale_pid_file_is_cleared(server: EmbeddedPostgres, content: str) -> None:
    """Killed while it was writing; or its number belongs to another process by now."""
    query(server.start(), "create table kept as select 1 as a")
    server.stop()
    (server.data_dir / "postmaster.pid").write_text(content, encoding="utf-8")
    (server.data_dir / ".handle_pids.json").write_text("[1, 2", encoding="utf-8")

    assert query(server.start(), "select a from kept") == [(1,)]


def test_a_path_too_long_for_a_socket_works(server: EmbeddedPostgres) -> None:
    deep = EmbeddedPostgres(server.home / ("d" * 60) / ("e" * 60))
    try:
        assert query(deep.start(), "select 1") == [(1,)]
    finally:
        deep.stop()


def test_a_home_that_is_a_file_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("", encoding="utf-8")

    with pytest.raises(ConfigurationError, match="cannot be used") as caught:
        EmbeddedPostgres(tmp_path / "home").start()
    assert "METRICSPEAK_HOME" in caught.value.hint


def test_a_full_disk_is_said(server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))

    with pytest.raises(ServiceDownError, match="No space") as caught:
        server.start()
    assert "100 MB" in caught.value.hint


def test_broken_data_is_said_with_the_log(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    (server.data_dir / "global" / "pg_control").unlink()

    with pytest.raises(ServiceDownError, match="does not work") as caught:
        server.start()
    assert "log" in caught.value.hint


@dataclass(frozen=True)
class Profile:
    project_dir: Path
    profiles_dir: Path


def test_only_a_profile_that_asks_for_it_gets_it(
    server: EmbeddedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(name, "")  # restored afterwards, whatever ensure_embedded sets
    project = Profile(tmp_path, tmp_path)
    assert ensure_embedded(project, server.home) is None

    (tmp_path / "profiles.yml").write_text("host: \"{{ env_var('METRICSPEAK_PGHOST') }}\"", "utf-8")
    assert not profile_wants_embedded(tmp_path, {"METRICSPEAK_PGHOST": "db.example.com"})
    status = ensure_embedded(project, server.home)

    assert status is not None
    assert os.environ["METRICSPEAK_PGHOST"] == str(status.socket_dir)
    assert ensure_embedded(project, server.home) is None


def test_a_killed_initialisation_begins_anew(server: EmbeddedPostgres) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from translator.warehouse.embedded import EmbeddedPostgres\n"
        "EmbeddedPostgres(Path(sys.argv[1])).start()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(server.home)], process_group=0)
    _wait_for(server.data_dir / "PG_VERSION")
    # The group: initdb too, as when a machine loses power.
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not server.status().running

    assert query(server.start(), "select 1") == [(1,)]


def test_a_started_initialisation_is_waited_for(server: EmbeddedPostgres) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from translator.warehouse.embedded import EmbeddedPostgres\n"
        "EmbeddedPostgres(Path(sys.argv[1])).start()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(server.home)])
    _wait_for(server.data_dir / "PG_VERSION")
    process.kill()  # initdb goes on without it
    process.wait()

    assert query(server.start(), "select 1") == [(1,)]


def test_what_was_kept_is_never_made_anew(server: EmbeddedPostgres) -> None:
    query(server.start(), "create table kept as select 1 as a")
    server.stop()
    (server.data_dir / "global" / "pg_control").unlink()

    with pytest.raises(ServiceDownError, match="could not find the database system"):
        server.start()

    assert (server.data_dir / "base").is_dir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_root_starts_what_belongs_to_another_user_and_leaves_it_theirs(
    server: EmbeddedPostgres,
) -> None:
    nobody = pwd.getpwnam("nobody")
    server.home.mkdir(mode=0o755)
    os.chown(server.home, nobody.pw_uid, nobody.pw_gid)
    query(server.start(), "create table kept as select 1 as a")
    server.stop()
    for path in (server.data_dir, *server.data_dir.rglob("*"), *server.home.iterdir()):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)

    assert query(server.start(), "select a from kept") == [(1,)]
    assert server.stop()

    assert server.data_dir.owner() == "nobody"
    assert (server.data_dir / "PG_VERSION").owner() == "nobody"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_what_belongs_to_another_user_is_said(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    code = (
        "import os, sys; from pathlib import Path\n"
        "from translator.warehouse.embedded import EmbeddedPostgres\n"
        "from semantic.errors import MetricSpeakError\n"
        "os.setuid(int(sys.argv[2]))\n"
        "for act in ('status', 'start', 'stop'):\n"
        "    try: getattr(EmbeddedPostgres(Path(sys.argv[1])), act)()\n"
        "    except MetricSpeakError as error: print(error)\n"
    )
    uid = str(pwd.getpwnam("nobody").pw_uid)
    command = [sys.executable, "-c", code, str(server.home), uid]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("belongs to pgserver, not to you") == 3


def _wait_for(path: Path) -> None:
    give_up = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < give_up
        time.sleep(0.002)
