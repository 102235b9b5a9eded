"""Pieces of evidence queries, as trees."""

from __future__ import annotations

from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic.catalog import Model, SemanticCatalog, SemanticModel


class Unreadable(Exception):
    """An expression of the project is not one that can be taken into an evidence query."""


def model_of(semantic_model: SemanticModel, catalog: SemanticCatalog) -> Model:
    """The dbt model of a semantic model.

    Raises:
        Unreadable: the artifacts do not have it.
    """
    found = catalog.models.get(semantic_model.model)
    if found is None:
        raise Unreadable(f"the artifacts do not tell where '{semantic_model.model}' is")
    return found


def table(model: Model) -> exp.Table:
    """The relation of a model."""
    relation = model.relation
    return exp.Table(
        this=exp.to_identifier(relation.identifier, quoted=True),
        db=exp.to_identifier(relation.schema, quoted=True) if relation.schema else None,
        catalog=exp.to_identifier(relation.database, quoted=True) if relation.database else None,
    )


def expression(text: str, dialect: str) -> exp.Expr:
    """An `expr` of a semantic model.

    Raises:
        Unreadable: it is not one plain expression over the model's columns.
    """
    tree = _parsed(text, dialect)
    if tree is None:
        raise Unreadable(f"the expr '{text}' cannot be read")
    return tree.copy()


@lru_cache(maxsize=2_000)
def _parsed(text: str, dialect: str) -> exp.Expr | None:
    try:
        parsed = sqlglot.parse(text, dialect=dialect)
    except SqlglotError:
        return None
    if len(parsed) != 1 or not isinstance(parsed[0], exp.Expr) or parsed[0].find(exp.Query):
        return None
    tree = parsed[0]
    return tree if isinstance(tree, exp.Column | exp.Func | exp.Literal) else exp.paren(tree)


def is_null(tree: exp.Expr) -> exp.Is:
    """`tree IS NULL`."""
    return exp.Is(this=tree.copy(), expression=exp.Null())


def not_null(tree: exp.Expr) -> exp.Not:
    """`tree IS NOT NULL`."""
    return exp.Not(this=is_null(tree))


def count_rows() -> exp.Count:
    """`COUNT(*)`."""
    return exp.Count(this=exp.Star())


def sum_where(value: exp.Expr, condition: exp.Expr) -> exp.Expr:
    """The sum of `value` over rows that meet `condition`; 0 where none does."""
    case = exp.Case(ifs=[exp.If(this=condition, true=value)], default=exp.Literal.number(0))
    return exp.Coalesce(this=exp.Sum(this=case), expressions=[exp.Literal.number(0)])


def grouped(key: exp.Expr, model: Model) -> exp.Select:
    """Each key with the number of its rows: columns `k` and `n`."""
    return (
        exp.select(exp.alias_(key, "k"), exp.alias_(count_rows(), "n"))
        .from_(table(model))
        .group_by(exp.Literal.number(1))
    )
