"""Settings of the services: where they listen, who may ask, and how much at once."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class ServeSettings(BaseModel):
    """How `metricspeak serve` and `metricspeak mcp` over HTTP listen, and their bounds."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on")
    port: int = Field(
        default=8080, ge=0, le=65535, description="Port to listen on; `0` takes a free one"
    )
    token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Bearer token that requests have to bring; from the environment only",
    )
    max_asks: int = Field(
        default=8, ge=1, le=256, description="Questions answered at once; more get 503"
    )
    timeout_seconds: float = Field(
        default=180.0, gt=0, description="Time a request waits for its answer, in seconds"
    )
    max_request_bytes: int = Field(
        default=65_536, ge=1024, description="Size of a request's body at most, in bytes"
    )
    read_timeout_seconds: float = Field(
        default=10.0, gt=0, description="Time a client has to send its request's body, in seconds"
    )
    max_sessions: int = Field(
        default=1000, ge=1, description="Conversations remembered for follow-up questions"
    )
    session_minutes: float = Field(
        default=60.0, gt=0, description="Time after which a conversation is forgotten, in minutes"
    )
    shutdown_seconds: float = Field(
        default=20.0,
        ge=0,
        description="Time that running questions have to end when the server stops, in seconds",
    )
