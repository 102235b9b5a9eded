"""Expressions of SQL in words, for people.

Words must not say less than the SQL: a part of the tree that has none here, be it one argument of a
known node, keeps the whole node as SQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sqlglot import exp

_LONGEST_SQL = 160
_MOST_CONDITIONS = 12
_COMPARISONS: dict[type[exp.Expr], tuple[str, str]] = {
    exp.EQ: ("is", "is"),
    exp.NEQ: ("is not", "is not"),
    exp.LT: ("is less than", "is before"),
    exp.LTE: ("is at most", "is on or before"),
    exp.GT: ("is more than", "is after"),
    exp.GTE: ("is at least", "is on or after"),
}
_SWAPPED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
}
_AGGREGATES: dict[type[exp.Expr], str] = {
    exp.Sum: "sum of",
    exp.Avg: "average of",
    exp.Min: "lowest",
    exp.Max: "highest",
    exp.Median: "median of",
    exp.Stddev: "standard deviation of",
    exp.ArrayAgg: "list of",
}
_SIGNS: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "×", exp.Div: "÷"}


def expression_words(expression: exp.Expr) -> str:
    """A value in words: `sum(o.amount)` is "sum of amount"."""
    node = expression.unnest() if isinstance(expression, exp.Paren) else expression
    if isinstance(node, exp.Alias):
        inner, name = expression_words(node.this), name_words(node.alias)
        return name if inner == name else f"{name} ({inner})"
    if isinstance(node, exp.Column):
        return "every column" if node.is_star else name_words(node.name)
    if isinstance(node, exp.Star):
        return "every column"
    if isinstance(node, exp.Count):
        return _count_words(node)
    if type(node) in _AGGREGATES and fits(node, "this"):
        return f"{_AGGREGATES[type(node)]} {_of(node.this)}"
    if isinstance(node, exp.Filter):
        return f"{expression_words(node.this)} where {condition_words(node.expression.this)}"
    if isinstance(node, exp.TimestampTrunc | exp.DateTrunc) and not node.args.get("zone"):
        return f"{expression_words(node.this)} ({node.text('unit').lower()})"
    if (day := _day(node)) is not None:
        return day
    if isinstance(node, exp.Cast | exp.Round):
        return expression_words(node.this)
    if type(node) in _SIGNS:
        return f"{_operand(node.this)} {_SIGNS[type(node)]} {_operand(node.expression)}"
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
        return f"-{node.this.name}"
    if isinstance(node, exp.Literal):
        return f"'{node.name}'" if node.is_string else node.name
    if isinstance(node, exp.Boolean):
        return "yes" if node.this else "no"
    if isinstance(node, exp.Null):
        return "empty"
    return sql_words(node)


def condition_words(condition: exp.Expr) -> str:
    """A condition in words: `status <> 'X' and amount is not null`."""
    words = [_condition(part) for part in conjuncts(condition)]
    if len(words) > _MOST_CONDITIONS:
        more = len(words) - _MOST_CONDITIONS
        words = [*words[:_MOST_CONDITIONS], f"{more} more conditions hold"]
    return " and ".join(words)


def conjuncts(condition: exp.Expr | None) -> Iterator[exp.Expr]:
    """The parts of a condition that all have to hold."""
    if condition is None:
        return
    node = condition.unnest() if isinstance(condition, exp.Paren) else condition
    if isinstance(node, exp.And):
        for part in node.flatten():
            yield from conjuncts(part)
    else:
        yield node


def join_words(words: Sequence[str], last: str = "and") -> str:
    """`a, b and c`."""
    if not words:
        return "nothing"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def fits(node: exp.Expr, *described: str) -> bool:
    """Whether a node has no other arguments than those that the words for it tell of."""
    return not any(value for name, value in node.args.items() if name not in described)


def table_words(query: exp.Expr) -> str:
    """The tables after FROM and JOIN of a query, by name."""
    names = dict.fromkeys(t.name for t in query.find_all(exp.Table) if t.name)
    return join_words(list(names)) if names else "no table"


def _condition(node: exp.Expr) -> str:
    if type(node) in _COMPARISONS:
        return _comparison(node)
    if isinstance(node, exp.Or):
        return "(" + join_words([condition_words(p) for p in node.flatten()], "or") + ")"
    if isinstance(node, exp.Between) and fits(node, "this", "low", "high"):
        low, high = (expression_words(node.args[a]) for a in ("low", "high"))
        return f"{expression_words(node.this)} is between {low} and {high}"
    if isinstance(node, exp.Not):
        inner = node.this.unnest() if isinstance(node.this, exp.Paren) else node.this
        return _asserted(inner, negated=True) or f"not ({condition_words(inner)})"
    return _asserted(node, negated=False) or sql_words(node)


def _asserted(node: exp.Expr, negated: bool) -> str | None:
    """A condition that has words for its contrary, too."""
    if node.args.get("negate"):  # IS NOT and NOT LIKE are no Not in sqlglot
        negated = not negated
    verb = "is not" if negated else "is"
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        return f"{expression_words(node.this)} {verb} empty"
    if isinstance(node, exp.In):
        return _in(node, verb)
    if isinstance(node, exp.Exists):
        return f"there is {'no' if negated else 'a'} row in {_subquery(node.this)}"
    if isinstance(node, exp.Like | exp.ILike):
        return f"{expression_words(node.this)} {verb} like {expression_words(node.expression)}"
    if isinstance(node, exp.Column):
        return _flag(node, negated)
    return None


def _flag(column: exp.Column, negated: bool) -> str:
    """`is_online` as a condition: "is online", "is not online"; `online`: "online is yes"."""
    words = expression_words(column)
    if words.startswith("is "):
        return words.replace("is ", "is not ", 1) if negated else words
    return f"{words} is {'no' if negated else 'yes'}"


def _comparison(node: exp.Expr) -> str:
    left, right, kind = node.this, node.args["expression"], type(node)
    if isinstance(left, exp.Literal) and not isinstance(right, exp.Literal):
        left, right, kind = right, left, _SWAPPED.get(kind, kind)
    words = _COMPARISONS[kind][_day(right) is not None]
    if kind is exp.EQ and expression_words(left) == expression_words(right):
        return f"{expression_words(left)} is the same"
    return f"{expression_words(left)} {words} {expression_words(right)}"


def _in(node: exp.In, verb: str) -> str | None:
    if not fits(node, "this", "query", "expressions"):
        return None
    subject = expression_words(node.this)
    query = node.args.get("query")
    if query is not None:
        return f"{subject} {verb} among those of {_subquery(query)}"
    values = [expression_words(value) for value in node.expressions]
    return f"{subject} {verb} {join_words(values, 'or')}" if values else None


def _subquery(query: exp.Expr) -> str:
    inner = query.unnest() if isinstance(query, exp.Subquery) else query
    if not isinstance(inner, exp.Select) or not fits(inner, "expressions", "from_", "where"):
        return sql_words(inner)
    text = table_words(inner.args["from_"]) if inner.args.get("from_") else "nothing"
    where = inner.args.get("where")
    return f"{text} where {condition_words(where.this)}" if where is not None else text


def _count_words(node: exp.Count) -> str:
    if node.this is None or not fits(node, "this", "big_int"):
        return sql_words(node)
    if isinstance(node.this, exp.Distinct):
        return f"number of different {join_words([_of(e) for e in node.this.expressions])}"
    if isinstance(node.this, exp.Star | exp.Literal):
        return "number of rows"
    return f"number of rows with {expression_words(node.this)}"


def _of(node: exp.Expr) -> str:
    if isinstance(node, exp.Distinct):
        return "different " + join_words([_of(e) for e in node.expressions])
    return expression_words(node)


def _operand(node: exp.Expr) -> str:
    words = expression_words(node)
    compound = type(node.unnest() if isinstance(node, exp.Paren) else node) in _SIGNS
    return f"({words})" if compound else words


def _day(node: exp.Expr) -> str | None:
    """A date that is written out."""
    inner = node.this if isinstance(node, exp.Cast) else None
    if not isinstance(inner, exp.Literal) or not inner.is_string:
        return None
    try:
        day = date.fromisoformat(inner.name)
    except ValueError:
        return None
    return f"{day.day} {day:%b %Y}"


def name_words(name: str) -> str:
    """`customer__region` is "customer region"."""
    return " ".join(part for part in name.split("_") if part) or name


def sql_words(node: exp.Expr) -> str:
    """SQL as it is, cut if long."""
    text = node.sql(comments=False)
    return text if len(text) <= _LONGEST_SQL else text[: _LONGEST_SQL - 1] + "…"
