"""Relations of the warehouse as dbt writes them: `{{ ref('…') }}` and `{{ source('…') }}`."""

from __future__ import annotations

import uuid

from sqlglot import exp

from semantic.catalog import Model, SemanticCatalog


def _model_of(table: exp.Table, catalog: SemanticCatalog) -> Model | None:
    for model in catalog.models.values():
        relation = model.relation
        if (relation.identifier, relation.schema) == (table.name, table.db) and (
            not table.catalog or not relation.database or relation.database == table.catalog
        ):
            return model
    return None


def models_of(tree: exp.Expr, catalog: SemanticCatalog) -> tuple[str, ...]:
    """Names of the dbt models that a query reads, sorted."""
    found = {m.name for t in tree.find_all(exp.Table) if t.db and (m := _model_of(t, catalog))}
    return tuple(sorted(found))


def dbt_form(tree: exp.Expr, catalog: SemanticCatalog, dialect: str, indent: int = 2) -> str:
    """SQL with each relation of the project as a `ref()` or `source()` call."""
    copy = tree.copy()
    calls: dict[str, str] = {}
    salt = uuid.uuid4().hex  # no value of a filter can look like a mark
    for table in list(copy.find_all(exp.Table)):
        if not table.db:
            continue  # a CTE
        model = _model_of(table, catalog)
        if model is None:
            continue
        mark = f"dbt_{salt}_{len(calls)}_"
        parts = model.unique_id.split(".")
        calls[mark] = (
            f"{{{{ source('{parts[-2]}', '{parts[-1]}') }}}}"
            if model.resource_type == "source"
            else f"{{{{ ref('{model.name}') }}}}"
        )
        table.set("db", None)
        table.set("catalog", None)
        table.set("this", exp.to_identifier(mark))
    text = copy.sql(dialect=dialect, pretty=True, indent=indent, pad=indent)
    for mark, call in calls.items():
        text = text.replace(mark, call)
    return text
