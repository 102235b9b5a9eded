"""A `ModelQuery` becomes SQL that runs: `ref()`s found, tree checked, compiled by dbt."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from semantic.catalog import Model, SemanticCatalog
from semantic.errors import QueryError
from translator.compile.compiler import CompiledSql
from translator.compile.dbt_issues import dbt_issue
from translator.compile.model_query_refs import RefCall, has_jinja, jinja_issue, scan_refs
from translator.dbt.compiler import DbtCompiler, DbtError, DbtSql
from translator.guard import AD_HOC, Access
from translator.plan import ModelQuery
from translator.query import QueryIssue
from translator.suggestions import nearest

_MOST_SQL = 20_000
_KEPT = 64


@dataclass(frozen=True)
class CompiledModelQuery:
    """What a `ModelQuery` compiled to.

    `tree` has the SQL as it was written, with each model as a table of the model's own name: what
    the restatement and the columns' roles are read from. `access` is what a caller may read by it:
    what its ephemeral models stand on, as well.
    """

    sql: CompiledSql
    tree: exp.Query
    access: Access = AD_HOC


class ModelQueryCompiler:
    """Compiles model queries of one project. Safe to use from several threads."""

    def __init__(self, catalog: SemanticCatalog, dbt: DbtCompiler) -> None:
        """Keep both; dbt starts at the first query, or by its `warm`."""
        self.catalog = catalog
        self.dbt = dbt
        self._dialect = catalog.adapter_type
        self._by_id = {m.unique_id: m.name for m in catalog.models.values()}
        # A planner checks a query before it is answered: dbt need not compile it twice.
        self._compiled: OrderedDict[str, CompiledModelQuery] = OrderedDict()
        self._lock = threading.Lock()

    def compile(self, query: ModelQuery) -> CompiledModelQuery:
        """Compile one query.

        Raises:
            QueryError: it is not one SELECT over models of the project; issues say why.
            ServiceDownError: dbt cannot be run.
        """
        with self._lock:
            known = self._compiled.get(query.sql)
        if known is not None:
            return known
        try:
            compiled = self._compile(query)
        except RecursionError:
            raise _error(QueryIssue("too_deep", "The SQL is nested too deeply.")) from None
        except SqlglotError as error:  # parsed, and yet no query: `(1 union select 2)`
            raise _error(
                QueryIssue("syntax", f"The SQL makes no sense: {_reason(error)}")
            ) from None
        with self._lock:
            self._compiled[query.sql] = compiled
            while len(self._compiled) > _KEPT:
                self._compiled.popitem(last=False)
        return compiled

    def _compile(self, query: ModelQuery) -> CompiledModelQuery:
        if len(query.sql) > _MOST_SQL:
            raise _error(QueryIssue("too_long", f"The SQL has more than {_MOST_SQL:,} characters."))
        scanned = scan_refs(query.sql)
        if isinstance(scanned, QueryIssue):
            raise _error(scanned)
        written = _parse(scanned.text, self._dialect)
        issues = tuple(self._relation_issues(written, scanned.calls))
        if issues:
            raise _error(*issues)
        tree = _aliased(written, scanned.calls)
        dbt_sql = _dbt_form(tree, scanned.calls, self._dialect)
        built = self._by_dbt(dbt_sql, scanned.calls)
        run = _parse(built.sql, self._dialect)
        for table in tree.find_all(exp.Table):
            if table.name in scanned.calls:
                table.set("this", exp.to_identifier(scanned.calls[table.name].label))
        compiled = CompiledSql(
            sql=run.sql(dialect=self._dialect, pretty=True, comments=False),
            dbt_sql=dbt_sql,
            dialect=self._dialect,
            columns=tuple(run.named_selects),
            models=tuple(sorted({self._name(unique_id) for unique_id in built.depends_on})),
        )
        through = frozenset(built.through) - frozenset(built.depends_on)
        return CompiledModelQuery(compiled, tree, replace(AD_HOC, through=through))

    def _by_dbt(self, dbt_sql: str, calls: Mapping[str, RefCall]) -> DbtSql:
        """The SQL compiled by dbt.

        A model that the catalog does not know may be ephemeral, which only dbt can put in. Of
        several wrong names dbt says only the first, so each is asked for by itself.
        """
        unknown = [call for call in calls.values() if self._model(call) is None]
        if len(unknown) > 1:
            issues = []
            for call in unknown:
                try:
                    self.dbt.compile(f"select 1 from {call.jinja}", introspect=True)
                except DbtError as error:
                    issues.append(dbt_issue(error.message, self.catalog))
            if issues:
                raise _error(*issues)
        try:
            built = self.dbt.compile(dbt_sql, introspect=bool(unknown))
        except DbtError as error:
            raise _error(dbt_issue(error.message, self.catalog)) from None
        if built.private:
            raise _error(*(self._private(node, group) for node, group in built.private))
        return built

    def _relation_issues(
        self, tree: exp.Query, calls: Mapping[str, RefCall]
    ) -> Iterator[QueryIssue]:
        """Tables that are not named by `ref()`, and `ref()`s that are no tables."""
        for scope in traverse_scope(tree):
            for source in scope.sources.values():
                # The others are CTEs, subqueries, and functions after FROM.
                if (
                    isinstance(source, exp.Table)
                    and isinstance(source.this, exp.Identifier)
                    and (source.db or source.name not in calls)
                ):
                    yield self._bare_table(source)
        rest = _aliased(tree, calls)
        for table in rest.find_all(exp.Table):
            if table.name in calls:
                table.set("this", exp.to_identifier("model"))
        text = rest.sql(dialect=self._dialect, comments=False)
        for mark, call in calls.items():
            if mark in text:
                yield QueryIssue(
                    "misplaced_ref", f"{call.jinja} stands where no table can: use it after FROM."
                )

    def _private(self, unique_id: str, group: str) -> QueryIssue:
        name = self._name(unique_id)
        return QueryIssue("private_model", f"'{name}' is private to the group '{group}'.")

    def _bare_table(self, table: exp.Table) -> QueryIssue:
        known = self.catalog.models
        near = (
            (table.name,)
            if table.name in known
            else nearest(table.name, {name: (name,) for name in known})
        )
        return QueryIssue(
            "bare_relation",
            f"The table '{table.name}' is not named by ref(): write "
            + (f"{{{{ ref('{near[0]}') }}}}." if near else "{{ ref('model') }}."),
            near,
        )

    def _model(self, call: RefCall) -> Model | None:
        """The catalog's model that is plainly meant, None where dbt has to say."""
        if len(call.names) == 2 and call.function == "ref" or call.version is not None:
            return None
        model = self.catalog.models.get(".".join(call.names))
        is_source = model is not None and model.resource_type == "source"
        return model if is_source == (call.function == "source") else None

    def _name(self, unique_id: str) -> str:
        return self._by_id.get(unique_id) or ".".join(unique_id.split(".")[2:])


