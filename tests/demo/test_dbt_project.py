"""What the demonstration project promises, read from its artifacts alone; nothing is built here."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from semantic.catalog import Dimension, Metric, MetricType, SemanticCatalog
from semantic.load import load_catalog
from semantic.project import find_project
from translator.query import SemanticQuery
from translator.settings import load_settings

PROJECT = Path(__file__).parents[2] / "dbt_project"
_MADE = shutil.ignore_patterns("target", "logs", ".user.yml", "seeds_data", ".metricspeak")


@pytest.fixture(scope="module")
def project_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "dbt_project"
    return Path(shutil.copytree(PROJECT, folder, ignore=_MADE))


@pytest.fixture(scope="module")
def catalog(project_dir: Path) -> SemanticCatalog:
    return load_catalog(find_project(project_dir))


@pytest.fixture(scope="module")
def questions() -> list[dict[str, Any]]:
    content = yaml.safe_load((PROJECT / "questions" / "demo.yml").read_text(encoding="utf-8"))
    assert content["version"] == 1
    return list(content["questions"])


def test_settings_are_read(project_dir: Path) -> None:
    settings = load_settings(project_dir)
    assert str(settings.as_of) == "2025-10-15"
    assert settings.fiscal_year_start_month == 2


def test_metrics_are_of_all_five_types(catalog: SemanticCatalog) -> None:
    assert len(catalog.metrics) >= 40
    assert {metric.type for metric in catalog.metrics.values()} == set(MetricType)
    assert len(catalog.saved_queries) >= 5


def test_metrics_use_what_metricflow_offers(catalog: SemanticCatalog) -> None:
    metrics = catalog.metrics.values()
    assert any(metric.window for metric in metrics)
    assert any(metric.grain_to_date for metric in metrics)
    assert any(metric.non_additive_dimension for metric in metrics)
    assert any(part.offset_window for metric in metrics for part in metric.inputs)
    assert set(catalog.custom_grains) == {"fiscal_quarter", "fiscal_year"}


def test_every_metric_and_dimension_has_words_for_people(catalog: SemanticCatalog) -> None:
    named: list[Metric | Dimension] = [*catalog.metrics.values(), *catalog.dimensions.values()]
    assert [item.name for item in named if not item.label or not item.description] == []


def test_every_model_and_column_is_described(catalog: SemanticCatalog) -> None:
    models = [model for model in catalog.models.values() if model.resource_type == "model"]
    assert len(models) > 30
    assert [model.name for model in models if not model.description or not model.columns] == []
    undescribed = [
        f"{model.name}.{column.name}"
        for model in models
        for column in model.columns
        if not column.description
    ]
    assert undescribed == []


def test_personal_data_is_sensitive(catalog: SemanticCatalog) -> None:
    for key in ("customers.email", "customers.phone", "customers.customer_name"):
        assert catalog.dimensions[key].sensitive, key


def test_codes_have_meanings(catalog: SemanticCatalog) -> None:
    assert dict(catalog.dimensions["orders.sales_channel"].value_labels)["APP"] == "mobile app"


def test_questions_name_what_the_project_has(
    catalog: SemanticCatalog, questions: list[dict[str, Any]]
) -> None:
    assert len({question["id"] for question in questions}) == len(questions) >= 12
    assert len({tag for question in questions for tag in question["tags"]}) >= 9
    assert "What was revenue by region last quarter?" in [q["question"] for q in questions]
    models = {model.name for model in catalog.models.values()}
    for question in questions:
        expect = question["expect"]
        query = SemanticQuery.from_dict(expect["query"], catalog.grains)
        assert set(query.metrics) <= set(catalog.metrics), question["id"]
        if query.metrics:
            reachable = {item.qualified_name for item in catalog.group_bys(query.metrics)}
            named = {item.element_name for item in query.group_by}
            named |= {condition.item.element_name for condition in query.where}
            assert named <= reachable, (question["id"], named - reachable)
        assert any(f"ref('{name}')" in expect["sql"] for name in models), question["id"]
