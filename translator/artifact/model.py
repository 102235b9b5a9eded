"""An answer as a dbt model, documented and tested."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import sqlglot
from sqlglot import exp

from translator.artifact.artifact import Artifact, CannotSave, Kind, Saving, check_free, plain
from translator.artifact.column_docs import column_doc
from translator.artifact.files import FileChange, new_or_changed
from translator.artifact.model_tests import ModelTests, model_tests
from translator.artifact.sql_style import SqlStyle, style_of
from translator.compile.identifiers import column, identifier
from translator.elements import listing_model
from translator.query import SemanticQuery

_PREFIXES = ("agg_", "rpt_", "mart_", "fct_", "fact_", "dim_")
_BELOW_MARTS = frozenset({"staging", "stg", "base", "intermediate", "int", "sources", "raw"})
_TYPE_FUNCTION = {"postgres": "pg_typeof", "redshift": "pg_typeof", "duckdb": "typeof"}

Rows = Callable[[exp.Query], list[tuple[Any, ...]]]
"""Runs a query in the warehouse."""


@dataclass(frozen=True)
class ColumnFacts:
    """What the warehouse says of the columns of the answer: type, and rows without a value."""

    types: Mapping[str, str]
    nulls: Mapping[str, int]


def model_artifact(
    saving: Saving, rows: Rows, total_sql: Callable[[SemanticQuery], str]
) -> Artifact:
    """The model's SQL, its YAML and its tests, where the project has models like it.

    Args:
        saving: the answer.
        rows: runs a query in the warehouse.
        total_sql: compiles a SemanticQuery to SQL; for the test that a breakdown adds up.

    Raises:
        CannotSave: the name is taken.
    """
    layout = saving.layout
    folder = _folder(saving)
    name, notes = _prefixed(saving, folder)
    check_free(saving, "model", name)
    tree = _tree(saving)
    facts = _facts(saving, tree, rows)
    style = style_of(_sql_texts(saving, folder))
    tests = model_tests(saving, name, facts.nulls, total_sql)
    root = layout.project.project_dir
    changes = [new_or_changed(root, root / folder / f"{name}.sql", _sql(saving, tree, style))]
    entry = _entry(saving, name, folder, facts, tests)
    new = folder / f"{'_' if layout.new_yaml_name('x').startswith('_') else ''}{name}.yml"
    changes.append(layout.add_or_new(_yaml_file(saving, folder), new, "models", entry))
    for test in tests.singular:
        path = root / layout.tests_folder / f"{test.name}.sql"
        if not saving.force:
            check_free(saving, "test", test.name)
        text = f"-- {test.sentence}\n" + style.write(test.tree, tests.catalog)
        changes.append(new_or_changed(root, path, text))
    _check_files(saving, changes[:1] + changes[2:])
    return Artifact(Kind.MODEL, name, tuple(changes), build=(name,), notes=(*notes, *tests.notes))


def _tree(saving: Saving) -> exp.Query:
    tree = sqlglot.parse_one(saving.answer.sql or "", dialect=saving.catalog.adapter_type)
    assert isinstance(tree, exp.Query)
    # Rows of a table have no order; with a limit it says which rows there are.
    if tree.args.get("limit") is None:
        tree.set("order", None)
    return tree


def _sql(saving: Saving, tree: exp.Query, style: SqlStyle) -> str:
    head = f"-- {plain(saving.answer.explanation or '')}\n"
    if saving.answer.query is None:
        return f"{head}{saving.answer.dbt_sql}\n"  # as it was asked of the models
    return head + style.write(tree, saving.catalog)


def _facts(saving: Saving, tree: exp.Query, rows: Rows) -> ColumnFacts:
    dialect = saving.catalog.adapter_type
    names = [c.name for c in saving.answer.columns]
    saved = tree.subquery(identifier("saved", dialect))
    counts = exp.select(
        exp.Count(this=exp.Star()),
        *(exp.Count(this=column(n, "saved", dialect)) for n in names),
    ).from_(saved.copy())
    found = rows(counts)[0]
    nulls = {n: int(found[0]) - int(c) for n, c in zip(names, found[1:], strict=True)}
    function = _TYPE_FUNCTION.get(dialect)
    types: dict[str, str] = {}
    if function is not None:
        # One row, also where the answer has none.
        one = exp.select(exp.Alias(this=exp.Literal.number(1), alias="one")).subquery("one_row")
        asked = [
            exp.cast(
                exp.Anonymous(this=function, expressions=[column(n, "saved", dialect)]), "text"
            )
            for n in names
        ]
        query = exp.select(*asked).from_(one).join(saved, on=exp.true(), join_type="left").limit(1)
        types = dict(zip(names, (str(t) for t in rows(query)[0]), strict=True))
    return ColumnFacts(types, nulls)


def _folder(saving: Saving) -> PurePosixPath:
    """Where the project has the model that the answer is mainly about, unless that is no mart."""
    layout = saving.layout
    own = {
        str(node["name"]): PurePosixPath(str(node["original_file_path"])).parent
        for node in layout.own("nodes")
        if node.get("resource_type") == "model"
    }
    candidates = [own[m] for m in _main_models(saving) if m in own]
    for folder in candidates:
        if not _BELOW_MARTS & set(folder.parts):
            return folder
    marts = [f for f in own.values() if f.name == "marts" or "marts" in f.parts]
    if marts:
        return min(marts, key=lambda f: (len(f.parts), str(f)))
    return layout.models_folder


def _main_models(saving: Saving) -> list[str]:
    query, catalog = saving.answer.query, saving.catalog
    names: list[str] = []
    if query is not None:
        semantic = [s for m in query.metrics for s in catalog.metrics[m].semantic_models]
        if not query.metrics:
            semantic = [s for s in (listing_model(query, catalog),) if s]
        names = [catalog.semantic_models[s].model for s in semantic]
    return [*names, *saving.answer.models]


def _prefixed(saving: Saving, folder: PurePosixPath) -> tuple[str, tuple[str, ...]]:
    """The name as models of this folder begin, where nearly all of them do."""
    name = saving.name
    used = Counter(
        next((p for p in _PREFIXES if str(node["name"]).startswith(p)), "")
        for node in saving.layout.models_in(folder)
    )
    known = sum(count for prefix, count in used.items() if prefix)
    if name.startswith(_PREFIXES) or not known or known < 0.8 * used.total():
        return name, ()
    everywhere = {
        p for n in saving.layout.own("nodes") for p in _PREFIXES if str(n["name"]).startswith(p)
    }
    facts = saving.answer.query is None or saving.answer.query.metrics
    order = ("agg_", "rpt_", "mart_", "fct_", "fact_") if facts else ("dim_", "mart_")
    prefix = next((p for p in order if p in everywhere), "")
    if not prefix:
        return name, ()
    return prefix + name, (f"It is named {prefix}{name}, as the models in {folder} are.",)


def _yaml_file(saving: Saving, folder: PurePosixPath) -> str | None:
    """The file that describes the folder's models, or a new one named as in other folders."""
    layout = saving.layout
    found = layout.model_file(folder)
    if found is not None:
        return found
    forms: Counter[str] = Counter()
    for node in layout.own("nodes"):
        patch = PurePosixPath(str(node.get("patch_path") or "").partition("://")[2])
        if patch.name:
            forms[patch.name.replace(patch.parent.name, "{folder}")] += 1
    for form, _ in forms.most_common(1):
        return str(folder / form.replace("{folder}", folder.name))
    return None


