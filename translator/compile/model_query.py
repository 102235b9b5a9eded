"""A `ModelQuery` becomes SQL that runs: `ref()`s found, tree checked, relations named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from semantic.catalog import Model, SemanticCatalog
from semantic.errors import QueryError
from translator.compile.compiler import CompiledSql
from translator.compile.model_query_refs import RefCall, has_jinja, jinja_issue, scan_refs
from translator.plan import ModelQuery
from translator.query import QueryIssue
from translator.suggestions import nearest

_MOST_SQL = 20_000


@dataclass(frozen=True)
class CompiledModelQuery:
    """What a `ModelQuery` compiled to.

    `tree` has the SQL with each model as a table of the model's own name: what the restatement and
    the columns' roles are read from.
    """

    sql: CompiledSql
    tree: exp.Query


class ModelQueryCompiler:
    """Compiles model queries of one catalog. Safe to use from several threads."""

    def __init__(self, catalog: SemanticCatalog) -> None:
        """Keep the catalog."""
        self.catalog = catalog
        self._dialect = catalog.adapter_type

    def compile(self, query: ModelQuery) -> CompiledModelQuery:
        """Compile one query.

        Raises:
            QueryError: it is not one SELECT over models of the project; issues say why.
        """
        if len(query.sql) > _MOST_SQL:
            raise _error(QueryIssue("too_long", f"The SQL has more than {_MOST_SQL:,} characters."))
        scanned = scan_refs(query.sql)
        if isinstance(scanned, QueryIssue):
            raise _error(scanned)
        tree = _parse(scanned.text, self._dialect)
        issues = tuple(self._relation_issues(tree, scanned.calls))
        if issues:
            raise _error(*issues)
        named = _renamed(tree, scanned.calls)
        models = {mark: self._model(call) for mark, call in scanned.calls.items()}
        found = {m: model for m, model in models.items() if model is not None}
        run = named.copy()
        for table in run.find_all(exp.Table):
            model = found.get(table.name)
            if model is not None:
                _set_relation(table, model)
        readable = named.copy()
        for table in readable.find_all(exp.Table):
            if table.name in found:
                table.set("this", exp.to_identifier(found[table.name].name))
        used = {t.name for t in named.find_all(exp.Table)}
        compiled = CompiledSql(
            sql=run.sql(dialect=self._dialect, pretty=True, comments=False),
            dbt_sql=_dbt_form(named, scanned.calls, self._dialect),
            dialect=self._dialect,
            columns=tuple(named.named_selects),
            models=tuple(sorted({m.name for mark, m in found.items() if mark in used})),
        )
        return CompiledModelQuery(compiled, readable)

    def _relation_issues(
        self, tree: exp.Query, calls: Mapping[str, RefCall]
    ) -> Iterator[QueryIssue]:
        for scope in traverse_scope(tree):
            for source in scope.sources.values():
                if not isinstance(source, exp.Table) or not isinstance(source.this, exp.Identifier):
                    continue  # a CTE, a subquery, or a function in FROM
                call = calls.get(source.name) if not source.db else None
                if call is None:
                    yield self._bare_table(source)
                elif self._model(call) is None:
                    yield self._unknown(call)
        rest = _renamed(tree, calls)
        for table in rest.find_all(exp.Table):
            if table.name in calls:
                table.set("this", exp.to_identifier("model"))
        text = rest.sql(dialect=self._dialect, comments=False)
        for mark, call in calls.items():
            if mark in text:
                yield QueryIssue(
                    "misplaced_ref", f"{call.jinja} stands where no table can: use it after FROM."
                )

    def _bare_table(self, table: exp.Table) -> QueryIssue:
        name = table.name
        if name in self.catalog.models:
            near: tuple[str, ...] = (name,)
        else:
            near = self._near(name)
        return QueryIssue(
            "bare_relation",
            f"The table '{name}' is not named by ref(): write "
            + (f"{{{{ ref('{near[0]}') }}}}." if near else "{{ ref('model') }}."),
            near,
        )

    def _unknown(self, call: RefCall) -> QueryIssue:
        name = ".".join(call.names)
        near = self._near(call.names[-1])
        hint = f"; did you mean '{near[0]}'?" if near else "."
        return QueryIssue("unknown_model", f"There is no model '{name}'{hint}", near)

    def _near(self, name: str) -> tuple[str, ...]:
        return nearest(name, {m.name: (m.name,) for m in self.catalog.models.values()})

    def _model(self, call: RefCall) -> Model | None:
        name = ".".join(call.names) if call.function == "source" else call.names[-1]
        if call.version is not None:
            versioned = self.catalog.models.get(f"{name}.v{call.version}")
            return versioned or None
        model = self.catalog.models.get(name)
        if model is None or (model.resource_type == "source") != (call.function == "source"):
            return None
        package = call.names[0] if call.function == "ref" and len(call.names) == 2 else None
        if package is not None and model.unique_id.split(".")[1] != package:
            return None
        return model


def _error(*issues: QueryIssue) -> QueryError:
    return QueryError("The SQL over models cannot be used as it is.", "", issues)


def _parse(text: str, dialect: str) -> exp.Query:
    try:
        statements = [s for s in sqlglot.parse(text, dialect=dialect) if s is not None]
    except (SqlglotError, RecursionError) as error:
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


def _renamed(tree: exp.Query, calls: Mapping[str, RefCall]) -> exp.Query:
    """The tree with each model's table aliased, so that columns can be qualified by its name."""
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


def _set_relation(table: exp.Table, model: Model) -> None:
    relation = model.relation
    table.set("this", exp.to_identifier(relation.identifier, quoted=True))
    table.set("db", exp.to_identifier(relation.schema, quoted=True) if relation.schema else None)
    table.set(
        "catalog", exp.to_identifier(relation.database, quoted=True) if relation.database else None
    )


def _dbt_form(tree: exp.Query, calls: Mapping[str, RefCall], dialect: str) -> str:
    """The SQL with the calls in it again, and no other Jinja, whatever literals hold."""
    text = tree.sql(dialect=dialect, pretty=True, comments=False)
    if has_jinja(text):  # an escaped literal can come to hold it
        raise _error(jinja_issue("A literal with the beginning of Jinja"))
    for mark, call in calls.items():
        text = text.replace(mark, call.jinja)
    return text
