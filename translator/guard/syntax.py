"""What a statement is made of: every node of its tree against the lists in `functions`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from translator.guard.functions import (
    ALLOWED_ARGUMENTS,
    ALLOWED_NODES,
    ALLOWED_TYPES,
    ARGUMENT_WORDS,
    MAX_PADDING,
    MAX_SERIES,
    NAMED_FUNCTIONS,
)
from translator.query import QueryIssue

MAX_QUERIES = 300
MAX_JOINS = 150

SERIES = (exp.GenerateSeries, exp.ExplodingGenerateSeries)
_NAMED_PARENTS = (
    exp.Alias, exp.CTE, exp.Column, exp.Join, exp.Table, exp.TableAlias, exp.Unnest, exp.Window,
)  # fmt: skip
_STATEMENTS = (exp.DML, exp.DDL, exp.Command, exp.Set, exp.Alter, exp.Drop, exp.Merge)
# Functions that SQL writes without parentheses, so that they look like columns.
_VALUE_WORDS = frozenset(
    {"user", "current_user", "session_user", "system_user", "current_role", "current_catalog"}
    | {"current_schema", "localtime", "localtimestamp", "current_time"}
)


@dataclass(frozen=True)
class ProjectFunctions:
    """What the project's own expressions call, which its governed queries may call as well."""

    nodes: frozenset[type[exp.Expr]] = frozenset()
    names: frozenset[str] = frozenset()


def syntax_issues(tree: exp.Expr, extra: ProjectFunctions) -> Iterator[QueryIssue]:
    """Everything in a tree that is not on the lists."""
    queries = joins = 0
    for node in tree.walk():
        yield from _argument_issues(node)
        yield from _node_issues(node, extra)
        queries += isinstance(node, exp.Query)
        joins += isinstance(node, exp.Join)
    if queries > MAX_QUERIES or joins > MAX_JOINS:
        yield QueryIssue("too_complex", "The SQL has too many subqueries or joins: simplify it.")


def _argument_issues(node: exp.Expr) -> Iterator[QueryIssue]:
    allowed = ALLOWED_ARGUMENTS.get(type(node))
    if allowed is None:
        return
    for name, value in node.args.items():
        if value and name not in allowed:
            kind, words = ARGUMENT_WORDS.get(name, ("unsupported", f"{node.key} with {name}"))
            yield QueryIssue(kind, f"{words} is not allowed in a query that answers a question.")


def _node_issues(node: exp.Expr, extra: ProjectFunctions) -> Iterator[QueryIssue]:
    kind = type(node)
    if isinstance(node, SERIES):
        yield from _series_issues(node)
    elif isinstance(node, exp.Anonymous):
        name = node.this
        if not isinstance(name, str) or name.lower() not in NAMED_FUNCTIONS | extra.names:
            yield _function(node)
    elif kind is exp.Kwarg and isinstance(node.parent, exp.MakeInterval):
        return  # make_interval(months => 1)
    elif kind not in ALLOWED_NODES and kind not in extra.nodes:
        yield _foreign(node)
    elif kind is exp.DataType and node.this not in ALLOWED_TYPES:
        name = str(getattr(node.this, "value", node.this)).lower()
        yield QueryIssue("type", f"Nothing may be cast to the type '{name}'.")
    elif kind is exp.Identifier and not isinstance(node.parent, _NAMED_PARENTS):
        yield QueryIssue("unsupported", f"The name '{node.name}' stands where none can.")
    elif kind is exp.Table and not isinstance(node.this, (exp.Identifier, *SERIES)):
        yield _function(node.this or node)
    elif kind is exp.Unnest and not isinstance(node.parent, exp.From | exp.Join | exp.Lateral):
        yield QueryIssue("function", "unnest() is allowed after FROM only.")
    elif kind is exp.Star and not _is_star_of_rows(node):
        yield _whole_row("*")
    elif kind is exp.Column:
        yield from _column_issues(node)
    elif kind is exp.Select and not node.expressions:
        yield QueryIssue("syntax", "A SELECT names nothing to select.")
    elif kind is exp.Pad and not _is_short(node.expression):
        yield QueryIssue("function", f"lpad() and rpad() pad to a number up to {MAX_PADDING:,}.")


def _column_issues(node: exp.Expr) -> Iterator[QueryIssue]:
    name = node.this
    if isinstance(name, exp.Star):
        if not (isinstance(node.parent, exp.Select) and node.arg_key == "expressions"):
            yield _whole_row(f"{node.text('table')}.*")
        return
    if not isinstance(name, exp.Identifier):
        yield QueryIssue("unsupported", "A column is not named by a plain name.")
    elif (
        not node.args.get("table")
        and not name.args.get("quoted")
        and name.name.lower() in _VALUE_WORDS
    ):
        yield QueryIssue("function", f"'{name.name}' is a function of the system: leave it out.")


