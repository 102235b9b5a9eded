"""Questions about rows beside metrics, on the shop project: what is governed stays governed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from semantic.project import Project
from tests.translator.conftest import Shop
from translator.answer import Status
from translator.opening import open_translator
from translator.pipeline import Translator
from translator.plan import ModelQuery, Question
from translator.planning.embedded.planner import EmbeddedPlanner
from translator.query import SemanticQuery
from translator.settings import Settings

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]

AS_OF = date(2025, 3, 15)


@pytest.fixture(scope="module")
def translator(shop_built: Project) -> Iterator[Translator]:
    opened = open_translator(shop_built, Settings())
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("question", "by_hand"),
    [
        (
            "customers without any orders in 2024",
            "select customer_id from dim_customers c where not exists (select 1 from fct_orders o "
            "where o.customer_id = c.customer_id and o.ordered_at >= '2024-01-01' "
            "and o.ordered_at < '2025-01-01')",
        ),
        (
            "latest order of each customer",
            "select distinct on (customer_id) customer_id from fct_orders "
            "where customer_id is not null order by customer_id, ordered_at desc",
        ),
        (
            "which customers have orders but no visits",
            "select customer_id from dim_customers c where exists (select 1 from fct_orders o "
            "where o.customer_id = c.customer_id) "
            "and not exists (select 1 from fct_visits v "
            "where v.customer_id = c.customer_id)",
        ),
    ],
)
def test_rows(translator: Translator, shop: Shop, question: str, by_hand: str) -> None:
    answer = translator.ask(question, AS_OF)
    assert (answer.status, answer.error) == (Status.ANSWERED, None)
    assert not answer.governed
    assert answer.explanation.startswith("Not governed: SQL over ")
    assert [c.detail for c in answer.checks if c.status == "fail"] == []
    position = [c.name for c in answer.columns].index("customer_id")
    assert sorted(r[position] for r in answer.rows) == sorted(r[0] for r in shop.by_hand(by_hand))


def test_rows_that_count_are_those_of_the_metric(shop: Shop) -> None:
    """Where the metric Orders leaves cancelled ones out, so do "customers without orders"."""
    filters = ("{{ Dimension('order__order_status') }} <> 'X'",)
    orders = replace(shop.catalog.metrics["orders"], filters=filters)
    catalog = replace(shop.catalog, metrics={**shop.catalog.metrics, "orders": orders})
    planned = EmbeddedPlanner(catalog, {}).plan(
        Question("customers without any orders in 2024", AS_OF)
    )
    assert isinstance(planned.plan, ModelQuery)
    assert "status_code <> 'X'" in planned.plan.sql
    assert any("'Orders'" in note for note in planned.notes)


@pytest.mark.parametrize(
    "question",
    ["revenue by brand in 2024", "How many orders per month?", "average order value by channel"],
)
def test_what_metrics_say_stays_governed(translator: Translator, question: str) -> None:
    assert isinstance(translator.planner.plan(Question(question, AS_OF)).plan, SemanticQuery)


@pytest.mark.parametrize(
    "question",
    [
        "list customers with their email",
        "list orders with the favourite colour of the customer",
        "customers who never ordered and adore cats",
        "customers in 2024",
        "customers who ordered only twice",
        "customers that nobody ever visited",
    ],
)
def test_what_is_not_known_is_not_answered(translator: Translator, question: str) -> None:
    plan = translator.planner.plan(Question(question, AS_OF)).plan
    assert not isinstance(plan, ModelQuery)
