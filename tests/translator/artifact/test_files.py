"""All changes or none, whatever ends the process."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from semantic.errors import ConfigurationError
from translator.artifact.files import FileChange, apply, diff, new_or_changed, recover


def tree(root: Path) -> dict[str, tuple[str, int]]:
    """Every file and folder with its bytes and permissions."""
    found = {}
    for path in sorted(root.rglob("*")):
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path.relative_to(root))] = (digest, path.stat().st_mode)
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "a.yml").write_text("a: 1\n", encoding="utf-8")
    (root / "a.yml").chmod(0o640)
    return root


def changes(root: Path) -> list[FileChange]:
    return [
        new_or_changed(root, root / "a.yml", "a: 1\nb: 2\n"),
        new_or_changed(root, root / "new" / "deep" / "b.sql", "select 1\n"),
        new_or_changed(root, root / "c.sql", "select 2\n"),
    ]


def test_all_files_are_written(root: Path, tmp_path: Path) -> None:
    apply(changes(root), tmp_path / "journal")

    assert (root / "a.yml").read_text("utf-8") == "a: 1\nb: 2\n"
    assert (root / "a.yml").stat().st_mode & 0o777 == 0o640
    assert (root / "new" / "deep" / "b.sql").read_text("utf-8") == "select 1\n"
    assert not (tmp_path / "journal").exists()
    assert not list(root.rglob(".*"))


def test_the_diff_reads_as_one_of_git(root: Path) -> None:
    text = diff(changes(root), root)

    assert "--- a/a.yml\n+++ b/a.yml\n" in text
    assert "--- /dev/null\n+++ b/new/deep/b.sql\n" in text
    assert "\n+b: 2\n" in text


@pytest.mark.parametrize("call", range(1, 13))
def test_killed_at_any_moment_the_next_run_puts_everything_back(
    root: Path, tmp_path: Path, call: int
) -> None:
    before = tree(root)
    journal = tmp_path / "journal"
    made = changes(root)
    child = os.fork()
    if not child:
        # Dies, without any clean-up, at the n-th step that touches the disk.
        for name in ("replace", "fsync", "mkdir"):
            setattr(os, name, _dying(getattr(os, name), call))
        try:
            apply(made, journal)
        finally:
            os._exit(0)
    killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9

    recover(journal)
    assert killed == (call <= _STEPS)
    if killed:
        assert tree(root) == before
    else:
        assert (root / "c.sql").exists()


# The journal's folder, looked for twice; the journal; two folders; three files flushed; three
# put in place.
_STEPS = 2 + 1 + 2 + 3 + 3
_done: list[int] = []


def _dying(real: Callable[..., Any], at: int) -> Callable[..., Any]:
    def step(*args: Any, **kwargs: Any) -> Any:
        _done.append(1)
        if len(_done) == at:
            os._exit(9)
        return real(*args, **kwargs)

    return step


def test_a_full_disk_changes_nothing(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(root)
    real, calls = os.fsync, []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        real(handle)

    made = changes(root)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigurationError, match="No space left"):
        apply(made, tmp_path / "journal")
    assert tree(root) == before


def test_a_file_that_changed_meanwhile_is_not_overwritten(root: Path, tmp_path: Path) -> None:
    made = changes(root)
    (root / "a.yml").write_text("a: 3\n", encoding="utf-8")
    before = tree(root)

    with pytest.raises(ConfigurationError, match="changed meanwhile"):
        apply(made, tmp_path / "journal")
    assert tree(root) == before


def test_what_somebody_wrote_after_a_crash_stays(root: Path, tmp_path: Path) -> None:
    import json

    made = changes(root)
    apply(made, tmp_path / "journal")
    content = {
        "files": [
            {
                "path": str(root / "a.yml"),
                "temporary": str(root / ".x"),
                "before": "",
                "after": "another hash",
                "mode": 0o644,
            }
        ],
        "folders": [],
    }
    (tmp_path / "journal").write_text(json.dumps(content), encoding="utf-8")
    recover(tmp_path / "journal")
    assert (root / "a.yml").read_text("utf-8") == "a: 1\nb: 2\n"


def test_a_file_that_is_write_protected_stays(root: Path, tmp_path: Path) -> None:
    (root / "a.yml").chmod(0o444)
    before = tree(root)
    with pytest.raises(ConfigurationError, match="Permission"):
        apply(changes(root), tmp_path / "journal")
    assert tree(root) == before


def test_a_link_out_of_the_project_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.yml").write_text("x: 1\n", encoding="utf-8")
    (root / "link.yml").symlink_to(tmp_path / "outside.yml")
    with pytest.raises(ConfigurationError, match="outside of the project"):
        new_or_changed(root, root / "link.yml", "x: 2\n")


def test_a_folder_that_is_write_protected_stays(root: Path, tmp_path: Path) -> None:
    root.chmod(0o555)
    before = tree(root)
    try:
        with pytest.raises(ConfigurationError, match="Permission"):
            apply([new_or_changed(root, root / "c.sql", "select 2\n")], tmp_path / "journal")
        assert tree(root) == before
    finally:
        root.chmod(0o755)
