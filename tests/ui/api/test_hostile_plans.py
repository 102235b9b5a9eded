"""Hostile SQL that a language model plans is refused over HTTP, and nothing of it runs."""

from __future__ import annotations

import contextlib
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg2
import pytest
from pydantic import SecretStr

from semantic.project import Project
from tests.conftest import Postgres
from tests.standins.tgi import TgiStandIn
from tests.ui.api.conftest import AS_OF, TOKEN, Client, listening
from translator.opening import open_translator
from translator.settings import load_settings
from translator.warehouse.postgres import PostgresWarehouse
from ui.api.application import create_app

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]
QUESTION = "Who never ordered?"
CUSTOMERS = "{{ ref('dim_customers') }}"
HARMLESS = f"select count(*) as customers from {CUSTOMERS}"
HOSTILE = {
    "delete": f"delete from {CUSTOMERS}",
    "stacked": f"{HARMLESS}; drop table {CUSTOMERS}",
    "deleting CTE": f"with gone as (delete from {CUSTOMERS} returning 1) select * from gone",
    "into": f"select * into stolen from {CUSTOMERS}",
    "lock": f"select customer_id from {CUSTOMERS} for update",
    "copy": f"copy {CUSTOMERS} to '/tmp/stolen'",
    "do": "do $$ begin execute 'drop schema shop cascade'; end $$",
    "file": f"select pg_read_file('/etc/passwd') as x from {CUSTOMERS}",
    "sleep": f"select pg_sleep(600) as x from {CUSTOMERS}",
    "setting": f"select set_config('statement_timeout', '0', false) as x from {CUSTOMERS}",
    "other query": f"select query_to_xml('delete from x', true, true, '') as x from {CUSTOMERS}",
    "server catalog": "select rolname from pg_catalog.pg_roles",
    "comment": f"select 1 as x from {CUSTOMERS} /* */ ; -- \n truncate {CUSTOMERS}",
    "environment": f"select '{{{{ env_var(\"HOME\") }}}}' as home from {CUSTOMERS}",
    "jinja": f"{{% do run_query('drop table x') %}} {HARMLESS}",
    "sensitive": f"select email from {CUSTOMERS}",
    "sensitive, hidden": f"select to_jsonb(c) as x from {CUSTOMERS} as c",
    "sensitive, filtered": f"select count(*) as n from {CUSTOMERS} where \"email\" like 'a%'",
    "past the project": "select * from raw_customers",
}


@dataclass
class Llm:
    """The API with a language model that plans the last of `plans` each time it is asked."""

    client: Client
    plans: deque[str]


@pytest.fixture(scope="module")
def llm(shop_built: Project) -> Iterator[Llm]:
    plans: deque[str] = deque(maxlen=1)

    def plan(_: Any) -> dict[str, str]:
        return {"reading": "All of it.", "kind": "sql", "sql": plans[0]}

    with TgiStandIn(plan) as server, pytest.MonkeyPatch.context() as patch:
        for name, value in {"SERVER": "tgi", "URL": server.url, "MODEL": "any"}.items():
            patch.setenv(f"METRICSPEAK_LLM__{name}", value)
        settings = load_settings(shop_built.project_dir)
        serve = settings.serve.model_copy(update={"port": 0, "token": SecretStr(TOKEN)})
        settings = settings.model_copy(update={"drafts": False, "serve": serve})
        opened = open_translator(shop_built, settings)
        try:
            with listening(create_app(opened), serve) as url:
                yield Llm(Client(url, TOKEN), plans)
        finally:
            opened.close()


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the warehouse is asked to run or to plan, by whichever part."""
    seen: list[str] = []
    for name in ("execute", "estimate", "rows"):
        real = getattr(PostgresWarehouse, name)

        def recorded(self: Any, sql: Any, *more: Any, real: Any = real, **named: Any) -> Any:
            seen.append(str(sql))
            return real(self, sql, *more, **named)

        monkeypatch.setattr(PostgresWarehouse, name, recorded)
    return seen


def customers(postgres: Postgres) -> int:
    connection = psycopg2.connect(postgres.dsn)
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables "
            "where tablename = 'dim_customers' and schemaname like 'shop%'"
        )
        ((table,),) = cursor.fetchall()
        cursor.execute(f"select count(*) from {table}")
        ((count,),) = cursor.fetchall()
    return int(count)


def test_harmless_sql_runs(llm: Llm, statements: list[str], postgres: Postgres) -> None:
    llm.plans.append(HARMLESS)
    answer = llm.client.ask("How many customers are there?", planner="llm")

    assert (answer["status"], answer["governed"]) == ("answered", False)
    assert answer["rows"] == [[customers(postgres)]]
    assert any("dim_customers" in sql for sql in statements)


@pytest.mark.parametrize("sql", HOSTILE.values(), ids=HOSTILE)
def test_hostile_sql_is_refused_and_never_runs(
    llm: Llm, statements: list[str], postgres: Postgres, sql: str
) -> None:
    before = customers(postgres)
    llm.plans.append(sql)
    answer = llm.client.ask(QUESTION, planner="llm")

    assert answer["status"] == "unsupported", answer
    assert (answer["rows"], answer["sql"], answer["dbt_sql"]) == ([], None, None)
    assert answer["refusal"]["reason"]
    assert statements == []
    assert customers(postgres) == before


def test_it_is_refused_in_a_stream_too(llm: Llm, statements: list[str]) -> None:
    llm.plans.append(HOSTILE["deleting CTE"])
    body = {"question": QUESTION, "as_of": AS_OF, "planner": "llm"}
    response = llm.client.post("/v1/ask?stream=true", json=body)

    assert response.status_code == 200
    last = response.text.strip().split("\n\n")[-1].split("\n")
    assert "event: answer" in last
    (data,) = (line.removeprefix("data: ") for line in last if line.startswith("data: "))
    assert json.loads(data)["status"] == "unsupported"
    assert statements == []


@pytest.mark.parametrize("path", ["/v1/query", "/v1/compile"])
def test_sql_is_no_query(llm: Llm, statements: list[str], path: str) -> None:
    for body in ({"sql": HARMLESS}, {"metrics": ["revenue"], "sql": HARMLESS}):
        assert llm.client.post(path, json=body).status_code == 422
    assert statements == []
