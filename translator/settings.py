"""The settings of MetricSpeak: environment, then `metricspeak.yml`, then defaults."""

from __future__ import annotations

import difflib
import os
from datetime import date
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from semantic.errors import ConfigurationError
from semantic.project import SETTINGS_FILE
from translator.serve_settings import ServeSettings

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
LlmServer = Literal["none", "tgi", "huggingface", "openai", "sagemaker"]

ANY_MODEL = "any"
"""Value of `llm.model` that takes whatever model the server serves."""

_ENVIRONMENT_ONLY = {
    "llm.api_key": "METRICSPEAK_LLM__API_KEY",
    "warehouse.password": "METRICSPEAK_WAREHOUSE__PASSWORD",
    "explorer.token": "METRICSPEAK_EXPLORER__TOKEN",
    "serve.token": "METRICSPEAK_SERVE__TOKEN",
}
"""Settings that the file may not hold: it is committed and shared."""


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


class LlmSettings(BaseModel):
    """The language model that the LLM planner asks, and how long it is waited for."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    server: LlmServer = Field(
        default="none",
        description="Who serves the model: `tgi`, `huggingface`, `openai`, `sagemaker`; "
        "`none` means that no language model is asked",
    )
    url: str | None = Field(
        default=None,
        description="Address of the server; unset with `huggingface` means Inference Providers",
    )
    model: str = Field(
        default="meta-llama/Meta-Llama-3-70B-Instruct",
        min_length=1,
        description="Model that the server has to serve; `any` takes what it serves",
    )
    api_key: SecretStr | None = Field(
        default=None, description="Key of the server; from the environment only"
    )
    provider: str | None = Field(
        default=None,
        description="Inference Provider; unset means the first one in the account's settings",
    )
    endpoint: str | None = Field(default=None, description="Name of the SageMaker endpoint")
    region: str | None = Field(
        default=None, description="AWS region of the endpoint; unset means that of the AWS profile"
    )
    stream: bool = Field(
        default=True, description="Read the output token by token; off for gateways that cannot"
    )
    logprobs: bool = Field(
        default=True, description="Ask for the tokens' probabilities; off for servers that refuse"
    )
    response_format: Literal["auto", "tgi", "openai", "llama_cpp", "none"] = Field(
        default="auto",
        description="Dialect in which chat completions are held to a JSON schema; `auto` finds out "
        "which one the server obeys",
    )
    max_input_tokens: int | None = Field(
        default=None, ge=1, description="Prompt tokens at most; unset means what the server says"
    )
    max_total_tokens: int | None = Field(
        default=None,
        ge=2,
        description="Prompt and output tokens together; unset means what the server says, or 8192",
    )
    max_output_tokens: int = Field(
        default=1024, ge=1, description="Generated tokens at most in one call"
    )
    temperature: float = Field(
        default=0.0, ge=0, le=2, description="Sampling temperature; 0 takes the likeliest token"
    )
    seed: int | None = Field(
        default=None, ge=1, description="Seed of sampling, for repeatable output"
    )
    prompt_tokens: int = Field(
        default=2500,
        ge=1500,
        description="Prompt tokens, estimated, for a catalog of which only a part is shown",
    )
    # Chosen after measuring four outside projects: of the answers with a confidence of 0.8 on, 92 %
    # were right (35 of 38), of those below 78 % (42 of 54). The planner was tuned on the same ones.
    auto_threshold: float = Field(
        default=0.8,
        ge=0,
        le=1,
        description="Confidence of the embedded planner from which `auto` asks no language model",
    )
    samples: int = Field(
        default=1, ge=1, le=25, description="Plans drawn for a question; more than one are voted on"
    )
    connect_timeout_seconds: float = Field(
        default=5.0, gt=0, description="Time to reach the server, in seconds"
    )
    first_token_timeout_seconds: float = Field(
        default=60.0, gt=0, description="Time to the first token of a request, in seconds"
    )
    total_timeout_seconds: float = Field(
        default=120.0, gt=0, description="Time for a call with its queueing and retries, in seconds"
    )
    retries: int = Field(default=3, ge=0, le=10, description="Times a failed request is sent again")
    max_in_flight: int = Field(
        default=8, ge=1, description="Requests at the server at once; more wait their turn"
    )
    breaker_failures: int = Field(
        default=5, ge=1, description="Calls failed in a row after which the server is left alone"
    )
    breaker_seconds: float = Field(
        default=30.0, ge=0, description="Time for which it is left alone, in seconds"
    )
    price_per_million_input_tokens: float | None = Field(
        default=None, ge=0, description="Price of a million prompt tokens, in any currency"
    )
    price_per_million_output_tokens: float | None = Field(
        default=None, ge=0, description="Price of a million generated tokens, in the same currency"
    )

    @field_validator("url")
    @classmethod
    def _plain_url(cls, url: str | None) -> str | None:
        if url is None:
            return None
        try:
            parts = urlsplit(url)
            whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            whole = False
        if not whole:
            raise PydanticCustomError("url", "Give it as http://host:port or https://host")
        if parts.username is not None or parts.password is not None:
            raise PydanticCustomError(
                "url_credentials",
                "An address holds no user or password; put the key into METRICSPEAK_LLM__API_KEY",
            )
        if parts.query or parts.fragment:
            raise PydanticCustomError("url_query", "Leave out what begins with '?' or '#'")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _complete(self) -> LlmSettings:
        if self.server in {"tgi", "openai"} and self.url is None:
            raise PydanticCustomError(
                "no_url",
                "'llm.server' is '{server}', so set 'llm.url' too",
                {"server": self.server},
            )
        if self.server == "sagemaker" and self.endpoint is None:
            raise PydanticCustomError(
                "no_endpoint", "'llm.server' is 'sagemaker', so set 'llm.endpoint' too"
            )
        if self.server == "huggingface" and self.url is None and self.model == ANY_MODEL:
            raise PydanticCustomError(
                "no_model", "Inference Providers need to be told a model: set 'llm.model'"
            )
        total, prompt = self.max_total_tokens, self.max_input_tokens
        if total is not None and prompt is not None and prompt >= total:
            raise PydanticCustomError(
                "limits", "'llm.max_input_tokens' has to be smaller than 'llm.max_total_tokens'"
            )
        return self


class WarehouseSettings(BaseModel):
    """The user that questions run as, where it is another than dbt's."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    user: str | None = Field(
        default=None,
        min_length=1,
        description="Postgres user that questions run as; unset means the profile's own",
    )
    password: SecretStr | None = Field(
        default=None, description="Password of that user; from the environment only"
    )


