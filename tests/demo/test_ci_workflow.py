"""The workflow to copy, run for real: its shell steps in a git clone of the demonstration project.

The main branch is built and its answers kept; then three pull requests go through the same steps.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from junitparser import Failure, JUnitXml, Skipped

from tests.conftest import Postgres

pytestmark = [pytest.mark.dbt, pytest.mark.postgres, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / "docs" / "ci" / "github-actions.yml"
INSTALL = "Install"  # the one step that is not run: what it installs is what is tested
PROFILES = """\
metricspeak_demo:
  target: ci
  outputs:
    ci:
      type: postgres
      host: "{{ env_var('METRICSPEAK_TEST_PGHOST') }}"
      port: "{{ env_var('METRICSPEAK_TEST_PGPORT') | as_number }}"
      user: "{{ env_var('METRICSPEAK_TEST_PGUSER') }}"
      password: "{{ env_var('METRICSPEAK_TEST_PGPASSWORD') }}"
      dbname: "{{ env_var('METRICSPEAK_TEST_PGDATABASE') }}"
      schema: "{{ env_var('DBT_SCHEMA') }}"
      threads: 2
"""
METRICS = "models/metrics/orders_metrics.yml"
MARKETING = "models/metrics/marketing_metrics.yml"


@dataclass(frozen=True)
class Ran:
    """How a job's steps ended: what each printed, and the name of the one that failed."""

    printed: Mapping[str, str]
    failed: str | None


