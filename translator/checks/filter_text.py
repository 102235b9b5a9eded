"""Filters as a project writes them: SQL with calls such as `{{ Dimension('order__status') }}`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_CALL = re.compile(
    r"\{\{\s*(?P<kind>Dimension|TimeDimension|Entity|Metric)\s*\((?P<arguments>[^{}]*?)\)"
    r"(?P<rest>[^{}]*)\}\}"
)
_STRING = re.compile(r"""(['"])(?P<text>[^'"]*)\1""")
_PATH = re.compile(r"entity_path\s*=\s*\[(?P<path>[^\]]*)\]")
_GRAIN = re.compile(r"""\.grain\(\s*['"](?P<grain>\w+)['"]\s*\)""")


@dataclass(frozen=True)
class Call:
    """One call in a filter: `name` as MetricFlow spells it in a group by, without grain."""

    kind: str
    name: str
    grain: str | None = None


def elements_named(text: str) -> tuple[str, ...]:
    """Names of the dimensions and entities that a filter looks at."""
    calls = (_call(match) for match in _CALL.finditer(text))
    return tuple(dict.fromkeys(c.name for c in calls if c is not None and c.kind != "Metric"))


def filter_tree(
    text: str, dialect: str, column_for: Callable[[Call], exp.Expr | None]
) -> exp.Expr | None:
    """A filter as a tree, each call replaced; None where it cannot be read so."""
    calls: list[Call] = []

    def mark(match: re.Match[str]) -> str:
        call = _call(match)
        if call is None:
            return match[0]
        calls.append(call)
        return f"filter_call_{len(calls) - 1}"

    marked = _CALL.sub(mark, text)
    if "{{" in marked or "{%" in marked:
        return None
    try:
        tree = sqlglot.parse_one(marked, dialect=dialect)
    except SqlglotError:
        return None
    holder = exp.Paren(this=tree)
    for column in list(holder.find_all(exp.Column)):
        number = column.name.removeprefix("filter_call_")
        if column.name == number or not number.isdigit():
            return None
        found = column_for(calls[int(number)])
        if found is None:
            return None
        column.replace(found)
    return holder


def _call(match: re.Match[str]) -> Call | None:
    arguments = match["arguments"]
    path: list[str] = []
    if found := _PATH.search(arguments):
        path = [m["text"] for m in _STRING.finditer(found["path"])]
        arguments = _PATH.sub("", arguments)
    strings = [m["text"] for m in _STRING.finditer(arguments)]
    if not strings:
        return None
    grain = strings[1] if match["kind"] == "TimeDimension" and len(strings) > 1 else None
    if found := _GRAIN.search(match["rest"]):
        grain = found["grain"]
    return Call(match["kind"], "__".join((*path, strings[0])), grain)
