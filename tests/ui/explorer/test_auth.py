"""Nobody gets in from another machine without a login."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from semantic.errors import ConfigurationError
from tests.ui.explorer.conftest import Page
from translator.settings import ExplorerSettings, Settings
from ui.explorer.auth import check_address
from ui.explorer.resources import Opening

TOKEN = "correct-horse-battery"
WITH_TOKEN = Settings().model_copy(update={"explorer": ExplorerSettings(token=SecretStr(TOKEN))})


@pytest.fixture(autouse=True)
def no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_this_machine_needs_no_login(address: str) -> None:
    check_address(address, Settings())


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.5", "shop.example"])
def test_other_machines_do(address: str) -> None:
    with pytest.raises(ConfigurationError, match="without any login"):
        check_address(address, Settings())
    check_address(address, WITH_TOKEN)


def test_a_login_that_is_configured_is_one(no_secrets: Path) -> None:
    (no_secrets / ".streamlit").mkdir()
    (no_secrets / ".streamlit" / "secrets.toml").write_text('[auth]\nclient_id = "x"\n')
    check_address("0.0.0.0", Settings())


def test_secrets_that_cannot_be_read_are_no_login(no_secrets: Path) -> None:
    (no_secrets / ".streamlit").mkdir()
    (no_secrets / ".streamlit" / "secrets.toml").write_text("[auth\n")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        check_address("0.0.0.0", Settings())


@pytest.mark.dbt
@pytest.mark.postgres
def test_the_token_opens_the_pages_and_nothing_else_does(served: Opening) -> None:
    served.settings = WITH_TOKEN
    page = Page()
    assert not [w for w in page.app.text_input if w.key == "question"]
    page.app.text_input[0].set_value("wrong-horse-battery!")
    page.press("Enter")
    assert "This is not the access token." in page.texts
    page.app.text_input[0].set_value(TOKEN)
    page.press("Enter")
    assert "What do you want to know?" in page.texts
