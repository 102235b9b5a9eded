"""The answer, and its JSON form: the contract of `POST /v1/ask` and `ask --format json`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from translator.plan import Clarification, LlmUsage, Option, Refusal
from translator.query import SemanticQuery


class Status(StrEnum):
    """How asking ended."""

    ANSWERED = "answered"
    CLARIFY = "clarify"
    UNSUPPORTED = "unsupported"
    ERROR = "error"


@dataclass(frozen=True)
class AnswerColumn:
    """A column of the result. `type` is one of number, integer, string, date, timestamp, boolean.

    `role` is `metric` (calculations too) or `dimension`; `format` is currency, percent, duration or
    count.
    """

    name: str
    type: str
    role: str
    format: str | None = None


@dataclass(frozen=True)
class Check:
    """One piece of evidence for or against the answer: status is pass, warn or fail."""

    name: str
    status: str
    detail: str


@dataclass(frozen=True)
class AnswerError:
    """Why there is no answer.

    `code`: bad_question, bad_query, configuration, service_down, timeout, stopped, warehouse,
    internal. `hint` says what to do.
    """

    code: str
    message: str
    hint: str


@dataclass(frozen=True)
class Answer:
    """Everything a person needs to see and trust the result.

    `rows` hold JSON values; dates are ISO text, decimals `Decimal` until they are written.
    `query` is None where the answer is not governed: then `dbt_sql` is what the models were asked.
    `llm_usage` is what a language model took, None where none was asked.
    """

    status: Status
    question: str
    trace_id: str
    planner: str = "embedded"
    session_id: str | None = None
    confidence: float = 0.0
    query: SemanticQuery | None = None
    sql: str | None = None
    dbt_sql: str | None = None
    governed: bool = True
    columns: tuple[AnswerColumn, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    truncated: bool = False
    explanation: str | None = None
    checks: tuple[Check, ...] = ()
    models: tuple[str, ...] = ()
    clarification: Clarification | None = None
    refusal: Refusal | None = None
    error: AnswerError | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)
    llm_usage: LlmUsage | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON contract, every key always present."""
        return {
            "status": self.status.value,
            "question": self.question,
            "session_id": self.session_id,
            "planner": self.planner,
            "confidence": round(self.confidence, 4),
            "query": self.query.to_dict() if self.query else None,
            "sql": self.sql,
            "dbt_sql": self.dbt_sql,
            "governed": self.governed,
            "columns": [
                {"name": c.name, "type": c.type, "role": c.role}
                | ({"format": c.format} if c.format else {})
                for c in self.columns
            ],
            "rows": [list(row) for row in self.rows],
            "row_count": len(self.rows),
            "truncated": self.truncated,
            "explanation": self.explanation,
            "checks": [
                {"name": c.name, "status": c.status, "detail": c.detail} for c in self.checks
            ],
            "models": list(self.models),
            "clarification": None
            if self.clarification is None
            else {
                "message": self.clarification.message,
                "options": [_option(o) for o in self.clarification.options],
            },
            "refusal": None
            if self.refusal is None
            else {
                "reason": self.refusal.reason,
                "suggestions": list(self.refusal.suggestions),
                "draft": None if self.refusal.draft is None else asdict(self.refusal.draft),
            },
            "error": None
            if self.error is None
            else {"code": self.error.code, "message": self.error.message, "hint": self.error.hint},
            "timings_ms": self.timings_ms,
            "trace_id": self.trace_id,
        }


def _option(option: Option) -> dict[str, Any]:
    """A reading: `query` of a governed one, `dbt_sql` of one that is not."""
    plan = option.plan
    if isinstance(plan, SemanticQuery):
        return {"label": option.label, "query": plan.to_dict(), "dbt_sql": None}
    return {"label": option.label, "query": None, "dbt_sql": plan.sql}
