"""SQL over models, from plan to answer, on the shop project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import pytest

from semantic.project import Project
from tests.translator.conftest import Shop
from translator.answer import Status
from translator.opening import open_translator
from translator.pipeline import Translator
from translator.plan import (
    Clarification,
    ModelQuery,
    Option,
    Plan,
    Planned,
    Question,
)
from translator.query import SemanticQuery
from translator.settings import Settings

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]

AS_OF = date(2025, 3, 15)
KEPT_ORDERS = ModelQuery(
    "select o.order_id from {{ ref('fct_orders') }} o "
    "left join {{ ref('fct_returns') }} r on r.order_id = o.order_id "
    "where r.return_id is null and o.customer_id < 5 order by 1",
    "Orders of the first customers without a return.",
)


@dataclass
class Says:
    """A planner that gives back one plan and keeps the questions."""

    plans: list[Plan]
    name: str = "llm"

    def __post_init__(self) -> None:
        self.asked: list[Question] = []

    def plan(self, question: Question) -> Planned:
        self.asked.append(question)
        return Planned(self.plans[min(len(self.asked), len(self.plans)) - 1], 0.6, self.name)


@pytest.fixture(scope="module")
def translator(shop_built: Project) -> Iterator[Translator]:
    opened = open_translator(shop_built, Settings())
    yield opened
    opened.close()


def asking(translator: Translator, *plans: Plan) -> tuple[Translator, Says]:
    """The same parts with a planner that says `plans`, one after another."""
    planner = Says(list(plans))
    parts = (translator.catalog, translator.compiler, translator.warehouse, planner)
    return Translator(*parts, translator.settings, translator.model_queries), planner


def test_an_answer_from_models_says_that_it_is_not_governed(
    translator: Translator, shop: Shop
) -> None:
    answer = asking(translator, KEPT_ORDERS)[0].ask("orders without a return", AS_OF)
    assert (answer.status, answer.error) == (Status.ANSWERED, None)
    assert (answer.governed, answer.query, answer.planner) == (False, None, "llm")
    wanted = shop.by_hand(
        "select order_id from fct_orders where customer_id < 5 and order_id not in "
        "(select order_id from fct_returns) order by 1"
    )
    assert wanted
    assert list(answer.rows) == wanted
    assert answer.models == ("fct_orders", "fct_returns")
    assert "{{ ref('fct_returns') }}" in (answer.dbt_sql or "")
    assert "ref(" not in (answer.sql or "ref(")
    assert answer.checks[0].name == "governed"
    assert answer.checks[0].status == "warn"
    assert answer.explanation is not None
    assert "Not governed" in answer.explanation
    assert "only rows where return id is empty" in answer.explanation
    assert (
        "claims, unchecked: Orders of the first customers without a return." in answer.explanation
    )


def test_dry_run_compiles_without_running(translator: Translator) -> None:
    answer = asking(translator, KEPT_ORDERS)[0].ask("?!", AS_OF, dry_run=True)
    assert answer.status is Status.ANSWERED
    assert answer.sql
    assert (answer.rows, answer.columns) == ((), ())
    assert answer.checks[0].name == "governed"
    assert "execute" not in answer.timings_ms


def test_it_runs_without_a_question(translator: Translator) -> None:
    answer = translator.run(
        ModelQuery("select count(*) as n, max(ordered_at) as last from {{ ref('fct_orders') }}", "")
    )
    assert (answer.status, answer.error) == (Status.ANSWERED, None)
    assert [(c.name, c.role) for c in answer.columns] == [("n", "metric"), ("last", "metric")]
    assert not answer.governed


def test_a_follow_up_knows_what_was_answered(translator: Translator) -> None:
    asked, planner = asking(translator, KEPT_ORDERS)
    asked.ask("orders without a return", AS_OF, session_id="s")
    asked.ask("and their names", AS_OF, session_id="s")
    assert planner.asked[1].previous == KEPT_ORDERS


def test_the_embedded_planner_takes_no_model_query_for_a_metric_query(
    translator: Translator,
) -> None:
    question = Question("revenue in 2024", AS_OF, KEPT_ORDERS)
    assert (
        translator.planner.plan(question).plan
        == translator.planner.plan(replace(question, previous=None)).plan
    )


def test_an_option_may_be_a_model_query(translator: Translator) -> None:
    options = (Option("revenue", SemanticQuery(("revenue",))), Option("kept orders", KEPT_ORDERS))
    answer = asking(translator, Clarification("Which?", options))[0].ask("customers?", AS_OF)
    assert answer.status is Status.CLARIFY
    governed, other = answer.to_dict()["clarification"]["options"]
    assert (governed["query"]["metrics"], governed["dbt_sql"]) == (["revenue"], None)
    assert (other["query"], other["dbt_sql"]) == (None, KEPT_ORDERS.sql)


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("select * from {{ ref('fct_order') }}", "unknown_model"),
        ("select * from {{ source('raw', 'nothing') }}", "unknown_source"),
        ("select * from fct_orders", "bare_relation"),
        ("select * from pg_catalog.pg_user", "bare_relation"),
        ("with pg_user as (select 1) select * from pg_catalog.pg_user", "bare_relation"),
        ("select * from (with u as (select 1) select * from u) a, u", "bare_relation"),
        ("select '{{ env_var(''HOME'') }}' from {{ ref('fct_orders') }}", "jinja"),
        ("select {{ env_var('HOME') }} from {{ ref('fct_orders') }}", "jinja"),
        ("{% set x = 1 %} select 1 from {{ ref('fct_orders') }}", "jinja"),
        ("select 1 {# x #} from {{ ref('fct_orders') }}", "jinja"),
        ("select * from {{ ref(env_var('HOME')) }}", "jinja"),
        ("select * from {{ ref('fct_orders').render() }}", "jinja"),
        ("select * from {{ ref('a' ~ 'b') }}", "jinja"),
        ("select * from {{{ ref('fct_orders') }}}", "jinja"),
        ("select * from {{ source('one') }}", "jinja"),
        (r"select e'\x7b\x7b 1' from {{ ref('fct_orders') }}", "jinja"),
        ("select '{{ ref('fct_orders') }}' from {{ ref('fct_orders') }}", "misplaced_ref"),
        ("select 1 as {{ ref('fct_orders') }}", "misplaced_ref"),
        ("select 1 from {{ ref('fct_orders') }}; select 2", "statements"),
        ("", "statements"),
        ("delete from {{ ref('fct_orders') }}", "not_select"),
        ("create table x as select * from {{ ref('fct_orders') }}", "not_select"),
        ("with t as (1 union all select 2) select * from t", "syntax"),
        ("select from where {{ ref('fct_orders') }}", "syntax"),
        ("select 1 from {{ ref('fct_orders') }} " + "-" * 20_000, "too_long"),
    ],
)
def test_what_is_refused(translator: Translator, sql: str, kind: str) -> None:
    from semantic.errors import QueryError

    with pytest.raises(QueryError) as error:
        translator.model_queries.compiler.compile(ModelQuery(sql, ""))
    assert kind in [issue.kind for issue in error.value.issues]
    answer = translator.run(ModelQuery(sql, ""))
    assert answer.status is Status.ERROR
    assert answer.error is not None
    assert answer.error.code == "bad_query"
    assert not answer.governed


def test_a_wrong_name_comes_with_the_right_one(translator: Translator) -> None:
    answer = translator.run(ModelQuery("select * from {{ ref('fct_order') }}", ""))
    assert answer.error is not None
    assert "did you mean 'fct_orders'?" in answer.error.message


@pytest.mark.parametrize(
    "sql",
    [
        "select fct_orders.order_id from {{ ref('fct_orders') }} order by 1 limit 3",
        "select {{ ref('fct_orders') }}.order_id from {{ref('fct_orders')}} order by 1 limit 3",
        'select order_id from {{- ref("fct_orders") -}} as x order by 1 limit 3 '
        "-- {{ ref('x') }}",
        "select order_id from {{ ref('shop', 'fct_orders') }} order by 1 limit 3;",
        "with o as (select * from {{ ref('fct_orders') }}) select order_id from o "
        "union select order_id from o order by 1 limit 3",
    ],
)
def test_spellings_of_the_same(translator: Translator, shop: Shop, sql: str) -> None:
    answer = translator.run(ModelQuery(sql, ""))
    assert (answer.status, answer.error) == (Status.ANSWERED, None)
    assert list(answer.rows) == shop.by_hand("select order_id from fct_orders order by 1 limit 3")


def test_what_costs_too_much_does_not_run(translator: Translator) -> None:
    sql = "select count(*) from {{ ref('fct_order_items') }} t0 " + " ".join(
        f"join {{{{ ref('fct_order_items') }}}} t{n} on t{n}.quantity >= t{n - 1}.quantity"
        for n in range(1, 5)
    )
    answer = translator.run(ModelQuery(sql, ""))
    assert answer.error is not None
    assert "estimates a cost" in answer.error.message
    assert "max_query_cost" in answer.error.hint
    assert "execute" not in answer.timings_ms
    (issue,) = translator.model_queries.issues(ModelQuery(sql, ""))
    assert issue.kind == "too_expensive"


def test_a_metric_query_has_the_same_limit(translator: Translator) -> None:
    low = Settings(max_query_cost=0.001)
    parts = (translator.catalog, translator.compiler, translator.warehouse, translator.planner)
    answer = Translator(*parts, low, translator.model_queries).ask("revenue in 2024", AS_OF)
    assert answer.error is not None
    assert "estimates a cost" in answer.error.message
    assert answer.sql
