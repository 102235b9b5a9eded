"""The restatement of SQL over models: what its tree shows, then what its planner claims."""

from __future__ import annotations

from translator.compile.model_query import CompiledModelQuery
from translator.plan import ModelQuery


def explain_model_query(query: ModelQuery, compiled: CompiledModelQuery) -> str:
    """What is read, from the tree; the planner's description follows, marked as a claim."""
    models = ", ".join(compiled.sql.models) or "no model"
    text = f"Not governed: SQL that a planner wrote over {models}."
    claim = " ".join(query.description.split()).rstrip(".")
    if claim:
        text += f" It claims to show: {claim}."
    return text
