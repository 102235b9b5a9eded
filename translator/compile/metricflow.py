"""Metric SQL by MetricFlow, in process. The only module that imports MetricFlow.

Its engine is not a stable API (https://github.com/dbt-labs/metricflow), so nothing of it leaves
here: names and filter texts (`where.py`) come in, SQL text goes out.
"""

from __future__ import annotations

import importlib
import json
import logging
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from semantic.catalog import SemanticCatalog
from semantic.errors import ConfigurationError, QueryError
from translator.query import GroupByItem, QueryIssue

# dbt_metricflow knows these pairs as well, but imports dbt's adapters to say so: three seconds.
_RENDERERS = {
    "athena": ("athena", "AthenaSqlPlanRenderer"),
    "bigquery": ("big_query", "BigQuerySqlPlanRenderer"),
    "databricks": ("databricks", "DatabricksSqlPlanRenderer"),
    "duckdb": ("duckdb_renderer", "DuckDbSqlPlanRenderer"),
    "postgres": ("postgres", "PostgresSQLSqlPlanRenderer"),
    "redshift": ("redshift", "RedshiftSqlPlanRenderer"),
    "snowflake": ("snowflake", "SnowflakeSqlPlanRenderer"),
    "trino": ("trino", "TrinoSqlPlanRenderer"),
}


class MetricFlowCompiler:
    """A warm MetricFlow engine over one semantic manifest. Thread-safe: one query at a time."""

    def __init__(self, semantic_manifest: Mapping[str, Any], catalog: SemanticCatalog) -> None:
        """Keep the manifest; the engine is made at first use or by `warm`."""
        self._manifest = semantic_manifest
        self._adapter_type = catalog.adapter_type
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
        self, metrics: Sequence[str], group_by: Sequence[GroupByItem], where: Sequence[str] = ()
    ) -> str:
        """SQL of a metric query, or of the distinct values of `group_by` without metrics.

        Raises:
            QueryError: MetricFlow cannot plan it, with its reason.
        """
        with self._lock:
            engine = self._ready()
            from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

            try:
                request = MetricFlowQueryRequest.create(
                    metric_names=list(metrics) or None,
                    group_by=tuple(_parameter(item) for item in group_by) or None,
                    where_constraints=list(where) or None,
                )
                return str(engine.explain(request).sql_statement.sql)
            except Exception as error:  # its errors share no root
                raise QueryError(
                    "MetricFlow cannot plan this query.",
                    "Group or filter by other dimensions: `metricspeak catalog show METRIC` lists "
                    "them.",
                    (QueryIssue("metricflow", _reason(error)),),
                ) from error

    def saved_query_sql(self, name: str) -> str:
        """SQL of a saved query of the manifest, exactly as MetricFlow plans it.

        Raises:
            QueryError: MetricFlow cannot plan it, with its reason.
        """
        with self._lock:
            engine = self._ready()
            from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

            try:
                request = MetricFlowQueryRequest.create(saved_query_name=name)
                return str(engine.explain(request).sql_statement.sql)
            except Exception as error:  # its errors share no root
                raise QueryError(
                    f"MetricFlow cannot plan the saved query '{name}'.",
                    "",
                    (QueryIssue("metricflow", _reason(error)),),
                ) from error

    def _ready(self) -> Any:
        if self._engine is not None:
            return self._engine
        for name in ("metricflow", "metricflow_semantics", "metricflow_semantic_interfaces"):
            # What it cannot do it raises. It logs, with a traceback, what it then does another way:
            # a plan that its optimizer fails on is made again without it.
            logging.getLogger(name).setLevel(logging.CRITICAL)
        client = _sql_client(self._adapter_type)
        from metricflow.engine.metricflow_engine import MetricFlowEngine
        from metricflow_semantics.model.dbt_manifest_parser import (
            parse_manifest_from_dbt_generated_manifest,
        )
        from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

        try:
            manifest = parse_manifest_from_dbt_generated_manifest(json.dumps(self._manifest))
            self._engine = MetricFlowEngine(SemanticManifestLookup(manifest), client)
        except Exception as error:
            raise ConfigurationError(
                f"MetricFlow cannot use this project's semantic manifest: {_reason(error)}",
                "Run `mf validate-configs` in the project and correct what it reports.",
            ) from error
        return self._engine


def _parameter(item: GroupByItem) -> Any:
    from metricflow_semantic_interfaces.type_enums.date_part import DatePart
    from metricflow_semantics.specs.query_param_implementations import (
        DimensionOrEntityParameter,
        TimeDimensionParameter,
    )

    if item.date_part:
        return TimeDimensionParameter(item.element_name, None, DatePart(item.date_part))
    if item.grain:
        return TimeDimensionParameter(item.element_name, item.grain, None)
    return DimensionOrEntityParameter(item.element_name)


def _reason(error: BaseException) -> str:
    """The first telling lines of MetricFlow's message."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:4])[:400] or type(error).__name__


class _SqlClient:
    """What the engine asks of a SQL client in order to write SQL; it never runs any."""

    def __init__(self, engine_type: Any, renderer: Any) -> None:
        self.sql_engine_type = engine_type
        self.sql_plan_renderer = renderer

    def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
        return f":{bind_parameter_key}"

    def close(self) -> None:
        """Nothing is open."""


def _sql_client(adapter_type: str) -> _SqlClient:
    if adapter_type not in _RENDERERS:
        raise ConfigurationError(
            f"MetricFlow has no SQL for the adapter '{adapter_type}'.",
            "Use a target with one of MetricFlow's adapters, for example postgres or duckdb.",
        )
    try:
        from metricflow.protocols.sql_client import SqlEngine
    except ImportError:
        raise ConfigurationError(
            "MetricFlow is not installed.", "Install it: pip install metricflow."
        ) from None
    module, name = _RENDERERS[adapter_type]
    renderer = getattr(importlib.import_module(f"metricflow.sql.render.{module}"), name)
    return _SqlClient(SqlEngine[adapter_type.upper()], renderer())
