"""What dbt makes of `ref()` to every kind of model, on Postgres and on DuckDB."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from semantic.errors import QueryError
from semantic.project import Project
from translator.answer import Answer, Status
from translator.pipeline import Translator
from translator.plan import ModelQuery

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]


def ask(translator: Translator, sql: str) -> Answer:
    answer = translator.run(ModelQuery(sql, ""))
    assert (answer.error, answer.status) == (None, Status.ANSWERED)
    return answer


def issue(translator: Translator, sql: str) -> tuple[str, str]:
    with pytest.raises(QueryError) as error:
        translator.model_queries.compiler.compile(ModelQuery(sql, ""))
    (found,) = error.value.issues
    return found.kind, found.message


def test_alias_and_schema(variants: Translator) -> None:
    answer = ask(variants, "select sales.sale_id from {{ ref('sales') }} order by 1")
    assert answer.rows == ((1,), (2,), (3,))
    assert answer.models == ("sales",)
    assert '"variants_core"."sold_things"' in (answer.sql or "")


def test_ephemeral(variants: Translator) -> None:
    answer = ask(
        variants,
        "with totals as (select r.buyer_id, sum(r.amount) as total "
        "from {{ ref('recent_sales') }} r group by 1) select b.name, t.total from totals t "
        "join {{ ref('buyers') }} b on b.buyer_id = t.buyer_id",
    )
    assert [(name, float(total)) for name, total in answer.rows] == [("Ann Meyer", 30.5)]
    assert answer.models == ("buyers", "recent_sales")
    assert "{{ ref('recent_sales') }}" in (answer.dbt_sql or "")


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("ref('buyers')", "Ann Meyer"),
        ("ref('buyers', v=2)", "Ann Meyer"),
        ("ref('buyers', version=1)", "Ann"),
        ("ref('variants', 'buyers', v=1)", "Ann"),
    ],
)
def test_versions(variants: Translator, call: str, name: str) -> None:
    answer = ask(variants, f"select name from {{{{ {call} }}}} where buyer_id = 1")
    assert answer.rows == ((name,),)


def test_another_package(variants: Translator) -> None:
    for call in ("ref('rates', 'currencies')", "ref('currencies')"):
        answer = ask(variants, f"select count(*) from {{{{ {call} }}}}")
        assert (answer.rows, answer.models) == (((2,),), ("currencies",))


def test_source(variants: Translator) -> None:
    """It compiles, and nobody may read it but the models built on it."""
    query = ModelQuery("select max(sale_id) from {{ source('landing', 'sold') }}", "")
    compiled = variants.model_queries.compiler.compile(query).sql
    assert '"landing_zone"."sold_things"' in compiled.sql
    assert compiled.models == ("landing.sold",)
    assert [i.kind for i in variants.model_queries.issues(query)] == ["private_model"]


def test_an_ephemeral_model_may_read_what_the_query_may_not(variants: Translator) -> None:
    answer = ask(variants, "select sale_id from {{ ref('landed_sales') }}")
    assert (answer.rows, answer.models) == (((7,),), ("landed_sales",))
    both = (
        "select l.sale_id from {{ ref('landed_sales') }} l "
        "join {{ source('landing', 'sold') }} s on s.sale_id = l.sale_id"
    )
    assert [i.kind for i in variants.model_queries.issues(ModelQuery(both, ""))] == [
        "private_model"
    ]


def test_an_ephemeral_model_may_be_private_itself(variants: Translator) -> None:
    assert issue(variants, "select is_high from {{ ref('pay_bands') }}") == (
        "private_model",
        "'pay_bands' is private to the group 'payroll'.",
    )


def test_private(variants: Translator) -> None:
    """Dbt lets an inline query read it; the guard does not."""
    query = ModelQuery("select salary from {{ ref('salaries') }}", "")
    assert [i.kind for i in variants.model_queries.issues(query)] == ["private_model"]
    answer = variants.run(query)
    assert answer.error is not None
    assert "private to the group 'payroll'" in answer.error.message


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        ("ref('retired')", "disabled_model", "'retired' is disabled"),
        ("ref('sale')", "unknown_model", "did you mean 'sales'?"),
        ("ref('buyers', v=3)", "unknown_model", "'buyers' (version 3)"),
        ("ref('rates', 'sales')", "unknown_model", "'rates.sales'"),
        ("source('landing', 'solds')", "unknown_source", "did you mean 'landing.sold'?"),
    ],
)
def test_what_dbt_does_not_know(variants: Translator, call: str, kind: str, words: str) -> None:
    found, message = issue(variants, f"select 1 as one from {{{{ {call} }}}}")
    assert found == kind
    assert words in message


def test_every_wrong_name_is_said(variants: Translator) -> None:
    sql = "select 1 from {{ ref('sale') }}, {{ ref('recent_sales') }}, {{ ref('buyer') }}"
    with pytest.raises(QueryError) as error:
        variants.model_queries.compiler.compile(ModelQuery(sql, ""))
    assert [i.suggestions[0] for i in error.value.issues] == ["sales", "buyers"]


def test_wrong_columns_come_with_the_nearest(variants: Translator) -> None:
    sql = "select s.sale_idd from {{ ref('sales') }} s"
    (found,) = variants.model_queries.issues(ModelQuery(sql, ""))
    assert found.kind == "unknown_column"
    assert found.suggestions[0] == "sale_id"
    assert variants.model_queries.issues(ModelQuery(sql.replace("idd", "id"), "")) == ()
    answer = variants.run(ModelQuery(sql, ""))
    assert answer.error is not None
    assert answer.error.code == "bad_query"
    assert "did you mean 'sale_id'?" in answer.error.message
    assert answer.sql


def test_what_the_warehouse_rejects(variants: Translator) -> None:
    sql = "select buyer_id, sum(amount) from {{ ref('sales') }}"
    (found,) = variants.model_queries.issues(ModelQuery(sql, ""))
    assert found.kind == "rejected"
    assert "buyer_id" in found.message


def test_many_at_once(variants: Translator) -> None:
    """Right and wrong ones of several threads, none of which disturbs another."""
    found: dict[int, object] = {}

    def one(number: int) -> None:
        name = "sales" if number % 3 else "nothing"
        answer = variants.run(
            ModelQuery(f"select {number} as n from {{{{ ref('{name}') }}}} limit 1", "")
        )
        found[number] = answer.rows if answer.status is Status.ANSWERED else answer.error

    threads = [threading.Thread(target=one, args=(n,)) for n in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(9):
        if number % 3:
            assert found[number] == ((number,),)
        else:
            assert "'nothing'" in str(found[number])


def test_the_project_stays_as_it_is(
    variants: Translator, variants_project: Project, listing: dict[Path, int]
) -> None:
    ask(variants, "select count(*) as before_and_after from {{ ref('recent_sales') }}")
    after = {
        path: path.stat().st_mtime_ns
        for path in sorted(variants_project.project_dir.rglob("*"))
        if path.is_file()
    }
    assert after == listing
