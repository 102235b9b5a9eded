"""What the catalog says of the shop project, parsed by the real dbt."""

from __future__ import annotations

import pytest

from semantic.catalog import (
    ColumnReference,
    DimensionType,
    EntityType,
    GroupByElement,
    Metric,
    MetricInput,
    MetricType,
    SemanticCatalog,
)
from semantic.load import load_catalog
from semantic.project import Project


@pytest.fixture(scope="module")
def catalog(shop_project: Project) -> SemanticCatalog:
    return load_catalog(shop_project)


def group_by(catalog: SemanticCatalog, metric: str, name: str) -> GroupByElement:
    return next(e for e in catalog.group_bys_by_metric[metric] if e.qualified_name == name)


def names(catalog: SemanticCatalog, *metrics: str) -> set[str]:
    return {element.qualified_name for element in catalog.group_bys(metrics)}


def test_knows_the_project(catalog: SemanticCatalog) -> None:
    assert catalog.project_name == "shop"
    assert catalog.adapter_type == "postgres"
    assert catalog.custom_grains == ("fiscal_quarter", "fiscal_year")
    assert catalog.spine_grain == "day"
    assert {metric.type for metric in catalog.metrics.values()} == set(MetricType)


def test_reads_models_with_keys_and_tests(catalog: SemanticCatalog) -> None:
    orders = catalog.models["fct_orders"]
    assert orders.resource_type == "model"
    assert orders.primary_key == ("order_id",)
    assert (orders.access, orders.group) == ("public", "sales")
    assert orders.depends_on == ("seed.shop.raw_orders",)
    assert orders.relation.identifier == "fct_orders"
    key = orders.column("ORDER_ID")
    assert key is not None
    assert key.unique
    assert key.not_null
    region = catalog.models["dim_customers"].column("region_code")
    assert region is not None
    assert region.references == ColumnReference("dim_regions", "region_code")
    assert catalog.models["raw_orders"].resource_type == "seed"


def test_reads_constraints_as_keys(catalog: SemanticCatalog) -> None:
    regions = catalog.models["dim_regions"]
    assert regions.primary_key == ("region_code",)
    code = regions.column("region_code")
    assert code is not None
    assert code.not_null
    assert code.data_type == "text"


def test_a_test_of_some_rows_says_nothing_of_all(catalog: SemanticCatalog) -> None:
    product = catalog.models["fct_order_items"].column("product_id")
    assert product is not None
    assert not product.not_null


def test_reads_entities(catalog: SemanticCatalog) -> None:
    orders = catalog.semantic_models["orders"]
    assert orders.model == "fct_orders"
    assert orders.primary_entity == "order"
    assert {e.name: e.type for e in orders.entities} == {
        "order": EntityType.PRIMARY,
        "customer": EntityType.FOREIGN,
        "store": EntityType.FOREIGN,
    }
    customer = catalog.semantic_models["customers"].entities[0]
    assert (customer.label, customer.synonyms) == ("Customer", ("client", "shopper"))
    assert catalog.semantic_models["customer_tiers"].primary_entity == "customer_tier"


def test_reads_dimensions(catalog: SemanticCatalog) -> None:
    brand = catalog.dimensions["products.brand"]
    assert brand.label == "Brand"
    assert brand.description == "Maker of the product."
    assert brand.synonyms == ("manufacturer", "make")
    ordered = catalog.dimensions["orders.ordered_at"]
    assert (ordered.type, ordered.grain) == (DimensionType.TIME, "hour")
    assert catalog.dimensions["products.list_price"].format == "currency"
    assert catalog.dimensions["products.list_price"].data_type == "numeric"
    assert catalog.dimensions["customers.generation"].column is None


@pytest.mark.parametrize(
    ("dimension", "labels"),
    [
        ("customers.segment", {"S": "small", "M": "medium", "L": "large"}),
        ("customers.customer_status", {"A": "active", "C": "closed"}),
        ("regions.country", {"DE": "Germany", "US": "United States"}),
        ("orders.channel", {"WEB": "web shop", "STO": "store", "APP": "mobile app"}),
        ("returns.reason", {"SIZE": "wrong size", "DMG": "damaged", "MIND": "changed their mind"}),
    ],
)
def test_knows_what_codes_mean(
    catalog: SemanticCatalog, dimension: str, labels: dict[str, str]
) -> None:
    assert dict(catalog.dimensions[dimension].value_labels) == labels


def test_sensitive_marks_reach_marts_and_expressions(catalog: SemanticCatalog) -> None:
    marked = {d.key for d in catalog.dimensions.values() if d.sensitive}
    assert marked == {"customers.email", "customers.email_domain"}
    assert catalog.models["dim_customers"].sensitive_columns == ("email",)
    assert catalog.models["fct_orders"].sensitive_columns == ()


