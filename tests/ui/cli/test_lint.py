"""`metricspeak catalog lint` from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sarif_pydantic import Sarif

from semantic.project import Project
from tests.conftest import copy_project
from tests.ui.cli.conftest import Run

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]
DEMO = Path(__file__).resolve().parents[3] / "dbt_project"


def test_findings_are_printed_in_every_format(
    run: Run, shop: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = run("catalog", "lint", *shop)
    as_json = run("catalog", "lint", *shop, "--format", "json")
    as_sarif = run("catalog", "lint", *shop, "--format", "sarif")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    on_github = run("catalog", "lint", *shop)

    assert text.code == as_json.code == as_sarif.code
    findings = json.loads(as_json.out)
    assert findings and all(f["file"] and f["line"] for f in findings)
    results = Sarif.model_validate_json(as_sarif.out).runs[0].results or []
    assert len(results) == len(findings)
    assert findings[0]["rule"] in text.out
    assert "::warning file=" in on_github.out


def test_severity_decides_the_exit_code(
    run: Run, postgres: object, tmp_path: Path, shop_built: Project
) -> None:
    folder = copy_project("shop", tmp_path)
    settings = folder / "metricspeak.yml"
    options = ("--project-dir", str(folder))
    settings.write_text('lint: {ignore: ["*"]}\n', encoding="utf-8")
    silent = run("catalog", "lint", *options, "--fail-on", "info")
    settings.write_text("lint: {rules: {sensitive-dimension: error}}\n", encoding="utf-8")
    strict = run("catalog", "lint", *options)
    settings.write_text("lint: {rules: {no-such-rule: error}}\n", encoding="utf-8")
    wrong = run("catalog", "lint", *options)

    assert (silent.code, strict.code, wrong.code) == (0, 1, 2)
    assert "nothing to say" in silent.out
    assert "no-such-rule" in wrong.err


def test_values_of_the_warehouse_are_looked_at(run: Run, shop: tuple[str, ...]) -> None:
    outcome = run("catalog", "lint", *shop, "--values", "--format", "json")

    assert {f["rule"] for f in json.loads(outcome.out)} & {
        "value-in-several-dimensions",
        "codes-without-meaning",
    }


def test_the_model_that_brings_a_dimension_near_is_written_out(
    run: Run, shop: tuple[str, ...]
) -> None:
    outcome = run("catalog", "lint", *shop, "--drafts", "--format", "json")

    far = [f for f in json.loads(outcome.out) if f["rule"] == "dimension-out-of-reach"]
    assert far
    assert outcome.err.count("MetricFlow goes two far. The model brings it next to") == len(far)
    assert "+++ b/models/" in outcome.err and "+select" in outcome.err.lower()


def test_fix_writes_and_leaves_the_rest(run: Run, postgres: object, tmp_path: Path) -> None:
    folder = copy_project("shop", tmp_path)
    options = ("--project-dir", str(folder), "--format", "json")
    before = json.loads(run("catalog", "lint", *options).out)
    fixed = run("catalog", "lint", *options, "--fix")
    after = json.loads(run("catalog", "lint", *options).out)

    assert "mended" in fixed.err and "+++ b/models/semantic" in fixed.err
    fixable = sum(f["fixable"] for f in before)
    assert fixable and sum(f["fixable"] for f in after) < fixable
    assert json.loads(fixed.out) == [
        {**f, "line": g["line"]}
        for f, g in zip(json.loads(fixed.out), json.loads(fixed.out), strict=True)
    ]


def test_the_demonstration_project_has_nothing_unexplained(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "target"))
    monkeypatch.setenv("METRICSPEAK_PGHOST", "localhost")
    outcome = run(
        *("catalog", "lint", "--project-dir", str(DEMO), "--fail-on", "warning"),
    )

    assert outcome.code == 0, outcome.out
