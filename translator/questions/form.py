"""The YAML form of test questions, `version: 1`; its JSON Schema is for editors."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

_STRICT = ConfigDict(extra="forbid", frozen=True)


class WhereForm(BaseModel):
    """A condition on rows."""

    model_config = _STRICT

    item: str = Field(description="Dimension or entity, as customer__region")
    operator: str = Field(description="=, !=, in, not in, <, <=, >, >=, contains, is null, …")
    values: list[Any] = Field(default_factory=list, description="What it is compared with")


class HavingForm(BaseModel):
    """A condition on a metric's value."""

    model_config = _STRICT

    metric: str
    operator: str
    values: list[Any] = Field(default_factory=list)
    entity: str | None = Field(default=None, description="Keeps the entities that meet it")


class TimeRangeForm(BaseModel):
    """A half-open range of days: start <= day < end."""

    model_config = _STRICT

    start: date | None = None
    end: date | None = None


class OrderForm(BaseModel):
    """An output column to order by."""

    model_config = _STRICT

    name: str
    descending: bool = False


class QueryForm(BaseModel):
    """A semantic query; keys left out are empty."""

    model_config = _STRICT

    metrics: list[str] = Field(default_factory=list)
    group_by: list[str] = Field(default_factory=list)
    where: list[WhereForm] = Field(default_factory=list)
    having: list[HavingForm] = Field(default_factory=list)
    time_range: TimeRangeForm | None = None
    order_by: list[OrderForm] = Field(default_factory=list)
    limit: int | None = Field(default=None, ge=1)
    calculations: list[dict[str, Any]] = Field(default_factory=list)


class ExpectForm(BaseModel):
    """What has to come out: `query`, `sql` or both; or `status`."""

    model_config = _STRICT

    query: QueryForm | None = None
    sql: str | None = Field(default=None, min_length=1, description="Gold SQL with ref()")
    status: Literal["clarify", "unsupported"] | None = None
    ordered: bool = Field(default=False, description="The order of the rows matters")

    @model_validator(mode="after")
    def _one(self) -> ExpectForm:
        answer = self.query is not None or self.sql is not None
        if answer == (self.status is not None):
            raise ValueError("give either 'query' or 'sql' (or both), or 'status'")
        return self


class QuestionForm(BaseModel):
    """One test question."""

    model_config = _STRICT

    id: str = Field(pattern=r"^[A-Za-z0-9_.-]+$", description="Unique over all files")
    question: str | None = Field(default=None, min_length=1)
    turns: list[str] | None = Field(
        default=None,
        min_length=2,
        description="A conversation, instead of `question`; `expect` concerns its last turn",
    )
    paraphrases: list[str] = Field(
        default_factory=list,
        description="Other ways to ask it (for the last turn of a conversation)",
    )
    as_of: date | None = Field(default=None, description="Today, for relative dates")
    tags: list[str] = Field(default_factory=list, description="Kinds; reports group by them")
    expect: ExpectForm

    @model_validator(mode="after")
    def _one(self) -> QuestionForm:
        if (self.question is None) == (self.turns is None):
            raise ValueError("give either 'question' or 'turns'")
        return self


class FileForm(BaseModel):
    """A file of test questions."""

    model_config = _STRICT

    version: Literal[1]
    questions: list[QuestionForm]


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a file of questions."""
    schema = FileForm.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema
