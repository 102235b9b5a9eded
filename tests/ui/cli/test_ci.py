"""`metricspeak ci` from the outside: a base is stored, the project is changed, the two compared."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from junitparser import JUnitXml
from sarif_pydantic import Sarif
from typer.testing import CliRunner

from semantic.project import Project
from tests.conftest import copy_project
from tests.ui.cli.conftest import Outcome, Run
from ui.cli.app import app

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]

QUESTIONS = """\
version: 1
questions:
  - id: revenue_2024
    question: revenue in 2024
    expect: {query: {metrics: [revenue], time_range: {start: 2024-01-01, end: 2025-01-01}}}
  - id: orders_by_store
    question: orders by store name in 2024
    expect:
      sql: |
        select s.store_name, count(*) from {{ ref('fct_orders') }} o
        left join {{ ref('dim_stores') }} s on s.store_id = o.store_id
        where o.ordered_at >= '2024-01-01' and o.ordered_at < '2025-01-01' group by 1
  - id: turnover_2023
    question: turnover in 2023
    expect:
      sql: |
        select sum(net_amount) from {{ ref('fct_order_items') }}
        where status_code <> 'X' and ordered_at >= '2023-01-01' and ordered_at < '2024-01-01'
  - id: visits_2024
    question: How many visits did we have in 2024?
    expect: {query: {metrics: [visits], time_range: {start: 2024-01-01, end: 2025-01-01}}}
  - id: rain
    question: Will it rain in Paris tomorrow?
    expect: {status: unsupported}
"""
METRICS = "models/semantic/_metrics.yml"
REVENUE_FILTER = """\
    filter: "{{ Dimension('order_item__item_status') }} <> 'X'"
    config:
      group: sales
"""


@dataclass(frozen=True)
class Branch:
    """A working copy of the project, with the base's state."""

    folder: Path
    state: Path

    @property
    def options(self) -> tuple[str, ...]:
        return ("--project-dir", str(self.folder))

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def main(shop_built: Project, tmp_path_factory: pytest.TempPathFactory) -> Branch:
    """The main branch, over the rows that are built already, with its answers stored."""
    root = tmp_path_factory.mktemp("main")
    folder = copy_project("shop", root)
    (folder / "questions").mkdir()
    (folder / "questions" / "all.yml").write_text(QUESTIONS, encoding="utf-8")
    state = root / "state"
    result = CliRunner().invoke(
        app, ["ci", "--store", str(state), "--project-dir", str(folder)], catch_exceptions=False
    )
    assert result.exit_code == 0, result.stderr
    assert result.stdout.strip() == f"stored 5 answers in {state}: 5 right"
    return Branch(folder, state)


@pytest.fixture
def branch(main: Branch, tmp_path: Path) -> Branch:
    """A pull request's branch, nothing changed yet."""
    return Branch(Path(shutil.copytree(main.folder, tmp_path / "shop")), main.state)


def test_without_a_change_nothing_is_run(run: Run, branch: Branch) -> None:
    outcome = run("ci", "--state", str(branch.state), *branch.options)

    assert outcome.code == 0, outcome.err
    assert "5 not affected" in outcome.out


