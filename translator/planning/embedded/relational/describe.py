"""A relational query in words: what its planner claims to compute, and the label of an option."""

from __future__ import annotations

from collections.abc import Iterable

from translator.planning.embedded.relational.query import (
    Aggregate,
    AggregateKind,
    Attribute,
    Condition,
    Existence,
    Period,
    RelationalQuery,
)
from translator.planning.embedded.relational.rows import Rows
from translator.query import Operator

_OPERATORS = {
    Operator.EQ: "is",
    Operator.NE: "is not",
    Operator.LT: "is less than",
    Operator.LE: "is at most",
    Operator.GT: "is more than",
    Operator.GE: "is at least",
    Operator.IN: "is one of",
    Operator.NOT_IN: "is none of",
    Operator.IS_NULL: "has no value",
}
_COUNTS = {
    Operator.EQ: "exactly",
    Operator.LT: "fewer than",
    Operator.LE: "at most",
    Operator.GT: "more than",
    Operator.GE: "at least",
    Operator.NE: "not exactly",
}


def describe(query: RelationalQuery, rows: Rows) -> str:
    """One sentence without an end mark, from the typed query alone."""
    subject = _rows(query.subject, rows)
    if query.aggregate is not None:
        text = f"{_figure(query.aggregate)} of {subject}"
    elif query.rank is not None:
        rank = query.rank
        end = "latest" if rank.descending and _is_date(rank.order) else None
        end = end or ("earliest" if _is_date(rank.order) else None)
        end = end or ("highest" if rank.descending else "lowest")
        count = f"{rank.limit} " if rank.limit > 1 else ""
        text = f"{subject} with the {count}{end} {_name(rank.order)}"
        if rank.per:
            text += f" for each {_name(rank.per[0])}"
    else:
        text = f"{subject}"
    parts = [_condition(c, rows) for c in query.conditions]
    parts += [_period(p) for p in query.periods]
    parts += [_existence(e, rows) for e in query.existences]
    if parts:
        text += " where " + " and ".join(parts)
    if query.group_by:
        text += " by " + ", ".join(_name(a) for a in query.group_by)
    elif query.aggregate is None:
        text += ": " + ", ".join(dict.fromkeys(_name(a) for a in query.attributes))
    return text[:1].upper() + text[1:]


def _rows(model: str, rows: Rows) -> str:
    entity = rows.picture.semantic_models[model].primary_entity or model
    return entity.replace("_", " ") + " rows"


def _name(attribute: Attribute) -> str:
    return attribute.column.label or attribute.column.name.replace("_", " ")


def _is_date(attribute: Attribute) -> bool:
    return attribute.column.kind in {"date", "timestamp"}


def _figure(aggregate: Aggregate) -> str:
    if aggregate.attribute is None:
        return "number"
    if aggregate.since is not None:
        return (
            f"{aggregate.kind.value} days from {_name(aggregate.since)} "
            f"to {_name(aggregate.attribute)}"
        )
    words = {AggregateKind.MIN: "lowest", AggregateKind.MAX: "highest"}
    return f"{words.get(aggregate.kind, aggregate.kind.value)} {_name(aggregate.attribute)}"


def _condition(condition: Condition, rows: Rows) -> str:
    column = condition.attribute.column
    picture = rows.picture.semantic_models[column.model]
    labels = next((dict(d.value_labels) for d in picture.dimensions if d.name == column.name), {})
    values = ", ".join(labels.get(str(v), str(v)) for v in condition.values)
    return f"{_name(condition.attribute)} {_OPERATORS[condition.operator]} {values}".rstrip()


def _period(period: Period) -> str:
    name = _name(period.attribute)
    if period.start is None:
        return f"{name} is before {period.end}"
    if period.end is None:
        return f"{name} is on or after {period.start}"
    return f"{name} is from {period.start} to before {period.end}"


def _existence(existence: Existence, rows: Rows) -> str:
    if existence.wants_none:
        count = "no"
    elif existence.wants_some:
        count = "some"
    else:
        count = f"{_COUNTS[existence.operator]} {existence.count}"
    text = f"there are {count} {_rows(existence.model, rows)}"
    inner = [*_all(existence, rows)]
    return f"{text} ({' and '.join(inner)})" if inner else text


def _all(existence: Existence, rows: Rows) -> Iterable[str]:
    yield from (_condition(c, rows) for c in existence.conditions)
    yield from (_period(p) for p in existence.periods)
