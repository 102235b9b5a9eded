"""Metric SQL by MetricFlow, in process. The only module that imports MetricFlow.

Its engine is not a stable API (https://github.com/dbt-labs/metricflow), so nothing of it leaves here:
typed queries come in, SQL text goes out. Where filters are Jinja text for MetricFlow; they are built
here from typed filters alone, with quoted values.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from importlib import import_module
from typing import Any

from semantic.catalog import MetricType, SemanticCatalog
from semantic.errors import ConfigurationError, QueryError
from translator.compile.literals import literal
from translator.query import GroupByItem, MetricFilter, Operator, QueryIssue, TimeRange, WhereFilter

# The limits of MetricFlow 0.213's `TimeRangeConstraint`.
_EARLIEST = date(2000, 1, 1)
_LATEST = date(2040, 12, 31)


# MetricFlow's own table of these stands in a module that imports all of dbt's adapters: 1.5 s.
_RENDERERS = {
    adapter: (adapter.upper(), f"metricflow.sql.render.{module}", renderer)
    for adapter, module, renderer in (
        ("athena", "athena", "AthenaSqlPlanRenderer"),
        ("bigquery", "big_query", "BigQuerySqlPlanRenderer"),
        ("databricks", "databricks", "DatabricksSqlPlanRenderer"),
        ("duckdb", "duckdb_renderer", "DuckDbSqlPlanRenderer"),
        ("postgres", "postgres", "PostgresSQLSqlPlanRenderer"),
        ("redshift", "redshift", "RedshiftSqlPlanRenderer"),
        ("snowflake", "snowflake", "SnowflakeSqlPlanRenderer"),
        ("trino", "trino", "TrinoSqlPlanRenderer"),
        ("vertica", "vertica", "VerticaSqlPlanRenderer"),
    )
}


class MetricFlowCompiler:
    """A warm MetricFlow engine over one semantic manifest. Thread-safe: one query at a time."""

    def __init__(self, semantic_manifest: Mapping[str, Any], catalog: SemanticCatalog) -> None:
        """Keep the manifest; the engine is made at first use or by `warm`."""
        self._manifest = semantic_manifest
        self._catalog = catalog
        self._engine: Any = None
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Import MetricFlow and build the engine, so that the first question need not wait.

        Raises:
            ConfigurationError: the adapter is not one of MetricFlow's, or it rejects the manifest.
        """
        with self._lock:
            self._ready()

    def sql(
        self,
        metrics: tuple[str, ...],
        group_by: tuple[GroupByItem, ...],
        where: tuple[WhereFilter, ...] = (),
        entity_filters: tuple[MetricFilter, ...] = (),
        time_range: TimeRange | None = None,
    ) -> str:
        """SQL of a metric query, or of the distinct values of `group_by` without metrics.

        Raises:
            QueryError: MetricFlow cannot plan it, with its reason.
        """
        with self._lock:
            engine = self._ready()
            from metricflow.engine.metricflow_engine import MetricFlowQueryRequest
            from metricflow_semantic_interfaces.type_enums.date_part import DatePart
            from metricflow_semantics.specs.query_param_implementations import (
                DimensionOrEntityParameter,
                TimeDimensionParameter,
            )

            parameters: list[Any] = []
            for item in group_by:
                if item.grain or item.date_part:
                    if item.date_part and item.date_part not in {p.value for p in DatePart}:
                        message = f"There is no part '{item.date_part}' of a date."
                        raise QueryError(message, "", (QueryIssue("unknown_grain", message),))
                    part = DatePart(item.date_part) if item.date_part else None
                    parameters.append(TimeDimensionParameter(item.element_name, item.grain, part))
                else:
                    parameters.append(DimensionOrEntityParameter(item.element_name))
            conditions = [self._where(f, metrics) for f in where]
            conditions += [_entity_filter(f, self._catalog.adapter_type) for f in entity_filters]
            start, end = None, None
            if time_range is not None:
                looks_back = self._looks_back(metrics)
                if looks_back is MetricType.CUMULATIVE and not any(
                    g.name == "metric_time" for g in group_by
                ):
                    # MetricFlow's SQL would lack a column, or count rows more than once.
                    message = f"{', '.join(metrics)} within a period needs a time grain."
                    raise QueryError(
                        message, "Ask by day or by month.", (QueryIssue("missing_grain", message),)
                    )
                if not looks_back:
                    conditions += self._within(time_range, metrics)
                if looks_back or self._fills_gaps(metrics):
                    start, end = _bounds(time_range)
            request = MetricFlowQueryRequest.create(
                metric_names=list(metrics) or None,
                group_by=tuple(parameters) or None,
                where_constraints=conditions or None,
                time_constraint_start=start,
                time_constraint_end=end,
            )
            try:
                return str(engine.explain(request).sql_statement.sql)
            except Exception as error:  # its errors share no root
                raise QueryError(
                    "MetricFlow cannot plan this query.",
                    "Group or filter by other dimensions: `metricspeak catalog show METRIC` lists them.",
                    (QueryIssue("metricflow", _reason(error)),),
                ) from error

    def _ready(self) -> Any:
        if self._engine is not None:
            return self._engine
        logging.getLogger("metricflow").setLevel(logging.ERROR)
        logging.getLogger("metricflow_semantics").setLevel(logging.ERROR)
        from metricflow.engine.metricflow_engine import MetricFlowEngine
        from metricflow_semantics.model.dbt_manifest_parser import (
            parse_manifest_from_dbt_generated_manifest,
        )
        from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

        renderer = _RENDERERS.get(self._catalog.adapter_type)
        if renderer is None:
            raise ConfigurationError(
                f"MetricFlow has no SQL for the adapter '{self._catalog.adapter_type}'.",
                "Use a target with one of MetricFlow's adapters, for example postgres or duckdb.",
            )
        try:
            manifest = parse_manifest_from_dbt_generated_manifest(json.dumps(self._manifest))
            self._engine = MetricFlowEngine(SemanticManifestLookup(manifest), _SqlClient(*renderer))
        except Exception as error:
            raise ConfigurationError(
                f"MetricFlow cannot use this project's semantic manifest: {_reason(error)}",
                "Run `mf validate-configs` in the project and correct what it reports.",
            ) from error
        return self._engine

    def _where(self, condition: WhereFilter, metrics: tuple[str, ...]) -> str:
        dialect = self._catalog.adapter_type
        item = self._jinja_item(condition.item, metrics)
        values = [literal(v, dialect) for v in condition.values]
        if condition.operator is Operator.IS_NULL:
            return f"{item} IS NULL"
        if condition.operator is Operator.IS_NOT_NULL:
            return f"{item} IS NOT NULL"
        if condition.operator in {Operator.IN, Operator.NOT_IN}:
            word = "IN" if condition.operator is Operator.IN else "NOT IN"
            return f"{item} {word} ({', '.join(values)})"
        if condition.operator in {Operator.CONTAINS, Operator.NOT_CONTAINS, Operator.STARTS_WITH}:
            text = str(condition.values[0])
            escaped = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
            # The warehouse folds both sides, as it knows other letters than Python does; and the
            # wildcards stay apart from the value, as '{' and '%' together would be Jinja.
            pattern = f"LOWER({literal(escaped, dialect)}) || '%'"
            if condition.operator is not Operator.STARTS_WITH:
                pattern = f"'%' || {pattern}"
            word = "NOT LIKE" if condition.operator is Operator.NOT_CONTAINS else "LIKE"
            return f"LOWER({item}) {word} {pattern} ESCAPE '!'"
        operator = "<>" if condition.operator is Operator.NE else condition.operator.value
        return f"{item} {operator} {values[0]}"

    def _jinja_item(self, item: GroupByItem, metrics: tuple[str, ...]) -> str:
        """MetricFlow wants the first entities of a longer path apart from the last one."""
        elements = (
            self._catalog.group_bys(metrics)
            if metrics
            else [e for es in self._catalog.list_group_bys.values() for e in es]
        )
        element = next((e for e in elements if e.qualified_name == item.element_name), None)
        path = ""
        name = item.element_name
        if len(item.entity_path) > 1:
            name = f"{item.entity_path[-1]}__{item.name}"
            path = ", entity_path=[" + ", ".join(f"'{e}'" for e in item.entity_path[:-1]) + "]"
        if element is not None and element.entity is not None:
            own_path = ", entity_path=[" + ", ".join(f"'{e}'" for e in item.entity_path) + "]"
            return f"{{{{ Entity('{item.name}'{own_path if item.entity_path else ''}) }}}}"
        if item.date_part:
            base = f"{{{{ TimeDimension('{name}', '{self._finest(metrics)}'{path}) }}}}"
            return f"EXTRACT({item.date_part} FROM {base})"
        if item.name == "metric_time" or (element is not None and element.is_time):
            finest = element.dimension.grain if element is not None and element.dimension else None
            grain = item.grain or finest or self._finest(metrics)
            grain = "day" if grain in {"hour", "minute", "second"} and not item.grain else grain
            return f"{{{{ TimeDimension('{name}', '{grain}'{path}) }}}}"
        return f"{{{{ Dimension('{name}'{path}) }}}}"

    def _looks_back(self, metrics: tuple[str, ...]) -> MetricType | None:
        """The kind of metric for which rows before the period count, so must not be filtered out.

        MetricFlow knows how far back by its time constraint, which is blunter than a filter: it
        widens the period to whole grains, and its last day to midnight.
        """
        names, seen = list(metrics), set()
        while names:
            name = names.pop()
            metric = self._catalog.metrics.get(name)
            if metric is None or name in seen:
                continue
            seen.add(name)
            if metric.type in {MetricType.CUMULATIVE, MetricType.CONVERSION}:
                return metric.type
            if any(i.offset_window or i.offset_to_grain for i in metric.inputs):
                return MetricType.DERIVED
            names += [i.name for i in metric.inputs]
        return None

    def _fills_gaps(self, metrics: tuple[str, ...]) -> bool:
        """Whether the time spine gives rows to periods without data, which no filter can reach."""
        wanted, found = set(metrics), False
        by_name = {m["name"]: m for m in self._manifest.get("metrics", ())}
        seen: set[str] = set()
        while wanted and not found:
            name = wanted.pop()
            if name in seen or name not in by_name:
                continue
            seen.add(name)
            parameters = by_name[name].get("type_params") or {}
            found = _has_spine_join(parameters)
            wanted |= {i.name for i in self._catalog.metrics[name].inputs}
        return found

    def _within(self, time_range: TimeRange, metrics: tuple[str, ...]) -> list[str]:
        """The period as filters. Of data coarser than days it takes every period that it touches."""
        grain = self._finest(metrics)
        item = f"{{{{ TimeDimension('metric_time', '{grain}') }}}}"
        dialect = self._catalog.adapter_type
        conditions = []
        if time_range.start is not None:
            start = _floor(time_range.start, grain)
            conditions.append(f"{item} >= {literal(start, dialect)}")
        if time_range.end is not None:
            conditions.append(f"{item} < {literal(time_range.end, dialect)}")
        return conditions

    def _finest(self, metrics: tuple[str, ...]) -> str:
        """The finest grain of `metric_time` that all metrics have, day at the finest."""
        for element in self._catalog.group_bys(metrics):
            if element.name == "metric_time" and element.grains:
                return "day" if "day" in element.grains else element.grains[0]
        return "day"


