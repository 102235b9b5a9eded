"""Plain text-to-SQL: the model sees the models' columns and writes SQL; no metrics, no repair.

What it writes goes through the same guard, dbt and warehouse as every other plan, so that only
the planning differs. The prompt has what the usual benchmarks give: schema, descriptions, today.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from semantic.catalog import Model, SemanticCatalog
from semantic.errors import MetricSpeakError
from translator.answer import Answer, AnswerError, Status
from translator.pipeline import Translator
from translator.plan import LlmUsage, ModelQuery
from translator.planning.llm.chat import ChatModel, ChatReply, ChatRequest, Message
from translator.planning.llm.fence import as_data
from translator.planning.llm.trace import Prices

NAME = "text-to-sql"
_CONFIDENCE = 0.5
"""It knows nothing of how sure it is."""
_FENCED = re.compile(r"```(?:sql)?\s*(.*?)```", re.DOTALL | re.IGNORECASE)


class TextToSql:
    """Asks a model for SQL over the schema of one project. Safe to use from several threads."""

    def __init__(self, translator: Translator, model: ChatModel) -> None:
        """Keep what is asked; nothing is sent yet."""
        self._translator = translator
        self._model = model
        llm = translator.settings.llm
        self._max_tokens = llm.max_output_tokens
        self._prices = Prices(
            llm.price_per_million_input_tokens, llm.price_per_million_output_tokens
        )
        self._system = _system(translator.catalog)

    def ask(self, turns: Sequence[str], text: str, as_of: date | None) -> Answer:
        """The answer to `text`, asked after `turns`. Errors come back as an answer."""
        started = time.perf_counter()
        today = as_of or self._translator.settings.as_of or date.today()
        answer = Answer(Status.ERROR, text, uuid.uuid4().hex, planner=NAME, governed=False)
        try:
            reply = self._model.chat(
                ChatRequest(self._messages(turns, text, today), max_tokens=self._max_tokens)
            )
        except MetricSpeakError as error:
            problem = AnswerError("service_down", error.message, error.hint)
            return replace(answer, error=problem)
        sql = _sql(reply.text)
        if not sql:
            answer = replace(answer, status=Status.UNSUPPORTED)
        else:
            answer = self._translator.run(ModelQuery(sql, ""), today)
        timings = {**answer.timings_ms, "llm": round(reply.seconds * 1000, 2)}
        timings["total"] = round((time.perf_counter() - started) * 1000, 2)
        return replace(
            answer,
            question=text,
            planner=NAME,
            confidence=_CONFIDENCE,
            timings_ms=timings,
            llm_usage=self._usage(reply),
        )

    def _messages(self, turns: Sequence[str], text: str, today: date) -> tuple[Message, ...]:
        said = "\n".join(f"Asked before: {as_data(turn)}" for turn in turns)
        user = f"{said}\nToday is {today.isoformat()}.\nQuestion: {as_data(text, 2_000)}".strip()
        return (Message("system", self._system), Message("user", user))

    def _usage(self, reply: ChatReply) -> LlmUsage:
        cost = self._prices.cost(reply.prompt_tokens, reply.completion_tokens)
        return LlmUsage(1, reply.prompt_tokens, reply.completion_tokens, cost)


def _system(catalog: SemanticCatalog) -> str:
    """The instructions and the schema of every model that people may read."""
    shown = [
        model
        for model in sorted(catalog.models.values(), key=lambda m: m.name)
        if model.resource_type == "model" and model.access != "private"
    ]
    return "\n\n".join(
        (
            f"Write one {catalog.adapter_type} SELECT that answers the question over the models "
            "below. Write each table as {{ ref('model') }}. Reply with the SQL alone, or with "
            "nothing if the models cannot answer.",
            *(_schema(model) for model in shown),
        )
    )


def _schema(model: Model) -> str:
    hidden = {name.lower() for name in model.sensitive_columns}
    columns = (
        f"  {column.name} {column.data_type or ''} -- {as_data(column.description)}".rstrip(" -")
        for column in model.columns
        if column.name.lower() not in hidden
    )
    return f"{model.name}: {as_data(model.description, 300)}\n" + "\n".join(columns)


def _sql(text: str) -> str:
    """The SQL of a reply, which may be fenced; empty where there is none."""
    fenced = _FENCED.search(text)
    sql = (fenced.group(1) if fenced else text).strip().rstrip(";").strip()
    return sql if re.match(r"(?i)(select|with)\b|\(", sql) else ""
