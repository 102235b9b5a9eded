"""The sentences of the guard: what is not allowed, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from translator.guard.relations import ReadableRelation, Relations
from translator.query import QueryIssue
from translator.suggestions import nearest

_SYSTEM_SCHEMAS = ("pg_", "information_schema", "duckdb_", "sqlite_")


def unknown_relation(table: exp.Table, relations: Relations, visible: Iterable[str]) -> QueryIssue:
    """A table that is no model of the project."""
    schema, name = str(table.db), str(table.name)
    if schema.lower().startswith(_SYSTEM_SCHEMAS) or name.lower().startswith(_SYSTEM_SCHEMAS):
        return QueryIssue(
            "system_relation",
            f"'{_joined(schema, name)}' belongs to the database's own catalog: "
            "only the project's models can be read.",
        )
    near = nearest(name, {n: (n,) for n in visible})
    mean = f"; did you mean '{near[0]}'?" if near else "."
    if not schema:
        return QueryIssue(
            "unqualified_relation",
            f"'{name}' has no schema and is no table of this query{mean}",
            near,
        )
    return QueryIssue(
        "unknown_relation", f"'{_joined(schema, name)}' is no model of the project{mean}", near
    )


def unknown_column(name: str, table: str, columns: Iterable[str]) -> QueryIssue:
    """A column that its source does not have."""
    near = nearest(name, {n: (n,) for n in columns})
    where = f"'{table}' has no column" if table else "No table here has a column"
    mean = f"; did you mean '{near[0]}'?" if near else "."
    return QueryIssue("unknown_column", f"{where} '{name}'{mean}", near)


def undocumented_column(name: str, relation: ReadableRelation) -> QueryIssue:
    """A column of which nothing is known, beside sensitive ones."""
    model = relation.model.name
    return QueryIssue(
        "undocumented_column",
        f"Nothing is known of the column '{name}' of '{model}', which also has sensitive columns: "
        "document it in the model's YAML, or run `dbt docs generate`.",
        tuple(sorted(relation.columns - relation.sensitive))[:5],
    )


def sensitive_column(name: str, relation: ReadableRelation) -> QueryIssue:
    """A column that must not be read."""
    return QueryIssue(
        "sensitive",
        f"'{name}' of '{relation.model.name}' is marked sensitive and is not used in answers.",
    )


def sensitive_star(relation: ReadableRelation, columns: Iterable[str]) -> QueryIssue:
    """`*` over columns that must not be read."""
    hidden = ", ".join(sorted(relation.sensitive))
    return QueryIssue(
        "sensitive",
        f"* of '{relation.model.name}' would read sensitive columns ({hidden}): "
        "name the columns that you need.",
        tuple(c for c in columns if c not in relation.sensitive)[:8],
    )


def _joined(schema: str, name: str) -> str:
    return f"{schema}.{name}" if schema else name
