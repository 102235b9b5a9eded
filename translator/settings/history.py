"""Settings of the history: whether it is kept, where, and for how long."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class HistorySettings(BaseModel):
    """What is kept of questions and answers."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    enabled: bool = Field(
        default=True, description="Whether questions, answers and feedback are kept"
    )
    url: SecretStr | None = Field(
        default=None,
        description="Postgres that keeps them, as `postgresql://user:password@host/database`; from "
        "the environment only; unset means the embedded Postgres",
    )
    keep_days: int | None = Field(
        default=90, ge=1, description="Days after which an answer is forgotten; `null` means never"
    )
    rows: int = Field(
        default=100, ge=0, description="Rows of a result kept at most; `0` keeps no figures"
    )