def test_simple_metric(catalog: SemanticCatalog) -> None:
    revenue = catalog.metrics["revenue"]
    assert revenue == Metric(
        name="revenue",
        type=MetricType.SIMPLE,
        label="Revenue",
        description="What customers paid for items, after discounts, without cancelled orders.",
        synonyms=("sales", "turnover", "net revenue"),
        format="currency",
        measures=("net_amount_sum",),
        filters=("{{ Dimension('order_item__item_status') }} <> 'X'",),
        agg="sum",
        time_dimension="order_items.ordered_at",
        semantic_models=("order_items",),
        group="sales",
    )
    assert revenue.additive


def test_filters_are_gathered_from_everything_below(catalog: SemanticCatalog) -> None:
    assert catalog.metrics["online_orders"].filters == (
        "{{ Dimension('order__order_status') }} <> 'X'",
        "{{ Dimension('order__is_online') }}",
    )
    assert catalog.metrics["average_order_value"].filters == (
        "{{ Dimension('order_item__item_status') }} <> 'X'",
        "{{ Dimension('order__order_status') }} <> 'X'",
    )


def test_ratio_derived_and_offset_metrics(catalog: SemanticCatalog) -> None:
    value = catalog.metrics["average_order_value"]
    assert [item.name for item in value.inputs] == ["revenue", "orders"]
    assert value.inputs[1].alias == "kept_orders"
    assert value.measures == ("net_amount_sum", "order_count")
    assert value.time_dimension is None
    growth = catalog.metrics["revenue_growth_month"]
    assert growth.inputs[1] == MetricInput("revenue", "revenue_before", (), "1 month", None)
    assert growth.time_dimension == "order_items.ordered_at"
    assert catalog.metrics["revenue_since_year_start"].inputs[1].offset_to_grain == "year"
    assert catalog.metrics["revenue_per_customer"].expr is not None


def test_cumulative_and_conversion_metrics(catalog: SemanticCatalog) -> None:
    assert catalog.metrics["revenue_month_to_date"].grain_to_date == "month"
    assert catalog.metrics["revenue_last_7_days"].window in {"7 day", "7 days"}
    assert catalog.metrics["cumulative_revenue"].agg == "sum"
    assert not catalog.metrics["cumulative_revenue"].additive
    rate = catalog.metrics["visit_to_order_rate"]
    assert rate.measures == ("visit_count", "order_count")
    assert rate.time_dimension == "visits.visited_at"


def test_metrics_made_from_measures_are_there(catalog: SemanticCatalog) -> None:
    made = catalog.metrics["ordering_customers"]
    assert (made.type, made.agg) == (MetricType.SIMPLE, "count_distinct")
    assert not made.additive


def test_snapshot_facts_are_not_additive(catalog: SemanticCatalog) -> None:
    mrr = catalog.metrics["monthly_recurring_revenue"]
    assert mrr.non_additive_dimension == "month_start"
    assert not mrr.additive


def test_group_bys_span_up_to_two_joins(catalog: SemanticCatalog) -> None:
    local = group_by(catalog, "orders", "order__channel")
    assert (local.hops, local.entity_path) == (0, ("order",))
    one = group_by(catalog, "orders", "store__store_name")
    assert one.hops == 1
    two = group_by(catalog, "orders", "store__region__region_name")
    assert (two.hops, two.entity_path) == (2, ("store", "region"))
    assert group_by(catalog, "orders", "customer__tier").hops == 1
    assert "order_item__item_status" not in names(catalog, "orders")


def test_grains_start_at_the_dimension_s_own(catalog: SemanticCatalog) -> None:
    fiscal = ("fiscal_quarter", "fiscal_year")
    assert group_by(catalog, "orders", "metric_time").grains == (
        *("hour", "day", "week", "month", "quarter", "year"),
        *fiscal,
    )
    months = group_by(catalog, "monthly_recurring_revenue", "metric_time")
    assert months.grains == ("month", "quarter", "year")
    assert group_by(catalog, "return_rate", "metric_time").grains[:2] == ("day", "week")


def test_several_measures_share_group_bys(catalog: SemanticCatalog) -> None:
    shared = names(catalog, "return_rate")
    assert "order__channel" in shared
    assert "product__brand" not in shared
    assert names(catalog, "orders", "visits") >= {"customer__segment", "metric_time"}
    assert names(catalog, "orders", "unknown") == set()


def test_listings_need_no_metric(catalog: SemanticCatalog) -> None:
    listed = {element.qualified_name for element in catalog.list_group_bys["customers"]}
    assert {"customer__segment", "region__region_name", "customer"} <= listed
    assert not any(name.count("__") > 1 for name in listed)


def test_reads_saved_queries(catalog: SemanticCatalog) -> None:
    saved = catalog.saved_queries["monthly_revenue_by_region"]
    assert saved.metrics == ("revenue", "average_order_value")
    assert saved.label == "Monthly revenue by region"
    assert saved.where == ("{{ Dimension('customer__segment') }} = 'L'",)
    assert len(saved.group_by) == 2
