"""Small groups of settings, each of one concern."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


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
