"""A run whose process is killed goes on where it was, from the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from semantic.project import Project

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]

_MANY = 60
_WITHIN = 120  # seconds


def test_kill_9_loses_nothing(shop_built: Project, tmp_path: Path) -> None:
    entries = [
        {
            "id": f"revenue_{number}",
            "question": f"revenue in {2000 + number}",
            "expect": {"query": {"metrics": ["revenue"]}},
        }
        for number in range(_MANY)
    ]
    file = tmp_path / "questions.yml"
    file.write_text(json.dumps({"version": 1, "questions": entries}), encoding="utf-8")
    runs = tmp_path / "runs"
    code = "from ui.cli.app import main; main()"
    command = [sys.executable, "-c", code, "eval", str(file), "--runs", str(runs)]
    command += ["--project-dir", str(shop_built.project_dir), "--planner", "embedded"]
    command += ["--format", "json", "--workers", "1"]
    first = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ)
    )
    try:
        ended = time.monotonic() + _WITHIN
        while not (kept := _kept(runs)) and time.monotonic() < ended:
            assert first.poll() is None, "it ended before it could be killed"
            time.sleep(0.02)
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    kept = _kept(runs)
    assert 0 < len(kept) < _MANY

    second = subprocess.run(command, capture_output=True, text=True, timeout=_WITHIN, check=False)

    assert second.returncode == 0, second.stderr
    assert "going on with" in second.stderr
    assert len(json.loads(second.stdout)["outcomes"]) == _MANY
    assert len(list(runs.iterdir())) == 1
    assert _kept(runs)[: len(kept)] == kept  # none was asked again


def _kept(runs: Path) -> list[str]:
    """Whole lines of the outcomes so far."""
    files = list(runs.glob("*/outcomes.jsonl"))
    return files[0].read_text(encoding="utf-8").splitlines(keepends=True) if files else []
