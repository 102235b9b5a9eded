"""Everything that can be wrong with SQL over models before it runs, as issues."""

from __future__ import annotations

from collections.abc import Iterator

from semantic.errors import QueryError
from translator.compile.model_query import CompiledModelQuery, ModelQueryCompiler
from translator.guard import Guard
from translator.plan import ModelQuery
from translator.query import QueryIssue
from translator.suggestions import nearest
from translator.warehouse.cost import TooExpensive, check_cost
from translator.warehouse.warehouse import StatementRejected, Warehouse


class ModelQueryChecker:
    """Compiles model queries, guards them, and lets the warehouse plan them.

    Safe to use from several threads.
    """

    def __init__(
        self,
        compiler: ModelQueryCompiler,
        guard: Guard,
        warehouse: Warehouse,
        max_query_cost: float,
    ) -> None:
        """Join the parts.

        Args:
            compiler: the project's.
            guard: that of the same catalog.
            warehouse: the one that the queries will run in.
            max_query_cost: as in the settings.
        """
        self.compiler = compiler
        self.guard = guard
        self.warehouse = warehouse
        self.max_query_cost = max_query_cost

    def warm(self) -> None:
        """Start dbt, so that the first query need not wait for it; returns at once."""
        self.compiler.dbt.warm()

    def issues(self, query: ModelQuery) -> tuple[QueryIssue, ...]:
        """What keeps the query from running; nothing when it would.

        For a planner, to mend its own query by.

        Raises:
            ServiceDownError: dbt or the warehouse cannot be reached.
            WarehouseError: the warehouse failed for a reason that is not the query's.
        """
        try:
            compiled = self.compiler.compile(query)
            refused = self.guard.check(compiled.sql.sql, compiled.access).issues
            if refused:
                return refused
            self.explain(compiled)
        except QueryError as error:
            return tuple(issue for issue in error.issues if isinstance(issue, QueryIssue))
        except TooExpensive as error:
            return (QueryIssue("too_expensive", error.message),)
        return ()

    def explain(self, compiled: CompiledModelQuery) -> None:
        """Let the warehouse plan a compiled query that the guard has let through.

        Raises:
            QueryError: the warehouse cannot run it as it is written; the issue has nearest names.
            ServiceDownError: the warehouse cannot be reached.
            TooExpensive: it would cost more than the settings allow.
            WarehouseError: the warehouse failed for another reason.
        """
        try:
            estimate = self.warehouse.estimate(compiled.sql.sql)
        except StatementRejected as error:
            raise QueryError(
                "The SQL over models does not fit the warehouse.",
                "Correct the SQL; run `dbt build` if a model is newer than its table.",
                (self._issue(error, compiled),),
            ) from None
        check_cost(estimate, self.max_query_cost)

    def _issue(self, error: StatementRejected, compiled: CompiledModelQuery) -> QueryIssue:
        if error.missing != "column":
            kind = f"unknown_{error.missing}" if error.missing else "rejected"
            return QueryIssue(kind, error.message, error.near)
        column = error.name.rpartition(".")[2]
        known = dict.fromkeys(self._columns(compiled))
        near = nearest(column, {name: (name,) for name in known})
        near = tuple(dict.fromkeys((*(n.rpartition(".")[2] for n in error.near), *near)))
        mean = f"; did you mean '{near[0]}'?" if near else "."
        return QueryIssue("unknown_column", f"There is no column '{error.name}'{mean}", near)

    def _columns(self, compiled: CompiledModelQuery) -> Iterator[str]:
        """Names of the columns of the models read, as far as the project describes them."""
        for name in compiled.sql.models:
            model = self.compiler.catalog.models.get(name)
            if model is not None:
                hidden = set(model.sensitive_columns)
                yield from (c.name for c in model.columns if c.name.lower() not in hidden)
