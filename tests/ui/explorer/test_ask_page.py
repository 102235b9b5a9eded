"""The Ask page over a real project and warehouse, in Streamlit's own test runner."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import psycopg2
import pytest

from semantic.errors import ConfigurationError
from tests.conftest import Postgres
from tests.ui.explorer.conftest import TODAY, Page
from translator.pipeline import Translator
from translator.query import GroupByItem, SemanticQuery
from translator.warehouse.profile import read_profile
from translator.warehouse.warehouse import open_warehouse
from ui.explorer.links import to_parameters
from ui.explorer.resources import Opening

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]

QUESTION = "revenue by brand in 2024"


def query_of(page: Page) -> dict[str, object]:
    """The typed query as the page shows it."""
    shown = [c.value for c in page.app.code if c.value.startswith("{")]
    assert len(shown) == 1
    found: dict[str, object] = json.loads(shown[0])
    return found


def test_an_empty_page_offers_questions_that_can_be_asked(page: Page) -> None:
    assert "What do you want to know?" in page.texts
    page.press("Revenue by month this year")
    assert "Revenue by month, from 1 Jan 2025 to 31 Dec 2025." in page.texts


def test_an_answer_has_words_figures_sql_and_proof(page: Page) -> None:
    page.ask(QUESTION)
    assert "Revenue by Brand, from 1 Jan 2024 to 31 Dec 2024" in page.texts
    frame = page.app.dataframe[0].value
    assert list(frame.columns) == ["Brand", "Revenue"]
    assert frame["Revenue"][0] == 21026
    assert any(c.language == "sql" and "SELECT" in c.value.upper() for c in page.app.code)
    assert "metric_time" not in page.texts
    assert page.app.query_params["q"] == QUESTION


def test_controls_change_the_query_and_undo_brings_it_back(page: Page) -> None:
    page.ask(QUESTION)
    page.choose("Shown by", "quarter")
    assert query_of(page)["group_by"] == ["metric_time__quarter", "product__brand"]
    page.choose("Group by", ["order__channel"])
    assert query_of(page)["group_by"] == ["metric_time__quarter", "order__channel"]
    page.choose("Period", "All time")
    assert "time_range" not in query_of(page)
    page.choose("Compare with", "The year before")
    assert "compared with one year earlier" in page.texts
    for _ in range(4):
        page.press("Undo")
    assert query_of(page)["group_by"] == ["product__brand"]
    assert "Undo" not in page.labels


def test_only_what_is_reachable_is_offered(page: Page) -> None:
    page.ask("visits by month in 2024")
    (groups,) = [m for m in page.app.multiselect if m.label == "Group by"]
    assert "Brand" not in groups.options
    assert groups.options


def test_a_filter_is_added_by_its_values_and_taken_away_as_a_chip(page: Page) -> None:
    page.ask(QUESTION)
    page.choose("Where", "product__brand")
    page.choose("Values", ["Nordwind"])
    page.press("Add filter")
    assert query_of(page)["where"] == [
        {"item": "product__brand", "operator": "in", "values": ["Nordwind"]}
    ]
    assert len(page.app.dataframe[0].value) == 1
    page.press("Brand is Nordwind")
    assert "where" not in query_of(page)
    page.press("From 1 Jan 2024 to 31 Dec 2024")
    assert "over all time" in page.texts


def test_top_rows(page: Page) -> None:
    page.ask(QUESTION)
    (rows,) = [n for n in page.app.number_input if n.label == "Rows"]
    rows.set_value(2)
    page.press("Show these")
    found = query_of(page)
    assert (found["limit"], found["order_by"]) == (2, [{"name": "revenue", "descending": True}])


def test_follow_ups_go_on_from_the_words_and_from_the_controls(page: Page) -> None:
    page.ask(QUESTION)
    page.ask("only 2025")
    assert query_of(page)["time_range"] == {"start": "2025-01-01", "end": "2026-01-01"}
    page.choose("Shown by", "month")
    page.ask("only 2024")
    found = query_of(page)
    assert found["group_by"] == ["metric_time__month", "product__brand"]
    page.press(QUESTION)
    assert query_of(page)["group_by"] == ["product__brand"]
    page.press("New question")
    assert "What do you want to know?" in page.texts


def test_a_refusal_says_why_and_what_can_be_asked(page: Page) -> None:
    page.ask("what is the weather in Paris")
    assert "This project cannot answer that." in page.texts
    nearest = [b for b in page.app.button if (b.key or "").startswith("nearest-")]
    assert nearest
    nearest[0].click().run()
    page.settle()
    assert page.app.dataframe


def test_readings_are_buttons(page: Page) -> None:
    page.ask("orders by status")
    readings = [b for b in page.app.button if (b.key or "").startswith("reading-")]
    assert len(readings) >= 2, page.texts
    readings[0].click().run()
    page.settle()
    assert page.app.dataframe


def test_a_warehouse_that_is_down_is_told_with_what_to_do(served: Opening) -> None:
    assert served.ready is not None
    good = served.ready.translator
    project = served.project
    profile = read_profile(project.profiles_dir, project.profile, project.target)
    nowhere = {**profile.fields, "host": "127.0.0.1", "port": 1}
    dead = open_warehouse(replace(profile, fields=nowhere))
    parts = (good.catalog, good.compiler, dead, good.planner, good.settings, good.model_queries)
    served.ready.translator = Translator(*parts)
    page = Page()
    page.ask(QUESTION)
    assert "A service is down." in page.texts
    assert "Traceback" not in page.texts and "psycopg2" not in page.texts
    served.ready.translator = good
    page.press("Try again")
    assert page.app.dataframe


def test_a_slow_question_shows_its_stage_and_can_be_stopped(
    page: Page, postgres: Postgres, served: Opening
) -> None:
    assert served.ready is not None
    relation = next(
        m.relation
        for m in served.ready.translator.catalog.models.values()
        if m.name == "fct_orders"
    )
    with psycopg2.connect(postgres.dsn) as other, other.cursor() as cursor:
        cursor.execute(
            f'lock table "{relation.schema}"."{relation.identifier}" in access exclusive mode'
        )
        page.app.text_input(key="question").set_value("orders in 2024")
        page.button("Ask").click().run()
        assert "Stop" in page.labels
        assert page.app.get("status")
        started = time.monotonic()
        page.button("Stop").click().run()
        page.settle()
        assert time.monotonic() - started < 10
        other.rollback()
    page.ask("orders in 2024")
    assert "Orders, from 1 Jan 2024 to 31 Dec 2024." in page.texts


def test_a_link_reopens_the_same_query_without_a_planner(served: Opening) -> None:
    query = SemanticQuery(metrics=("revenue",), group_by=(GroupByItem("brand", ("product",)),))
    page = Page(to_parameters("my own words", query, TODAY, None))
    assert query_of(page) == {"metrics": ["revenue"], "group_by": ["product__brand"]}
    assert "my own words" in page.texts


def test_a_damaged_link_is_told(served: Opening) -> None:
    page = Page({"q": "revenue", "query": "nonsense"})
    assert "This link is damaged" in page.texts
    page.ask(QUESTION)
    assert page.app.dataframe


def test_two_sessions_do_not_disturb_each_other(served: Opening) -> None:
    first, second = Page(), Page()
    first.ask(QUESTION)
    second.ask("orders by month in 2024")
    first.ask("only 2025")
    assert query_of(first)["group_by"] == ["product__brand"]
    second.ask("only 2025")
    assert query_of(second)["metrics"] == ["orders"]


def test_a_project_that_cannot_be_opened_says_why(served: Opening) -> None:
    served.ready = None
    served.error = ConfigurationError("No *profile* named $x$.", "Write one.")
    page = Page()
    assert "No *profile* named $x$." in page.texts
    assert "Try again" in page.labels
