"""The dbt form of a query: compiled by dbt itself, it gives the rows of the runnable form."""

from __future__ import annotations

import contextlib
import io

from semantic.parse import DBT_LOCK
from semantic.project import Project
from tests.translator.conftest import Shop
from translator.query import GroupByItem, Operator, SemanticQuery, WhereFilter


def test_dbt_compiles_it_to_the_same_rows(shop: Shop, shop_built: Project) -> None:
    from dbt.cli.main import dbtRunner

    item = GroupByItem.parse("store__store_name")
    query = SemanticQuery(
        ("revenue", "orders"),
        (item, GroupByItem.parse("metric_time__quarter")),
        where=(WhereFilter(item, Operator.IN, ("O'Brien's Corner", "Kiel")),),
    )
    compiled = shop.compiler.compile(query)
    assert "{{ ref('fct_orders') }}" in compiled.dbt_sql
    assert '"fct_orders"' not in compiled.dbt_sql
    arguments = ["--quiet", "--no-use-colors", "--log-path", str(shop_built.target_path / "logs")]
    arguments += ["compile", "--inline", compiled.dbt_sql]
    arguments += ["--project-dir", str(shop_built.project_dir)]
    arguments += ["--profiles-dir", str(shop_built.profiles_dir)]
    with DBT_LOCK, contextlib.redirect_stdout(io.StringIO()):
        result = dbtRunner().invoke(arguments)
    assert result.success, result.exception
    rows = shop.by_hand(result.result.results[0].node.compiled_code)
    assert rows
    assert sorted(rows, key=repr) == sorted(shop.by_hand(compiled.sql), key=repr)