class CheckSettings(BaseModel):
    """Bounds of the evidence that is gathered beside a query."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    evidence: bool = Field(
        default=True,
        description="Whether the warehouse is asked for evidence (joins, keys, totals, dates)",
    )
    max_seconds: float = Field(
        default=5.0, gt=0, description="Time that evidence may take for one answer, in seconds"
    )


class ExplorerSettings(BaseModel):
    """The explorer: what a browser shows."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Access token that people enter, 16 characters at least; from the environment "
        "only",
    )


class LintSettings(BaseModel):
    """How `metricspeak catalog lint` judges the project."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: dict[str, Literal["off", "info", "warning", "error"]] = Field(
        default_factory=dict,
        description="Severity of rules by id: `off`, `info`, `warning` or `error`",
    )
    ignore: tuple[str, ...] = Field(
        default=(),
        description="Names to say nothing of, with `*`: `customers.email`, "
        "`looks-sensitive:crm_*` for one rule",
    )


_WITH_SECRETS: dict[str, type[BaseModel]] = {
    "llm": LlmSettings,
    "explorer": ExplorerSettings,
    "serve": ServeSettings,
    "warehouse": WarehouseSettings,
}
"""Groups whose values are never repeated in a message."""


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
    fiscal_year_named_by: Literal["start", "end"] = Field(
        default="end",
        description="Whether fiscal year 2025 is the one that starts or the one that ends in 2025",
    )
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
    max_query_cost: float = Field(
        default=1e8,
        gt=0,
        description="Cost that the warehouse may estimate for a query, in Postgres's planner units",
    )
    clarify_threshold: float = Field(
        default=0.75, ge=0, le=1, description="Confidence below which MetricSpeak asks back"
    )
    values: ValueSettings = Field(
        default_factory=ValueSettings, description="Bounds of the index of dimension values"
    )
    checks: CheckSettings = Field(
        default_factory=CheckSettings, description="Bounds of the evidence for an answer"
    )
    llm: LlmSettings = Field(
        default_factory=LlmSettings, description="The language model that the LLM planner asks"
    )
    warehouse: WarehouseSettings = Field(
        default_factory=WarehouseSettings, description="The user that questions run as"
    )
    explorer: ExplorerSettings = Field(
        default_factory=ExplorerSettings, description="Who may use the explorer"
    )
    lint: LintSettings = Field(
        default_factory=LintSettings, description="How `metricspeak catalog lint` judges"
    )
    serve: ServeSettings = Field(
        default_factory=ServeSettings, description="How `metricspeak serve` listens, and its bounds"
    )
    drafts: bool = Field(
        default=True,
        description="Whether a refusal drafts what is missing; dbt parses each draft once",
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
