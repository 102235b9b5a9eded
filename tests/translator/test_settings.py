from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from semantic.errors import ConfigurationError
from translator.planning.embedded.weights import WEIGHTS
from translator.settings import Settings, embedded_home, load_settings

DOCUMENTATION = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"


@pytest.fixture(autouse=True)
def no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("METRICSPEAK_HOME", raising=False)


def write(folder: Path, text: str) -> Path:
    (folder / "metricspeak.yml").write_text(text, encoding="utf-8")
    return folder


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)

    assert settings.row_limit == 10_000
    assert settings.as_of is None


def test_file_wins_over_defaults_and_environment_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "as_of: 2025-06-30\nrow_limit: 5\nvalues:\n  max_cardinality: 7\n")
    monkeypatch.setenv("METRICSPEAK_ROW_LIMIT", "6")

    settings = load_settings(tmp_path)

    assert settings.as_of == date(2025, 6, 30)
    assert settings.row_limit == 6
    assert settings.values.max_cardinality == 7


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("row_limits: 5", ["metricspeak.yml", "row_limits", "Did you mean 'row_limit'"]),
        ("values:\n  max_byte: 5", ["values.max_byte", "values.max_bytes"]),
        ("zebra: 5", ["'zebra'", "Known settings are as_of"]),
        ("row_limit: many", ["metricspeak.yml", "row_limit", "many"]),
        ("fiscal_year_start_month: 13", ["fiscal_year_start_month", "13"]),
        ("values: 3", ["values", "3"]),
        ("- a\n- b", ["does not hold settings"]),
        ("a: [", ["not valid YAML in line"]),
        ("as_of: yesterday", ["as_of", "yesterday"]),
    ],
)
def test_a_wrong_file_is_named_with_key_and_remedy(
    tmp_path: Path, text: str, said: list[str]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(write(tmp_path, text))

    for part in said:
        assert part in str(caught.value)
    assert caught.value.hint


def test_a_file_of_bytes_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "metricspeak.yml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ConfigurationError, match="Cannot read"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [("METRICSPEAK_ROW_LIMIT", "many"), ("METRICSPEAK_VALUES", "{"), ("METRICSPEAK_AS_OF", "x")],
)
def test_a_wrong_variable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ConfigurationError, match="METRICSPEAK_") as caught:
        load_settings(tmp_path)

    assert name in caught.value.message or "values" in caught.value.message


def test_variables_of_the_warehouse_are_no_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRICSPEAK_PGHOST", "/somewhere")

    assert load_settings(tmp_path) == Settings()


def test_home_is_beside_the_project_unless_set(tmp_path: Path) -> None:
    assert embedded_home(tmp_path, load_settings(tmp_path)) == tmp_path / ".metricspeak"
    write(tmp_path, "home: data")
    assert embedded_home(tmp_path, load_settings(tmp_path)) == tmp_path / "data"
    write(tmp_path, "home: /somewhere/else")
    assert embedded_home(tmp_path, load_settings(tmp_path)) == Path("/somewhere/else")


def test_the_threshold_is_the_one_that_the_planner_was_fitted_with() -> None:
    assert Settings().clarify_threshold == WEIGHTS.answer_confidence


def test_documentation_has_every_setting_with_its_default() -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \| (.+?) \| (.+?) \|$", DOCUMENTATION.read_text("utf-8"), re.M
    )
    documented = {name: (default, meaning) for name, default, meaning in rows if name.islower()}

    assert documented == dict(_settings(Settings, ""))


def _settings(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, tuple[str, str]]]:
    for name, field in model.model_fields.items():
        default: Any = field.get_default(call_default_factory=True)
        if isinstance(default, BaseModel):
            yield from _settings(type(default), f"{prefix}{name}.")
        else:
            shown = "unset" if default is None else f"`{default}`"
            yield f"{prefix}{name}", (shown, field.description or "")
