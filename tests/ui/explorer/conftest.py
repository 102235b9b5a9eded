"""The explorer over the shop project, opened once for all of its tests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from semantic.project import Project
from translator.opening import open_translator
from translator.settings import load_settings
from ui.explorer import resources
from ui.explorer.resources import Opening, Resources
from ui.explorer.serve import SCRIPT

_SECONDS = 30.0
TODAY = date(2025, 3, 15)


@pytest.fixture(scope="package")
def shop_resources(shop_built: Project) -> Iterator[Resources]:
    settings = load_settings(shop_built.project_dir).model_copy(update={"as_of": TODAY})
    translator = open_translator(shop_built, settings)
    yield Resources(shop_built, settings, translator)
    translator.close()


@pytest.fixture
def served(shop_resources: Resources, monkeypatch: pytest.MonkeyPatch) -> Opening:
    """What the pages serve, for this test alone."""
    opening = Opening(shop_resources.project, shop_resources.settings)
    opening.ready = Resources(
        shop_resources.project, shop_resources.settings, shop_resources.translator
    )
    monkeypatch.setattr(resources, "_opening", opening)
    return opening


class Page:
    """The explorer in Streamlit's test runner: one session."""

    def __init__(self, parameters: dict[str, str] | None = None) -> None:
        self.app = AppTest.from_file(str(SCRIPT), default_timeout=_SECONDS)
        for name, value in (parameters or {}).items():
            self.app.query_params[name] = value
        self.app.run()
        self.settle()

    def settle(self) -> None:
        """Run on until nothing is being answered any more."""
        until = time.monotonic() + _SECONDS
        while any(b.key == "stop" for b in self.app.button):
            assert time.monotonic() < until, "the question never ended"
            self.app.run()
        assert not self.app.exception, self.app.exception

    def ask(self, question: str) -> None:
        self.app.text_input(key="question").set_value(question)
        self.press("Ask")

    def press(self, label: str) -> None:
        self.button(label).click().run()
        self.settle()

    def button(self, label: str) -> Any:
        found = [b for b in self.app.button if b.label.replace("\\", "") == label]
        assert found, f"no button {label!r} among {[b.label for b in self.app.button]}"
        return found[0]

    def choose(self, label: str, value: Any) -> None:
        """Set a select box or a multiselect."""
        found = [w for w in (*self.app.selectbox, *self.app.multiselect) if w.label == label]
        assert found, f"nothing to choose is called {label!r}"
        found[0].set_value(value).run()
        self.settle()

    @property
    def labels(self) -> list[str]:
        return [b.label.replace("\\", "") for b in self.app.button]

    @property
    def texts(self) -> str:
        """All that the page says outside of widgets."""
        a = self.app
        parts = (a.title, a.subheader, a.markdown, a.caption, a.text, a.info, a.warning, a.error)
        return "\n".join(e.value for part in parts for e in part).replace("\\", "")


@pytest.fixture
def page(served: Opening) -> Page:
    return Page()
