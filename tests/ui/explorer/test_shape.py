"""Which chart a result gets, and that each offered one can be drawn."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from translator.answer import AnswerColumn
from ui.explorer.chart.build import draw
from ui.explorer.chart.shape import ChartKind, shape_of
from ui.explorer.export import to_png

REVENUE = AnswerColumn("revenue", "number", "metric", "currency")
ORDERS = AnswerColumn("orders", "integer", "metric", "count")
EARLIER = AnswerColumn("revenue__previous", "number", "metric", "currency")
CHANGE = AnswerColumn("revenue__percent_change", "number", "metric", "percent")
RATE = AnswerColumn("return_rate", "number", "metric", "percent")
MONTH = AnswerColumn("metric_time__month", "date", "dimension")
REGION = AnswerColumn("customer__region", "string", "dimension")
CHANNEL = AnswerColumn("order__channel", "string", "dimension")
ADDITIVE = frozenset({"revenue", "orders"})


def months(count: int) -> list[str]:
    return [f"{2020 + i // 12}-{i % 12 + 1:02d}-01" for i in range(count)]


def named(stem: str, count: int) -> list[str]:
    return [f"{stem} {i}" for i in range(count)]


@pytest.mark.parametrize(
    ("columns", "rows", "offered"),
    [
        ([REVENUE], [], "table"),
        ([REVENUE], [(1,)], "figure table"),
        ([REVENUE], [(None,)], "figure table"),
        ([REVENUE, ORDERS], [(1, 2)], "figure table"),
        ([REVENUE, EARLIER, CHANGE], [(2, 1, Decimal(1))], "figure table"),
        ([REGION, REVENUE], [("N", 1)], "figure table"),
        ([MONTH, REVENUE], [(m, 1) for m in months(2)], "line bar table"),
        ([MONTH, REVENUE], [(m, 1) for m in months(400)], "line table"),
        ([MONTH, REGION, REVENUE], [(m, r, 1) for m in months(3) for r in "NS"], "line stacked"),
        ([MONTH, REGION, RATE], [(m, r, 0.1) for m in months(3) for r in "NS"], "line table"),
        ([MONTH, REGION, REVENUE], [(m, r, -1) for m in months(3) for r in "NS"], "line table"),
        ([MONTH, REGION, CHANNEL, REVENUE], [(m, "N", "w", 1) for m in months(3)], "table"),
        ([REGION, REVENUE], [(r, 1) for r in "NSW"], "bar table"),
        ([REGION, CHANNEL, REVENUE], [(r, c, 1) for r in "NSW" for c in "ab"], "grouped stacked"),
        ([REGION, CHANNEL, RATE], [(r, c, 0.1) for r in "NSW" for c in "ab"], "grouped table"),
        (
            [REGION, CHANNEL, REVENUE],
            [(r, c, 1) for r in named("r", 9) for c in named("c", 9)],
            "table",
        ),
        ([REGION, CHANNEL], [("N", "w")], "table"),
    ],
)
def test_the_best_kind_comes_first(
    columns: list[AnswerColumn], rows: list[tuple[Any, ...]], offered: str
) -> None:
    found = [kind.value for kind in shape_of(columns, rows, ADDITIVE).offered]
    assert found[: len(offered.split())] == offered.split()
    assert found[-1] == "table"


def test_what_does_not_add_up_is_never_stacked() -> None:
    rows = [(m, r, 0.1) for m in months(3) for r in "NS"]
    kinds = shape_of([MONTH, REGION, RATE], rows, frozenset({"revenue"})).offered
    assert ChartKind.STACKED not in kinds and ChartKind.SHARE not in kinds


def test_an_earlier_value_is_drawn_beside_its_metric_and_a_change_is_not() -> None:
    rows = [(m, 2, 1, 1.0) for m in months(3)]
    assert shape_of([MONTH, REVENUE, EARLIER, CHANGE], rows).measures == (1, 2)


def test_metrics_of_other_formats_share_no_axis() -> None:
    rows = [(m, 2, 0.1) for m in months(3)]
    assert shape_of([MONTH, REVENUE, RATE], rows).measures == (1,)


@pytest.mark.parametrize("count", [2, 40, 5000])
@pytest.mark.parametrize("column", [MONTH, REGION])
def test_every_offered_chart_draws_with_few_and_with_many_rows(
    column: AnswerColumn, count: int
) -> None:
    axis = months(count) if column is MONTH else named("a $x$ <b>", count)
    rows = [(a, c, Decimal("1.5")) for a in axis for c in "ab"]
    columns = (column, CHANNEL, REVENUE)
    shape = shape_of(columns, rows, ADDITIVE)
    for kind in shape.offered:
        if kind is not ChartKind.TABLE:
            drawn = draw(kind, shape, columns, rows, ["Axis", "Channel", "Revenue"])
            assert drawn.chart.to_dict()["width"] == "container"
            assert drawn.summary == "Revenue by Axis"


def test_a_chart_says_what_it_leaves_out_and_keeps_the_largest() -> None:
    rows = [(m, r, i) for m in months(2) for i, r in enumerate(named("r", 20))]
    columns = (MONTH, REGION, REVENUE)
    drawn = draw(ChartKind.LINE, shape_of(columns, rows), columns, rows, ["M", "Region", "R"])
    assert drawn.note == "The chart shows the 8 largest of 20 (Region); the table has all."
    (values,) = drawn.chart.to_dict()["datasets"].values()
    assert {r["series"] for r in values} == {f"r {i}" for i in range(12, 20)}


def test_bars_begin_at_zero_and_stay_in_the_order_of_the_lowest_first() -> None:
    rows = [("a", 1), ("b", 2), ("c", 3)]
    columns = (REGION, REVENUE)
    drawn = draw(ChartKind.BAR, shape_of(columns, rows), columns, rows, ["Region", "Revenue"])
    bars = drawn.chart.to_dict()["layer"][0]["encoding"]
    assert bars["y"]["sort"] == ["a", "b", "c"]
    assert bars["x"]["scale"] == {"zero": True}


def test_a_chart_becomes_a_picture() -> None:
    rows = [(m, r, 2) for m in months(3) for r in "NS"]
    columns = (MONTH, REGION, REVENUE)
    drawn = draw(ChartKind.LINE, shape_of(columns, rows), columns, rows, ["M", "Region", "R"])
    assert to_png(drawn.chart).startswith(b"\x89PNG")
