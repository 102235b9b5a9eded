"""Questions about rows of ordinary marts: models, columns and tests, no semantic model."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from semantic.artifacts import ensure_artifacts
from semantic.project import find_project
from tests.conftest import Postgres, copy_project
from translator.answer import Answer, Status
from translator.opening import open_translator
from translator.pipeline import Translator
from translator.plan import Clarification, ModelQuery, Question
from translator.settings import Settings

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]

AS_OF = date(2025, 3, 15)


@pytest.fixture(scope="module")
def library(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Translator]:
    from dbt.cli.main import dbtRunner

    folder = copy_project("library", tmp_path_factory.mktemp("relational"))
    project = find_project(folder)
    arguments = ["--quiet", "--no-use-colors", "--log-path", str(folder / "logs"), "run"]
    arguments += ["--project-dir", str(folder), "--profiles-dir", str(folder)]
    with contextlib.redirect_stdout(io.StringIO()):
        assert dbtRunner().invoke(arguments).success
    ensure_artifacts(project)
    opened = open_translator(project, Settings())
    yield opened
    opened.close()


def ask(library: Translator, question: str) -> Answer:
    answer = library.ask(question, AS_OF)
    assert answer.status is Status.ANSWERED, (answer.error, answer.refusal, answer.clarification)
    assert not answer.governed
    assert [c for c in answer.checks if c.status == "fail"] == []
    return answer


def column(answer: Answer, name: str) -> list[Any]:
    position = [c.name for c in answer.columns].index(name)
    return sorted(row[position] for row in answer.rows)


@pytest.mark.parametrize(
    ("question", "name", "wanted"),
    [
        ("Which members have never borrowed a book?", "member_name", ["Dee"]),
        ("members without loans", "member_name", ["Dee"]),
        ("members without any loans borrowed in 2024", "member_name", ["Cid", "Dee"]),
        ("members without loans or holds", "member_name", ["Dee"]),
        ("Which members have never placed a hold?", "member_name", ["Ben", "Dee"]),
        ("Which members have no holds?", "member_name", ["Ben", "Dee"]),
        ("members with more than 2 loans", "member_name", ["Ada"]),
        ("members with at least 2 loans borrowed in 2024", "member_name", ["Ada", "Ben"]),
        ("members with fewer than 2 loans", "member_name", ["Cid", "Dee"]),
        ("members who have a loan but no holds", "member_name", ["Ben"]),
        ("members without a branch", "member_name", ["Dee"]),
        ("which branches have no members", "branch_name", ["Old Mill"]),
        ("list members who joined in 2024 with their branch", "member_name", ["Ben", "Cid"]),
        ("branches with more than 3 seats", "branch_name", ["Harbour", "Hill"]),
        ("Which branch has the highest seat count?", "branch_name", ["Harbour"]),
        ("show crime books with their shelf mark", "shelf mark", ["M 2", "R 7"]),
        ("crime books with a page count above 100", "book_id", [11]),
        ("how many members have never made a loan", "member_count", [1]),
        ("loans returned in June 2024", "loan_id", [104, 105, 106]),
    ],
)
def test_rows(library: Translator, question: str, name: str, wanted: list[Any]) -> None:
    assert column(ask(library, question), name) == wanted


def test_related_rows_never_multiply(library: Translator) -> None:
    """Ada has three loans and three holds: joined at once they would be nine."""
    answer = ask(library, "members with at least 3 loans and at least 3 holds")
    assert column(answer, "member_name") == ["Ada"]
    assert column(answer, "loan_count") == [3]
    assert column(answer, "hold_count") == [3]
    assert ask(library, "how many members have a loan and a hold").rows == ((2,),)


def test_latest_of_each(library: Translator) -> None:
    answer = ask(library, "latest hold of each member")
    assert column(answer, "hold_id") == [3, 4]


def test_two_dates_are_asked_about(library: Translator) -> None:
    """A loan in a period may be borrowed or returned in it."""
    for question in ("latest loan of each member", "members without any loans in 2024"):
        plan = library.planner.plan(Question(question, AS_OF)).plan
        assert isinstance(plan, Clarification)
        labels = " ".join(o.label for o in plan.options)
        assert "borrowed on" in labels
        assert "returned on" in labels
        for option in plan.options:
            assert isinstance(option.plan, ModelQuery)
            assert library.run(option.plan, AS_OF).status is Status.ANSWERED


def test_rows_of_null_keys_belong_to_nobody(library: Translator) -> None:
    """A loan without a member is no one's, and takes no member out of an anti-join."""
    assert column(ask(library, "loans without a member"), "loan_id") == [105]
    assert ask(library, "books without loans").rows == ()
    assert column(ask(library, "loans without a book"), "loan_id") == [106]


@pytest.mark.parametrize(
    "question",
    [
        "list members with their card number",
        "card numbers of members who joined in 2024",
        "members with more than 2 fines",
        "members without fines",
        "list fines with their amount",
        "members who joined in 2024 and like jazz",
        "members without loans in Atlantis",
    ],
)
def test_what_may_not_or_cannot_be_read(library: Translator, question: str) -> None:
    answer = library.ask(question, AS_OF)
    assert answer.status in {Status.UNSUPPORTED, Status.CLARIFY}
    assert "card_number" not in str(answer.to_dict())
    assert "fct_fines" not in str(answer.to_dict())


def test_values_are_literals(library: Translator) -> None:
    answer = ask(library, "list books of genre O'Neill's own")
    assert "'O''Neill''s own'" in answer.sql
    assert column(answer, "title") == ["Tides"]
