"""Asking, from question to answer, on the shop project."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from semantic.project import Project
from tests.translator.conftest import Shop
from translator.answer import Status
from translator.opening import open_translator
from translator.pipeline import Translator
from translator.query import GroupByItem, Operator, SemanticQuery, WhereFilter
from translator.settings import Settings

AS_OF = date(2025, 3, 15)


@pytest.fixture(scope="module")
def translator(shop_built: Project) -> Iterator[Translator]:
    opened = open_translator(shop_built, Settings())
    yield opened
    opened.close()


def test_answered(translator: Translator, shop: Shop) -> None:
    answer = translator.ask("revenue in 2024", AS_OF)
    assert (answer.status, answer.error) == (Status.ANSWERED, None)
    wanted = shop.by_hand(
        "select sum(net_amount) from fct_order_items where status_code <> 'X' "
        "and ordered_at >= '2024-01-01' and ordered_at < '2025-01-01'"
    )
    assert list(answer.rows) == [(int(wanted[0][0]),)]
    assert answer.models == ("fct_order_items",)
    assert answer.explanation == "Revenue, from 1 Jan 2024 to 31 Dec 2024."
    assert answer.to_dict()["row_count"] == 1


def test_dry_run_runs_nothing(translator: Translator) -> None:
    answer = translator.ask("revenue by month in 2024", AS_OF, dry_run=True)
    assert answer.status is Status.ANSWERED
    assert answer.sql
    assert answer.dbt_sql
    assert (answer.rows, answer.columns) == ((), ())
    assert "execute" not in answer.timings_ms


@pytest.mark.parametrize("question", ["", "  \n", "revenue " * 1250, "rev\x00enue", "a\x1b[31mb"])
def test_what_is_no_question(translator: Translator, question: str) -> None:
    answer = translator.ask(question, AS_OF)
    assert answer.status is Status.ERROR
    assert answer.error is not None
    assert answer.error.code == "bad_question"
    assert answer.error.hint


def test_follow_up_within_a_session(translator: Translator) -> None:
    translator.ask("revenue in 2024", AS_OF, session_id="s")
    answer = translator.ask("by brand", AS_OF, session_id="s")
    assert answer.query is not None
    assert answer.query.metrics == ("revenue",)
    assert [g.qualified_name for g in answer.query.group_by] == ["product__brand"]
    assert answer.query.time_range is not None


def test_errors_are_answers(translator: Translator) -> None:
    unknown = translator.run(SemanticQuery(("revenu",)))
    assert unknown.error is not None
    assert unknown.error.code == "bad_query"
    assert "did you mean 'revenue'?" in unknown.error.message
    customer = GroupByItem.parse("customer")
    refused = translator.run(
        SemanticQuery(("revenue",), where=(WhereFilter(customer, Operator.EQ, ("no number",)),))
    )
    assert refused.status is Status.ERROR
    assert refused.error is not None
    assert refused.error.code == "warehouse"
    assert refused.sql
