from __future__ import annotations

import re
import traceback
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


LLM_URL = "http://llm.example:8080"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("llm: {server: tgi}", ["llm.url", "'tgi'"]),
        ("llm: {server: openai}", ["llm.url", "'openai'"]),
        ("llm: {server: sagemaker}", ["llm.endpoint"]),
        ("llm: {server: huggingface, model: any}", ["llm.model"]),
        ("llm: {server: oracle}", ["llm.server", "oracle"]),
        ("llm: {url: llm.example}", ["llm.url", "http://host:port"]),
        ("llm: {url: 'http://'}", ["llm.url", "http://host:port"]),
        ("llm: {url: 'http://[::1'}", ["llm.url", "http://host:port"]),
        ("llm: {url: 'https://llm.example/?version=1'}", ["llm.url", "'?'"]),
        ("llm: {max_total_tokens: 100, max_input_tokens: 100}", ["llm.max_input_tokens"]),
        ("llm: {temperature: 3}", ["llm.temperature", "3"]),
        ("llm: {modell: x}", ["llm.modell", "Did you mean 'llm.model'"]),
    ],
)
def test_settings_of_the_language_model_have_to_fit_together(
    tmp_path: Path, text: str, said: list[str]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(write(tmp_path, text))

    for part in said:
        assert part in str(caught.value)


def test_no_language_model_is_asked_unless_set() -> None:
    assert Settings().llm.server == "none"
    assert Settings().llm.model == "meta-llama/Meta-Llama-3-70B-Instruct"


def test_the_key_comes_from_the_environment_and_shows_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, f"llm: {{server: tgi, url: '{LLM_URL}/'}}")
    monkeypatch.setenv("METRICSPEAK_LLM__API_KEY", SECRET)

    settings = load_settings(tmp_path)

    assert settings.llm.url == LLM_URL
    assert settings.llm.api_key is not None
    assert settings.llm.api_key.get_secret_value() == SECRET
    assert SECRET not in repr(settings) + str(settings) + settings.model_dump_json()


SECRET = "hf_kjh7Qz0mPw"


@pytest.mark.parametrize(
    ("text", "variable", "value", "said"),
    [
        (f"llm: {{api_key: {SECRET}}}", "", "", "METRICSPEAK_LLM__API_KEY"),
        (f"llm: {{apikey: {SECRET}}}", "", "", "Did you mean 'llm.api_key'"),
        (f"llm: {{url: 'http://user:{SECRET}@llm'}}", "", "", "METRICSPEAK_LLM__API_KEY"),
        (f"llm: {SECRET}", "", "", "'llm'"),
        (f"api_key: {SECRET}", "", "", "unknown setting 'api_key'"),
        ("", "METRICSPEAK_LLM__APIKEY", SECRET, "Did you mean 'llm.api_key'"),
        ("", "METRICSPEAK_LLM__URL", f"http://{SECRET}@llm", "METRICSPEAK_LLM__URL"),
        ("", "METRICSPEAK_LLM__URL", f"http://llm?key={SECRET}", "METRICSPEAK_LLM__URL"),
        ("", "METRICSPEAK_LLM", SECRET, "environment variable cannot be read"),
        ("", "METRICSPEAK_LLM", f'{{"server": "tgi", "api_key": "{SECRET}"}}', "llm.url"),
        ("", "METRICSPEAK_LLM", f'{{"api_key": ["{SECRET}"]}}', "METRICSPEAK_LLM"),
    ],
)
def test_a_wrongly_set_key_is_refused_and_not_repeated(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    variable: str,
    value: str,
    said: str,
) -> None:
    if variable:
        monkeypatch.setenv(variable, value)

    with pytest.raises(ConfigurationError) as caught:
        load_settings(write(tmp_path, text))

    assert said in str(caught.value)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert SECRET not in shown


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
            default = str(default).lower() if isinstance(default, bool) else default
            shown = "unset" if default is None else f"`{default}`"
            yield f"{prefix}{name}", (shown, field.description or "")
