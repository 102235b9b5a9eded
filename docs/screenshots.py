"""Pictures of the explorer over the demonstration project: `make screenshots`.

Starts `metricspeak explore` on a free port and drives headless Chromium; both must be installed.
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
_SECONDS = 90


def main() -> None:
    """Take every picture anew."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        sys.exit("There is no Chromium: install it, for example with apt-get install chromium.")
    IMAGES.mkdir(exist_ok=True)
    expect.set_options(timeout=_SECONDS * 1000)
    with _served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name, take in (
            ("explorer_first", _first),
            ("explorer_answer", _answer),
            ("explorer_figure", _figure),
            ("explorer_controls_dark", _controls),
            ("explorer_readings", _readings),
            ("explorer_refusal", _refusal),
            ("explorer_proof", _proof),
            ("explorer_catalog", _catalog),
            ("explorer_narrow", _narrow),
        ):
            if len(sys.argv) < 2 or name in sys.argv[1:]:
                take(browser, url, IMAGES / f"{name}.png")
                print(name, flush=True)
        browser.close()


@contextmanager
def _served() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from ui.cli.app import main; main()", "explore"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--project-dir", str(ROOT / "dbt_project")], cwd=ROOT
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + _SECONDS
        while True:
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=5).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    sys.exit("The explorer did not start.")
                time.sleep(0.3)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _open(
    browser: Browser, url: str, width: int = 1200, height: int = 900, dark: bool = False
) -> Page:
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        device_scale_factor=1.5,
    )
    page.set_default_timeout(_SECONDS * 1000)
    page.goto(url)
    expect(page.get_by_label("Your question")).to_be_visible()
    return page


def _ask(page: Page, question: str) -> None:
    field = page.get_by_label("Your question")
    field.fill(question)
    field.press("Enter")
    expect(page.get_by_role("heading", name=question, exact=True)).to_be_visible()


def _take(page: Page, path: Path) -> None:
    page.mouse.move(2, 400)
    page.wait_for_timeout(2500)  # charts and graphs fade in
    page.screenshot(path=path)
    page.close()


def _first(browser: Browser, url: str, path: Path) -> None:
    _take(_open(browser, url, height=560), path)


def _answer(browser: Browser, url: str, path: Path) -> None:
    page = _open(browser, url, height=1000)
    _ask(page, "monthly revenue by customer region in 2024")
    expect(page.get_by_test_id("stVegaLiteChart")).to_be_visible()
    _take(page, path)


def _figure(browser: Browser, url: str, path: Path) -> None:
    page = _open(browser, url, height=760)
    _ask(page, "What was revenue last month compared with the month before?")
    expect(page.get_by_test_id("stMetric").first).to_be_visible()
    _take(page, path)


def _controls(browser: Browser, url: str, path: Path) -> None:
    page = _open(browser, url, height=1000, dark=True)
    _ask(page, "gross profit by product category last year")
    expect(page.get_by_test_id("stVegaLiteChart")).to_be_visible()
    page.get_by_role("button", name="Time").click()
    expect(page.get_by_text("Shown by")).to_be_visible()
    _take(page, path)


def _readings(browser: Browser, url: str, path: Path) -> None:
    page = _open(browser, url, height=620)
    _ask(page, "profit per employee")
    _take(page, path)


def _refusal(browser: Browser, url: str, path: Path) -> None:
    page = _open(browser, url, height=900)
    _ask(page, "average delivery rating by carrier")
    draft = page.get_by_text("What would make it answerable")
    if draft.count():
        draft.click()
    _take(page, path)


def _proof(browser: Browser, url: str, path: Path) -> None:
    page = _open(browser, url, height=1000)
    _ask(page, "orders by sales channel in 2024")
    page.get_by_role("tab", name="Lineage").click()
    page.get_by_role("tab", name="Lineage").scroll_into_view_if_needed()
    page.wait_for_timeout(1500)
    page.get_by_test_id("stMain").evaluate("e => e.scrollTo(0, 620)")
    _take(page, path)


def _catalog(browser: Browser, url: str, path: Path) -> None:
    page = _open(browser, url, height=1000)
    page.goto(f"{url}/catalog")
    field = page.get_by_placeholder("Search metrics")
    field.fill("average order value")
    field.press("Enter")
    expect(page.get_by_text("Select one to see all about it")).to_be_visible()
    page.get_by_test_id("stDataFrame").locator("canvas").first.click(
        position={"x": 15, "y": 52}, force=True
    )
    expect(page.get_by_text("Formula")).to_be_visible()
    _take(page, path)


def _narrow(browser: Browser, url: str, path: Path) -> None:
    page = _open(browser, url, width=390, height=900)
    _ask(page, "top 5 products by revenue last quarter")
    expect(page.get_by_test_id("stVegaLiteChart")).to_be_visible()
    _take(page, path)


if __name__ == "__main__":
    main()
