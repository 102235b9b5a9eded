"""The guard: whether a statement may run. It reads; it never changes a statement.

By allow-list: what is not known to be harmless is refused. Below it the warehouse refuses as well,
by a read-only transaction and a role that can read only the project's models
(`translator.warehouse.roles`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic.catalog import SemanticCatalog
from semantic.errors import QueryError
from translator.guard.access import AD_HOC, Access
from translator.guard.lexical import lexical_issues
from translator.guard.names import NameCheck
from translator.guard.relations import Relations
from translator.guard.syntax import ProjectFunctions, syntax_issues
from translator.query import QueryIssue

_MOST_ISSUES = 8
_TEMPLATE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
# The database's own functions stay refused even where a project's expression calls one.
_NEVER = re.compile(r"^(pg_|lo_|dblink|set_config|current_setting|query_to_|.*_to_xml|txid_|read_)")


@dataclass(frozen=True)
class GuardReport:
    """What the guard found. A statement without issues may run.

    `models` are the models read, and `columns` the columns of theirs that are named, as
    `(model, column)`; both are only complete when there are no issues.
    """

    issues: tuple[QueryIssue, ...]
    models: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()


class Guard:
    """Checks the statements of one catalog. Safe to use from several threads."""

    def __init__(self, catalog: SemanticCatalog, dialect: str | None = None) -> None:
        """Index the catalog. `dialect` is that of the project's adapter by default."""
        self._catalog = catalog
        self._dialect = dialect or catalog.adapter_type
        self._relations = Relations(catalog, self._dialect)

    @cached_property
    def _project(self) -> ProjectFunctions:
        # Most statements need none of them, and reading every expression takes a tenth of a second.
        return _project_functions(self._catalog, self._dialect)

    def check(self, sql: str, access: Access = AD_HOC) -> GuardReport:
        """Whether a statement may run, its relation names resolved.

        Args:
            sql: the text that will run, character for character.
            access: who asks, and whether the SQL was compiled from a `SemanticQuery`.
        """
        issues = lexical_issues(sql)
        if issues:
            return GuardReport(issues)
        try:
            statements = [s for s in sqlglot.parse(sql, dialect=self._dialect) if s is not None]
            if len(statements) != 1:
                return GuardReport((_one_statement(),))
            return self._tree(statements[0], access)
        except SqlglotError as error:
            return GuardReport(
                (QueryIssue("syntax", f"The SQL cannot be read: {_reason(error)}."),)
            )
        except RecursionError:
            return GuardReport(
                (QueryIssue("too_complex", "The SQL is nested too deep: simplify it."),)
            )

    def _tree(self, tree: exp.Expr, access: Access) -> GuardReport:
        issues = _first(syntax_issues(tree, ProjectFunctions()))
        if issues and access.governed:
            issues = _first(syntax_issues(tree, self._project))
        if issues:
            return GuardReport(issues)
        names = NameCheck(self._relations, access)
        names.query(tree, {})
        return GuardReport(
            _first(iter(names.issues)),
            tuple(sorted(names.read)),
            tuple(sorted((model, c) for model, found in names.read.items() for c in found)),
        )


def guard(
    sql: str, catalog: SemanticCatalog, dialect: str, access: Access | None = None
) -> tuple[QueryIssue, ...]:
    """Why a statement may not run; empty when it may. For many statements keep a `Guard`."""
    return Guard(catalog, dialect).check(sql, access or AD_HOC).issues


def refusal(report: GuardReport, access: Access) -> QueryError:
    """The error for a statement that may not run, with what to do."""
    if not access.governed:
        hint = "Ask for a metric instead, or without what is not allowed."
    elif any(issue.kind == "sensitive" for issue in report.issues):
        hint = (
            "A metric or dimension of the question reads this column: ask without it. Whoever owns "
            "the model can lift the mark by `sensitive: false`."
        )
    else:
        hint = (
            "An expression of the project's metrics or dimensions is not allowed in answers; when "
            "none is, this is a fault of MetricSpeak: report it with the question."
        )
    return QueryError("The SQL of this question may not run.", hint, report.issues)


def _first(issues: Iterator[QueryIssue]) -> tuple[QueryIssue, ...]:
    """The first different issues."""
    found: dict[QueryIssue, None] = {}
    for issue in issues:
        found[issue] = None
        if len(found) == _MOST_ISSUES:
            break
    return tuple(found)


def _one_statement() -> QueryIssue:
    return QueryIssue("statements", "The SQL has to be one SELECT.")


def _reason(error: Exception) -> str:
    first = (str(error).splitlines() or [""])[0]
    plain = re.sub(r"\x1b\[\d*m", "", first)
    return plain.split(". Line")[0].rstrip(". ")[:200] or type(error).__name__


def _project_functions(catalog: SemanticCatalog, dialect: str) -> ProjectFunctions:
    nodes: set[type[exp.Expr]] = set()
    names: set[str] = set()
    for text in set(_expressions(catalog)):
        try:
            tree = sqlglot.parse_one(_TEMPLATE.sub("x", text), dialect=dialect)
        except (SqlglotError, RecursionError):
            continue  # it cannot be compiled either
        for function in tree.find_all(exp.Func):
            name = function.name if isinstance(function, exp.Anonymous) else function.sql_name()
            if _NEVER.match(name.lower()):
                continue
            if isinstance(function, exp.Anonymous):
                names.add(name.lower())
            else:
                nodes.add(type(function))
    return ProjectFunctions(frozenset(nodes), frozenset(names))


def _expressions(catalog: SemanticCatalog) -> Iterator[str]:
    for model in catalog.semantic_models.values():
        yield from (d.expr for d in model.dimensions)
        yield from (e.expr for e in model.entities)
        yield from (m.expr for m in model.measures)
    for metric in catalog.metrics.values():
        yield metric.expr or "1"
        yield from metric.filters
