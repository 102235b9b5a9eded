"""Our group bys are MetricFlow's own, metric by metric and grain by grain."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from semantic.artifacts import read_artifacts
from semantic.build import build_catalog
from semantic.catalog import GroupByElement, SemanticCatalog
from semantic.load import load_catalog
from semantic.project import Project

REPOSITORY = Path(__file__).parents[2]


def spellings(elements: Iterable[GroupByElement]) -> set[str]:
    return {
        f"{element.qualified_name}__{grain}" if grain else element.qualified_name
        for element in elements
        for grain in (element.grains or ("",))
    }


class MetricFlow:
    """MetricFlow's own answers over a semantic manifest."""

    def __init__(self, manifest: str) -> None:
        from metricflow_semantic_interfaces.implementations.semantic_manifest import (
            PydanticSemanticManifest,
        )
        from metricflow_semantic_interfaces.transformations.semantic_manifest_transformer import (
            PydanticSemanticManifestTransformer,
        )
        from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup
        from metricflow_semantics.model.semantics.element_filter import GroupByItemSetFilter

        parsed = PydanticSemanticManifest.parse_raw(manifest)
        self.manifest = PydanticSemanticManifestTransformer.transform(parsed)
        self._metrics = SemanticManifestLookup(self.manifest).metric_lookup
        self._everything = GroupByItemSetFilter.create()

    def of_metric(self, name: str) -> set[str]:
        from metricflow_semantic_interfaces.references import MetricReference

        return self._spelled(
            self._metrics.get_common_group_by_items((MetricReference(name),), self._everything)
        )

    def of_no_metric(self) -> set[str]:
        return self._spelled(
            self._metrics.get_group_by_items_for_distinct_values_query(self._everything)
        )

    def _spelled(self, found: Any) -> set[str]:
        from metricflow_semantics.model.linkable_element_property import GroupByItemProperty

        # Parts of dates and metrics as group bys are other features, which the catalog leaves out.
        left_out = {GroupByItemProperty.DATE_PART, GroupByItemProperty.METRIC}
        return {
            annotated.spec.dunder_name
            for annotated in found.annotated_specs
            if not left_out & set(annotated.property_set)
        }


def assert_same(catalog: SemanticCatalog, metricflow: MetricFlow) -> None:
    for name in catalog.metrics:
        assert spellings(catalog.group_bys_by_metric[name]) == metricflow.of_metric(name), name
    listed = set().union(*(spellings(e) for e in catalog.list_group_bys.values()))
    without_metric_time = {
        name for name in metricflow.of_no_metric() if not name.startswith("metric_time")
    }
    assert listed == without_metric_time


@pytest.fixture(scope="module")
def shop_metricflow(shop_project: Project) -> MetricFlow:
    path = shop_project.target_path / "semantic_manifest.json"
    return MetricFlow(path.read_text(encoding="utf-8"))


def test_shop_agrees_with_metricflow(shop_project: Project, shop_metricflow: MetricFlow) -> None:
    assert_same(load_catalog(shop_project), shop_metricflow)


def test_newer_metric_spec_agrees_as_well(
    shop_project: Project, shop_metricflow: MetricFlow, tmp_path: Path
) -> None:
    """MetricFlow rewrites measures into metrics that aggregate by themselves: the newer spec."""
    rewritten = json.loads(shop_metricflow.manifest.json())
    for model in rewritten["semantic_models"]:
        model["measures"] = []
    for metric in rewritten["metrics"]:
        parameters = metric["type_params"]
        parameters["measure"] = None
        parameters["input_measures"] = []
        for key in ("base_measure", "conversion_measure"):
            if parameters.get("conversion_type_params"):
                parameters["conversion_type_params"][key] = None
    manifest = (shop_project.target_path / "manifest.json").read_bytes()
    (tmp_path / "manifest.json").write_bytes(manifest)
    (tmp_path / "semantic_manifest.json").write_text(json.dumps(rewritten), encoding="utf-8")
    catalog = build_catalog(read_artifacts(tmp_path))
    assert_same(catalog, shop_metricflow)
    revenue, older = catalog.metrics["revenue"], load_catalog(shop_project).metrics["revenue"]
    assert (revenue.agg, revenue.time_dimension) == (older.agg, older.time_dimension)
    assert revenue.filters == older.filters
    assert catalog.measures["revenue"].expr == "net_amount"


@pytest.mark.skipif(
    not (REPOSITORY / "dbt_project" / "dbt_project.yml").is_file(), reason="not in this checkout"
)
def test_demonstration_project_agrees_with_metricflow(tmp_path: Path) -> None:
    from semantic.artifacts import ensure_artifacts
    from semantic.project import find_project

    project = find_project(REPOSITORY / "dbt_project", target_path=tmp_path / "target")
    artifacts = ensure_artifacts(project)
    if not artifacts.semantic_manifest["metrics"]:
        pytest.skip("MetricFlow answers nothing for a project without metrics")
    text = artifacts.semantic_manifest_path.read_text(encoding="utf-8")
    assert_same(build_catalog(artifacts), MetricFlow(text))
