"""`metricspeak save` on a copy of a real project, over its real warehouse."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from sqlglot import exp

from semantic.project import Project, cache_folder
from tests.conftest import Postgres
from tests.ui.cli.conftest import Outcome, Run
from translator.artifact.artifact import Saving

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]

AS_OF = ("--as-of", "2025-03-15")
QUESTION = "revenue by brand in 2024"
OWNER = ("--owner", "Ada <ada@shop.example>")


class Place:
    """A project of a test's own, in the schema of the built one."""

    def __init__(self, folder: Path, run: Run) -> None:
        self.folder, self._run = folder, run

    def run(self, *arguments: str) -> Outcome:
        return self._run(*arguments, "--project-dir", str(self.folder))

    def ask(self, question: str) -> dict[str, object]:
        answer = json.loads(self.run("ask", question, *AS_OF, "-f", "json").out)
        assert isinstance(answer, dict)
        return answer

    def save(self, kind: str, name: str, *more: str) -> Outcome:
        return self.run("save", "--as", kind, name, *more)

    def yaml(self, file: str) -> dict[str, list[dict[str, object]]]:
        content = yaml.safe_load((self.folder / file).read_text("utf-8"))
        assert isinstance(content, dict)
        return content

    def tree(self) -> str:
        """A hash over every file of the project but dbt's own."""
        digest = hashlib.sha256()
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder)
            if name.parts[0] not in {"target", "logs"}:
                digest.update(f"{name} {path.stat().st_mode}".encode())
                digest.update(path.read_bytes() if path.is_file() else b"")
        return digest.hexdigest()


@pytest.fixture
def place(run: Run, shop_built: Project, tmp_path: Path) -> Place:
    folder = tmp_path / "shop"
    shutil.copytree(shop_built.project_dir, folder, ignore=shutil.ignore_patterns("logs"))
    return Place(folder, run)


SAVED_QUERIES = "models/semantic/_saved_queries.yml"


def test_the_last_answer_becomes_a_saved_query(place: Place) -> None:
    before = (place.folder / SAVED_QUERIES).read_text("utf-8")
    place.ask("revenue and units sold by store country in 2024")
    place.ask(QUESTION)

    outcome = place.save("saved_query", "brand_revenue_2024")

    assert outcome.code == 0, outcome.err
    assert "+  - name: brand_revenue_2024" in outcome.out
    assert "MetricFlow gives the rows of the answer" in outcome.err
    after = (place.folder / SAVED_QUERIES).read_text("utf-8")
    assert after.startswith(before)
    saved = place.yaml(SAVED_QUERIES)["saved_queries"][-1]
    assert saved["query_params"] == {
        "metrics": ["revenue"],
        "group_by": ["Dimension('product__brand')"],
        "where": [
            "{{ TimeDimension('metric_time', 'day') }} >= CAST('2024-01-01' AS DATE)",
            "{{ TimeDimension('metric_time', 'day') }} < CAST('2025-01-01' AS DATE)",
        ],
    }
    assert "brand_revenue_2024" in place.run("catalog").out


def test_the_best_few_become_a_saved_query_with_order_and_limit(place: Place) -> None:
    place.ask("top 2 brands by revenue in 2024")
    outcome = place.save("saved_query", "best_brands")

    assert outcome.code == 0, outcome.err
    params = place.yaml(SAVED_QUERIES)["saved_queries"][-1]["query_params"]
    assert isinstance(params, dict)
    assert params["limit"] == 2
    assert params["order_by"][0] == "Metric('revenue').descending(True)"


@pytest.mark.parametrize(
    "question, what",
    [
        ("share of revenue by brand in 2024", "share of total"),
        ("which regions are there", "a list without a metric"),
    ],
)
def test_what_a_saved_query_cannot_express_is_said(place: Place, question: str, what: str) -> None:
    place.ask(question)
    before = place.tree()
    outcome = place.save("saved_query", "nothing")

    assert outcome.code == 2
    assert what in outcome.err
    assert "--as model" in outcome.err
    assert place.tree() == before


