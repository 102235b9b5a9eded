"""Metric queries name relations by the manifest; dbt, asked itself, names the same ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlglot
import yaml
from sqlglot import exp

from semantic.artifacts import ensure_artifacts
from semantic.build import build_catalog
from semantic.catalog import SemanticCatalog
from semantic.project import find_project
from translator.compile.compiler import Compiler
from translator.compile.metricflow import MetricFlowCompiler
from translator.compile.refs import models_of
from translator.dbt.compiler import DbtCompiler
from translator.query import SemanticQuery

pytestmark = [pytest.mark.dbt]

PROJECT = Path(__file__).parents[2] / "dbt_project"
_MADE = shutil.ignore_patterns("target", "logs", ".user.yml", "seeds_data", ".metricspeak")
_CONTENT = yaml.safe_load((PROJECT / "questions" / "demo.yml").read_text(encoding="utf-8"))
QUESTIONS = {
    question["id"]: question["expect"]["query"]
    for question in _CONTENT["questions"]
    if "query" in question["expect"]
}


@dataclass(frozen=True)
class Demo:
    """The demonstration project, parsed and not built, with both compilers."""

    catalog: SemanticCatalog
    metrics: Compiler
    dbt: DbtCompiler


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("paths") / "dbt_project"
    project = find_project(shutil.copytree(PROJECT, folder, ignore=_MADE))
    artifacts = ensure_artifacts(project)
    catalog = build_catalog(artifacts)
    dbt = DbtCompiler(project, artifacts.manifest_path)
    dbt.warm()
    metricflow = MetricFlowCompiler(artifacts.semantic_manifest, catalog)
    yield Demo(catalog, Compiler(catalog, metricflow), dbt)
    dbt.close()


@pytest.mark.parametrize("question", QUESTIONS)
def test_both_paths_lead_to_the_same_sql(demo: Demo, question: str) -> None:
    grains = demo.catalog.grains
    compiled = demo.metrics.compile(SemanticQuery.from_dict(QUESTIONS[question], grains))
    by_dbt = demo.dbt.compile(compiled.dbt_sql)

    assert _tree(by_dbt.sql, compiled.dialect) == _tree(compiled.sql, compiled.dialect)
    names = {model.unique_id: model.name for model in demo.catalog.models.values()}
    assert tuple(sorted(names[i] for i in by_dbt.depends_on)) == compiled.models


def test_what_metricflow_plans_another_way_prints_no_traceback(
    demo: Demo, caplog: pytest.LogCaptureFixture
) -> None:
    """Its optimizer fails on the number of conversions without a group by."""
    query = SemanticQuery.from_dict({"metrics": ["visits_with_order"]}, demo.catalog.grains)
    compiled = demo.metrics.compile(query)

    assert "visits_with_order" in compiled.sql
    assert [r.getMessage() for r in caplog.records if r.name.startswith("metricflow")] == []


def test_the_comparison_can_fail(demo: Demo) -> None:
    query = SemanticQuery.from_dict(next(iter(QUESTIONS.values())), demo.catalog.grains)
    compiled = demo.metrics.compile(query)
    tree = _tree(compiled.sql, compiled.dialect)
    table = next(t for t in tree.find_all(exp.Table) if t.db)
    table.set("db", exp.to_identifier("elsewhere", quoted=True))

    assert tree != _tree(compiled.sql, compiled.dialect)
    assert models_of(tree, demo.catalog) != compiled.models


def _tree(sql: str, dialect: str) -> exp.Expr:
    """The SQL as a tree in which names count and their quotes do not."""
    tree = sqlglot.parse_one(sql, dialect=dialect)
    for name in tree.find_all(exp.Identifier):
        name.set("quoted", True)
    return tree
