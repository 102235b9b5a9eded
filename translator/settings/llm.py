"""Settings of the language model: where it is, how it is asked, how long it is waited for."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_core import PydanticCustomError

LlmServer = Literal["none", "tgi", "huggingface", "openai", "sagemaker"]

ANY_MODEL = "any"
"""Value of `llm.model` that takes whatever model the server serves."""


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
    # Set by hand: a little above `clarify_threshold`, so that a model is asked about answers that
    # the embedded planner would give, but not be sure of. What a model adds to them at which
    # confidence has not been measured: no 70B model has run here.
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