def test_an_answer_becomes_an_exposure(place: Place) -> None:
    place.ask(QUESTION)
    outcome = place.save(
        "exposure", "brand_report", *OWNER, "--type", "dashboard", "--url", "https://bi.example/7"
    )

    assert outcome.code == 0, outcome.err
    exposure = place.yaml("models/_exposures.yml")["exposures"][0]
    assert exposure["depends_on"] == [
        "ref('dim_products')",
        "ref('fct_order_items')",
        "metric('revenue')",
    ]
    assert exposure["owner"] == {"name": "Ada", "email": "ada@shop.example"}
    assert QUESTION in str(exposure["description"])
    assert (exposure["type"], exposure["url"]) == ("dashboard", "https://bi.example/7")


def test_an_answer_becomes_a_test_question_that_holds(place: Place) -> None:
    answer = place.ask(QUESTION)
    outcome = place.save("question", "brands")

    assert outcome.code == 0, outcome.err
    assert "Asked again" in outcome.err
    content = place.yaml("questions/saved.yml")
    assert content["version"] == 1
    saved = content["questions"][0]
    assert (saved["id"], saved["question"], str(saved["as_of"])) == (
        "brands",
        QUESTION,
        "2025-03-15",
    )
    again = place.ask(str(saved["question"]))
    assert again["rows"] == answer["rows"]
    from translator.questions.gold import same_rows
    from translator.questions.read import read_questions

    read = read_questions([place.folder / "questions"], ())[0]
    assert read.expect.query is not None
    assert read.expect.query.to_dict() == answer["query"]
    assert read.expect.sql is not None
    assert same_rows(_run_sql(place, read.expect.sql), answer["rows"])  # type: ignore[arg-type]


def test_a_question_of_a_running_period_pins_its_sql(place: Place) -> None:
    place.ask("revenue by brand")
    outcome = place.save("question", "all_time", "--file", "questions/mine.yml")

    assert outcome.code == 0, outcome.err
    assert "The period is not over" in outcome.err
    expect = place.yaml("questions/mine.yml")["questions"][0]["expect"]
    assert isinstance(expect, dict)
    assert "{{ ref('fct_order_items') }}" in expect["sql"]


def test_a_follow_up_cannot_be_pinned_by_itself(place: Place, tmp_path: Path) -> None:
    turns = [
        {"question": QUESTION, "session_id": "s"},
        {"question": "and in 2023?", "session_id": "s"},
    ]
    file = tmp_path / "turns.jsonl"
    file.write_text("\n".join(map(json.dumps, turns)), encoding="utf-8")
    place.run("ask", "--batch", str(file), *AS_OF)
    before = place.tree()

    outcome = place.save("question", "follow_up")
    assert outcome.code == 1
    assert "Asked again by itself" in outcome.err
    assert place.tree() == before


def test_another_answer_is_chosen_by_trace_question_or_file(place: Place, tmp_path: Path) -> None:
    first = place.ask(QUESTION)
    place.ask("orders in 2024")
    trace = str(first["trace_id"])
    file = tmp_path / "answer.json"
    file.write_text(json.dumps(first), encoding="utf-8")

    by_trace = place.save("question", "one", "--trace", trace[:8], "--dry-run")
    asked = place.save("question", "one", "--question", QUESTION, *AS_OF, "--dry-run")
    assert by_trace.out == asked.out
    assert QUESTION in by_trace.out
    typed = place.save("saved_query", "one", "--query", str(file), "--dry-run")
    assert "product__brand" in typed.out
    assert place.save("question", "one", "--trace", "zzz").code == 2
    assert place.save("question", "one", "--query", str(file)).code == 2
    assert place.save("question", "one", "--query", "/no/such.json").code == 2
    assert place.save("question", "x", "--trace", "a", "--question", "b").code == 2
    assert not (place.folder / "questions").exists()


def test_without_an_answer_there_is_nothing_to_save(place: Place) -> None:
    outcome = place.save("question", "nothing")
    assert outcome.code == 2
    assert "Ask first" in outcome.err