def test_a_metric_that_loses_its_filter_breaks_its_questions(
    run: Run, branch: Branch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    branch.edit(METRICS, REVENUE_FILTER, "    config:\n      group: sales\n")
    monkeypatch.chdir(branch.folder)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    files = {name: tmp_path / "out" / name for name in ("junit.xml", "comment.md", "a.sarif")}
    outcome = run(
        *("ci", "--state", str(branch.state), "--junit", str(files["junit.xml"])),
        *("--markdown", str(files["comment.md"]), "--sarif", str(files["a.sarif"])),
    )

    assert outcome.code == 1, outcome.err
    # Turnover is held to gold SQL and broken; revenue is as its own query says, with other figures.
    assert "1 broken · 1 changed · 3 not affected" in outcome.out
    assert "because of metric revenue: its filter changed" in outcome.out
    base = json.loads((branch.state / "metricspeak_answers.json").read_text())["answers"]
    old = next(a for a in base if a["id"] == "revenue_2024")["rows"][0][0]
    assert f"revenue: {old:,.2f}".rstrip("0").rstrip(".") in outcome.out
    assert (
        f"::error file={METRICS},line=2,title=MetricSpeak%3A turnover_2023 broken::" in outcome.out
    )
    assert f"::warning file={METRICS},line=2,title=MetricSpeak%3A revenue_2024" in outcome.out

    suite = next(iter(JUnitXml.fromfile(str(files["junit.xml"]))))
    assert (suite.tests, suite.failures, suite.skipped) == (5, 1, 3)
    comment = files["comment.md"].read_text(encoding="utf-8")
    assert comment == summary.read_text(encoding="utf-8")
    assert "### Broken (1)" in comment and "### Changed (1)" in comment
    log = Sarif.model_validate_json(files["a.sarif"].read_text(encoding="utf-8"))
    results = log.runs[0].results or []
    assert [(r.rule_id, r.level) for r in results] == [
        ("answer-changed", "warning"),
        ("question-broken", "error"),
    ]


def test_changed_answers_fail_where_that_is_wanted(run: Run, branch: Branch) -> None:
    branch.edit(METRICS, REVENUE_FILTER, "    config:\n      group: sales\n")
    only = branch.folder / "questions" / "all.yml"
    only.write_text(QUESTIONS[: QUESTIONS.index("  - id: orders_by_store")], encoding="utf-8")
    arguments = ("ci", "--state", str(branch.state), *branch.options)

    lenient, strict = run(*arguments), run(*arguments, "--fail-on", "changed")

    assert (lenient.code, strict.code) == (0, 1)
    assert "1 changed · 4 removed" in lenient.out


def test_a_renamed_metric_is_reported_as_such(run: Run, branch: Branch) -> None:
    branch.edit(METRICS, "name: visits\n", "name: site_visits\n")
    outcome = run("ci", "--state", str(branch.state), *branch.options)

    assert outcome.code == 1, outcome.err
    assert "The metric visits is now called site_visits." in outcome.out
    assert "used by questions visits_2024" in outcome.out
    assert "plan: metrics: visits → site_visits" in outcome.out


def test_a_renamed_dimension_names_the_saved_queries_that_use_it(run: Run, branch: Branch) -> None:
    semantic = "models/semantic/_semantic_models.yml"
    branch.edit(semantic, "- name: segment\n", "- name: tier\n")
    outcome = run("ci", "--state", str(branch.state), *branch.options)

    assert "The dimension customers.segment is now called tier." in outcome.out
    assert "used by saved query monthly_revenue_by_region" in outcome.out


def test_sql_below_a_question_selects_it(run: Run, branch: Branch) -> None:
    model = branch.folder / "models/marts/fct_visits.sql"
    model.write_text(model.read_text(encoding="utf-8") + "\n-- the same rows\n", encoding="utf-8")
    outcome = run("ci", "--state", str(branch.state), *branch.options)

    assert outcome.code == 0, outcome.err
    assert "model fct_visits: its SQL changed" in outcome.out
    assert "1 checked, the same · 4 not affected" in outcome.out


def test_new_questions_are_run_and_held_to_what_they_expect(run: Run, branch: Branch) -> None:
    path = branch.folder / "questions" / "new.yml"
    expect = "{query: {metrics: [orders], time_range: {start: 2024-01-01, end: 2025-01-01}}}"
    path.write_text(
        "version: 1\nquestions:\n"
        f"  - {{id: good, question: orders in 2024, expect: {expect}}}\n"
        f"  - {{id: bad, question: visits in 2024, expect: {expect}}}\n",
        encoding="utf-8",
    )
    outcome = run("ci", "--state", str(branch.state), *branch.options)

    assert outcome.code == 1
    assert "2 new · 5 not affected" in outcome.out
    assert "1 question fails" in outcome.out


def test_with_manifests_alone_plans_are_compared(run: Run, branch: Branch, tmp_path: Path) -> None:
    state = Path(shutil.copytree(branch.state, tmp_path / "state"))
    (state / "metricspeak_answers.json").unlink()
    branch.edit(METRICS, "label: Orders\n", "label: Purchases made\n")
    outcome = run("ci", "--state", str(state), *branch.options)

    assert outcome.code == 0, outcome.err
    assert "metric orders: its label changed" in outcome.out
    assert "no stored answers" in outcome.out


def test_without_a_base_every_question_is_run(run: Run, branch: Branch) -> None:
    outcome = run("ci", *branch.options)

    assert outcome.code == 0, outcome.err
    assert "5 as expected" in outcome.out


Spoil = Callable[[Path], None]


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:200])


def _foreign(path: Path) -> None:
    content = json.loads(path.read_bytes())
    content["metadata"]["dbt_schema_version"] = "https://schemas.getdbt.com/dbt/manifest/v99.json"
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "spoil", "said"),
    [
        ("manifest.json", Path.unlink, "There is no"),
        ("manifest.json", _cut, "is not complete"),
        ("manifest.json", _foreign, "newer than we can read"),
        ("metricspeak_answers.json", _cut, "is not complete"),
        ("metricspeak_answers.json", lambda p: p.write_text('{"version": 9}'), "version 9"),
    ],
)
def test_a_spoilt_state_is_told(
    run: Run, branch: Branch, tmp_path: Path, file: str, spoil: Spoil, said: str
) -> None:
    state = Path(shutil.copytree(branch.state, tmp_path / "state"))
    spoil(state / file)
    outcome = run("ci", "--state", str(state), *branch.options)

    assert outcome.code == 2
    assert said in outcome.err
    assert "hint:" in outcome.err


def test_wrong_usage_is_told(run: Run, branch: Branch, tmp_path: Path) -> None:
    read_only = tmp_path / "read_only"
    read_only.mkdir()
    read_only.chmod(0o555)
    both = run("ci", "--state", "a", "--store", "b", *branch.options)
    store = run("ci", "--store", str(read_only), *branch.options)
    shutil.rmtree(branch.folder / "questions")
    none = run("ci", "--state", str(branch.state), *branch.options)

    assert (both.code, store.code, none.code) == (2, 2, 2)
    assert "not both" in both.err
    assert "Cannot write to" in store.err
    assert "no test questions" in none.err


def test_a_warehouse_that_is_down_is_not_a_broken_question(
    run: Run, branch: Branch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("METRICSPEAK_TEST_PGHOST", str(tmp_path))
    outcome: Outcome = run("ci", *branch.options)

    assert outcome.code == 5, outcome.err
    assert "broken" not in outcome.out
