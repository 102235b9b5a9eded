"""Plans of test questions as plain data, and how two of them differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from translator.plan import Clarification, ModelQuery, Plan, Planner, Question, Refusal
from translator.query import SemanticQuery
from translator.questions.question import VerifiedQuestion

PlanData = Mapping[str, Any]
_EMPTY: tuple[object, ...] = (None, [], {})
_WORDS = {
    "answered": "answers",
    "clarify": "asks back",
    "unsupported": "refuses",
    "error": "fails",
}


def plan_question(planner: Planner, question: VerifiedQuestion, as_of: date) -> Plan:
    """The plan of a question's own wording, after those of the turns before it.

    Raises:
        MetricSpeakError: the planner cannot plan at all.
    """
    previous: SemanticQuery | ModelQuery | None = None
    for turn in question.turns:
        plan = planner.plan(Question(turn, as_of, previous)).plan
        if isinstance(plan, SemanticQuery | ModelQuery):
            previous = plan
    return planner.plan(Question(question.text, as_of, previous)).plan


def plan_data(plan: Plan) -> PlanData:
    """JSON form of any plan: `status` and what belongs to it."""
    if isinstance(plan, SemanticQuery):
        return {"status": "answered", **plan.to_dict()}
    if isinstance(plan, ModelQuery):
        return {"status": "answered", "sql": plan.sql}
    if isinstance(plan, Clarification):
        options = [plan_data(o.plan) for o in plan.options]
        return {"status": "clarify", "options": options}
    assert isinstance(plan, Refusal)
    return {"status": "unsupported"}


def same_plan(old: PlanData, new: PlanData) -> bool:
    """Whether both ask the same."""
    return _trimmed(old) == _trimmed(new)


def plan_changes(old: PlanData, new: PlanData) -> tuple[str, ...]:
    """What differs, a line a part: `metrics: revenue → net_revenue`."""
    if old.get("status") != new.get("status"):
        before, after = (_WORDS.get(str(p.get("status")), "?") for p in (old, new))
        return (f"{before} → {after}",)
    return tuple(_part_changes(_trimmed(old), _trimmed(new)))


def _part_changes(old: PlanData, new: PlanData) -> Iterator[str]:
    for key in dict.fromkeys((*old, *new)):
        before, after = old.get(key), new.get(key)
        if before != after and key != "status":
            yield f"{key.replace('_', ' ')}: {_said(before)} → {_said(after)}"


def _trimmed(plan: PlanData) -> dict[str, Any]:
    content = json.loads(json.dumps(plan, default=str))
    return {key: value for key, value in content.items() if value not in _EMPTY}


def _said(value: Any) -> str:
    if value in _EMPTY:
        return "none"
    if isinstance(value, list):
        return ", ".join(_said(v) for v in value)
    if not isinstance(value, dict):
        return str(value)
    if set(value) == {"start", "end"}:
        return f"{value['start'] or '…'} to {value['end'] or '…'} (excluded)"
    if "operator" in value:
        subject = value.get("item") or value.get("metric")
        values = ", ".join(str(v) for v in value.get("values") or ())
        return f"{subject} {value['operator']} {values}".strip()
    if "descending" in value and "name" in value:
        return f"{value['name']} {'descending' if value['descending'] else 'ascending'}"
    kept = (f"{k} {_said(v)}" for k, v in value.items() if v not in _EMPTY and v is not False)
    return " · ".join(kept)
