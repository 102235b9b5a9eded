"""The models that a prompt offers to write SQL over, and which of their columns."""

from __future__ import annotations

from semantic.catalog import Model, SemanticCatalog
from translator.guard import AD_HOC

_OWN_TYPES = frozenset({"model", "seed", "snapshot"})


def own_models(catalog: SemanticCatalog) -> dict[str, Model]:
    """Models to write SQL over: those with a semantic model, and those nothing is built from."""
    semantic = {sm.model for sm in catalog.semantic_models.values()}
    used = {parent for model in catalog.models.values() for parent in model.depends_on}
    return {
        name: model
        for name, model in catalog.models.items()
        if model.resource_type in _OWN_TYPES
        and model.columns
        and AD_HOC.denial(model) is None
        and (name in semantic or model.unique_id not in used)
        and "time_spine" not in name
    }


def measured_columns(catalog: SemanticCatalog, model: str) -> list[str]:
    """Columns of a model that measures add up."""
    return [
        measure.expr
        for sm in catalog.semantic_models.values()
        if sm.model == model
        for measure in sm.measures
        if measure.expr.isidentifier()
    ]
