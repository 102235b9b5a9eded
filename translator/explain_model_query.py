"""The restatement of SQL over models: what its tree shows, then what its planner claims."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from translator.compile.model_query import CompiledModelQuery
from translator.plan import ModelQuery
from translator.sql_words import (
    condition_words,
    conjuncts,
    expression_words,
    fits,
    join_words,
    name_words,
    sql_words,
    table_words,
)

_MOST_OUTPUTS = 8
_TOLD = frozenset(
    {"with_", "expressions", "distinct", "from_", "joins", "where", "group", "having", "qualify"}
    | {"order", "limit", "offset", "this", "expression", "side", "kind"}
)


def explain_model_query(query: ModelQuery, compiled: CompiledModelQuery) -> str:
    """What the SQL does, from its tree alone; the planner's description follows as its claim."""
    text = f"Not governed: SQL over {_models(compiled)}. " + _block(compiled.tree)
    for cte in compiled.tree.ctes:
        text += f" Its part '{cte.alias}': {_lowered(_block(cte.this))}"
    claim = " ".join(query.description.split()).rstrip(".")
    if claim:
        text += f" The planner claims, unchecked: {claim}."
    return text


def _models(compiled: CompiledModelQuery) -> str:
    return join_words(compiled.sql.models) if compiled.sql.models else "no model"


def _block(query: exp.Expr) -> str:
    """One SELECT, or several combined, in a sentence."""
    inner = query.unnest() if isinstance(query, exp.Subquery) else query
    if isinstance(inner, exp.SetOperation):
        left, right = _block(inner.left).rstrip("."), _lowered(_block(inner.right)).rstrip(".")
        word = {exp.Except: "without what", exp.Intersect: "only what also"}.get(type(inner), "and")
        every = [] if inner.args.get("distinct") else ["equal rows are kept"]
        return "; ".join((left, f"{word} {right}", *every, *_end(inner))) + "."
    if not isinstance(inner, exp.Select):
        return f"{sql_words(inner)}."
    return "; ".join(_clauses(inner)) + "."


def _clauses(select: exp.Select) -> Iterator[str]:
    outputs = [expression_words(e) for e in select.selects]
    if len(outputs) > _MOST_OUTPUTS:
        more = len(outputs) - _MOST_OUTPUTS
        outputs = [*outputs[:_MOST_OUTPUTS], f"{more} more"]
    distinct = select.args.get("distinct")
    only = "different " if distinct is not None else ""
    yield f"Shows {only}{join_words(outputs)}" + _from(select)
    if distinct is not None and distinct.args.get("on") is not None:
        keys = [expression_words(e) for e in distinct.args["on"].expressions]
        yield f"only one row for each {join_words(keys)}"
    where = select.args.get("where")
    if where is not None:
        yield f"only rows where {condition_words(where.this)}"
    group = select.args.get("group")
    if group is not None and group.expressions and fits(group, "expressions"):
        yield f"grouped by {join_words([_key(select, e) for e in group.expressions])}"
    elif group is not None:
        yield sql_words(group).strip()
    having = select.args.get("having")
    if having is not None:
        yield f"only groups where {condition_words(having.this)}"
    qualify = select.args.get("qualify")
    if qualify is not None:
        yield f"only rows where {condition_words(qualify.this)}"
    yield from _end(select)


def _end(query: exp.Query) -> Iterator[str]:
    """Order and limit."""
    order = query.args.get("order")
    if order is not None:
        keys = [
            f"{_key(query, e.this)} {'descending' if e.args.get('desc') else 'ascending'}"
            for e in order.expressions
        ]
        yield f"sorted by {join_words(keys)}"
    offset, limit = query.args.get("offset"), query.args.get("limit")
    if offset is not None:
        yield f"without the first {expression_words(offset.expression)}"
    if isinstance(limit, exp.Limit) and fits(limit, "expression"):
        yield f"only {expression_words(limit.expression)} rows"
    elif limit is not None:
        yield sql_words(limit).strip()
    for name, value in query.args.items():
        if name not in _TOLD and isinstance(value, exp.Expr | list):
            for part in value if isinstance(value, list) else [value]:
                yield sql_words(part).strip()


def _key(query: exp.Query, key: exp.Expr) -> str:
    """What is grouped or sorted by; `1` is the first output column."""
    if isinstance(key, exp.Literal) and not key.is_string:
        position = int(key.name) - 1 if key.name.isdigit() else -1
        if 0 <= position < len(query.selects):
            output = query.selects[position]
            return name_words(output.alias) if output.alias else expression_words(output)
    return expression_words(key)


def _from(select: exp.Select) -> str:
    source = select.args.get("from_")
    if source is None:
        return ""
    text = " of " + _source(source.this)
    for join in select.args.get("joins") or ():
        text += f", {_join(join)}"
    return text


def _join(join: exp.Join) -> str:
    if not fits(join, "this", "on", "using", "side", "kind") or join.kind in {"SEMI", "ANTI"}:
        return sql_words(join).strip()
    source = _source(join.this)
    on, using = join.args.get("on"), join.args.get("using")
    if using:
        how = f" by {join_words([name_words(u.name) for u in using])}"
    elif on is not None:
        how = f" by {join_words([_pair(part) for part in conjuncts(on)])}"
    else:
        how = ", each row with each"
    side = join.side.upper()
    if side in {"LEFT", "FULL"}:
        return f"with {source}{how} where there is one"
    if side == "RIGHT":
        return f"with every {source}{how}"
    return f"with {source}{how}"


def _pair(part: exp.Expr) -> str:
    """`a.customer_id = b.customer_id` is "customer id"."""
    if (
        isinstance(part, exp.EQ)
        and isinstance(part.this, exp.Column)
        and isinstance(part.expression, exp.Column)
        and part.this.name == part.expression.name
    ):
        return expression_words(part.this)
    return condition_words(part)


def _source(source: exp.Expr) -> str:
    if isinstance(source, exp.Table) and fits(source, "this", "alias", "db", "catalog"):
        return source.name if isinstance(source.this, exp.Identifier) else sql_words(source)
    if isinstance(source, exp.Subquery) and fits(source, "this", "alias"):
        return f"a subquery over {table_words(source)} ({_lowered(_block(source)).rstrip('.')})"
    return sql_words(source)


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
