"""The light reader of profiles.yml."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantic.errors import ConfigurationError
from translator.warehouse.profile import read_profile

PROFILES = """
config: {send_anonymous_usage_stats: false}
shop:
  target: "{{ env_var('SHOP_TARGET', 'dev') }}"
  outputs:
    dev:
      type: postgres
      host: localhost
      port: "{{ env_var('SHOP_PORT', '5432') | as_number }}"
      password: "{{ env_var('SHOP_PASSWORD') }}"
      retry_all: "{{ env_var('SHOP_RETRY', 'true') | as_bool }}"
      settings: {threads: "{{ 2 + 2 }}", list: ["{{ 'a' | upper }}"]}
    prod: {type: postgres, host: elsewhere}
    nothing: {host: here}
    odd: {type: postgres, host: "{{ var('x') }}"}
    cut: {type: postgres, host: "{{ env_var('X' }}"}
no_outputs: {target: dev}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "profiles.yml").write_text(PROFILES, encoding="utf-8")
    monkeypatch.setenv("SHOP_PASSWORD", "0123{{")
    return tmp_path


def test_reads_the_default_target(folder: Path) -> None:
    found = read_profile(folder, "shop")
    assert (found.name, found.target, found.type) == ("shop", "dev", "postgres")
    assert found.fields["port"] == 5432
    # What a variable holds is text as it is: neither a number nor a template.
    assert found.fields["password"] == "0123{{"
    assert found.fields["retry_all"] is True
    assert found.fields["settings"] == {"threads": "4", "list": ["A"]}


def test_a_target_by_argument_or_by_variable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_profile(folder, "shop", "prod").fields == {"host": "elsewhere"}
    monkeypatch.setenv("SHOP_TARGET", "prod")
    assert read_profile(folder, "shop").target == "prod"


@pytest.mark.parametrize(
    ("profile", "target", "message"),
    [
        ("bakery", None, "no profile 'bakery'"),
        ("no_outputs", None, "no profile 'no_outputs' with outputs"),
        ("shop", "staging", "no target 'staging' (it has: cut, dev, nothing, odd, prod)"),
        ("shop", "nothing", "has no `type`"),
        ("shop", "odd", "cannot be rendered"),
        ("shop", "cut", "cannot be rendered"),
    ],
)
def test_says_what_is_missing(folder: Path, profile: str, target: str | None, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_profile(folder, profile, target)
    assert message in caught.value.message
    assert caught.value.hint


def test_a_missing_variable_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_PASSWORD")
    with pytest.raises(ConfigurationError, match="SHOP_PASSWORD"):
        read_profile(folder, "shop")
    # What other targets need is nobody's business.
    assert read_profile(folder, "shop", "prod")


@pytest.mark.parametrize("port", ["", "high", "true"])
def test_a_number_has_to_be_one(folder: Path, monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("SHOP_PORT", port)
    with pytest.raises(ConfigurationError, match="is not a number"):
        read_profile(folder, "shop")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "There is no"),
        (b"shop: [", "not valid YAML in line"),
        (b"- shop", "holds no profiles"),
        (b"", "holds no profiles"),
        (b"\xff\xfe\xfa", "cannot be read"),
    ],
)
def test_a_broken_file(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "profiles.yml").write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        read_profile(tmp_path, "shop")
    assert message in caught.value.message
    assert caught.value.hint
