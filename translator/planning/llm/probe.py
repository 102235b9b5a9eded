"""What compiling and running have to say of a plan, asked before a planner settles on it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from semantic.errors import MetricSpeakError, QueryError, ServiceDownError, WarehouseError
from translator.compile.compiler import CompiledSql, Compiler
from translator.compile.model_query_checker import ModelQueryChecker
from translator.guard import GOVERNED, refusal
from translator.plan import ModelQuery
from translator.query import QueryIssue, SemanticQuery
from translator.warehouse.warehouse import Warehouse

_MOST_ROWS = 2_000


@dataclass(frozen=True)
class PlanProbe:
    """Compiles and runs plans for comparison. Safe to use from several threads.

    Nothing runs that the guard has not read: what a model wrote comes through here first.
    """

    compiler: Compiler
    model_queries: ModelQueryChecker
    warehouse: Warehouse
    timeout_seconds: float

    def issues(self, plan: SemanticQuery | ModelQuery) -> tuple[QueryIssue, ...]:
        """What stands against running a plan, as far as compiling and planning it tell."""
        try:
            if isinstance(plan, ModelQuery):
                return self.model_queries.issues(plan)
            self._compile(plan)
        except QueryError as error:
            found = tuple(i for i in error.issues if isinstance(i, QueryIssue))
            return found or (QueryIssue("cannot_compile", f"{error.message} {error.hint}".strip()),)
        except ServiceDownError:
            return ()  # the question itself will say so
        except WarehouseError as error:
            return (QueryIssue("warehouse_refused", f"The warehouse says: {error.message}"),)
        return ()

    def compiled(self, plan: SemanticQuery | ModelQuery) -> Hashable | None:
        """The SQL of a plan."""
        try:
            return self._compile(plan).sql
        except MetricSpeakError:
            return None

    def rows(self, plan: SemanticQuery | ModelQuery) -> Hashable | None:
        """The rows of a plan, whatever their order and the names and order of columns."""
        try:
            sql = self._compile(plan).sql
            result = self.warehouse.execute(sql, _MOST_ROWS, self.timeout_seconds)
        except MetricSpeakError:
            return None
        if result.truncated:
            return None
        return tuple(sorted(tuple(sorted(_plain(v) for v in row)) for row in result.rows))

    def _compile(self, plan: SemanticQuery | ModelQuery) -> CompiledSql:
        if isinstance(plan, ModelQuery):
            found = self.model_queries.compiler.compile(plan)
            compiled, access = found.sql, found.access
        else:
            compiled, access = self.compiler.compile(plan), GOVERNED
        report = self.model_queries.guard.check(compiled.sql, access)
        if report.issues:
            raise refusal(report, access)
        return compiled


def _plain(value: object) -> str:
    """A value as text, numbers to ten significant digits: SQL may add up in another order."""
    if isinstance(value, bool) or value is None:
        return str(value)
    try:
        return format(float(value), ".10g")  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(value)
