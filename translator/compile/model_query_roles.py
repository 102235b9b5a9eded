"""Which output columns of SQL over models are figures, and which say what the figures are of."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, build_scope

_Kinds = tuple[type[exp.Expr], ...]
_AGGREGATES: _Kinds = (exp.AggFunc, exp.Window)
_ARITHMETIC: _Kinds = (exp.Add, exp.Sub, exp.Mul, exp.Div)


def column_roles(tree: exp.Query, types: Sequence[str]) -> tuple[str, ...]:
    """The role of each output column, `metric` or `dimension`.

    An aggregate is a metric, in the query itself or in a CTE or subquery of it. So is a number that
    is computed or has decimals. What rows are grouped by, whole numbers as they are stored (keys,
    years), and whatever else is no number are dimensions.

    Args:
        tree: the query.
        types: types of the output columns, as in the answer contract.
    """
    root = build_scope(tree)
    outputs = _outputs(root) if root is not None else None
    if outputs is None or len(outputs) != len(types):  # a star over a model: all as it is stored
        return tuple("metric" if kind == "number" else "dimension" for kind in types)
    return tuple(
        _role(expression, scope, kind)
        for (expression, scope), kind in zip(outputs, types, strict=True)
    )


def group_keys(tree: exp.Query) -> tuple[int, ...]:
    """The positions of the output columns that rows are grouped by.

    Those of a CTE or subquery count where nothing is joined to it: a join has empty values of its
    own. Rollups have no keys here, as their totals are empty on purpose.
    """
    root = build_scope(tree)
    outputs = (_outputs(root) if root is not None else None) or []
    return tuple(i for i, (output, scope) in enumerate(outputs) if _is_key(output, scope))


def _is_key(output: exp.Expr, scope: Scope) -> bool:
    query, value = scope.expression, output.unalias()
    if not isinstance(query, exp.Query):
        return False
    group = query.args.get("group")
    if group is not None:
        position = next((i for i, s in enumerate(query.selects, 1) if s is output), 0)
        named = exp.column(exp.to_identifier(output.alias_or_name))
        same = (value, named, exp.Literal.number(position))
        return any(key in same or _same_column(key, value) for key in group.expressions)
    if not isinstance(value, exp.Column) or query.args.get("joins"):
        return False
    return any(_is_key(below, inner) for below, inner in _behind(value, scope))


def _same_column(one: exp.Expr, other: exp.Expr) -> bool:
    both = isinstance(one, exp.Column) and isinstance(other, exp.Column)
    return both and one.name == other.name and "" in (one.text("table"), other.text("table"))


def _role(expression: exp.Expr, scope: Scope, kind: str) -> str:
    numeric = kind in {"number", "integer"}
    if _has(expression, scope, (*_AGGREGATES, *_ARITHMETIC) if numeric else _AGGREGATES):
        return "metric"
    grouped = scope.expression.args.get("group") is not None
    return "metric" if kind == "number" and not grouped else "dimension"


def _outputs(scope: Scope) -> list[tuple[exp.Expr, Scope]] | None:
    """The expressions of the output columns, stars over CTEs and subqueries resolved."""
    while scope.set_operation_scopes:
        scope = scope.set_operation_scopes[0]
    found: list[tuple[exp.Expr, Scope]] = []
    query = scope.expression
    for select in query.selects if isinstance(query, exp.Query) else ():
        if not select.is_star:
            found.append((select, scope))
            continue
        table = select.table if isinstance(select, exp.Column) else None
        for name, source in scope.sources.items():
            if table in (None, name):
                below = _outputs(source) if isinstance(source, Scope) else None
                if below is None:
                    return None
                found += below
    return found


def _has(expression: exp.Expr, scope: Scope, kinds: _Kinds) -> bool:
    """Whether a value is computed by one of `kinds`, here or in what it is read from."""
    if expression.find(*kinds) is not None:
        return True
    return any(
        _has(below, inner, kinds)
        for column in expression.find_all(exp.Column)
        for below, inner in _behind(column, scope)
    )


def _behind(column: exp.Column, scope: Scope) -> list[tuple[exp.Expr, Scope]]:
    """The expressions of CTEs and subqueries that a column may be."""
    found = []
    for name, source in scope.sources.items():
        # A recursive CTE reads itself: its scope is its own source.
        if not isinstance(source, Scope) or source is scope or column.table not in ("", name):
            continue
        if source.expression.find_ancestor(exp.CTE) is not None and _is_recursive(source):
            continue
        found += [
            (output, inner)
            for output, inner in _outputs(source) or ()
            if output.alias_or_name == column.name
        ]
    return found


def _is_recursive(scope: Scope) -> bool:
    found = scope.expression.find_ancestor(exp.With)
    return found is not None and bool(found.recursive)
