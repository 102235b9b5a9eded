"""What a project may set: environment, then `metricspeak.yml`, then defaults."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from translator.settings.groups import (
    CheckSettings,
    ExplorerSettings,
    LintSettings,
    ValueSettings,
    WarehouseSettings,
)
from translator.settings.history import HistorySettings
from translator.settings.llm import LlmSettings
from translator.settings.serve import ServeSettings

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


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
        default=0.78, ge=0, le=1, description="Confidence below which MetricSpeak asks back"
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
    history: HistorySettings = Field(
        default_factory=HistorySettings, description="What is kept of questions and answers"
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


def embedded_home(project_dir: Path, settings: Settings) -> Path:
    """The folder that holds the embedded Postgres of a project."""
    home = settings.home.expanduser() if settings.home else Path(".metricspeak")
    return home if home.is_absolute() else project_dir / home
