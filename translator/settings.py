"""The settings of MetricSpeak: environment, then `metricspeak.yml`, then defaults."""

from __future__ import annotations

import difflib
import os
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from semantic.errors import ConfigurationError
from semantic.project import SETTINGS_FILE

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class ValueSettings(BaseModel):
    """Bounds of the index of dimension values."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_cardinality: int = Field(
        default=2000, ge=1, description="Dimensions with more distinct values are not indexed"
    )
    max_bytes: int = Field(
        default=8_000_000, ge=1, description="Size at which indexing of values stops, in bytes"
    )
    max_seconds: float = Field(
        default=20.0, gt=0, description="Time after which indexing of values stops, in seconds"
    )


class Settings(BaseSettings):
    """What a project may set. Environment variables win over `metricspeak.yml`."""

    model_config = SettingsConfigDict(
        env_prefix="METRICSPEAK_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
    )

    as_of: date | None = Field(
        default=None, description="Today for relative dates; unset means the real today"
    )
    week_start: Weekday = Field(default="monday", description="First day of the week")
    fiscal_year_start_month: int = Field(
        default=1, ge=1, le=12, description="Month in which the fiscal year begins, 1 to 12"
    )
    planner: Literal["auto", "embedded", "llm"] = Field(
        default="auto", description="Planner used when none is asked for"
    )
    row_limit: int = Field(
        default=10_000, ge=1, description="Rows returned at most; more are cut and marked truncated"
    )
    statement_timeout_seconds: float = Field(
        default=30.0, gt=0, description="Time a statement may take in the warehouse, in seconds"
    )
    clarify_threshold: float = Field(
        default=0.4, ge=0, le=1, description="Confidence below which MetricSpeak asks back"
    )
    values: ValueSettings = Field(
        default_factory=ValueSettings, description="Bounds of the index of dimension values"
    )
    home: Path | None = Field(
        default=None,
        description="Folder of the embedded Postgres; unset means `.metricspeak` in the project",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first; what `load_settings` read from the file comes second."""
        return env_settings, init_settings


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


def embedded_home(project_dir: Path, settings: Settings) -> Path:
    """The folder that holds the embedded Postgres of a project."""
    home = settings.home.expanduser() if settings.home else Path(".metricspeak")
    return home if home.is_absolute() else project_dir / home


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
        if key not in model.model_fields:
            near = difflib.get_close_matches(key, model.model_fields, 1, 0.6)
            known = ", ".join(prefix + name for name in model.model_fields)
            raise ConfigurationError(
                f"{path}: unknown setting '{prefix}{key}'.",
                f"Did you mean '{prefix}{near[0]}'?" if near else f"Known settings are {known}.",
            )
        if key == "values" and isinstance(value, dict):
            _check_keys(path, value, ValueSettings, "values.")


def _configuration_error(
    path: Path, content: dict[str, Any], error: ValidationError
) -> ConfigurationError:
    first = error.errors(include_url=False)[0]
    location = [str(part) for part in first["loc"]]
    variable = "METRICSPEAK_" + "__".join(location).upper()
    # pydantic says only which setting is wrong; the environment wins, so look there first.
    place = variable if _from_environment(location) else f"{path}: '{'.'.join(location)}'"
    return ConfigurationError(
        f"{place} cannot be {first['input']!r}.",
        f"{first['msg']}. docs/configuration.md lists every setting.",
    )


def _from_environment(location: list[str]) -> bool:
    names = {"METRICSPEAK_" + "__".join(location[:n]).upper() for n in range(1, len(location) + 1)}
    return any(name.upper() in names for name in os.environ)
