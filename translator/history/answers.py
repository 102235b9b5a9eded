"""An answer out of its JSON form, the contract of `POST /v1/ask`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from translator.answer import Answer, AnswerColumn, AnswerError, Check, Status
from translator.plan import Clarification, Draft, ModelQuery, Option, Refusal
from translator.query import SemanticQuery


def read_answer(content: Mapping[str, Any], grains: Sequence[str]) -> Answer:
    """The answer that was written by `Answer.to_dict`.

    Args:
        content: its JSON form.
        grains: of the catalog, as queries spell them.
    """
    asked, refused, failed = content["clarification"], content["refusal"], content["error"]
    return Answer(
        status=Status(content["status"]),
        question=content["question"],
        trace_id=content["trace_id"],
        planner=content["planner"],
        session_id=content["session_id"],
        confidence=float(content["confidence"]),
        query=_query(content["query"], grains),
        sql=content["sql"],
        dbt_sql=content["dbt_sql"],
        governed=content["governed"],
        columns=tuple(
            AnswerColumn(c["name"], c["type"], c["role"], c.get("format"))
            for c in content["columns"]
        ),
        rows=tuple(tuple(row) for row in content["rows"]),
        truncated=content["truncated"],
        explanation=content["explanation"],
        checks=tuple(Check(c["name"], c["status"], c["detail"]) for c in content["checks"]),
        models=tuple(content["models"]),
        clarification=None if asked is None else _clarification(asked, grains),
        refusal=None if refused is None else _refusal(refused),
        error=None
        if failed is None
        else AnswerError(failed["code"], failed["message"], failed["hint"]),
        timings_ms=dict(content["timings_ms"]),
    )


def _query(content: Mapping[str, Any] | None, grains: Sequence[str]) -> SemanticQuery | None:
    if content is None:
        return None
    try:
        return SemanticQuery.from_dict(content, grains)
    except ValueError:
        return None


def _clarification(content: Mapping[str, Any], grains: Sequence[str]) -> Clarification:
    options = []
    for option in content["options"]:
        query = _query(option["query"], grains)
        if query is not None:
            options.append(Option(option["label"], query))
        elif option["dbt_sql"] is not None:
            options.append(Option(option["label"], ModelQuery(option["dbt_sql"], option["label"])))
    return Clarification(content["message"], tuple(options))


def _refusal(content: Mapping[str, Any]) -> Refusal:
    draft = content.get("draft")
    return Refusal(
        content["reason"], tuple(content["suggestions"]), None if draft is None else Draft(**draft)
    )
