"""Models and columns from `manifest.json` and `catalog.json`, with what their tests say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from semantic import meta
from semantic.catalog import Column, ColumnReference, Model, Relation
from semantic.value_labels import parse_value_labels

_REF = re.compile(r"""ref\(\s*(?:['"][^'"]+['"]\s*,\s*)?['"]([^'"]+)['"]""")
_SOURCE = re.compile(r"""source\(\s*['"]([^'"]+)['"]\s*,\s*['"]([^'"]+)['"]""")
_WITH_ROWS = frozenset({"model", "seed", "snapshot", "source"})
_ACCEPTED = frozenset({"accepted_values", "expect_column_values_to_be_in_set"})


@dataclass
class _Facts:
    """What tests and constraints say of one column."""

    not_null: bool = False
    unique: bool = False
    accepted_values: tuple[str, ...] = ()
    references: ColumnReference | None = None


@dataclass
class _NodeFacts:
    columns: dict[str, _Facts] = field(default_factory=dict)
    keys: list[tuple[str, ...]] = field(default_factory=list)

    def column(self, name: str) -> _Facts:
        return self.columns.setdefault(name.lower(), _Facts())


def build_models(
    manifest: Mapping[str, Any], catalog: Mapping[str, Any] | None
) -> dict[str, Model]:
    """Every node that has rows, by name; a source is named `source.table`."""
    queryable = [
        node
        for group in ("nodes", "sources")
        for node in (manifest.get(group) or {}).values()
        if node.get("resource_type") in _WITH_ROWS
    ]
    # An ephemeral model has no rows of its own, but what selects its columns inherits their marks.
    sensitive = _sensitive_columns(queryable)
    nodes = [node for node in queryable if not _is_ephemeral(node)]
    facts = {node["unique_id"]: _constraint_facts(node) for node in nodes}
    for test in (manifest.get("nodes") or {}).values():
        if test.get("resource_type") == "test":
            _read_test(test, facts)
    models: dict[str, Model] = {}
    for node in nodes:
        model = _model(node, facts[node["unique_id"]], catalog, sensitive[node["unique_id"]])
        if model.name not in models or node.get("package_name") == _project_name(manifest):
            models[model.name] = model
    return models


def node_name(node: Mapping[str, Any]) -> str:
    """The name that a project calls a node by: the latest version has the plain name."""
    name = str(node["name"])
    if node.get("resource_type") == "source":
        return f"{node.get('source_name')}.{name}"
    version = node.get("version")
    if version is not None and version != node.get("latest_version"):
        return f"{name}.v{version}"
    return name


def _project_name(manifest: Mapping[str, Any]) -> Any:
    return (manifest.get("metadata") or {}).get("project_name")


def _is_ephemeral(node: Mapping[str, Any]) -> bool:
    return (node.get("config") or {}).get("materialized") == "ephemeral"


def _constraint_facts(node: Mapping[str, Any]) -> _NodeFacts:
    facts = _NodeFacts()
    for name, column in (node.get("columns") or {}).items():
        for constraint in column.get("constraints") or ():
            _apply_constraint(facts, constraint, (str(name),))
    for constraint in node.get("constraints") or ():
        columns = tuple(str(name) for name in constraint.get("columns") or ())
        if columns:
            _apply_constraint(facts, constraint, columns)
    return facts


def _apply_constraint(
    facts: _NodeFacts, constraint: Mapping[str, Any], columns: tuple[str, ...]
) -> None:
    kind = constraint.get("type")
    if kind == "primary_key":
        facts.keys.insert(0, columns)
    if kind in {"primary_key", "not_null"}:
        for name in columns:
            facts.column(name).not_null = True
    if kind in {"primary_key", "unique"} and len(columns) == 1:
        facts.column(columns[0]).unique = True
    to_columns = tuple(constraint.get("to_columns") or ())
    if kind == "foreign_key" and len(columns) == 1 and len(to_columns) == 1:
        target = _referenced_model(constraint.get("to"))
        if target:
            facts.column(columns[0]).references = ColumnReference(target, str(to_columns[0]))


def _referenced_model(expression: Any) -> str | None:
    """`ref('x')` → x, `source('a', 'b')` → a.b, an already rendered relation → its last part."""
    if not isinstance(expression, str):
        return None
    if found := _REF.search(expression):
        return found.group(1)
    if found := _SOURCE.search(expression):
        return f"{found.group(1)}.{found.group(2)}"
    return expression.split(".")[-1].strip('"`[] ') or None


def _read_test(test: Mapping[str, Any], facts: dict[str, _NodeFacts]) -> None:
    metadata = test.get("test_metadata") or {}
    target = facts.get(_tested_node(test) or "")
    config = test.get("config") or {}
    if target is None or not metadata or config.get("enabled") is False:
        return
    kwargs = {**(metadata.get("kwargs") or {})}
    # Before dbt flattens them, newer projects write a test's own arguments one level deeper.
    kwargs.update(kwargs.pop("arguments", None) or {})
    name = metadata.get("name")
    column = test.get("column_name") or kwargs.get("column_name")
    # A test over a part of the rows says nothing about all of them, except what values there are.
    whole = not config.get("where")
    if name == "unique_combination_of_columns" and whole:
        columns = tuple(str(item) for item in kwargs.get("combination_of_columns") or ())
        if columns:
            target.keys.append(columns)
    if not isinstance(column, str):
        return
    column_facts = target.column(column.strip('"`[]'))
    if name == "not_null" and whole:
        column_facts.not_null = True
    elif name == "unique" and whole:
        column_facts.unique = True
    elif name in _ACCEPTED:
        values = kwargs.get("values") or kwargs.get("value_set") or ()
        if isinstance(values, list):
            column_facts.accepted_values = tuple(_spelled(value) for value in values)
    elif name == "relationships":
        model = _referenced_model(kwargs.get("to"))
        if model and kwargs.get("field"):
            column_facts.references = ColumnReference(model, str(kwargs["field"]))


def _spelled(value: Any) -> str:
    # dbt writes YAML's booleans into SQL as Python spells them; SQL's spelling is what rows show.
    return str(value).lower() if isinstance(value, bool) else str(value)


def _tested_node(test: Mapping[str, Any]) -> str | None:
    attached = test.get("attached_node")
    if isinstance(attached, str):
        return attached
    # A source's tests have no attached node; a relationships test depends on two nodes, the tested
    # one being that of `model`, which dbt puts last.
    nodes = (test.get("depends_on") or {}).get("nodes") or ()
    return str(nodes[-1]) if nodes else None


def _sensitive_columns(nodes: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    """Marked columns of each node, also those of the same name that come from a marked column.

    A mark on a staging model has to hold in the marts built from it; `sensitive: false` lifts it.
    """
    by_id = {node["unique_id"]: node for node in nodes}
    found: dict[str, set[str]] = {}
    for start in by_id:
        # Depth first without recursion: a project's chain of models can be long.
        stack = [start]
        while stack:
            current = stack[-1]
            parents = [p for p in _parents(by_id[current]) if p in by_id and p not in found]
            waiting = [parent for parent in parents if parent not in stack]
            if waiting and current not in found:
                stack.append(waiting[0])
                continue
            stack.pop()
            if current not in found:
                found[current] = _marked(by_id[current], found)
    return found


def _parents(node: Mapping[str, Any]) -> Iterator[str]:
    yield from ((node.get("depends_on") or {}).get("nodes")) or ()


def _marked(node: Mapping[str, Any], upstream: Mapping[str, set[str]]) -> set[str]:
    marks: set[str] = set()
    for parent in _parents(node):
        marks |= upstream.get(parent, set())
    whole_node = meta.sensitive(node)
    for name, column in (node.get("columns") or {}).items():
        own = meta.sensitive(column)
        own = whole_node if own is None else own
        if own is True:
            marks.add(str(name).lower())
        elif own is False:
            marks.discard(str(name).lower())
    return marks


def _model(
    node: Mapping[str, Any],
    facts: _NodeFacts,
    catalog: Mapping[str, Any] | None,
    sensitive: set[str],
) -> Model:
    config = node.get("config") or {}
    return Model(
        unique_id=node["unique_id"],
        name=node_name(node),
        resource_type=node["resource_type"],
        relation=Relation(
            node.get("database") or None,
            str(node.get("schema") or ""),
            str(node.get("identifier") or node.get("alias") or node["name"]),
        ),
        description=meta.description(node),
        columns=tuple(_columns(node, facts, catalog, sensitive)),
        access=str(node.get("access") or config.get("access") or "protected"),
        group=node.get("group") or config.get("group"),
        depends_on=tuple(_parents(node)),
        primary_key=_primary_key(node, facts),
        sensitive_columns=tuple(sorted(sensitive)),
        columns_complete=_has_contract(config) or bool(_in_warehouse(node, catalog)),
    )


def _has_contract(config: Mapping[str, Any]) -> bool:
    return bool((config.get("contract") or {}).get("enforced"))


def _in_warehouse(
    node: Mapping[str, Any], catalog: Mapping[str, Any] | None
) -> Mapping[str, Mapping[str, Any]]:
    """The columns that `dbt docs generate` found."""
    group = "sources" if node["resource_type"] == "source" else "nodes"
    found = ((catalog or {}).get(group) or {}).get(node["unique_id"]) or {}
    return found.get("columns") or {}


def _primary_key(node: Mapping[str, Any], facts: _NodeFacts) -> tuple[str, ...]:
    if facts.keys:
        return facts.keys[0]
    declared = node.get("primary_key")
    if isinstance(declared, list) and declared:
        return tuple(str(name) for name in declared)
    keys = [name for name, column in facts.columns.items() if column.unique and column.not_null]
    return (keys[0],) if keys else ()


def _columns(
    node: Mapping[str, Any],
    facts: _NodeFacts,
    catalog: Mapping[str, Any] | None,
    sensitive: set[str],
) -> Iterator[Column]:
    typed = {str(n).lower(): (n, c) for n, c in _in_warehouse(node, catalog).items()}
    written = {str(n).lower(): (n, c) for n, c in (node.get("columns") or {}).items()}
    for key in dict.fromkeys((*written, *typed)):
        typed_name, typed_column = typed.get(key, (key, {}))
        name, column = written.get(key, (typed_name, {}))
        known = facts.columns.get(key, _Facts())
        data_type = column.get("data_type") or typed_column.get("type")
        # Neither all small nor all capital letters: the warehouse was told the name in quotes.
        exact = str(typed_name) not in (str(typed_name).lower(), str(typed_name).upper())
        yield Column(
            name=str(typed_name if exact else name),
            data_type=str(data_type).lower() if data_type else None,
            description=meta.description(column),
            label=meta.label(column),
            synonyms=meta.synonyms(column),
            sensitive=key in sensitive,
            not_null=known.not_null,
            unique=known.unique,
            accepted_values=known.accepted_values,
            references=known.references,
            format=meta.value_format(column),
            value_labels=meta.declared_values(column)
            or parse_value_labels(meta.raw_description(column), known.accepted_values),
            quoted=exact or column.get("quote") is True,
        )
