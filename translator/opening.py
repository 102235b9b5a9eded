"""From a project to what answers questions about it: the parts are made and joined here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from semantic.artifacts import Artifacts, ensure_artifacts
from semantic.build import build_catalog
from semantic.catalog import SemanticCatalog
from semantic.errors import MetricSpeakError
from semantic.health import HealthReader
from semantic.project import Project, cache_dir
from translator.artifact.draft import Drafter
from translator.compile.compiler import Compiler
from translator.compile.metricflow import MetricFlowCompiler
from translator.compile.model_query import ModelQueryCompiler
from translator.compile.model_query_checker import ModelQueryChecker
from translator.dbt.compiler import DbtCompiler
from translator.guard import Guard
from translator.pipeline import Translator
from translator.planning.llm.parts import LlmParts
from translator.planning.llm.probe import PlanProbe
from translator.settings import Settings
from translator.warehouse.questions import open_for_questions
from translator.warehouse.warehouse import Warehouse

if TYPE_CHECKING:
    from semantic.value_index import ValueIndex
    from translator.planning.embedded.planner import EmbeddedPlanner
    from translator.planning.llm.chat import ChatModel


def open_translator(
    project: Project,
    settings: Settings,
    open_model: Callable[[], ChatModel | None] | None = None,
) -> Translator:
    """Everything that answers questions about a project.

    MetricFlow is imported in the background meanwhile, as it takes longer than the rest.

    Args:
        project: the dbt project.
        settings: its settings.
        open_model: gives the language model; by default that of the settings.

    Raises:
        ConfigurationError: the project or its profile cannot be used.
    """
    artifacts = ensure_artifacts(project)
    catalog = build_catalog(artifacts)
    metricflow = MetricFlowCompiler(artifacts.semantic_manifest, catalog)
    threading.Thread(target=_warm, args=(metricflow,), daemon=True).start()
    warehouse = open_for_questions(project, settings, catalog, artifacts.manifest)
    planner, values = _embedded_planner(project, settings, artifacts, catalog, warehouse)
    compiler = Compiler(catalog, metricflow)
    dbt = DbtCompiler(project, artifacts.manifest_path)
    guard = Guard(catalog)
    model_queries = ModelQueryChecker(
        ModelQueryCompiler(catalog, dbt), guard, warehouse, settings.max_query_cost
    )
    folders = [p for p in (project.target_path, project.run_path) if p is not None]
    health = HealthReader(artifacts.manifest, folders, project.target)
    probe = PlanProbe(compiler, model_queries, warehouse, settings.statement_timeout_seconds)
    llm = LlmParts(project, settings, planner, values, probe, open_model)
    return Translator(
        catalog,
        compiler,
        warehouse,
        planner,
        settings,
        model_queries,
        health,
        llm,
        Drafter(project, catalog) if settings.drafts else None,
        values,
        cache_dir(project),
    )


def _embedded_planner(
    project: Project,
    settings: Settings,
    artifacts: Artifacts,
    catalog: SemanticCatalog,
    warehouse: Warehouse,
) -> tuple[EmbeddedPlanner, ValueIndex]:
    from semantic.values import ValueLimits, read_values
    from translator.planning.embedded.planner import EmbeddedPlanner
    from translator.planning.embedded.time import Calendar

    limits = ValueLimits(
        values=settings.values.max_cardinality,
        total_bytes=settings.values.max_bytes,
        seconds=settings.values.max_seconds,
    )
    index = read_values(catalog, warehouse, limits, cache_dir(project))
    weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    calendar = Calendar(
        week_start=weekdays.index(settings.week_start),
        fiscal_year_start_month=settings.fiscal_year_start_month,
        fiscal_year_named_by=settings.fiscal_year_named_by,
    )
    planner = EmbeddedPlanner(
        catalog, {k: v.values for k, v in index.items()}, calendar, settings.clarify_threshold
    )
    return planner, index


def _warm(metricflow: MetricFlowCompiler) -> None:
    try:
        metricflow.warm()
    except MetricSpeakError:
        return  # the first query raises it again, where someone listens
