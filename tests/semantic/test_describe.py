"""The catalog as people and programs see it."""

from __future__ import annotations

import json

import pytest

from semantic.catalog import SemanticCatalog
from semantic.describe import describe_catalog, describe_hit, describe_item
from semantic.errors import QueryError
from semantic.load import load_catalog
from semantic.project import Project
from semantic.search import search_catalog
from semantic.value_index import DimensionValues


@pytest.fixture(scope="module")
def catalog(shop_project: Project) -> SemanticCatalog:
    return load_catalog(shop_project)


VALUES = {
    "regions.region_name": DimensionValues(("North", "West Coast"), True, ""),
    "customers.email": DimensionValues(("ann@example.com",), True, ""),
}


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("revenue", "metric", "revenue"),
        ("Turnover", "metric", "revenue"),
        ("revenues", "metric", "revenue"),
        ("revenu", "metric", "revenue"),
        ("average order values", "metric", "average_order_value"),
        ("AOV", "metric", "average_order_value"),
        ("what is the return rate", "metric", "return_rate"),
        ("manufacturer", "dimension", "products.brand"),
        ("loyalty", "dimension", "customer_tiers.tier"),
        ("shopper", "entity", "customer"),
        ("damaged", "dimension", "returns.reason"),
        ("sales meeting", "saved_query", "monthly_revenue_by_region"),
        ("fct_orders", "model", "fct_orders"),
        ("west coast", "value", "regions.region_name"),
    ],
)
def test_search_finds(catalog: SemanticCatalog, text: str, kind: str, name: str) -> None:
    hits = search_catalog(catalog, text, VALUES)
    assert (kind, name) in [(hit.kind, hit.name) for hit in hits[:3]]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize("text", ["", "  ", "!!!", "xyzzy plugh", "'; drop table x", "ann@example"])
def test_search_finds_nothing(catalog: SemanticCatalog, text: str) -> None:
    assert not any(hit.kind == "value" for hit in search_catalog(catalog, text, VALUES))


def test_search_is_bounded(catalog: SemanticCatalog) -> None:
    assert len(search_catalog(catalog, "revenue order customer", limit=2)) == 2
    assert search_catalog(catalog, "word " * 5000) == ()


def test_everything_is_json(catalog: SemanticCatalog) -> None:
    overview = describe_catalog(catalog)
    assert json.loads(json.dumps(overview)) == overview
    assert {metric["name"] for metric in overview["metrics"]} == set(catalog.metrics)
    for hit in search_catalog(catalog, "revenue"):
        assert json.loads(json.dumps(describe_hit(hit))) == describe_hit(hit)
    for name in (*catalog.metrics, *catalog.dimensions, *catalog.models, *catalog.measures):
        described = describe_item(catalog, name, VALUES)
        assert json.loads(json.dumps(described)) == described


def test_a_metric_shows_its_hidden_filters(catalog: SemanticCatalog) -> None:
    (revenue,) = describe_item(catalog, "Revenue")
    assert revenue["kind"] == "metric"
    assert revenue["filters"] == ["{{ Dimension('order_item__item_status') }} <> 'X'"]
    by_name = {item["name"]: item for item in revenue["group_by"]}
    assert "fiscal_quarter" in by_name["metric_time"]["grains"]
    assert by_name["store__region__region_name"]["joins"] == 2


def test_a_dimension_is_found_by_each_of_its_names(catalog: SemanticCatalog) -> None:
    for name in ("region_name", "regions.region_name", "store__region__region_name"):
        (found,) = describe_item(catalog, name, VALUES)
        assert found["name"] == "regions.region_name"
        assert found["values"] == ["North", "West Coast"]
        assert found["spelling"] == "region__region_name"
        assert "revenue" in found["metrics"]


def test_values_of_sensitive_dimensions_are_not_shown(catalog: SemanticCatalog) -> None:
    (email,) = describe_item(catalog, "email", VALUES)
    assert email["sensitive"] is True
    assert "values" not in email


def test_one_name_may_be_several_things(catalog: SemanticCatalog) -> None:
    kinds = [found["kind"] for found in describe_item(catalog, "orders")]
    assert kinds == ["metric", "semantic_model"]
    assert describe_item(catalog, "customer")[0]["kind"] == "entity"
    assert describe_item(catalog, "fct_orders")[0]["primary_key"] == ["order_id"]
    assert describe_item(catalog, "monthly_revenue_by_region")[0]["kind"] == "saved_query"


def test_an_unknown_name_suggests_similar_ones(catalog: SemanticCatalog) -> None:
    with pytest.raises(QueryError, match="revenu") as error:
        describe_item(catalog, "revenu")
    assert "revenue" in error.value.hint
    with pytest.raises(QueryError):
        describe_item(catalog, "")
