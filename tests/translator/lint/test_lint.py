"""The linter over a project with planted faults: each rule finds its own, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantic.artifacts import ensure_artifacts
from semantic.build import build_catalog
from semantic.errors import ConfigurationError
from semantic.project import find_project
from tests.conftest import Postgres, copy_project
from translator.lint.finding import Finding, Fix, Problem, Severity
from translator.lint.fix import fixes, with_fix
from translator.lint.lint import lint
from translator.lint.registry import RULES
from translator.settings import LintSettings

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]

# One semantic model more over a model that there is, with a fault for each rule that can have one.
PLANTED = """\
semantic_models:
  - name: planted
    model: ref('fct_returns')
    defaults:
      agg_time_dimension: returned_on
    entities:
      - {name: planted_return, type: primary, expr: "1"}
      - name: nowhere
        type: foreign
        expr: "2"
    dimensions:
      - name: returned_on  # the day
        type: time
        type_params: {time_granularity: day}
        expr: cast('2024-01-01' as date)
      - name: other_day
        type: time
        type_params: {time_granularity: day}
        expr: cast('2024-01-02' as date)
      - name: work_email
        type: categorical
        expr: "'a@b.example'"
        description: Address for the receipt.
      - name: first_twin
        type: categorical
        config: {meta: {synonyms: [twin]}}
        expr: "'x'"
      - name: second_twin
        type: categorical
        config: {meta: {synonyms: [Twin]}}
        expr: "'y'"
    measures:
      - {name: planted_count, agg: count, expr: "1"}
      - {name: lonely_count, agg: count, expr: "1"}

metrics:
  # comment before
  - name: plntd_cnt
    label: Plntd cnt
    type: simple
    type_params:
      measure: planted_count
  - name: planted_rows
    label: Planted
    type: simple
    type_params: {measure: planted_count}
  - name: planted_again
    label: Planted again
    config: {meta: {synonyms: [Planted]}}
    description: The same words as the one before.
    type: simple
    type_params: {measure: planted_count}
  - name: planted_and_visits
    label: Both together
    type: derived
    type_params: {expr: planted_rows + visits, metrics: [planted_rows, visits]}
"""
FILE = "models/semantic/_planted.yml"


@pytest.fixture(scope="module")
def folder(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = copy_project("shop", tmp_path_factory.mktemp("lint"))
    (path / FILE).write_text(PLANTED, encoding="utf-8")
    ensure_artifacts(find_project(path))
    return path


def _lint(folder: Path, settings: LintSettings | None = None) -> tuple[Finding, ...]:
    artifacts = ensure_artifacts(find_project(folder))
    catalog = build_catalog(artifacts)
    return lint(catalog, artifacts.manifest, folder, settings or LintSettings())


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        ("metric-without-words", "plntd_cnt", "only the name finds it"),
        ("metric-without-description", "planted_rows", "no description"),
        ("metrics-of-same-words", "planted_again", "called 'planted', and so is planted_rows"),
        ("dimensions-of-same-words", "planted.second_twin", "so is first_twin"),
        ("dimension-without-words", "planted.other_day", "no label"),
        ("date-without-role", "planted.other_day", "one of 2 dates"),
        ("entity-without-key", "planted.nowhere", "key of no semantic model"),
        ("measure-without-metric", "planted.lonely_count", "has no metric"),
        ("metric-without-dimensions", "planted_and_visits", "by time at most"),
        ("mixed-time", "planted_and_visits", "planted.returned_on"),
        ("looks-sensitive", "planted.work_email", "looks personal"),
        ("sensitive-dimension", "customers.email", "marked as sensitive"),
        ("dimension-out-of-reach", "regions", "joins away"),
    ],
)
def test_a_planted_fault_is_found(folder: Path, rule: str, name: str, text: str) -> None:
    found = [f for f in _lint(folder) if f.rule == rule and f.problem.name == name]

    assert len(found) == 1, [(f.rule, f.problem.name) for f in _lint(folder)]
    assert text in found[0].problem.message
    assert found[0].place is not None
    line = Path(found[0].place.file).read_text("utf-8").splitlines()[found[0].place.line - 1]
    assert name.rpartition(".")[2] in line


def test_what_has_its_words_is_left_alone(folder: Path) -> None:
    said = {f.problem.name for f in _lint(folder) if f.severity is not Severity.INFO}

    assert "revenue" not in said
    assert "planted.first_twin" not in said


def test_settings_switch_raise_and_ignore(folder: Path) -> None:
    settings = LintSettings(
        rules={"metric-without-words": "error", "looks-sensitive": "off"},
        ignore=("planted.lonely_*", "entity-without-key:planted.*"),
    )
    found = {(f.rule, f.problem.name): f.severity for f in _lint(folder, settings)}

    assert found["metric-without-words", "plntd_cnt"] is Severity.ERROR
    assert not {r for r, _ in found} & {"looks-sensitive"}
    assert ("measure-without-metric", "planted.lonely_count") not in found
    assert ("entity-without-key", "planted.nowhere") not in found


def test_a_rule_that_is_none_is_told_with_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match="look-sensitive") as caught:
        lint(None, {}, Path(), LintSettings(rules={"look-sensitive": "off"}))  # type: ignore[arg-type]
    assert "looks-sensitive" in caught.value.hint


def test_rules_have_ids_of_their_own() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES) >= 15


def test_fixes_add_what_is_missing_and_leave_every_other_byte(folder: Path) -> None:
    manifest = ensure_artifacts(find_project(folder)).manifest
    planted = [f for f in _lint(folder) if f.place and f.place.file.endswith("_planted.yml")]
    changes, mended = fixes(planted, manifest, folder)

    assert {f.problem.name for f in mended} == {
        "planted.returned_on",
        "planted.other_day",
        "planted.work_email",
    }
    before = PLANTED.splitlines()
    after = changes[0].after.decode().splitlines()
    added = [line for line in after if line not in before]
    assert [line for line in after if line in before] == before
    assert "        label: Other day" in added
    at = after.index("      - name: work_email")
    assert after[at + 1 : at + 4] == [
        "        config:",
        "          meta:",
        "            sensitive: true",
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "metrics:\n- name: a  # why\n  config: {meta: {format: count}}\n",
            None,  # written in one line: it would have to be rewritten
        ),
        (
            "metrics:\r\n- name: a\r\n  config:\r\n    meta:\r\n      format: count\r\n",
            "metrics:\r\n- name: a\r\n  config:\r\n    meta:\r\n      sensitive: true\r\n"
            "      format: count\r\n",
        ),
        ("metrics: [\n", None),
        ("metrics:\n- name: b\n", None),
    ],
)
def test_a_fix_goes_where_its_keys_are_or_nowhere(text: str, wanted: str | None) -> None:
    fix = Fix(("config", "meta", "sensitive"), True)
    assert with_fix(text, Problem("metric", "a", "", fix=fix), fix) == wanted


def test_documentation_has_every_rule() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "ci.md").read_text(encoding="utf-8")
    for rule in RULES:
        assert f"| `{rule.id}` | {rule.severity.value} | {rule.summary} |" in text