def test_a_name_is_used_once(place: Place) -> None:
    place.ask(QUESTION)
    assert place.save("exposure", "brand_report", *OWNER).code == 0
    before = place.tree()
    for kind, name in (
        ("exposure", "brand_report"),
        ("saved_query", "brand_report"),
        ("exposure", "revenue"),
        ("exposure", "fct_orders"),
    ):
        outcome = place.save(kind, name, *OWNER)
        assert outcome.code == 2
        assert "already" in outcome.err
    assert "exactly this" in place.save("exposure", "brand_report", *OWNER, "--force").err
    assert place.save("exposure", "fct_orders", *OWNER, "--force").code == 2
    assert place.save("exposure", "no-name!", *OWNER).code == 2
    assert place.tree() == before
    replaced = place.save("exposure", "brand_report", "--owner", "Grace", "--force")
    assert replaced.code == 0, replaced.err
    assert len(place.yaml("models/_exposures.yml")["exposures"]) == 1


def test_a_dry_run_writes_nothing(place: Place) -> None:
    place.ask(QUESTION)
    before = place.tree()
    outcome = place.save("exposure", "brand_report", *OWNER, "--dry-run")
    assert outcome.code == 0
    assert "+  - name: brand_report" in outcome.out
    assert place.tree() == before


def test_comments_and_form_of_a_file_stay(place: Place) -> None:
    path = place.folder / SAVED_QUERIES
    text = "# Ours.\n" + path.read_text("utf-8") + "\n# The end.\n"
    path.write_text(text, encoding="utf-8")
    place.ask(QUESTION)

    assert place.save("saved_query", "brand_revenue").code == 0
    after = path.read_text("utf-8")
    assert after.startswith("# Ours.\n")
    assert after.endswith("\n# The end.\n")
    assert (
        after.replace(
            after[after.index("\n  - name: brand_revenue") : after.index("\n# The end")], ""
        )
        == text
    )


def test_a_list_in_one_line_is_left_alone(place: Place) -> None:
    path = place.folder / SAVED_QUERIES
    content = json.dumps(yaml.safe_load(path.read_text("utf-8")))
    path.write_text(content, encoding="utf-8")
    place.ask(QUESTION)

    outcome = place.save("saved_query", "brand_revenue")
    assert outcome.code == 0, outcome.err
    assert path.read_text("utf-8") == content
    assert (path.parent / "_brand_revenue.yml").is_file()


def test_a_project_that_does_not_parse_is_said(place: Place) -> None:
    place.ask(QUESTION)
    (place.folder / "models" / "broken.yml").write_text("models: [\n", encoding="utf-8")
    before = place.tree()
    outcome = place.save("exposure", "brand_report", *OWNER)
    assert outcome.code == 2
    assert "cannot parse" in outcome.err
    assert "broken.yml" in outcome.err
    assert place.tree() == before