def _entity_filter(condition: MetricFilter, dialect: str) -> str:
    assert condition.entity is not None
    metric = f"{{{{ Metric('{condition.metric}', group_by=['{condition.entity.element_name}']) }}}}"
    if condition.operator is Operator.IS_NULL:
        return f"{metric} IS NULL"
    if condition.operator is Operator.IS_NOT_NULL:
        return f"{metric} IS NOT NULL"
    values = [literal(v, dialect) for v in condition.values]
    # An entity without rows has no value of the metric at all: for counting, that is zero.
    if condition.operator in {Operator.IN, Operator.NOT_IN}:
        word = "IN" if condition.operator is Operator.IN else "NOT IN"
        return f"COALESCE({metric}, 0) {word} ({', '.join(values)})"
    operator = "<>" if condition.operator is Operator.NE else condition.operator.value
    return f"COALESCE({metric}, 0) {operator} {values[0]}"


def _floor(day: date, grain: str) -> date:
    if grain == "week":
        return day - timedelta(days=day.weekday())
    if grain == "month":
        return day.replace(day=1)
    if grain == "quarter":
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return date(day.year, 1, 1) if grain == "year" else day


def _has_spine_join(parameters: object) -> bool:
    if isinstance(parameters, Mapping):
        return bool(parameters.get("join_to_timespine")) or any(
            _has_spine_join(v) for v in parameters.values()
        )
    return isinstance(parameters, list) and any(_has_spine_join(v) for v in parameters)


def _bounds(time_range: TimeRange) -> tuple[datetime | None, datetime | None]:
    """MetricFlow's time constraint, inclusive at both ends and within its own limits."""
    start = max(time_range.start or _EARLIEST, _EARLIEST)
    end = min((time_range.end - timedelta(days=1)) if time_range.end else _LATEST, _LATEST)
    return datetime(start.year, start.month, start.day), datetime(end.year, end.month, end.day)


def _reason(error: BaseException) -> str:
    """The first telling lines of MetricFlow's message."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:4])[:400] or type(error).__name__


class _SqlClient:
    """What the engine asks of a SQL client in order to write SQL; it never runs any."""

    def __init__(self, engine: str, module: str, renderer: str) -> None:
        from metricflow.protocols.sql_client import SqlEngine

        self.sql_engine_type = SqlEngine[engine]
        self.sql_plan_renderer = getattr(import_module(module), renderer)()

    def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
        return f":{bind_parameter_key}"

    def close(self) -> None:
        """Nothing is open."""
