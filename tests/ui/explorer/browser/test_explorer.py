"""The explorer in a real browser, over a real project and warehouse."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from semantic.artifacts import ensure_artifacts
from semantic.build import build_catalog
from semantic.project import Project
from tests.conftest import Postgres
from tests.ui.explorer.browser.conftest import Server, ask

pytestmark = [pytest.mark.dbt, pytest.mark.postgres, pytest.mark.slow]

QUESTION = "revenue by brand in 2024"
HOSTILE = '<img src=x onerror="alert(1)"> **b** $x$ :smile: [l](http://evil.example)'
Visit = Callable[..., Page]


def relation(project: Project, model: str) -> str:
    models = build_catalog(ensure_artifacts(project)).models.values()
    found = next(m.relation for m in models if m.name == model)
    return f'"{found.schema}"."{found.identifier}"'


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=False).first.click()
    page.get_by_role("option", name=option, exact=True).click()


def open_panel(page: Page, name: str, inside: str) -> None:
    """Open a popover; one opened while the page was still being drawn closes again."""
    found = page.get_by_role("button", name=inside, exact=True)
    for _ in range(4):
        page.get_by_role("button", name=name).click()
        try:
            found.wait_for(state="visible", timeout=15_000)
            return
        except PlaywrightTimeout:
            continue
    expect(found).to_be_visible()


def test_ask_change_follow_up_and_export(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    ask(page, QUESTION)
    expect(page.get_by_text("Revenue by Brand, from 1 Jan 2024 to 31 Dec 2024")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart")).to_be_visible()
    expect(page.get_by_text("checks passed")).to_be_visible()

    page.get_by_role("button", name="Time").click()
    choose(page, "Shown by", "quarter")
    expect(page.get_by_text("Revenue by quarter and Brand")).to_be_visible()

    ask(page, "only 2025")
    expect(page.get_by_text("from 1 Jan 2025 to 31 Dec 2025").first).to_be_visible()

    open_panel(page, "Export", "CSV")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    target = tmp_path / "rows.csv"
    download.value.save_as(target)
    with target.open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.reader(file)) == ["metric_time__quarter", "product__brand", "revenue"]
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG of the chart").click()
    download.value.save_as(target)
    assert target.read_bytes().startswith(b"\x89PNG")

    # The address is the link: another person sees the same.
    other = visit(path="/?" + page.url.partition("?")[2])
    expect(other.get_by_text("Revenue by quarter and Brand")).to_be_visible()


def test_readings_and_refusal(visit: Visit) -> None:
    page = visit()
    ask(page, "orders by status")
    reading = page.locator(".st-key-readings").get_by_role("button").first
    reading.click()
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    page.get_by_role("button", name="New question").click()
    expect(page.get_by_role("heading", name="What do you want to know?")).to_be_visible()
    ask(page, "what is the weather in Paris")
    expect(page.get_by_text("This project cannot answer that.")).to_be_visible()
    nearest = page.locator("[class*=st-key-nearest-]").first
    nearest.click()
    expect(page.get_by_text("checks passed")).to_be_visible()


def test_an_answer_is_saved_after_its_diff_is_shown(visit: Visit, server: Server) -> None:
    page = visit()
    ask(page, QUESTION)
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("brand_revenue")
    dialog.get_by_role("button", name="Show what would change").click()
    expect(dialog.get_by_text("brand_revenue").first).to_be_visible()
    file = server.project_dir / "questions" / "saved.yml"
    assert not file.exists()
    dialog.get_by_role("button", name="Try it and write it").click()
    expect(dialog.get_by_text("Written:")).to_be_visible()
    assert "brand_revenue" in file.read_text(encoding="utf-8")


def test_the_catalog_is_searched_and_shown(visit: Visit) -> None:
    page = visit(path="/catalog")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    field = page.get_by_placeholder("Search metrics")
    field.fill("nothing like this")
    field.press("Enter")
    expect(page.get_by_text("Nothing in the catalog matches")).to_be_visible()
    field.fill("average order value")
    field.press("Enter")
    grid = page.get_by_test_id("stDataFrame")
    expect(page.get_by_text("Select one to see all about it")).to_be_visible()
    grid.locator("canvas").first.click(position={"x": 15, "y": 52}, force=True)
    expect(page.locator(".st-key-catalog-item")).to_contain_text("divided by")
    page.get_by_role("button", name="Average order value by month this year").click()
    expect(page.get_by_text("Average order value by month, from 1 Jan 2025")).to_be_visible()
    page.goto(page.url.partition("?")[0] + "settings")
    expect(page.get_by_text("Seconds for a statement")).to_be_visible()
    page.goto(page.url.replace("settings", "evaluation"))
    expect(page.get_by_text("No run is stored yet")).to_be_visible()


def test_a_narrow_dark_screen_shows_everything_without_scrolling_sideways(visit: Visit) -> None:
    page = visit(width=390, dark=True)
    ask(page, QUESTION)
    expect(page.get_by_test_id("stVegaLiteChart")).to_be_visible()
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth <= e.clientWidth")
    colour = page.get_by_test_id("stApp").evaluate("e => getComputedStyle(e).backgroundColor")
    assert max(map(int, re.findall(r"\d+", colour)[:3])) < 64
    for name in ("Metrics", "Time", "Group by", "Filter", "Top", "Compare", "Export", "Save"):
        box = page.get_by_role("button", name=name, exact=True).first.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390


def test_a_slow_question_is_stopped_while_another_person_gets_answers(
    visit: Visit, postgres: Postgres, shop_built: Project
) -> None:
    first, second = visit(), visit()
    table = relation(shop_built, "fct_visits")
    with psycopg2.connect(postgres.dsn) as other, other.cursor() as cursor:
        cursor.execute(f"lock table {table} in access exclusive mode")
        first.get_by_label("Your question").fill("visits by month in 2024")
        first.get_by_role("button", name="Ask", exact=True).click()
        expect(first.get_by_role("button", name="Stop")).to_be_visible()
        ask(second, QUESTION)
        expect(second.get_by_text("Revenue by Brand").first).to_be_visible()
        first.get_by_role("button", name="Stop").click()
        expect(first.get_by_role("button", name="Stop")).to_be_hidden()
        other.rollback()
    ask(first, "visits by month in 2024")
    expect(first.get_by_text("checks passed")).to_be_visible()


@contextmanager
def changed(postgres: Postgres, there: str, back: str) -> Iterator[None]:
    """Something in the warehouse is another way for a while."""
    for statement in (there, back):
        with psycopg2.connect(postgres.dsn) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
        if statement is there:
            yield


def test_an_error_of_the_warehouse_is_told_without_a_traceback(
    visit: Visit, postgres: Postgres, shop_built: Project, server: Server
) -> None:
    table = relation(shop_built, "fct_returns")
    gone = table.rsplit(".", 1)[0] + '."moved_away"'
    there = f'alter table {table} rename to "moved_away"'
    back = f'alter table {gone} rename to "fct_returns"'
    page = visit()
    with changed(postgres, there, back):
        ask(page, "units returned by month in 2024")
        expect(page.get_by_text("The warehouse refused.")).to_be_visible()
        expect(page.get_by_text("Traceback")).to_have_count(0)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("checks passed")).to_be_visible()


def test_hostile_text_in_data_and_questions_stays_text(
    visit: Visit, postgres: Postgres, shop_built: Project
) -> None:
    table = relation(shop_built, "dim_products")
    literal = HOSTILE.replace("'", "''")
    there = f"update {table} set brand = '{literal}' where brand = 'Nordwind'"
    back = f"update {table} set brand = 'Nordwind' where brand = '{literal}'"
    page = visit()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    with changed(postgres, there, back):
        ask(page, QUESTION)
        page.get_by_role("button", name="Top").click()
        page.get_by_label("Rows").fill("1")
        page.get_by_role("button", name="Show these").click()
        # One row is a figure, with the brand in words above it.
        expect(page.get_by_text(HOSTILE).first).to_be_visible()
        page.get_by_role("button", name="New question").click()
        expect(page.get_by_role("heading", name="What do you want to know?")).to_be_visible()
        field = page.get_by_label("Your question")
        field.fill(f"revenue for {HOSTILE}")
        field.press("Enter")
        expect(page.get_by_role("heading", level=3)).to_contain_text("onerror")
    assert page.locator("img[src=x]").count() == 0
    assert page.locator('a[href*="evil.example"]').count() == 0
    assert page.locator(".katex").count() == 0
    assert not dialogs
