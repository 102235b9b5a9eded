"""`{{ ref('…') }}` and `{{ source('…', '…') }}` in SQL that a planner or a person wrote.

These calls are all of Jinja that such SQL may have. They are found by pattern, never by rendering,
so that no other Jinja (`env_var`, macros, statements) is ever run, whoever wrote it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from translator.query import QueryIssue

_NAME = r"""(?:'([A-Za-z_][\w.]*)'|"([A-Za-z_][\w.]*)")"""
_VERSION = r"(?:\s*,\s*(?:v|version)\s*=\s*(?:(\d+)|'(\w+)'|\"(\w+)\"))?"
_CALL = re.compile(
    r"(?<!\{)\{\{-?\s*(ref|source)\s*\(\s*"
    + _NAME
    + r"(?:\s*,\s*"
    + _NAME
    + ")?"
    + _VERSION
    + r"\s*\)"
    r"\s*-?\}\}(?!\})",
    re.ASCII,
)
_JINJA = re.compile(r"\{\{|\{%|\{#")


@dataclass(frozen=True)
class RefCall:
    """A relation as SQL names it: `ref(model)`, `ref(package, model)`, `source(name, table)`."""

    function: str
    names: tuple[str, ...]
    version: str | None = None

    @property
    def jinja(self) -> str:
        """The call in one spelling, for dbt."""
        arguments = [f"'{name}'" for name in self.names]
        if self.version is not None:
            quoted = self.version if self.version.isdigit() else f"'{self.version}'"
            arguments.append(f"v={quoted}")
        return f"{{{{ {self.function}({', '.join(arguments)}) }}}}"

    @property
    def label(self) -> str:
        """The name that the call reads out as, and that its table has in the SQL."""
        version = f"_v{self.version}" if self.version is not None else ""
        return self.names[-1].replace(".", "_") + version


@dataclass(frozen=True)
class ScannedSql:
    """SQL with a mark, a plain identifier, in the place of each call."""

    text: str
    calls: Mapping[str, RefCall]


def scan_refs(sql: str) -> ScannedSql | QueryIssue:
    """Put marks in the place of the calls; an issue when there is any other Jinja."""
    salt = uuid.uuid4().hex  # nothing that was written can look like a mark
    marks: dict[RefCall, str] = {}

    def mark(match: re.Match[str]) -> str:
        function, *found = match.groups()
        first, second = found[0] or found[1], found[2] or found[3]
        names = (first, second) if second else (first,)
        version = found[4] or found[5] or found[6]
        call = RefCall(function, names, version)
        return marks.setdefault(call, f"dbt_{salt}_{len(marks)}_")

    text = _CALL.sub(mark, sql)
    left = _JINJA.search(text)
    if left is not None:
        return jinja_issue(text[left.start() : left.start() + 60])
    for call in marks:
        if call.function == "source" and (len(call.names) != 2 or call.version is not None):
            return jinja_issue(call.jinja)
    return ScannedSql(text, {m: call for call, m in marks.items()})


def has_jinja(text: str) -> bool:
    """Whether dbt would see the beginning of Jinja in it."""
    return _JINJA.search(text) is not None


def jinja_issue(found: str) -> QueryIssue:
    """The issue of Jinja that is no plain `ref` or `source`."""
    words = " ".join(found.split())
    return QueryIssue(
        "jinja",
        f"'{words}' is not allowed: models are named by {{{{ ref('model') }}}} or "
        "{{ source('source', 'table') }}, and there may be no other Jinja.",
    )
