"""Every project of the corpus is valid; every expected query and gold SQL returns rows."""

from __future__ import annotations

import contextlib
import io
import shutil
from pathlib import Path

import pytest

from semantic.artifacts import ensure_artifacts
from semantic.build import build_catalog
from semantic.project import Project, find_project
from tests.conftest import Postgres
from translator.compile.compiler import Compiler
from translator.compile.metricflow import MetricFlowCompiler
from translator.guard import GOVERNED, Guard
from translator.questions.gold import render_refs
from translator.questions.read import read_questions
from translator.validate import validate
from translator.warehouse.profile import read_profile
from translator.warehouse.warehouse import open_warehouse

CORPUS = Path(__file__).parent
PROJECTS = sorted(path.parent.name for path in CORPUS.glob("*/dbt_project.yml"))
# Fewer would say too little about a project that nobody has seen.
FEWEST_QUESTIONS = 30

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]


def _build(project: Project) -> None:
    from dbt.cli.main import dbtRunner

    arguments = ["--quiet", "--no-use-colors", "--log-path", str(project.target_path / "logs")]
    arguments += ["build", "--project-dir", str(project.project_dir)]
    arguments += ["--profiles-dir", str(project.profiles_dir), "--no-write-json"]
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        result = dbtRunner().invoke(arguments)
    assert result.success, f"dbt build failed: {result.exception}\n{output.getvalue()}"


@pytest.mark.parametrize("name", PROJECTS)
def test_expected_queries_return_rows(name: str, postgres: Postgres, tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("target", "logs", ".user.yml")
    project = find_project(shutil.copytree(CORPUS / name, tmp_path / name, ignore=ignored))
    artifacts = ensure_artifacts(project)
    catalog = build_catalog(artifacts)
    _build(project)

    questions = read_questions([project.project_dir / "questions.yml"], catalog.grains)
    assert len(questions) >= FEWEST_QUESTIONS
    assert {q.expect.status for q in questions} == {None, "clarify", "unsupported"}

    compiler = Compiler(catalog, MetricFlowCompiler(artifacts.semantic_manifest, catalog))
    guard = Guard(catalog)
    warehouse = open_warehouse(read_profile(project.profiles_dir, project.profile, project.target))
    problems = []
    try:
        for question in questions:
            query = question.expect.query
            if (
                question.expect.sql
                and not warehouse.execute(render_refs(question.expect.sql, catalog.models)).rows
            ):
                problems.append(f"{question.id}: its gold SQL returns no rows")
            if query is None:
                continue
            issues = validate(query, catalog)
            if not issues:
                sql = compiler.compile(query).sql
                issues = guard.check(sql, GOVERNED).issues
            if issues:
                problems.append(f"{question.id}: {[issue.message for issue in issues]}")
                continue
            rows = warehouse.execute(sql).rows
            if not any(value is not None for row in rows for value in row):
                problems.append(f"{question.id}: no rows, or only empty ones")
    finally:
        warehouse.close()
    assert problems == []
