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
from typing import Any

from semantic.catalog import SemanticCatalog
from semantic.errors import ConfigurationError, QueryError
from translator.compile.literals import literal
from translator.query import GroupByItem, MetricFilter, Operator, QueryIssue, TimeRange, WhereFilter

# The limits of MetricFlow 0.213's `TimeRangeConstraint`.
_EARLIEST = date(2000, 1, 1)
_LATEST = date(2040, 12, 31)


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
                    part = DatePart(item.date_part) if item.date_part else None
                    parameters.append(TimeDimensionParameter(item.element_name, item.grain, part))
                else:
                    parameters.append(DimensionOrEntityParameter(item.element_name))
            start, end = _bounds(time_range)
            if time_range is not None and start is None:
                where = (*where, *_range_filters(time_range))
            conditions = [self._where(f, metrics) for f in where]
            conditions += [_entity_filter(f, self._catalog.adapter_type) for f in entity_filters]
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
        try:
            from dbt_metricflow.cli.dbt_connectors.adapter_backed_client import (
                SupportedAdapterTypes,
            )
        except ImportError:
            raise ConfigurationError(
                "MetricFlow is not installed.", "Install it: pip install dbt-metricflow."
            ) from None
        from metricflow.engine.metricflow_engine import MetricFlowEngine
        from metricflow_semantics.model.dbt_manifest_parser import (
            parse_manifest_from_dbt_generated_manifest,
        )
        from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

        try:
            adapter = SupportedAdapterTypes(self._catalog.adapter_type)
        except ValueError:
            raise ConfigurationError(
                f"MetricFlow has no SQL for the adapter '{self._catalog.adapter_type}'.",
                "Use a target with one of MetricFlow's adapters, for example postgres or duckdb.",
            ) from None
        try:
            manifest = parse_manifest_from_dbt_generated_manifest(json.dumps(self._manifest))
            self._engine = MetricFlowEngine(SemanticManifestLookup(manifest), _SqlClient(adapter))
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
            text = str(condition.values[0]).lower()
            escaped = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
            pattern = (
                f"{escaped}%" if condition.operator is Operator.STARTS_WITH else f"%{escaped}%"
            )
            word = "NOT LIKE" if condition.operator is Operator.NOT_CONTAINS else "LIKE"
            return f"LOWER({item}) {word} {literal(pattern, dialect)} ESCAPE '!'"
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

    def _finest(self, metrics: tuple[str, ...]) -> str:
        """The finest grain of `metric_time` that all metrics have, day at the finest."""
        for element in self._catalog.group_bys(metrics):
            if element.name == "metric_time" and element.grains:
                return "day" if "day" in element.grains else element.grains[0]
        return "day"


def _entity_filter(condition: MetricFilter, dialect: str) -> str:
    assert condition.entity is not None
    metric = f"{{{{ Metric('{condition.metric}', group_by=['{condition.entity.element_name}']) }}}}"
    value = literal(condition.values[0], dialect)
    operator = "<>" if condition.operator is Operator.NE else condition.operator.value
    # An entity without rows has no value of the metric at all: for counting, that is zero.
    return f"COALESCE({metric}, 0) {operator} {value}"


def _bounds(time_range: TimeRange | None) -> tuple[datetime | None, datetime | None]:
    """MetricFlow's time constraint, inclusive at both ends; None where it cannot take the range."""
    if time_range is None or time_range.start is None or time_range.end is None:
        return None, None
    start, end = time_range.start, time_range.end - timedelta(days=1)
    if start < _EARLIEST or end > _LATEST:
        return None, None
    return datetime(start.year, start.month, start.day), datetime(end.year, end.month, end.day)


def _range_filters(time_range: TimeRange) -> tuple[WhereFilter, ...]:
    """A range with an open end, as filters."""
    item = GroupByItem("metric_time")
    filters = []
    if time_range.start is not None:
        filters.append(WhereFilter(item, Operator.GE, (time_range.start,)))
    if time_range.end is not None:
        filters.append(WhereFilter(item, Operator.LT, (time_range.end,)))
    return tuple(filters)


def _reason(error: BaseException) -> str:
    """The first telling lines of MetricFlow's message."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:4])[:400] or type(error).__name__


class _SqlClient:
    """What the engine asks of a SQL client in order to write SQL; it never runs any."""

    def __init__(self, adapter: Any) -> None:
        self.sql_engine_type = adapter.sql_engine_type
        self.sql_plan_renderer = adapter.sql_plan_renderer

    def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
        return f":{bind_parameter_key}"

    def close(self) -> None:
        """Nothing is open."""