def _is_star_of_rows(star: exp.Expr) -> bool:
    parent = star.parent
    if isinstance(parent, exp.Select):
        return star.arg_key == "expressions"
    return isinstance(parent, exp.Count | exp.Column)


def _foreign(node: exp.Expr) -> QueryIssue:
    if isinstance(node, _STATEMENTS):
        return QueryIssue("statements", f"{node.key.upper()} is not allowed: only a SELECT is run.")
    if isinstance(node, exp.Func):
        return _function(node)
    if isinstance(node, exp.ObjectIdentifier | exp.PseudoType):
        return QueryIssue("type", f"Nothing may be cast to the type '{node.name.lower()}'.")
    if isinstance(node, exp.Lock | exp.Into):
        kind, words = ARGUMENT_WORDS["locks" if isinstance(node, exp.Lock) else "into"]
        return QueryIssue(kind, f"{words} is not allowed in a query that answers a question.")
    if isinstance(node, exp.Dot):
        inner = node.expression
        if isinstance(inner, exp.Func):
            return _function(inner)
        return _whole_row(node.sql())
    return QueryIssue("unsupported", f"The SQL has a part that is not allowed: {node.key}.")


def _function(node: exp.Expr) -> QueryIssue:
    name = node.name if isinstance(node, exp.Anonymous) else ""
    if not name and isinstance(node, exp.Func):
        name = node.sql_name()
    return QueryIssue(
        "function", f"The function {(name or node.key).lower()[:60]}() is not allowed in answers."
    )


def _whole_row(text: str) -> QueryIssue:
    return QueryIssue(
        "whole_row", f"'{text[:60]}' reads a row as one value: name the columns instead."
    )


def _is_short(length: exp.Expr | None) -> bool:
    return (
        isinstance(length, exp.Literal)
        and not length.is_string
        and length.name.isdigit()
        and int(length.name[:9]) <= MAX_PADDING
    )


def _series_issues(node: exp.Expr) -> Iterator[QueryIssue]:
    if not isinstance(node.parent, exp.Table):
        yield QueryIssue("function", "generate_series() is allowed after FROM only.")
        return
    length = series_length(node)
    if length is None or length > MAX_SERIES:
        yield QueryIssue(
            "function",
            f"generate_series() needs plain numbers or dates for at most {MAX_SERIES:,} rows: "
            "use these, or the project's time spine.",
        )


def series_length(node: exp.Expr) -> int | None:
    """How many rows a series has at most; None when its bounds are not written out."""
    start, end = _bound(node.args.get("start")), _bound(node.args.get("end"))
    step = node.args.get("step")
    if start is None or end is None or type(start) is not type(end):
        return None
    if isinstance(start, date) and isinstance(end, date):
        # Steps shorter than a day would make more rows than there are days.
        days = _days(step)
        return None if days is None else abs((end - start).days) // days + 1
    if not isinstance(start, int) or not isinstance(end, int):
        return None
    width = 1 if step is None else _bound(step)
    return abs(end - start) // abs(width) + 1 if isinstance(width, int) and width else None


def _bound(node: exp.Expr | None) -> int | date | None:
    if isinstance(node, exp.Neg):
        inner = _bound(node.this)
        return -inner if isinstance(inner, int) else None
    if isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit():
        return int(node.name[:12])
    if isinstance(node, exp.Cast | exp.Date) and isinstance(node.this, exp.Literal):
        try:
            return date.fromisoformat(node.this.name[:10])
        except ValueError:
            return None
    return None


def _days(step: exp.Expr | None) -> int | None:
    """The least days of a step of whole days, weeks, months, quarters or years."""
    if isinstance(step, exp.Cast):
        step = step.this
    if isinstance(step, exp.Interval) and isinstance(step.this, exp.Literal):
        count, unit = step.this.name, str(step.args.get("unit") or "").lower().rstrip("s")
    elif isinstance(step, exp.Literal):
        count, _, unit = step.name.partition(" ")
        unit = unit.strip().lower().rstrip("s")
    else:
        return None
    least = {"day": 1, "week": 7, "month": 28, "mon": 28, "quarter": 89, "year": 365}.get(unit)
    if least is None or not count.isdigit() or not int(count[:9]):
        return None
    return least * int(count[:9])
