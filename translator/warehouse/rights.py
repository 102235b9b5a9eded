"""What the user that questions run as may do beyond reading, asked of the database itself."""

from __future__ import annotations

from sqlglot import exp, parse_one

from semantic.catalog import SemanticCatalog
from translator.warehouse.postgres import PostgresWarehouse

_ROLE = """
select
    current_user::text,
    r.rolsuper,
    r.rolcreaterole or r.rolcreatedb or r.rolbypassrls or r.rolreplication,
    has_database_privilege(current_database(), 'create'),
    session_user <> current_user or exists (
        select 1 from pg_catalog.pg_auth_members m where m.member = r.oid
    )
from pg_catalog.pg_roles r
where r.rolname = current_user
"""
_RELATIONS = """
select
    n.nspname,
    c.relname,
    has_schema_privilege(n.oid, 'create'),
    has_table_privilege(c.oid, 'insert, update, delete, truncate, references, trigger')
        or has_any_column_privilege(c.oid, 'insert, update')
        or pg_has_role(c.relowner, 'usage')
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
"""
_COLUMNS = """
select n.nspname, c.relname, a.attname
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where a.attnum > 0 and not a.attisdropped and has_column_privilege(c.oid, a.attnum, 'select')
"""
_SECONDS = 10.0


def excess(warehouse: PostgresWarehouse, catalog: SemanticCatalog) -> tuple[str, tuple[str, ...]]:
    """The user, and what he may do that answers do not need, each as the end of a sentence.

    Raises:
        ServiceDownError: the warehouse cannot be reached.
        WarehouseError: it does not tell.
    """
    user, is_super, manages, creates, takes_on = warehouse.rows(_query(_ROLE), _SECONDS)[0]
    if is_super:
        return str(user), ("is a superuser",)
    found = []
    if manages:
        found.append("may make roles or databases, or is not bound by row security")
    if creates:
        found.append("may create schemas")
    if takes_on:
        found.append("may take on other roles")
    found += _on_models(warehouse, catalog)
    return str(user), tuple(found)


def _on_models(warehouse: PostgresWarehouse, catalog: SemanticCatalog) -> list[str]:
    models = {(m.relation.schema, m.relation.identifier): m for m in catalog.models.values()}
    if not models:
        return []
    within = exp.column("nspname", "n").isin(
        *[exp.Literal.string(schema) for schema in sorted({schema for schema, _ in models})]
    )
    found = []
    relations = warehouse.rows(_query(_RELATIONS).where(within.copy()), _SECONDS)
    creates = sorted({schema for schema, _, may, _ in relations if may})
    if creates:
        found.append(f"may create relations in {', '.join(creates)}")
    writes = [name for schema, name, _, may in relations if may and (schema, name) in models]
    if writes:
        found.append(f"may write to {len(writes)} of {len(models)} relations of the project")
    columns = warehouse.rows(_query(_COLUMNS).where(within.copy()), _SECONDS)
    told = sorted(
        f"{name}.{column}"
        for schema, name, column in columns
        if (schema, name) in models
        and column.lower() in {c.lower() for c in models[schema, name].sensitive_columns}
    )
    if told:
        more = f" and {len(told) - 3} more" if len(told) > 3 else ""
        found.append(f"may read the sensitive columns {', '.join(told[:3])}{more}")
    return found


def _query(sql: str) -> exp.Select:
    tree = parse_one(sql, dialect="postgres")
    assert isinstance(tree, exp.Select)
    return tree
