"""The shop project, built, with what compiles and runs queries on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg2
import pytest

from semantic.artifacts import ensure_artifacts
from semantic.build import build_catalog
from semantic.catalog import SemanticCatalog
from semantic.project import Project
from tests.conftest import Postgres
from translator.compile.compiler import Compiler
from translator.compile.metricflow import MetricFlowCompiler
from translator.guard import GOVERNED, Guard
from translator.query import SemanticQuery
from translator.results import answer_table
from translator.validate import validate
from translator.warehouse.profile import read_profile
from translator.warehouse.warehouse import Warehouse, open_warehouse


@dataclass(frozen=True)
class Shop:
    """Runs typed queries, and SQL by hand over the marts, to the same form of rows."""

    catalog: SemanticCatalog
    compiler: Compiler
    warehouse: Warehouse
    guard: Guard
    dsn: str

    def rows(self, query: SemanticQuery) -> list[tuple[Any, ...]]:
        """Rows of a valid query, as the answer has them."""
        assert validate(query, self.catalog) == ()
        compiled = self.compiler.compile(query)
        assert self.guard.check(compiled.sql, GOVERNED).issues == ()
        result = self.warehouse.execute(compiled.sql)
        assert result.columns == compiled.columns
        return list(answer_table(result, query, self.catalog)[1])

    def by_hand(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of SQL over the marts, without anything of ours in between."""
        with psycopg2.connect(self.dsn) as connection, connection.cursor() as cursor:
            cursor.execute("set search_path to shop")
            cursor.execute(sql)
            found = [tuple(row) for row in cursor.fetchall()]
        connection.close()
        return found


@pytest.fixture(scope="session")
def shop(shop_built: Project, postgres: Postgres) -> Iterator[Shop]:
    artifacts = ensure_artifacts(shop_built)
    catalog = build_catalog(artifacts)
    compiler = Compiler(catalog, MetricFlowCompiler(artifacts.semantic_manifest, catalog))
    warehouse = open_warehouse(
        read_profile(shop_built.profiles_dir, shop_built.profile, shop_built.target)
    )
    yield Shop(catalog, compiler, warehouse, Guard(catalog), postgres.dsn)
    warehouse.close()
