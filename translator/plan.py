"""What a planner is asked, and what it may say."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from translator.query import SemanticQuery


@dataclass(frozen=True)
class Question:
    """A question in plain language. `as_of` is today for every relative date in it.

    `previous` is what answered the turn before in the same session, if any. `trace_id` is the
    answer's.
    """

    text: str
    as_of: date
    previous: SemanticQuery | ModelQuery | None = None
    trace_id: str = ""


@dataclass(frozen=True)
class ModelQuery:
    """SQL over dbt models, for what no metric query can express. Not governed.

    `sql` is one SELECT in the warehouse's dialect that names models only as `{{ ref('model') }}`.
    `description` says in one sentence what it computes.
    """

    sql: str
    description: str


@dataclass(frozen=True)
class Option:
    """One reading of an ambiguous question: in words, and ready to run."""

    label: str
    plan: SemanticQuery | ModelQuery


@dataclass(frozen=True)
class Clarification:
    """The question has several readings."""

    message: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Draft:
    """What would make a refused question answerable, parsed by dbt.

    `kind` is `metric` or `bridging_model`; `file_name` the file, from the project's folder, that
    the first part of `text` goes into; `reason` says what is missing.
    """

    kind: str
    name: str
    file_name: str
    text: str
    reason: str


@dataclass(frozen=True)
class Refusal:
    """Nothing in the catalog answers it. `suggestions` are questions that can be answered."""

    reason: str
    suggestions: tuple[str, ...] = ()
    draft: Draft | None = None


Plan = SemanticQuery | ModelQuery | Clarification | Refusal


@dataclass(frozen=True)
class LlmUsage:
    """What the calls to a language model took for one question.

    Tokens are the server's counts, None where it tells none; `cost` is in the currency of the
    prices in the settings, None without them.
    """

    calls: int
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None


@dataclass(frozen=True)
class Planned:
    """A planner's result.

    `confidence` is the probability (0..1) that the plan answers what was meant. `ignored` are words
    of the question that carry meaning but were not used, None where that is not known; `notes` are
    assumptions to show with the answer ("'last 90 days' read as …"). `warnings` say what
    went wrong while planning, such as a language model that is down. `usage` is a line on the calls
    to a language model, empty without any; `llm_seconds` is how long they took, `llm_usage`
    what they used, None without any.
    """

    plan: Plan
    confidence: float
    planner: str
    ignored: tuple[str, ...] | None = ()
    notes: tuple[str, ...] = field(default=())
    warnings: tuple[str, ...] = ()
    usage: str = ""
    llm_seconds: float = 0.0
    llm_usage: LlmUsage | None = None


class Planner(Protocol):
    """Turns a question into a plan. Implementations are safe to call from several threads."""

    @property
    def name(self) -> str:
        """`embedded` or `llm`."""
        ...

    def plan(self, question: Question) -> Planned:
        """Plan one question. Never raises for what a person may type.

        Raises:
            ServiceDownError: a service that this planner needs is down.
        """
        ...
