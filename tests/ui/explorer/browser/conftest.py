"""The explorer as `metricspeak explore` serves it, and a headless Chromium that looks at it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from semantic.project import Project
from tests.conftest import copy_project

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_SECONDS = 60.0
TODAY = "2025-03-15"


def find_chromium() -> str:
    """Debian's Chromium, installed when it is missing; without it the tests are skipped, loudly."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        command = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
        subprocess.run(command, capture_output=True, timeout=600, check=False)
        found = shutil.which("chromium")
    if found is None:
        pytest.skip(
            "BROWSER TESTS DID NOT RUN: there is no Chromium, and `apt-get install chromium` "
            "cannot be run here. Install it, and run them."
        )
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_chromium()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@dataclass(frozen=True)
class Server:
    """A running explorer, over a project of its own that tests may save into."""

    url: str
    project_dir: Path
    log: Path


@pytest.fixture(scope="session")
def server(shop_built: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("explorer")
    project_dir = copy_project("shop", folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "log.txt"
    command = [sys.executable, "-c", "from ui.cli.app import main; main()", "explore"]
    command += ["--port", str(port), "--project-dir", str(project_dir)]
    environment = {**os.environ, "METRICSPEAK_AS_OF": TODAY, "HOME": str(folder)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=folder
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/_stcore/health", process, log)
        yield Server(url, project_dir, log)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            assert process.poll() is None and time.monotonic() < until, log.read_bytes()
            time.sleep(0.2)


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    """Opens the explorer as one more person; says which scripts failed at the end."""
    contexts = []
    problems: list[str] = []

    def open_page(width: int = 1280, dark: bool = False, path: str = "/") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            accept_downloads=True,
        )
        context.set_default_timeout(_SECONDS * 1000)
        # Nothing is fetched from anywhere else.
        context.route("**/*", lambda route: _only_here(route, server.url))
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(server.url + path)
        return page

    expect.set_options(timeout=_SECONDS * 1000)
    yield open_page
    for context in contexts:
        context.close()
    assert not problems, problems


def _only_here(route, url: str) -> None:  # type: ignore[no-untyped-def]
    if route.request.url.startswith((url, "data:", "blob:")):
        route.continue_()
    else:
        route.abort()


def ask(page: Page, question: str) -> None:
    """Type the question, and wait for its answer."""
    heading = page.get_by_role("heading", name=question, exact=True)
    for _ in range(2):  # what is typed while the page is still being drawn can be lost
        field = page.get_by_label("Your question")
        field.fill(question)
        field.press("Enter")
        try:
            heading.wait_for(state="visible", timeout=30_000)
            return
        except PlaywrightTimeout:
            continue
    expect(heading).to_be_visible()
