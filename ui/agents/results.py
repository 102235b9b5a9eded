"""What the tools give back: the shapes that their output schemas are made from."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field


class MetricLine(BaseModel):
    """A metric, in a line."""

    name: str
    type: str
    label: str | None = None
    description: str | None = None
    synonyms: list[str] = []


class DimensionLine(BaseModel):
    """Something to group or filter by, as a query spells it."""

    name: str
    kind: Literal["time", "dimension"]
    label: str | None = None
    description: str | None = None
    grains: list[str] = []


class EntityLine(BaseModel):
    """An entity, as a query spells it."""

    name: str
    label: str | None = None
    description: str | None = None


class Page(BaseModel):
    """Where a list was cut: `next_offset` goes on, null at its end."""

    total: int
    next_offset: int | None = None


class MetricsPage(Page):
    """Metrics, best match first."""

    metrics: list[MetricLine]


class DimensionsPage(Page):
    """Dimensions."""

    dimensions: list[DimensionLine]


class EntitiesPage(Page):
    """Entities."""

    entities: list[EntityLine]


class DimensionValuesPage(BaseModel):
    """Values of a dimension as stored, sorted; `complete` tells that there are no others."""

    dimension: str
    values: list[Any]
    complete: bool


class CompiledMetrics(BaseModel):
    """SQL of a query: for the warehouse, and with ref() for dbt."""

    sql: str
    dbt_sql: str
    models: list[str]
    explanation: str


class Result(BaseModel):
    """An answer, without what an agent need not read: SQL, and checks that passed."""

    status: Literal["answered", "clarify", "unsupported"]
    explanation: str | None = Field(None, description="What was computed; say it with the figures")
    governed: bool = Field(True, description="Whether every figure is a metric of the project")
    confidence: float
    columns: list[str] = []
    rows: list[list[Any]] = []
    row_count: int = Field(0, description="Rows of the result, of which `rows` may be the first")
    truncated: bool = Field(False, description="Whether there are more rows than row_count")
    warnings: list[str] = Field([], description="Checks that failed or warn; tell them")
    query: dict[str, Any] | None = Field(None, description="The SemanticQuery that was run")
    message: str | None = Field(None, description="What is asked back, or why it is not answered")
    options: list[dict[str, Any]] = Field(
        [], description="Readings to choose from; run the `query` of one with query_metrics"
    )
    suggestions: list[str] = Field([], description="Questions that can be answered")
    session_id: str | None = None
    trace_id: str