def _sql_texts(saving: Saving, folder: PurePosixPath) -> list[str]:
    near = saving.layout.models_in(folder)
    nodes = near or [n for n in saving.layout.own("nodes") if n.get("resource_type") == "model"]
    return [str(node.get("raw_code") or "") for node in nodes[:50]]


def _entry(
    saving: Saving,
    name: str,
    folder: PurePosixPath,
    facts: ColumnFacts,
    tests: ModelTests,
) -> dict[str, Any]:
    answer, layout = saving.answer, saving.layout
    said = plain(f'Answers "{saving.question}".') if saving.question else ""
    entry: dict[str, Any] = {
        "name": name,
        "description": f"{plain(answer.explanation or '')} {said}".strip(),
    }
    group = _group(saving, folder)
    if group:
        entry["config"] = {"group": group}
    if tests.on_model:
        entry[layout.tests_key] = list(tests.on_model)
    typed = _wants_types(saving, folder)
    columns = []
    for answer_column in answer.columns:
        described: dict[str, Any] = {"name": answer_column.name}
        text = plain(column_doc(answer_column.name, answer.query, saving.catalog))
        if text:
            described["description"] = text
        if typed and answer_column.name in facts.types:
            described["data_type"] = facts.types[answer_column.name]
        if tests.on_columns.get(answer_column.name):
            described[layout.tests_key] = list(tests.on_columns[answer_column.name])
        columns.append(described)
    entry["columns"] = columns
    return entry


def _group(saving: Saving, folder: PurePosixPath) -> str | None:
    """The group of a private model that is read, else that of the models beside it."""
    for model in saving.answer.models:
        found = saving.catalog.models[model]
        if found.access == "private" and found.group:
            return found.group
    groups = Counter(_config(node).get("group") for node in saving.layout.models_in(folder))
    for group, count in groups.most_common(1):
        return str(group) if group and count * 2 > groups.total() else None
    return None


def _wants_types(saving: Saving, folder: PurePosixPath) -> bool:
    """Whether models here have their types written: a contract needs them."""
    nodes = saving.layout.models_in(folder)
    if any((_config(n).get("contract") or {}).get("enforced") for n in nodes):
        return True
    columns = [c for n in nodes for c in (n.get("columns") or {}).values()]
    return sum(bool(c.get("data_type")) for c in columns) * 2 > len(columns)


def _config(node: Mapping[str, Any]) -> Mapping[str, Any]:
    return node.get("config") or {}


def _check_files(saving: Saving, changes: list[FileChange]) -> None:
    for change in changes:
        if change.before is not None and not saving.force:
            raise CannotSave(
                f"There is a file {change.path} already, which dbt does not use.",
                "Choose another name, or replace it by --force.",
            )
