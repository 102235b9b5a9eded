"""Lists without metrics: distinct combinations of dimensions and entities.

Written here and not by MetricFlow, which joins models of a list by FULL OUTER JOIN, so that rows
without a partner appear with empty cells, and reads an entity from any model that mentions it, so
that those without facts are missing. The joins are those of the semantic models: from the model
that is listed outwards, along entities, LEFT JOIN.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic.catalog import Entity, EntityType, GroupByElement, SemanticCatalog, SemanticModel
from semantic.errors import QueryError
from translator.compile.filters import filter_condition
from translator.compile.identifiers import aliased, column, identifier
from translator.compile.rows import MetricRows, RowsRequest
from translator.compile.where import metric_condition
from translator.elements import day_grain, listing_model
from translator.query import GroupByItem, MetricFilter, QueryIssue, SemanticQuery

_KEYS = frozenset({EntityType.PRIMARY, EntityType.UNIQUE})
_ISO_PARTS = {"dow": "isodow"}
"""MetricFlow counts weekdays from Monday, 1, to Sunday, 7; so does a list."""


def listing(query: SemanticQuery, catalog: SemanticCatalog, rows: MetricRows) -> exp.Select:
    """The distinct combinations of the query's group by.

    Raises:
        QueryError: no model connects what is listed, or a join needs a point in time.
    """
    base = listing_model(query, catalog)
    if base is None:
        names = ", ".join(f"'{g.element_name}'" for g in query.group_by)
        raise _refusal(f"{names} cannot be listed together without a metric.")
    return _Listing(query, catalog, rows, catalog.semantic_models[base]).select()


class _Listing:
    """One list under construction: tables are joined when something on them is needed."""

    def __init__(
        self,
        query: SemanticQuery,
        catalog: SemanticCatalog,
        rows: MetricRows,
        base: SemanticModel,
    ) -> None:
        self._query = query
        self._catalog = catalog
        self._rows = rows
        self._base = base
        self._dialect = catalog.adapter_type
        self._elements = {e.qualified_name: e for e in catalog.list_group_bys[base.name]}
        self._joined: dict[tuple[str, ...], str] = {(): base.name}
        self._select = exp.select().from_(self._table(base, base.name))

    def select(self) -> exp.Select:
        for item in self._query.group_by:
            value = self._value(item)
            self._select = self._select.select(
                aliased(value, item.qualified_name, self._dialect), copy=False
            )
        for where in self._query.where:
            element = self._element(where.item)
            self._filter(filter_condition(self._value(where.item), where, element))
        for having in self._query.having:
            self._filter(self._entity_condition(having))
        return self._select.distinct()

    def _filter(self, tree: exp.Expr) -> None:
        self._select = self._select.where(tree, copy=False)

    def _element(self, item: GroupByItem) -> GroupByElement:
        return self._elements[item.element_name]

    def _value(self, item: GroupByItem) -> exp.Expr:
        element = self._element(item)
        if element.entity is not None:
            return self._expression(element.entity.expr, self._alias(element, element.entity))
        assert element.dimension is not None
        value = self._expression(element.dimension.expr, self._alias(element, None))
        if not element.is_time:
            return value
        if item.date_part:
            part = _ISO_PARTS.get(item.date_part, item.date_part)
            return exp.Extract(this=exp.var(part), expression=value)
        grain = item.grain or day_grain(element)
        if grain in self._catalog.custom_grains:
            raise _refusal(f"A list cannot show '{grain}': ask with a metric.")
        return exp.TimestampTrunc(this=value, unit=exp.var(grain.upper()))

    def _alias(self, element: GroupByElement, entity: Entity | None) -> str:
        """The alias of the table that holds the element, joined if it is not yet."""
        wanted = entity.semantic_model if entity else None
        if element.dimension is not None:
            wanted = element.dimension.semantic_model
        if element.hops == 0 or wanted is None:
            return self._base.name
        path: tuple[str, ...] = ()
        model = self._base
        for position, link in enumerate(element.entity_path):
            last = position == len(element.entity_path) - 1
            following = element.entity_path[position + 1] if not last else None
            target = self._target(model, link, wanted if last else None, following)
            self._join(path, model, link, target)
            path, model = (*path, link, target.name), target
        return self._joined[path]

    def _target(
        self, model: SemanticModel, link: str, wanted: str | None, following: str | None
    ) -> SemanticModel:
        for candidate in self._catalog.semantic_models.values():
            names = {e.name: e for e in candidate.entities}
            if candidate.name == model.name or link not in names:
                continue
            if wanted is not None and candidate.name != wanted:
                continue
            if following is not None and following not in names:
                continue
            if names[link].type in _KEYS:
                return candidate
        raise _refusal(
            f"What '{link}' leads to holds only for a time: ask with a metric, which has one."
        )

    def _join(
        self, path: tuple[str, ...], model: SemanticModel, link: str, target: SemanticModel
    ) -> None:
        key = (*path, link, target.name)
        if key in self._joined:
            return
        alias = target.name
        while alias in self._joined.values():
            alias = f"{link}_{alias}"
        left = self._expression(_entity(model, link).expr, self._joined[path])
        right = self._expression(_entity(target, link).expr, alias)
        self._select = self._select.join(
            self._table(target, alias), on=exp.EQ(this=left, expression=right), join_type="left"
        )
        self._joined[key] = alias

    def _entity_condition(self, having: MetricFilter) -> exp.Expr:
        """A condition on an entity's own value of a metric, joined by the entity."""
        assert having.entity is not None
        metric_item = GroupByItem(having.entity.name)
        tree = self._rows.rows(RowsRequest((having.metric,), (metric_item,)))
        alias = f"{having.metric}_by_{having.entity.name}"
        while alias in self._joined.values():
            alias = f"{alias}_2"
        self._joined[("metric", alias)] = alias
        key = column(metric_item.qualified_name, alias, self._dialect)
        self._select = self._select.join(
            tree.subquery(identifier(alias, self._dialect)),
            on=exp.EQ(this=self._value(having.entity), expression=key),
            join_type="left",
        )
        value = column(having.metric, alias, self._dialect)
        return metric_condition(value, having, self._catalog)

    def _expression(self, text: str, alias: str) -> exp.Expr:
        """An `expr` of the semantic model, its columns those of the table `alias`."""
        try:
            tree = sqlglot.parse_one(text, dialect=self._dialect)
        except SqlglotError:
            raise _refusal(f"The expr '{text}' of '{alias}' cannot be read.") from None
        for found in list(tree.find_all(exp.Column)):
            if not found.table:
                found.set("table", identifier(alias, self._dialect))
        return tree if isinstance(tree, exp.Column | exp.Func | exp.Paren) else exp.Paren(this=tree)

    def _table(self, model: SemanticModel, alias: str) -> exp.Expr:
        relation = self._catalog.models[model.model].relation
        table = exp.Table(
            this=exp.to_identifier(relation.identifier, quoted=True),
            db=exp.to_identifier(relation.schema, quoted=True) if relation.schema else None,
            catalog=exp.to_identifier(relation.database, quoted=True)
            if relation.database
            else None,
        )
        return exp.alias_(table, identifier(alias, self._dialect), table=True)


def _entity(model: SemanticModel, name: str) -> Entity:
    found: Mapping[str, Entity] = {e.name: e for e in model.entities}
    if name not in found:
        raise _refusal(f"'{model.name}' has no entity '{name}'.")
    return found[name]


def _refusal(message: str) -> QueryError:
    return QueryError(
        "The list cannot be compiled.",
        "Ask for a metric by these, or for fewer of them.",
        (QueryIssue("unreachable_dimension", message),),
    )