def _error(*issues: QueryIssue) -> QueryError:
    return QueryError("The SQL over models cannot be used as it is.", "", issues)


def _parse(text: str, dialect: str) -> exp.Query:
    try:
        statements = [s for s in sqlglot.parse(text, dialect=dialect) if s is not None]
    except SqlglotError as error:
        raise _error(QueryIssue("syntax", f"The SQL cannot be parsed: {_reason(error)}")) from None
    if len(statements) != 1:
        raise _error(QueryIssue("statements", "The SQL has to be one statement."))
    tree = statements[0]
    while isinstance(tree, exp.Subquery) and not tree.alias:
        tree = tree.this
    if not isinstance(tree, exp.Select | exp.SetOperation):
        raise _error(QueryIssue("not_select", "The SQL has to be a SELECT."))
    return tree


def _reason(error: Exception) -> str:
    first = (str(error).splitlines() or [""])[0]
    return first.split(". Line")[0][:200] or type(error).__name__


def _aliased(tree: exp.Query, calls: Mapping[str, RefCall]) -> exp.Query:
    """The tree with each model's table aliased, so that columns can be qualified by its name.

    dbt writes a relation's full name, which the name of an aliased model is not a part of.
    """
    copy = tree.copy()
    for table in copy.find_all(exp.Table):
        call = calls.get(table.name)
        if call is not None and not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(call.label)))
    for column in copy.find_all(exp.Column):
        call = calls.get(column.table)
        if call is not None:
            column.set("table", exp.to_identifier(call.label))
    return copy


def _dbt_form(tree: exp.Query, calls: Mapping[str, RefCall], dialect: str) -> str:
    """The SQL with the calls in it again, and no other Jinja, whatever literals hold."""
    text = tree.sql(dialect=dialect, pretty=True, comments=False)
    if has_jinja(text):  # an escaped literal can come to hold it
        raise _error(jinja_issue("A literal with the beginning of Jinja"))
    for mark, call in calls.items():
        text = text.replace(mark, call.jinja)
    return text
