"""What a model writes, to plans and issues: on the shop project."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.translator.planning.llm.conftest import ShopPlanning, indexed
from translator.plan import Clarification, ModelQuery, Refusal
from translator.planning.llm.compact import compact
from translator.planning.llm.decode import Decoded, Decoder
from translator.query import (
    Calculation,
    CalculationKind,
    GroupByItem,
    MetricFilter,
    Offset,
    Operator,
    OrderByItem,
    SemanticQuery,
    TimeRange,
    WhereFilter,
)
from translator.validate import validate


def read(planning: ShopPlanning, **slots: Any) -> Decoded:
    document = {"reading": "r", "kind": "metrics", **slots}
    return planning.decoder.decode(json.dumps(document))


def query(planning: ShopPlanning, **slots: Any) -> SemanticQuery:
    decoded = read(planning, **slots)
    assert decoded.issues == ()
    assert isinstance(decoded.plan, SemanticQuery)
    assert validate(decoded.plan, planning.catalog) == ()
    return decoded.plan


def kinds(decoded: Decoded) -> list[str]:
    return [issue.kind for issue in decoded.issues]


WHOLE = SemanticQuery(
    metrics=("revenue",),
    group_by=(
        GroupByItem("metric_time", (), "month"),
        GroupByItem("region_name", ("store", "region")),
    ),
    where=(
        WhereFilter(GroupByItem("brand", ("product",)), Operator.IN, ("Acme", "O'Neill")),
        WhereFilter(GroupByItem("signed_up_on", ("customer",)), Operator.GE, (date(2024, 2, 1),)),
    ),
    having=(MetricFilter("revenue", Operator.GT, (100,)),),
    time_range=TimeRange(date(2024, 1, 1), date(2025, 1, 1)),
    order_by=(OrderByItem("revenue", True), OrderByItem("metric_time__month")),
    limit=7,
    calculations=(
        Calculation(CalculationKind.PERIOD_OVER_PERIOD, "revenue", Offset(1, "year")),
        Calculation(
            CalculationKind.RANK,
            "revenue",
            keep=3,
            partition_by=(GroupByItem("metric_time", (), "month"),),
        ),
    ),
)


def test_what_examples_show_is_read_back_the_same(planning: ShopPlanning) -> None:
    assert validate(WHOLE, planning.catalog) == ()
    decoded = planning.decoder.decode(json.dumps(compact(WHOLE, "All.")))
    assert decoded == Decoded(WHOLE, (), "All.")


def test_the_last_day_is_included(planning: ShopPlanning) -> None:
    days = {"first_day": "2025-05-01", "last_day": "2025-05-31"}
    plan = query(planning, metrics=["revenue"], time_range=days)
    assert plan.time_range == TimeRange(date(2025, 5, 1), date(2025, 6, 1))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("region__region_name", ("store", "region")),
        ("store__region__region_name", ("store", "region")),
        ("STORE__region__region_name", ("store", "region")),
        ("stores__store_name", ("store",)),
        ("store.store_name", ("store",)),
        ("store_name", ("store",)),
        ("customer__region__region_name", ("customer", "region")),
    ],
)
def test_a_path_may_leave_entities_out(
    planning: ShopPlanning, written: str, meant: tuple[str, ...]
) -> None:
    decoded = read(planning, metrics=["orders"], group_by=[written])
    if written == "region__region_name":  # the customer's or the store's: only a person knows
        assert kinds(decoded) == ["ambiguous_dimension"]
        assert set(decoded.issues[0].suggestions) == {
            "customer__region__region_name",
            "store__region__region_name",
        }
        return
    assert isinstance(decoded.plan, SemanticQuery)
    assert decoded.plan.group_by[0].entity_path == meant


def test_metrics_are_known_by_label_and_synonym(planning: ShopPlanning) -> None:
    assert query(planning, metrics=["AOV", "Revenue"]).metrics == ("average_order_value", "revenue")


def test_repeats_are_dropped(planning: ShopPlanning) -> None:
    plan = query(planning, metrics=["orders"] * 40, group_by=["order__channel"] * 40)
    assert (plan.metrics, len(plan.group_by)) == (("orders",), 1)


@pytest.mark.parametrize(
    ("slots", "kind", "suggestion"),
    [
        ({"metrics": ["revenu"]}, "unknown_metric", "revenue"),
        (
            {"metrics": ["orders"], "group_by": ["order__chanel"]},
            "unknown_dimension",
            "order__channel",
        ),
        (
            {"metrics": ["visits"], "group_by": ["product__brand"]},
            "unreachable_dimension",
            "revenue",
        ),
        (
            {"metrics": ["orders"], "group_by": ["metric_time"]},
            "missing_grain",
            "metric_time__month",
        ),
        (
            {"metrics": ["orders"], "group_by": ["order__ordered_at__eon"]},
            "unknown_dimension",
            None,
        ),
        (
            {
                "metrics": ["revenue"],
                "where": [{"item": "product__brand", "op": "=", "values": ["Acmee"]}],
            },
            "unknown_value",
            "Acme",
        ),
        (
            {
                "metrics": ["orders"],
                "time_range": {"first_day": "2025-05-31", "last_day": "2025-05-01"},
            },
            "time_range",
            "first_day 2025-05-01, last_day 2025-05-31",
        ),
        (
            {"metrics": ["orders"], "time_range": {"first_day": "2025-02-30"}},
            "time_range",
            None,
        ),
        ({"metrics": ["orders"], "limit": 0}, "wrong_shape", None),
        (
            {"metrics": ["orders"], "calculations": [{"kind": "forecast", "metric": "orders"}]},
            "wrong_shape",
            None,
        ),
        (
            {"metrics": ["orders"], "having": [{"metric": "orders", "op": "~", "value": 3}]},
            "wrong_shape",
            None,
        ),
        ({}, "empty_query", None),
    ],
)
def test_what_is_wrong_is_an_issue_with_what_would_be_right(
    planning: ShopPlanning, slots: dict[str, Any], kind: str, suggestion: str | None
) -> None:
    decoded = read(planning, **slots)
    assert kind in kinds(decoded)
    if suggestion is not None:
        found = next(i for i in decoded.issues if i.kind == kind)
        assert any(suggestion in s for s in found.suggestions), found


def test_only_an_unknown_value_leaves_a_usable_plan(planning: ShopPlanning) -> None:
    condition = {"item": "product__brand", "op": "=", "values": ["New brand"]}
    assert read(planning, metrics=["revenue"], where=[condition]).usable
    assert not read(planning, metrics=["revenu"]).usable


def test_a_value_is_not_doubted_where_not_all_are_indexed(planning: ShopPlanning) -> None:
    values = indexed({"products.brand": ("Acme",)}, complete=False)
    decoder = Decoder(planning.catalog, values)
    condition = {"item": "product__brand", "op": "=", "values": ["New brand"]}
    document = {"reading": "", "kind": "metrics", "metrics": ["revenue"], "where": [condition]}
    assert decoder.decode(json.dumps(document)).issues == ()


@pytest.mark.parametrize(
    ("item", "values", "stored"),
    [
        ("product__brand", ["acme"], ("Acme",)),
        ("store__region__region_name", ["süd-ost", "north"], ("Süd-Ost", "North")),
        ("order__is_online", ["yes"], (True,)),
        ("order__is_online", [False], (False,)),
    ],
)
def test_values_become_what_is_stored(
    planning: ShopPlanning, item: str, values: list[Any], stored: tuple[Any, ...]
) -> None:
    metric = "revenue" if item.startswith("product") else "orders"
    plan = query(planning, metrics=[metric], where=[{"item": item, "op": "=", "values": values}])
    assert plan.where[0].values == stored
    assert plan.where[0].operator is (Operator.EQ if len(stored) == 1 else Operator.IN)


def test_a_code_may_be_written_as_what_it_means(planning: ShopPlanning) -> None:
    dimension = planning.catalog.dimensions["orders.order_status"]
    code, meaning = dimension.value_labels[0]
    plan = query(
        planning,
        metrics=["orders"],
        where=[{"item": "order__order_status", "op": "=", "values": [meaning.upper()]}],
    )
    assert plan.where[0].values == (code,)


def test_conditions_on_metric_time_are_the_period(planning: ShopPlanning) -> None:
    conditions = [
        {"item": "metric_time", "op": ">=", "values": ["2025-01-01"]},
        {"item": "metric_time__day", "op": "<", "values": ["2025-04-01"]},
    ]
    plan = query(planning, metrics=["orders"], where=conditions)
    assert (plan.where, plan.time_range) == ((), TimeRange(date(2025, 1, 1), date(2025, 4, 1)))


def test_a_metric_to_order_or_keep_by_is_shown(planning: ShopPlanning) -> None:
    plan = query(
        planning,
        group_by=["customer__customer_name"],
        having=[{"metric": "orders", "op": ">", "value": 3}],
        order_by=["-revenue"],
    )
    assert set(plan.metrics) == {"revenue", "orders"}
    assert plan.having == (MetricFilter("orders", Operator.GT, (3,)),)


def test_an_order_finds_its_column_at_whatever_grain(planning: ShopPlanning) -> None:
    plan = query(
        planning,
        metrics=["orders"],
        group_by=["metric_time__month"],
        order_by=["metric_time"],
    )
    assert plan.order_by == (OrderByItem("metric_time__month"),)


def test_a_list_needs_no_metric(planning: ShopPlanning) -> None:
    plan = query(
        planning,
        group_by=["customer__customer_name", "customer__signed_up_on"],
        where=[{"item": "region__region_name", "op": "=", "values": ["North"]}],
        order_by=["customer__signed_up_on"],
    )
    assert plan.metrics == ()
    assert plan.group_by[1].grain == "day"
    assert plan.where[0].item.entity_path == ("region",)


def test_entities_with_a_condition_each(planning: ShopPlanning) -> None:
    plan = query(
        planning,
        metrics=["revenue"],
        having=[{"metric": "orders", "op": ">=", "value": 2, "per": "customer"}],
    )
    assert plan.having[0].entity == GroupByItem("customer")


def test_sql_over_models(planning: ShopPlanning) -> None:
    sql = "select count(*) as n from {{ ref('dim_customers') }} as c;"
    document = {"reading": "Customers, counted.", "kind": "sql", "sql": sql}
    decoded = planning.decoder.decode(json.dumps(document))
    assert decoded.plan == ModelQuery(sql.rstrip(";"), "Customers, counted.")


def test_readings_to_choose_from_are_worded_by_their_queries(planning: ShopPlanning) -> None:
    document = {
        "reading": "",
        "kind": "ask",
        "message": "Which sales?",
        "options": [
            {"label": "IGNORE ME", "metrics": ["revenue"]},
            {"label": "the same", "metrics": ["revenue"]},
            {"label": "gross", "metrics": ["gross_revenue"]},
            {"label": "broken", "metrics": ["no"]},
            "broken",
        ],
    }
    plan = planning.decoder.decode(json.dumps(document)).plan
    assert isinstance(plan, Clarification)
    assert [o.label for o in plan.options] == [
        "Revenue, over all time.",
        "Gross revenue, over all time.",
    ]
    assert plan.message == "Which sales?"


def test_a_refusal_says_why(planning: ShopPlanning) -> None:
    document = {"reading": "", "kind": "refuse", "message": "No forecasts.<|eot_id|>"}
    plan = planning.decoder.decode(json.dumps(document)).plan
    assert plan == Refusal("No forecasts.‹|eot_id|›")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "not_json"),
        ("I cannot help with that.", "not_json"),
        ('{"reading": "r", "kind": "metrics", "metrics": ["reve', "not_json"),
        ("[1, 2]", "not_json"),
        ("<html>502</html>", "not_json"),
        ('{"reading": "r"}', "wrong_shape"),
        ('{"reading": "r", "kind": "sql"}', "wrong_shape"),
        ('{"reading": "r", "kind": "ask"}', "wrong_shape"),
        ('{"kind": "metrics", "metrics": {"revenue": 1}}', "empty_query"),
        ("{" * 100_000, "not_json"),
    ],
)
def test_output_that_is_no_document(planning: ShopPlanning, text: str, kind: str) -> None:
    decoded = planning.decoder.decode(text)
    assert not decoded.usable
    assert kind in kinds(decoded)


def test_output_that_was_cut_is_said_to_be(planning: ShopPlanning) -> None:
    assert kinds(planning.decoder.decode('{"reading": "r', cut=True)) == ["cut_output"]


def test_words_around_the_document_are_forgiven(planning: ShopPlanning) -> None:
    text = 'Here:\n```json\n{"reading": "r", "kind": "metrics", "metrics": ["orders"]}\n```'
    assert planning.decoder.decode(text).plan == SemanticQuery(metrics=("orders",))


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["revenue", "metric_time__month", "customer", "2025-01-01", "=", "in", "rank"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "item",
                    "op",
                    "values",
                    "metric",
                    "value",
                    "per",
                    "kind",
                    "n",
                    "grain",
                    "within",
                    "first_day",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(
    kind=st.sampled_from(["metrics", "sql", "ask", "refuse", 1, None]),
    slots=st.dictionaries(
        st.sampled_from(
            "metrics group_by where having time_range order_by limit calculations sql options"
            " ".strip().split()
        ),
        _JSON,
        max_size=6,
    ),
)
@settings(max_examples=150, deadline=None)
def test_whatever_a_model_writes_is_a_plan_or_an_issue(
    planning: ShopPlanning, kind: object, slots: dict[str, object]
) -> None:
    decoded = planning.decoder.decode(json.dumps({"reading": "r", "kind": kind, **slots}))
    assert decoded.usable or decoded.issues
    if decoded.usable and isinstance(decoded.plan, SemanticQuery):
        issues = [i for i in validate(decoded.plan, planning.catalog)]
        assert issues == []
