"""What figures mean is told in words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from semantic.project import Project
from tests.translator.checks.conftest import by, checks
from translator.opening import open_translator
from translator.pipeline import Translator
from translator.settings import Settings

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]


@pytest.fixture(scope="module")
def shop_on_sundays(shop_built: Project) -> Iterator[Translator]:
    translator = open_translator(shop_built, Settings(week_start="sunday"))
    yield translator
    translator.close()


@pytest.mark.parametrize(
    ("metric", "grain", "told"),
    [
        ("monthly_recurring_revenue", "month", "is a level, taken at one month start"),
        ("revenue_last_7_days", "day", "accumulates over the 7 days before each date"),
        ("revenue_month_to_date", "day", "accumulates from the start of each month"),
        ("cumulative_revenue", "month", "accumulates over all time before each date"),
        ("revenue_growth_month", "month", "of 1 month earlier"),
        ("revenue_since_year_start", "month", "from the year's start"),
        ("visit_to_order_rate", "month", "counts conversions within"),
    ],
)
def test_metrics_that_look_elsewhere_in_time(
    shop_on_sundays: Translator, metric: str, grain: str, told: str
) -> None:
    answer = shop_on_sundays.run(by(metric, f"metric_time__{grain}"))
    assert any(told in c.detail for c in checks(answer, "metric_meaning")), answer.checks


def test_hidden_filters_in_words(shop_on_sundays: Translator) -> None:
    (check,) = checks(shop_on_sundays.run(by("online_orders")), "metric_filters")
    assert check.status == "pass"
    assert "{{" not in check.detail
    assert "=" not in check.detail


def test_weeks_that_begin_on_another_day_than_is_set(shop_on_sundays: Translator) -> None:
    (check,) = checks(shop_on_sundays.run(by("orders", "metric_time__week")), "calendar")
    assert check.status == "warn"
    assert "begin on Monday, as MetricFlow has them, and not on Sunday" in check.detail
    assert checks(shop_on_sundays.run(by("orders", "metric_time__month")), "calendar") == []


def test_the_projects_own_calendar(shop_on_sundays: Translator) -> None:
    query = by("orders", "metric_time__fiscal_quarter")
    query = type(query)(
        query.metrics, (type(query.group_by[0])("metric_time", (), "fiscal_quarter"),)
    )
    (check,) = checks(shop_on_sundays.run(query), "calendar")
    assert check.detail == "Each fiscal quarter is as the project's own calendar has it."
