"""`metricspeak save` on a copy of a real project, over its real warehouse."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import yaml

from semantic.project import Project, cache_folder
from tests.ui.cli.conftest import Outcome, Run

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