@dataclass(frozen=True)
class Clone:
    """A git clone of the project in which jobs run."""

    folder: Path

    def git(self, *arguments: str) -> None:
        who = ("-c", "user.name=Dev", "-c", "user.email=dev@example.com")
        subprocess.run(["git", *who, *arguments], cwd=self.folder, check=True, capture_output=True)

    def branch(self, name: str) -> None:
        """A new branch off main, with nothing left of another one's run."""
        self.git("checkout", "--quiet", "main")
        self.git("checkout", "--quiet", "-b", name)

    def edit(self, file: str, *pairs: tuple[str, str]) -> None:
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
        self.git("commit", "--quiet", "--all", "--message", "change")

    def run(self, job: str, schema: str, only: str | None = None) -> Ran:
        """Run the shell steps of a job, as the runner does: each in bash, until one fails."""
        workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
        variables = {k: v for k, v in workflow["env"].items() if "${{" not in str(v)}
        environment = {
            **os.environ,
            **variables,
            "DBT_SCHEMA": schema,
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        (self.folder / "summary.md").unlink(missing_ok=True)
        printed: dict[str, str] = {}
        for step in workflow["jobs"][job]["steps"]:
            if "run" not in step or step["name"] == INSTALL:
                continue
            if only is not None and step["name"] != only:
                continue
            done = subprocess.run(
                ["bash", "-eo", "pipefail", "-c", step["run"]],
                cwd=self.folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                timeout=300,
                check=False,
            )
            printed[step["name"]] = done.stdout
            if done.returncode:
                return Ran(printed, step["name"])
        return Ran(printed, None)

    def verdicts(self) -> dict[str, str]:
        """Each question's verdict in the JUnit file of the last run."""
        suite = next(iter(JUnitXml.fromfile(str(self.folder / "metricspeak.xml"))))
        kinds = {Failure: "failed", Skipped: "skipped"}
        return {c.name: kinds[type(c.result[0])] if c.result else "passed" for c in suite}


@pytest.fixture(scope="module")
def clone(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """The project in git, built and with its answers kept by the job of the main branch."""
    folder = tmp_path_factory.mktemp("ci") / "repository"
    ignored = shutil.ignore_patterns("target", "logs", ".user.yml", ".metricspeak", "seeds_data")
    shutil.copytree(ROOT / "dbt_project", folder, ignore=ignored)
    for file in (folder / "questions").rglob("*.yml"):
        if file.name != "demo.yml":  # some questions show as much as all do
            file.unlink()
    (folder / "profiles.yml").write_text(PROFILES, encoding="utf-8")
    (folder / ".gitignore").write_text(
        "target\nlogs\nmetricspeak*\n!metricspeak.yml\nsummary.md\n.user.yml\nseeds_data\n",
        encoding="utf-8",
    )
    found = Clone(folder)
    found.git("init", "--quiet", "--initial-branch", "main")
    found.git("add", ".")
    found.git("commit", "--quiet", "--message", "main")
    demo = {
        name.replace("METRICSPEAK_TEST_PG", "METRICSPEAK_PG"): value
        for name, value in postgres.environment.items()
    }
    loaded = subprocess.run(
        [sys.executable, str(folder / "scripts" / "load_raw.py")],
        env={**os.environ, **demo},
        capture_output=True,
        text=True,
        check=False,
    )
    assert loaded.returncode == 0, loaded.stderr
    ran = found.run("base", "analytics_main")
    assert ran.failed is None, ran.printed[ran.failed]
    assert "17 right" in ran.printed["Keep the answers"]
    yield found


def test_a_good_pull_request_passes(clone: Clone) -> None:
    clone.branch("good")
    clone.edit(
        "models/marts/marketing/fct_web_sessions.sql", ("select", "-- one row a session\nselect")
    )
    ran = clone.run("answers", "pr_1")

    assert ran.failed is None, ran.printed[ran.failed]
    assert "fct_web_sessions: its SQL changed" in ran.printed["Compare the answers"]
    # Of all tables only the one that changed was built.
    built = ran.printed["Build what changed"]
    assert "fct_web_sessions" in built and "fct_orders " not in built
    assert "failed" not in clone.verdicts().values()
    assert "✅ MetricSpeak" in (clone.folder / "summary.md").read_text(encoding="utf-8")


def test_a_pull_request_that_breaks_a_metric_fails_and_names_its_questions(clone: Clone) -> None:
    clone.branch("breaking")
    measure = "      measure: order_count\n"
    kept = "    filter: '{{ Dimension(''sales_order__is_cancelled'') }} = false'\n"
    first = f"    type_params:\n{measure}{kept}"
    clone.edit(METRICS, (first, f"    type_params:\n{measure}"))
    ran = clone.run("answers", "pr_1")

    assert ran.failed == "Compare the answers", ran.printed
    said = ran.printed[ran.failed]
    verdicts = clone.verdicts()
    failed = {name for name, verdict in verdicts.items() if verdict == "failed"}
    assert failed == {
        "orders_last_month",
        "mobile_app_orders_2024",
        "average_order_value_by_channel_2024",
        "regions_with_many_orders_2024",
    }
    assert verdicts["revenue_2024"] == "skipped"
    # The old figure and the new one, as the raw data has them.
    assert "orders: 966 → 989 (+2.4 %)" in said
    assert f"::error file={METRICS},line=" in said
    summary = (clone.folder / "summary.md").read_text(encoding="utf-8")
    assert "❌ MetricSpeak: 4 questions fail" in summary
    assert "| orders | 966 | **989** (+2.4 %) |" in summary


def test_a_pull_request_that_renames_a_metric_is_told_so(clone: Clone) -> None:
    clone.branch("rename")
    clone.edit(
        MARKETING,
        ("name: clicks\n", "name: advertising_clicks\n"),
        ("denominator: clicks\n", "denominator: advertising_clicks\n"),
        ("numerator: clicks\n", "numerator: advertising_clicks\n"),
    )
    # What was taken over for the pull request before is there; no model changes.
    ran = clone.run("answers", "pr_1", only="Compare the answers")

    # Held to gold SQL, the answer is as right as before: the rename is told and stops nothing.
    assert ran.failed is None, ran.printed
    said = ran.printed["Compare the answers"]
    assert "metric advertising_clicks: new" in said
    assert "The metric clicks is now called advertising_clicks." in said
    assert "used by questions spend_and_clicks_by_channel_2024" in said
    assert "1 changed" in said
    assert "metrics: marketing_spend, clicks → marketing_spend, advertising_clicks" in said


def test_workflows_and_hooks_are_valid() -> None:
    folder = ROOT / "docs" / "ci"
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    for schema, file in (
        ("vendor.github-workflows", "github-actions.yml"),
        ("vendor.gitlab-ci", "gitlab-ci.yml"),
    ):
        done = subprocess.run([*check, schema, str(folder / file)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [hook["entry"] for hook in hooks] == [
        "metricspeak catalog lint",
        "metricspeak catalog lint --fix",
    ]
