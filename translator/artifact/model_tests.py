"""Tests that a saved model is born with: what has to hold of it by what the answer is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlglot
from sqlglot import exp

from semantic.catalog import MetricType, Model, Relation, SemanticCatalog
from translator.artifact.artifact import Saving
from translator.compile.identifiers import aliased, column, identifier
from translator.compile.traits import is_summable, with_inputs
from translator.query import CalculationKind, SemanticQuery

_COUNTING = frozenset({"count", "count_distinct", "sum_boolean"})
_TOLERANCE = "0.000001"
"""Relative: sums of floats differ in the last bits with the order of adding."""


@dataclass(frozen=True)
class SingularTest:
    """A test that is a query for rows that must not be."""

    name: str
    sentence: str
    tree: exp.Query


@dataclass(frozen=True)
class ModelTests:
    """Tests as dbt has them. `catalog` knows the new model, so that trees can have its `ref()`."""

    catalog: SemanticCatalog
    on_model: tuple[Any, ...]
    on_columns: Mapping[str, tuple[Any, ...]]
    singular: tuple[SingularTest, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Range:
    """Bounds of a column, both inclusive."""

    column: str
    low: int
    high: int | None = None


def model_tests(
    saving: Saving, name: str, nulls: Mapping[str, int], total_sql: Callable[[SemanticQuery], str]
) -> ModelTests:
    """The tests of the model `name`.

    Args:
        saving: the answer.
        name: the model's name.
        nulls: rows without a value, by column, as of now.
        total_sql: compiles a query to SQL.
    """
    catalog, table = _with_model(saving, name)
    keys = _grain(saving)
    on_columns: dict[str, list[Any]] = {}
    on_model: list[Any] = []
    singular: list[SingularTest] = []
    notes: list[str] = []
    has_utils = saving.layout.has_macro("dbt_utils", "test_unique_combination_of_columns")
    if len(keys) == 1:
        on_columns[keys[0]] = ["unique"]
    elif keys and has_utils:
        on_model.append(
            saving.layout.generic_test(
                "dbt_utils.unique_combination_of_columns", {"combination_of_columns": list(keys)}
            )
        )
    elif keys:
        singular.append(_unique(name, keys, table, catalog))
    for key in keys:
        if nulls.get(key):
            notes.append(f"{key} is empty in {nulls[key]} rows: it gets no not_null test.")
        else:
            on_columns.setdefault(key, []).append("not_null")
    ranges = list(_ranges(saving))
    if has_utils:
        for found in ranges:
            arguments = {"min_value": found.low}
            if found.high is not None:
                arguments["max_value"] = found.high
            test = saving.layout.generic_test("dbt_utils.accepted_range", arguments)
            on_columns.setdefault(found.column, []).append(test)
    elif ranges:
        singular.append(_in_range(name, ranges, table, catalog))
    total = _adds_up(saving, name, table, catalog, total_sql)
    if isinstance(total, SingularTest):
        singular.append(total)
    elif total:
        notes.append(total)
    return ModelTests(
        catalog,
        tuple(on_model),
        {k: tuple(v) for k, v in on_columns.items()},
        tuple(singular),
        tuple(notes),
    )


def _with_model(saving: Saving, name: str) -> tuple[SemanticCatalog, exp.Table]:
    """A catalog that has the new model, and its table."""
    relation = Relation(None, "saved_by_metricspeak", name)
    project = saving.catalog.project_name
    model = Model(f"model.{project}.{name}", name, "model", relation)
    models = {**saving.catalog.models, name: model}
    table = exp.Table(
        this=exp.to_identifier(name, quoted=True),
        db=exp.to_identifier(relation.schema, quoted=True),
    )
    return replace(saving.catalog, models=models), table


def _grain(saving: Saving) -> tuple[str, ...]:
    """Columns of which each combination is there once."""
    query = saving.answer.query
    if query is not None:
        return tuple(g.qualified_name for g in query.group_by)
    tree = sqlglot.parse_one(saving.answer.sql or "", dialect=saving.catalog.adapter_type)
    keys = tuple(c.name for c in saving.answer.columns if c.role == "dimension")
    group = tree.args.get("group")
    grouped = group is not None and len(group.expressions) == len(keys)
    return keys if grouped or tree.args.get("distinct") is not None else ()


def _unique(
    name: str, keys: tuple[str, ...], table: exp.Table, catalog: SemanticCatalog
) -> SingularTest:
    dialect = catalog.adapter_type
    columns = [column(key, None, dialect) for key in keys]
    count = exp.Count(this=exp.Star())
    tree = (
        exp.select(*columns, aliased(count.copy(), "row_count", dialect))
        .from_(table.copy())
        .group_by(*(c.copy() for c in columns))
        .having(exp.GT(this=count, expression=exp.Literal.number(1)))
    )
    words = ", ".join(keys)
    return SingularTest(f"assert_{name}_is_unique", f"One row for each {words}.", tree)


def _ranges(saving: Saving) -> Iterator[_Range]:
    """Bounds that hold by what a figure is: counts are not negative, shares of them at most one."""
    query, catalog = saving.answer.query, saving.catalog
    if query is None:
        return
    counting = {m for m in query.metrics if _counts(m, catalog)}
    for metric in query.metrics:
        if metric in counting:
            yield _Range(metric, 0)
        for c in query.calculations:
            if c.metric != metric:
                continue
            if c.kind is CalculationKind.RANK:
                yield _Range(c.columns[0], 1)
            elif metric in counting and c.kind is CalculationKind.SHARE_OF_TOTAL:
                yield _Range(c.columns[0], 0, 1 if is_summable(metric, catalog) else None)
            elif metric in counting and c.kind is CalculationKind.RUNNING_TOTAL:
                yield _Range(c.columns[0], 0)


def _counts(name: str, catalog: SemanticCatalog) -> bool:
    """Whether it counts something, or is a ratio of counts."""
    inputs = list(with_inputs(name, catalog))
    if any(m.type is MetricType.DERIVED for m in inputs):
        return False
    measures = [catalog.measures.get(m) for metric in inputs for m in metric.measures]
    return bool(measures) and all(m is not None and m.agg in _COUNTING for m in measures)


def _in_range(
    name: str, ranges: list[_Range], table: exp.Table, catalog: SemanticCatalog
) -> SingularTest:
    dialect = catalog.adapter_type
    outside: list[exp.Expr] = []
    for found in ranges:
        value = column(found.column, None, dialect)
        outside.append(exp.LT(this=value, expression=exp.Literal.number(found.low)))
        if found.high is not None:
            outside.append(exp.GT(this=value.copy(), expression=exp.Literal.number(found.high)))
    tree = exp.select("*").from_(table.copy()).where(exp.or_(*outside))
    words = "; ".join(
        f"{r.column} is at least {r.low}" + (f" and at most {r.high}" if r.high else "")
        for r in ranges
    )
    return SingularTest(f"assert_{name}_in_range", f"{words}.", tree)


def _adds_up(
    saving: Saving,
    name: str,
    table: exp.Table,
    catalog: SemanticCatalog,
    total_sql: Callable[[SemanticQuery], str],
) -> SingularTest | str:
    """The test that the groups add up to the whole, or why there is none."""
    query = saving.answer.query
    if query is None or not query.metrics or not query.group_by:
        return ""
    kept = any(c.keep is not None for c in query.calculations)
    if query.limit is not None or kept or any(h.entity is None for h in query.having):
        return "Only some groups are in it: there is no test that they add up to the whole."
    summed = tuple(m for m in query.metrics if is_summable(m, catalog))
    if not summed:
        return f"{query.metrics[0]} is no sum: there is no test that the groups add up."
    dialect = catalog.adapter_type
    whole = SemanticQuery(
        metrics=summed, where=query.where, having=query.having, time_range=query.time_range
    )
    total = sqlglot.parse_one(total_sql(whole), dialect=dialect)
    assert isinstance(total, exp.Query)
    total.set("order", None)
    groups = exp.select(
        *(aliased(exp.Sum(this=column(m, None, dialect)), m, dialect) for m in summed)
    ).from_(table.copy())
    tree = exp.select().from_(exp.Table(this=identifier("groups_together", dialect)))
    tree = tree.join(exp.Table(this=identifier("whole", dialect)), join_type="cross")
    different: list[exp.Expr] = []
    for metric in summed:
        left = column(metric, "groups_together", dialect)
        right = column(metric, "whole", dialect)
        tree = tree.select(aliased(left, metric, dialect), copy=False)
        tree = tree.select(aliased(right, f"{metric}_in_all", dialect), copy=False)
        different.append(_differ(left, right))
    tree = tree.where(exp.or_(*different))
    tree = tree.with_("groups_together", as_=groups).with_("whole", as_=total)
    return SingularTest(
        f"assert_{name}_adds_up",
        f"The groups add up to the whole: {', '.join(summed)}.",
        tree,
    )


def _differ(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    zero, one = exp.Literal.number(0), exp.Literal.number(1)
    values = [exp.Coalesce(this=v.copy(), expressions=[zero.copy()]) for v in (left, right)]
    distance = exp.Abs(this=exp.Sub(this=values[0], expression=values[1]))
    size = exp.Greatest(this=exp.Abs(this=values[1].copy()), expressions=[one])
    return exp.GT(
        this=distance,
        expression=exp.Mul(this=exp.Literal.number(_TOLERANCE), expression=size),
    )