def test_a_project_that_cannot_be_written_to_stays_as_it_is(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    place.ask(QUESTION)
    before = place.tree()
    real = os.replace

    def refusing(source: str, target: str) -> None:
        if str(target).endswith("_saved_queries.yml"):
            raise OSError(30, "Read-only file system", str(target))
        real(source, target)

    monkeypatch.setattr(os, "replace", refusing)
    outcome = place.save("saved_query", "brand_revenue")
    assert outcome.code == 2
    assert "Read-only file system" in outcome.err
    assert "Nothing was changed" in outcome.err
    assert place.tree() == before


def test_answers_are_kept_for_the_user_alone_and_not_for_ever(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import date

    from semantic.project import find_project
    from translator.answer import Answer, Status
    from translator.artifact import remembered

    monkeypatch.setattr(remembered, "KEPT", 5)
    project = find_project(place.folder)
    folder = cache_folder(project.project_dir) / "answers"
    for number in range(8):
        answer = Answer(Status.UNSUPPORTED, f"question {number}", f"trace{number}")
        remembered.remember(project, answer, date(2025, 3, 15))

    assert [p.stat().st_mode & 0o777 for p in folder.iterdir()] == [0o600] * 5
    assert folder.stat().st_mode & 0o077 == 0
    assert remembered.recall(project).question == "question 7"
    assert place.save("question", "refused").code == 2
    (folder / sorted(p.name for p in folder.iterdir())[-1]).write_text("{", encoding="utf-8")
    assert remembered.recall(project).question == "question 6"
    # Where nothing can be kept, questions are answered all the same.
    shutil.rmtree(folder)
    folder.write_text("in the way", encoding="utf-8")
    assert place.ask(QUESTION)["status"] == "answered"


def test_an_answer_becomes_a_model_with_tests_that_pass(place: Place, postgres: Postgres) -> None:
    answer = place.ask("orders by channel and month in 2024")
    outcome = place.save("model", "orders_by_channel")

    assert outcome.code == 0, outcome.err
    assert "It is named fct_orders_by_channel" in outcome.err
    assert "dbt build passed in a scratch schema" in outcome.err
    sql = (place.folder / "models" / "marts" / "fct_orders_by_channel.sql").read_text("utf-8")
    assert "{{ ref('fct_orders') }}" in sql
    assert "select" in sql
    assert "SELECT" not in sql
    model = place.yaml("models/marts/_marts.yml")["models"][-1]
    assert model["name"] == "fct_orders_by_channel"
    tests = sorted(p.name for p in (place.folder / "tests").iterdir())
    assert tests == [
        "assert_fct_orders_by_channel_adds_up.sql",
        "assert_fct_orders_by_channel_in_range.sql",
        "assert_fct_orders_by_channel_is_unique.sql",
    ]
    assert _left_over(postgres) == set()

    # Built for real, elsewhere, it has the rows of the answer.
    from semantic.parse import run_dbt
    from semantic.project import find_project

    project = find_project(place.folder)
    built = run_dbt(project, ["build", "--select", "fct_orders_by_channel"])
    try:
        assert built.success, built.exception
        assert len(built.result.results) == 6  # the model, two not_null, three singular tests
        from translator.questions.gold import same_rows

        rows = _run_sql(place, "select * from shop.fct_orders_by_channel")
        assert same_rows(rows, answer["rows"])  # type: ignore[arg-type]
        # A model that is there is replaced only when that is said.
        assert place.save("model", "orders_by_channel").code == 2
        again = place.save("model", "orders_by_channel", "--force", "--dry-run")
        assert "exactly this" in again.err
    finally:
        _execute(postgres, "drop table if exists shop.fct_orders_by_channel")


def test_a_model_whose_test_fails_is_not_written(
    place: Place, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    from translator.artifact import model

    real = model._tree

    def doubled(saving: Saving) -> exp.Query:
        """What a join that multiplies rows does."""
        tree = real(saving)
        return exp.union(tree, tree.copy(), distinct=False)

    place.ask(QUESTION)
    before = place.tree()
    monkeypatch.setattr(model, "_tree", doubled)
    outcome = place.save("model", "brand_revenue")

    assert outcome.code == 1
    assert "unique_fct_brand_revenue" in outcome.err
    assert "assert_fct_brand_revenue_adds_up" in outcome.err
    assert place.tree() == before
    assert _left_over(postgres) == set()


def test_schemas_that_a_killed_run_left_are_dropped_later(place: Place, postgres: Postgres) -> None:
    from datetime import UTC, datetime

    recent = f"metricspeak_scratch_{datetime.now(UTC):%Y%m%d%H%M%S}_aaaaaa"
    old = "metricspeak_scratch_20240101000000_aaaaaa"
    _execute(postgres, f"create schema {recent}; create schema {old}; create table {old}.t (x int)")
    place.ask(QUESTION)
    try:
        assert place.save("model", "brand_revenue").code == 0
        assert _left_over(postgres) == {recent}
    finally:
        _execute(postgres, f"drop schema if exists {recent}")


def test_a_run_that_is_killed_while_it_builds_leaves_nothing_after_the_next(
    place: Place, postgres: Postgres
) -> None:
    place.ask(QUESTION)
    before = place.tree()
    command = (sys.executable, "-c", "from ui.cli.app import main; main()", "save")
    options = ("--as", "model", "brand_revenue", "--project-dir", str(place.folder))
    process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        while not _left_over(postgres) and time.monotonic() < deadline:
            assert process.poll() is None, "it ended before it was killed"
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait(30)
    assert _left_over(postgres)
    assert place.tree() == before
    outcome = place.save("model", "brand_revenue")
    assert outcome.code == 0, outcome.err
    assert _left_over(postgres) == set()


def test_a_project_that_prints_its_own_schemas_and_has_hooks_is_left_alone(
    place: Place, postgres: Postgres
) -> None:
    """Neither a schema name that leaves the target out nor a hook may reach a real table."""
    macros = place.folder / "macros"
    macros.mkdir()
    (macros / "schema.sql").write_text(
        "{% macro generate_schema_name(custom, node) %}{{ custom or 'shop' }}{% endmacro %}",
        encoding="utf-8",
    )
    path = place.folder / "dbt_project.yml"
    path.write_text(
        path.read_text("utf-8").replace("seeds:\n  shop:\n    +schema: raw", "")
        + "\non-run-start: ['create schema hook_ran']\n"
        + "on-run-end: ['create schema hook_ran']\n",
        encoding="utf-8",
    )
    place.ask(QUESTION)
    outcome = place.save("model", "brand_revenue")
    assert outcome.code == 0, outcome.err
    assert _left_over(postgres) == set()
    assert not _tables(postgres, "fct_brand_revenue")


def test_a_refusal_drafts_the_metric_and_the_draft_answers(place: Place) -> None:
    answer = place.ask("average discount")
    refusal = answer["refusal"]
    assert isinstance(refusal, dict)
    draft = refusal["draft"]
    assert (draft["kind"], draft["file_name"]) == ("metric", "models/semantic/_metrics.yml")
    assert "agg: average" in draft["text"]
    shown = place.run("ask", "average discount", *AS_OF)
    assert shown.code == 4
    assert "metricspeak save --as draft average_discount_amount" in shown.out

    outcome = place.save("draft", "average_discount")
    assert outcome.code == 0, outcome.err
    assert "The warehouse computes the metric" in outcome.err
    again = place.ask("average discount by brand")
    assert again["query"]["metrics"] == ["average_discount"]  # type: ignore[index]
    # Nothing is missing any more.
    assert place.save("draft", "other").code == 2


def test_a_refusal_drafts_the_model_that_brings_a_dimension_near(place: Place) -> None:
    question = "units returned by country"
    refusal = place.ask(question)["refusal"]
    assert isinstance(refusal, dict)
    assert refusal["draft"]["kind"] == "bridging_model"
    assert "3 joins away" in refusal["draft"]["reason"]

    outcome = place.save("draft", "order_country")
    assert outcome.code == 0, outcome.err
    assert "dbt build passed in a scratch schema" in outcome.err
    catalog = json.loads(place.run("catalog", "show", "units_returned", "-f", "json").out)
    assert "order__country" in json.dumps(catalog)


def test_nothing_is_drafted_of_what_the_project_has_no_trace_of(place: Place) -> None:
    refusal = place.ask("how many unicorns were painted")["refusal"]
    assert isinstance(refusal, dict)
    assert refusal["draft"] is None
    before = place.tree()
    outcome = place.save("draft", "unicorns")
    assert outcome.code == 2
    assert "Nothing in the project says" in outcome.err
    assert place.tree() == before


def _execute(postgres: Postgres, sql: str) -> None:
    import psycopg2

    with psycopg2.connect(postgres.dsn) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
    connection.close()


def _left_over(postgres: Postgres) -> set[str]:
    """Schemas that only a trial, or a hook of the project, can have made."""
    return _names(postgres, "select nspname from pg_namespace where nspname ~ '_scratch_|hook_ran'")


def _tables(postgres: Postgres, name: str) -> set[str]:
    return _names(postgres, f"select relname from pg_class where relname = '{name}'")


def _names(postgres: Postgres, sql: str) -> set[str]:
    import psycopg2

    with psycopg2.connect(postgres.dsn) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        found = {str(row[0]) for row in cursor.fetchall()}
    connection.close()
    return found


def _run_sql(place: Place, sql: str) -> list[tuple[object, ...]]:
    from semantic.project import find_project
    from translator.warehouse.profile import read_profile
    from translator.warehouse.warehouse import open_warehouse

    project = find_project(place.folder)
    warehouse = open_warehouse(read_profile(project.profiles_dir, project.profile, None))
    try:
        return list(warehouse.execute(sql).rows)
    finally:
        warehouse.close()
