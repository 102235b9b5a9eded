"""The role that questions run as: it may read what the project's models hold, and nothing else.

The last line of defence: whatever passed the guard, the database refuses to write, to read another
schema, or to give out a sensitive column. Only a role that one is connected as holds; from `SET
ROLE` any statement can go back by `RESET ROLE`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from semantic.catalog import Model, Relation, SemanticCatalog

ROLE = "metricspeak_reader"
CONNECTIONS = 20
_DIALECT = "postgres"
_NO_RIGHTS = "nosuperuser nocreatedb nocreaterole noreplication nobypassrls noinherit"
# What Postgres grants to everybody by itself, so that it can only be taken from everybody.
_FROM_EVERYBODY = (
    "revoke create on schema public from public",
    "revoke execute on function pg_catalog.lo_creat(integer), pg_catalog.lo_create(oid), "
    "pg_catalog.lo_from_bytea(oid, bytea) from public",
)


@dataclass(frozen=True)
class Readable:
    """A relation that questions may read; `hidden` are its columns that they may not.

    `kind` is dbt's: model, seed, snapshot or source.
    """

    model: str
    kind: str
    relation: Relation
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True)
class RoleGrants:
    """The statements that make a role and give it its rights. They can be run again at any time.

    `missing` are the relations that get no grant, as they are not there yet.
    """

    role: tuple[str, ...]
    grants: tuple[str, ...]
    everybody: tuple[str, ...]
    missing: tuple[Relation, ...]


def readable(catalog: SemanticCatalog, manifest: Mapping[str, Any]) -> tuple[Readable, ...]:
    """What the statements of answers and checks can name, by relation.

    Of private models and sources only those that a semantic model or an ephemeral model stands on:
    no answer names another.
    """
    asked = {model.model for model in catalog.semantic_models.values()}
    through = _read_by_ephemeral(manifest)
    hidden: dict[Relation, frozenset[str]] = {}
    nodes: dict[Relation, Model] = {}
    for model in catalog.models.values():
        inner = model.resource_type == "source" or model.access == "private"
        if not inner or model.name in asked or model.unique_id in through:
            nodes.setdefault(model.relation, model)
    for model in catalog.models.values():  # two nodes over one relation share their marks
        if model.relation in nodes:
            hidden[model.relation] = hidden.get(model.relation, frozenset()) | _hidden(model)
    found = (
        Readable(node.name, node.resource_type, relation, tuple(sorted(hidden[relation])))
        for relation, node in nodes.items()
    )
    return tuple(sorted(found, key=lambda r: (r.relation.schema, r.relation.identifier)))


def role_grants(
    relations: tuple[Readable, ...],
    columns: Mapping[tuple[str, str], tuple[str, ...]],
    database: str,
    role: str,
    timeout_seconds: float,
) -> RoleGrants:
    """The statements for a role.

    Args:
        relations: what it may read.
        columns: columns of the relations that are there, by schema and name.
        database: the database that all is in.
        role: its name.
        timeout_seconds: for how long a statement of the role may run, unless it says otherwise.
    """
    name = _quoted(role)
    milliseconds = max(1, round(timeout_seconds * 1000))
    made = (
        f"do $$ begin create role {name} login; "
        "exception when duplicate_object or unique_violation then null; end $$",
        f"alter role {name} {_NO_RIGHTS} connection limit {CONNECTIONS}",
        f"alter role {name} set default_transaction_read_only = on",
        f"alter role {name} set statement_timeout = {milliseconds}",
        f"alter role {name} set idle_in_transaction_session_timeout = {2 * milliseconds}",
    )
    there = [r for r in relations if _key(r) in columns]
    grants = [f"grant connect on database {_quoted(database)} to {name}"]
    for schema in sorted({r.relation.schema for r in there}):
        grants.append(f"revoke all on all tables in schema {_quoted(schema)} from {name}")
        grants.append(f"grant usage on schema {_quoted(schema)} to {name}")
    for item in there:
        visible = _visible(item, columns[_key(item)])
        if visible:
            grants.append(f"grant select{_listed(item, visible)} on {_table(item)} to {name}")
    return RoleGrants(
        made,
        tuple(grants),
        (f"revoke temporary on database {_quoted(database)} from public", *_FROM_EVERYBODY),
        tuple(r.relation for r in relations if _key(r) not in columns),
    )


def dbt_configs(
    relations: tuple[Readable, ...],
    columns: Mapping[tuple[str, str], tuple[str, ...]],
    role: str,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What keeps the grants over `dbt build`: content of dbt_project.yml, and of properties files.

    A table materialization makes a new relation and swaps it in, so that every grant on the old one
    is lost: dbt's `grants` config gives it again to whole relations, a post-hook to columns.
    https://docs.getdbt.com/reference/resource-configs/grants
    """
    partly: dict[str, list[dict[str, Any]]] = {}
    for item in relations:
        visible = _visible(item, columns.get(_key(item), ()))
        if not item.hidden or not visible or item.kind == "source":
            continue
        grant = f"grant select{_listed(item, visible)} on {{{{ this }}}} to {_quoted(role)}"
        config = {"grants": {"select": []}, "post_hook": grant}
        partly.setdefault(f"{item.kind}s", []).append({"name": item.model, "config": config})
    kinds = sorted({f"{item.kind}s" for item in relations if item.kind != "source"})
    return {kind: {"+grants": {"select": [role]}} for kind in kinds}, dict(partly)


def columns_query(relations: tuple[Readable, ...]) -> exp.Query:
    """Schema, relation and columns of what is there, in the order of the columns."""
    schemas = sorted({r.relation.schema for r in relations})
    return (
        exp.select("n.nspname", "c.relname", "a.attname")
        .from_("pg_catalog.pg_class as c")
        .join("pg_catalog.pg_namespace as n", on="n.oid = c.relnamespace")
        .join(
            "pg_catalog.pg_attribute as a",
            on="a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped",
        )
        .where(
            exp.column("nspname", "n").isin(*[exp.Literal.string(s) for s in schemas]),
            exp.column("relkind", "c").isin(*[exp.Literal.string(k) for k in "rvmpf"]),
        )
        .order_by("n.nspname", "c.relname", "a.attnum")
    )


def columns_of(rows: list[tuple[Any, ...]]) -> dict[tuple[str, str], tuple[str, ...]]:
    """The rows of `columns_query`, by relation."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for schema, relation, column in rows:
        found[schema, relation] = (*found.get((schema, relation), ()), column)
    return found


def _read_by_ephemeral(manifest: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(
        parent
        for node in (manifest.get("nodes") or {}).values()
        if (node.get("config") or {}).get("materialized") == "ephemeral"
        for parent in (node.get("depends_on") or {}).get("nodes") or ()
    )


def _hidden(model: Model) -> frozenset[str]:
    return frozenset(name.lower() for name in model.sensitive_columns)


def _key(item: Readable) -> tuple[str, str]:
    return item.relation.schema, item.relation.identifier


def _visible(item: Readable, columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(column for column in columns if column.lower() not in item.hidden)


def _listed(item: Readable, visible: tuple[str, ...]) -> str:
    """The columns in brackets where there are some to hide, nothing for the whole relation."""
    return f" ({', '.join(map(_quoted, visible))})" if item.hidden else ""


def _table(item: Readable) -> str:
    return f"{_quoted(item.relation.schema)}.{_quoted(item.relation.identifier)}"


def _quoted(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql(dialect=_DIALECT)


def statements(found: RoleGrants) -> Iterator[str]:
    """All that the role needs, in the order to run them in."""
    yield from found.role
    yield from found.grants
