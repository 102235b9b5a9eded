"""Settings read from environment and file; whatever is wrong is named with its remedy."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError

from semantic.errors import ConfigurationError
from semantic.project import SETTINGS_FILE
from translator.settings.groups import ExplorerSettings, WarehouseSettings
from translator.settings.history import HistorySettings
from translator.settings.llm import LlmSettings
from translator.settings.serve import ServeSettings
from translator.settings.settings import Settings

_ENVIRONMENT_ONLY = {
    "llm.api_key": "METRICSPEAK_LLM__API_KEY",
    "warehouse.password": "METRICSPEAK_WAREHOUSE__PASSWORD",
    "explorer.token": "METRICSPEAK_EXPLORER__TOKEN",
    "serve.token": "METRICSPEAK_SERVE__TOKEN",
    "history.url": "METRICSPEAK_HISTORY__URL",
}
"""Settings that the file may not hold: it is committed and shared."""

_WITH_SECRETS: dict[str, type[BaseModel]] = {
    "llm": LlmSettings,
    "explorer": ExplorerSettings,
    "serve": ServeSettings,
    "history": HistorySettings,
    "warehouse": WarehouseSettings,
}
"""Groups whose values are never repeated in a message."""


def load_settings(project_dir: Path) -> Settings:
    """The settings of the project in `project_dir`.

    Raises:
        ConfigurationError: naming file or variable, key and remedy.
    """
    path = project_dir / SETTINGS_FILE
    content = _read(path)
    _check_keys(path, content, Settings, "")
    try:
        return Settings(**content)
    except ValidationError as error:
        raise _configuration_error(path, content, error) from None
    except SettingsError as error:
        raise ConfigurationError(
            f"A METRICSPEAK_ environment variable cannot be read: {error}.",
            "Unset it, or give it a value of the kind in docs/configuration.md.",
        ) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"Cannot read {path}: {error}.", "Make it readable UTF-8."
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{path} is not valid YAML{where}.", "Correct it there.") from None
    if content is None:
        return {}
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise ConfigurationError(
            f"{path} does not hold settings.", "Write one `key: value` a line, as `row_limit: 500`."
        )
    return content


def _check_keys(path: Path, content: dict[str, Any], model: type[BaseModel], prefix: str) -> None:
    for key, value in content.items():
        name = f"{prefix}{key}"
        if key not in model.model_fields:
            raise ConfigurationError(
                f"{path}: unknown setting '{name}'.", _nearest(str(key), model, prefix)
            )
        if variable := _ENVIRONMENT_ONLY.get(name):
            raise ConfigurationError(
                f"{path} holds '{name}', which is a secret and comes from the environment only.",
                f"Take it out of the file, change it where it was issued, and set {variable}.",
            )
        group = model.model_fields[key].annotation
        if isinstance(group, type) and issubclass(group, BaseModel) and isinstance(value, dict):
            _check_keys(path, value, group, f"{name}.")


def _nearest(key: str, model: type[BaseModel], prefix: str) -> str:
    near = difflib.get_close_matches(key, model.model_fields, 1, 0.6)
    if near:
        return f"Did you mean '{prefix}{near[0]}'?"
    return f"Known settings are {', '.join(prefix + name for name in model.model_fields)}."


def _configuration_error(
    path: Path, content: dict[str, Any], error: ValidationError
) -> ConfigurationError:
    first = error.errors(include_url=False)[0]
    location = [str(part) for part in first["loc"]]
    variable = "METRICSPEAK_" + "__".join(location).upper()
    # pydantic says only which setting is wrong; the environment wins, so look there first.
    place = variable if _from_environment(location) else f"{path}: '{'.'.join(location)}'"
    group = _WITH_SECRETS.get(location[0])
    if first["type"] == "extra_forbidden" and group is not None:
        # The value may be a key under a misspelt name.
        return ConfigurationError(
            f"{place} is no setting.", _nearest(location[-1], group, f"{location[0]}.")
        )
    hint = f"{first['msg']}. docs/configuration.md lists every setting."
    if location == ["llm"] and isinstance(first["input"], dict):
        return ConfigurationError("The settings of 'llm' do not fit together.", hint)
    if location[-1] in {"url", "api_key", "password", "token", *_WITH_SECRETS}:
        return ConfigurationError(f"{place} cannot be used as it is.", hint)
    return ConfigurationError(f"{place} cannot be {first['input']!r}.", hint)


def _from_environment(location: list[str]) -> bool:
    names = {"METRICSPEAK_" + "__".join(location[:n]).upper() for n in range(1, len(location) + 1)}
    return any(name.upper() in names for name in os.environ)
