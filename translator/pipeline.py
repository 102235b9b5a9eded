"""Question in, answer out: plan, validate, compile, run, restate, check."""

from __future__ import annotations

import logging
import threading
import time
import unicodedata
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from semantic.artifacts import Artifacts, ensure_artifacts
from semantic.build import build_catalog
from semantic.catalog import SemanticCatalog
from semantic.errors import (
    ConfigurationError,
    MetricSpeakError,
    QueryError,
    ServiceDownError,
    WarehouseError,
)
from semantic.health import HealthReader
from semantic.project import Project, cache_dir
from translator.answer import Answer, AnswerError, Status
from translator.artifact.draft import Drafter
from translator.checks import NOT_GOVERNED, planning_checks
from translator.checks.evidence import Gathering
from translator.checks.prover import Prover
from translator.compile.compiler import CompiledSql, Compiler
from translator.compile.metricflow import MetricFlowCompiler
from translator.compile.model_query import ModelQueryCompiler
from translator.compile.model_query_checker import ModelQueryChecker
from translator.dbt.compiler import DbtCompiler
from translator.explain import explain
from translator.explain_model_query import explain_model_query
from translator.guard import GOVERNED, Access, Guard, refusal
from translator.plan import Clarification, ModelQuery, Planned, Planner, Question, Refusal
from translator.planning.llm.parts import LlmParts
from translator.planning.llm.probe import PlanProbe
from translator.progress import Progress, QuestionStopped, current, watched
from translator.query import QueryIssue, SemanticQuery
from translator.results import answer_table, model_query_table
from translator.sessions import Sessions
from translator.settings import Settings
from translator.validate import validate
from translator.warehouse.cost import check_cost
from translator.warehouse.questions import open_for_questions
from translator.warehouse.warehouse import Result, Warehouse

if TYPE_CHECKING:
    from semantic.value_index import DimensionValues, ValueIndex
    from translator.planning.embedded.planner import EmbeddedPlanner
    from translator.planning.llm.chat import ChatModel
    from translator.planning.llm.show import ShownPrompt

_LOG = logging.getLogger(__name__)
_OUR_FAULT = AnswerError(
    "internal",
    "MetricSpeak failed on this question.",
    "This is a fault of MetricSpeak: report it with the question. Asking in other words may help.",
)
MAX_QUESTION = 2_000


class Translator:
    """Answers questions about one project. Safe to use from several threads."""

    def __init__(
        self,
        catalog: SemanticCatalog,
        compiler: Compiler,
        warehouse: Warehouse,
        planner: Planner,
        settings: Settings,
        model_queries: ModelQueryChecker,
        health: HealthReader | None = None,
        llm: LlmParts | None = None,
        drafter: Drafter | None = None,
        values: Mapping[str, DimensionValues] | None = None,
        cache_folder: Path | None = None,
    ) -> None:
        """Join the parts; nothing connects or imports yet.

        Args:
            catalog: what can be asked.
            compiler: compiles metric queries.
            warehouse: runs them.
            planner: plans without a model.
            settings: bounds, and the language model.
            model_queries: compiles SQL over models, and says what is wrong with it.
            health: what dbt last said of the models; None says nothing of it.
            llm: what the planner with a language model is made of; None where there is none.
            drafter: drafts what a refused question misses; None drafts nothing.
            values: those of the dimensions, by key, as far as they are known.
            cache_folder: where evidence is kept for the next process; None keeps none.
        """
        self.catalog = catalog
        self.compiler = compiler
        self.warehouse = warehouse
        self.planner = planner
        self.settings = settings
        self._guard = model_queries.guard
        self.model_queries = model_queries
        self._prover = Prover(catalog, warehouse, settings, health, cache_folder)
        self._llm = llm
        self.drafter = drafter
        self.values: Mapping[str, DimensionValues] = values or {}
        self._sessions = Sessions(
            settings.serve.max_sessions, settings.serve.session_minutes * 60.0
        )

    def ask(
        self,
        question: str,
        as_of: date | None = None,
        planner: str = "auto",
        session_id: str | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> Answer:
        """Answer a question. Errors come back as an answer with status `error`.

        Args:
            question: plain language, at most 2,000 characters.
            as_of: today for relative dates; the settings' `as_of`, or the real today, by default.
            planner: `auto`, `embedded` or `llm`.
            session_id: questions of one session may follow up on the one before.
            dry_run: plan and compile without running.
            progress: is told each stage, and can stop the question.
        """
        with watched(progress):
            return self._ask(question, as_of, planner, session_id, dry_run)

    def _ask(
        self,
        question: str,
        as_of: date | None,
        planner: str,
        session_id: str | None,
        dry_run: bool,
    ) -> Answer:
        started = time.perf_counter()
        timings: dict[str, float] = {}
        answer = Answer(Status.ERROR, question, uuid.uuid4().hex, session_id=session_id)
        try:
            text = clean_question(question)
            today = as_of or self.settings.as_of or date.today()
            previous = self._sessions.previous(session_id) if session_id else None
            with _timed(timings, "plan"):
                chosen = self._planner(planner)
                planned = chosen.plan(Question(text, today, previous, answer.trace_id))
            if planned.usage:
                timings["llm"] = round(planned.llm_seconds * 1000, 2)
            answer = replace(
                answer,
                planner=planned.planner,
                confidence=planned.confidence,
                llm_usage=planned.llm_usage,
                checks=planning_checks(planned.warnings, planned.usage),
            )
            if isinstance(planned.plan, Clarification):
                answer = replace(answer, status=Status.CLARIFY, clarification=planned.plan)
            elif isinstance(planned.plan, Refusal):
                with _timed(timings, "draft"):
                    refusal = self._with_draft(planned.plan, text, planned.ignored or ())
                    refusal = _with_lack(refusal, self.catalog)
                answer = replace(answer, status=Status.UNSUPPORTED, refusal=refusal)
            else:
                answer = _asked(answer, planned.plan)
                answer = self._answer(answer, planned, planned.plan, today, timings, dry_run)
                if session_id and answer.status is Status.ANSWERED:
                    self._sessions.remember(session_id, planned.plan)
        except MetricSpeakError as error:
            answer = replace(answer, status=Status.ERROR, error=_error(error))
        except Exception:
            # A fault of ours: the person gets words, the log gets the traceback.
            _LOG.exception("question failed, trace %s", answer.trace_id)
            answer = replace(answer, status=Status.ERROR, error=_OUR_FAULT)
        timings["total"] = _milliseconds(started)
        return replace(answer, timings_ms=timings)

    def run(
        self,
        query: SemanticQuery | ModelQuery,
        as_of: date | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> Answer:
        """Run a typed query, or SQL over models, without any language."""
        with watched(progress):
            return self._run(query, as_of, dry_run)

    def continue_from(self, session_id: str, query: SemanticQuery | ModelQuery) -> None:
        """Let the session's next question follow up on this query.

        For what a person chose without words: a reading of an ambiguous question, a changed query.
        """
        self._sessions.remember(session_id, query)

    def _run(self, query: SemanticQuery | ModelQuery, as_of: date | None, dry_run: bool) -> Answer:
        started = time.perf_counter()
        timings: dict[str, float] = {}
        answer = _asked(Answer(Status.ERROR, "", uuid.uuid4().hex, confidence=1.0), query)
        today = as_of or self.settings.as_of or date.today()
        try:
            planned = Planned(query, 1.0, "embedded")
            answer = self._answer(answer, planned, query, today, timings, dry_run)
        except MetricSpeakError as error:
            answer = replace(answer, error=_error(error))
        except Exception:
            _LOG.exception("query failed, trace %s", answer.trace_id)
            answer = replace(answer, error=_OUR_FAULT)
        timings["total"] = _milliseconds(started)
        return replace(answer, timings_ms=timings)

    def forget_evidence(self) -> None:
        """Let the next answers pay for their evidence, as the first ones after `dbt build` do."""
        self._prover.forget()

    def close(self) -> None:
        """Let go of the warehouse, of dbt and of the language model."""
        if self._llm is not None:
            self._llm.close()
        self.warehouse.close()
        self.model_queries.compiler.dbt.close()

    def show_prompt(self, question: str, as_of: date | None = None) -> ShownPrompt:
        """The prompt and grammar of a question, as they would be sent. Asks no model.

        Raises:
            ConfigurationError: the question is empty or too long, or there is no catalog to show.
        """
        from translator.planning.llm.show import show_prompt

        if self._llm is None:
            raise ConfigurationError("This translator has no language model to write a prompt for.")
        today = as_of or self.settings.as_of or date.today()
        return show_prompt(self._llm, Question(clean_question(question), today))

    def chat_model(self) -> ChatModel:
        """The language model of the settings, for who asks it something else than to plan.

        Raises:
            ConfigurationError: none is configured.
        """
        if self._llm is None:
            raise ConfigurationError("This translator has no language model.")
        return self._llm.planner().model

    def _planner(self, name: str) -> Planner:
        """The planner of that name; the parts that ask a model are made when they are first needed.

        Raises:
            ConfigurationError: `llm` without a language model.
        """
        if name == "embedded" or (name == "auto" and self._llm is None):
            return self.planner
        if self._llm is None:
            raise ConfigurationError("This translator has no language model.")
        if name == "llm":
            return self._llm.planner()
        if not self._llm.configured:
            return self.planner
        return self._llm.auto()

    def _with_draft(self, refusal: Refusal, text: str, ignored: tuple[str, ...]) -> Refusal:
        if self.drafter is None:
            return refusal
        return replace(refusal, draft=self.drafter.draft(text, ignored))

    def _answer(
        self,
        answer: Answer,
        planned: Planned,
        query: SemanticQuery | ModelQuery,
        today: date,
        timings: dict[str, float],
        dry_run: bool,
    ) -> Answer:
        if isinstance(query, ModelQuery):
            return self._answer_models(answer, planned, query, today, timings, dry_run)
        issues = validate(query, self.catalog)
        if issues:
            raise QueryError("The query cannot be answered as it is.", "", issues)
        # While MetricFlow plans, the warehouse can already look for evidence.
        gathering = None if dry_run else self._prover.gather(query)
        with _timed(timings, "compile"):
            compiled = self.compiler.compile(query)
        self._check(compiled.sql, GOVERNED, timings)
        answer = replace(_compiled(answer, compiled), explanation=explain(query, self.catalog))
        if dry_run:
            return answer
        try:
            with _timed(timings, "explain"):
                check_cost(self.warehouse.estimate(compiled.sql), self.settings.max_query_cost)
            result = self._execute(compiled, timings)
        except MetricSpeakError as error:  # with the SQL, which its hint may send people to
            return replace(answer, status=Status.ERROR, error=_error(error))
        columns, rows = answer_table(result, query, self.catalog)
        answer = replace(answer, columns=columns, rows=rows, truncated=result.truncated)
        return self._proven(answer, planned, query, today, gathering, timings)

    def _answer_models(
        self,
        answer: Answer,
        planned: Planned,
        query: ModelQuery,
        today: date,
        timings: dict[str, float],
        dry_run: bool,
    ) -> Answer:
        with _timed(timings, "compile"):
            compiled = self.model_queries.compiler.compile(query)
        self._check(compiled.sql.sql, compiled.access, timings)
        answer = _compiled(answer, compiled.sql)
        answer = replace(answer, explanation=explain_model_query(query, compiled))
        if dry_run:
            return replace(answer, checks=(NOT_GOVERNED, *answer.checks))
        gathering = self._prover.gather_models(compiled.tree)
        try:
            with _timed(timings, "explain"):
                self.model_queries.explain(compiled)
            result = self._execute(compiled.sql, timings)
        except MetricSpeakError as error:
            return replace(answer, status=Status.ERROR, error=_error(error))
        columns, rows = model_query_table(result, compiled.tree)
        answer = replace(answer, columns=columns, rows=rows, truncated=result.truncated)
        return self._proven(answer, planned, query, today, gathering, timings)

    def _proven(
        self,
        answer: Answer,
        planned: Planned,
        query: SemanticQuery | ModelQuery,
        today: date,
        gathering: Gathering | None,
        timings: dict[str, float],
    ) -> Answer:
        with _timed(timings, "checks"):
            proven = self._prover.prove(answer, planned, query, today, gathering)
        return replace(proven, checks=(*proven.checks, *answer.checks))

    def _check(self, sql: str, access: Access, timings: dict[str, float]) -> None:
        """Refuse a statement that may not run; called before every one that answers a question."""
        with _timed(timings, "guard"):
            report = self._guard.check(sql, access)
        if report.issues:
            raise refusal(report, access)

    def _execute(self, compiled: CompiledSql, timings: dict[str, float]) -> Result:
        with _timed(timings, "execute"):
            return self.warehouse.execute(
                compiled.sql, self.settings.row_limit, self.settings.statement_timeout_seconds
            )


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


def clean_question(question: str) -> str:
    """The question as the planners may have it.

    Raises:
        ConfigurationError: it is empty, too long, or not text.
    """
    text = unicodedata.normalize("NFC", question).strip()
    if not text:
        raise BadQuestion("The question is empty.", "Ask, for example: revenue by month this year.")
    if len(text) > MAX_QUESTION:
        raise BadQuestion(
            f"The question has {len(text):,} characters; at most {MAX_QUESTION:,} are read.",
            "Ask one shorter question.",
        )
    odd = sum(
        unicodedata.category(c) in {"Cc", "Cs", "Co", "Cn"} and c not in "\t\r\n" for c in text
    )
    if odd:
        raise BadQuestion("The question holds characters that are not text.", "Type it again.")
    return " ".join(text.split())


class BadQuestion(ConfigurationError):
    """What was typed is not a question."""


def _with_lack(refusal: Refusal, catalog: SemanticCatalog) -> Refusal:
    """The refusal, led by what the whole project lacks, if it lacks metrics."""
    if catalog.metrics:
        return refusal
    lack = (
        "It has no metrics, so that only its dimensions can be listed."
        if catalog.semantic_models
        else "It has no semantic models and no metrics, so that only rows can be asked for."
    )
    return replace(refusal, reason=f"{lack} {refusal.reason}")


def _asked(answer: Answer, query: SemanticQuery | ModelQuery) -> Answer:
    """The answer with what was asked, whatever becomes of it."""
    if isinstance(query, ModelQuery):
        return replace(answer, governed=False, dbt_sql=query.sql)
    return replace(answer, query=query)


def _compiled(answer: Answer, compiled: CompiledSql) -> Answer:
    return replace(
        answer,
        status=Status.ANSWERED,
        sql=compiled.sql,
        dbt_sql=compiled.dbt_sql,
        models=compiled.models,
    )


def _error(error: MetricSpeakError) -> AnswerError:
    if isinstance(error, BadQuestion):
        code = "bad_question"
    elif isinstance(error, QueryError):
        reasons = [i.message for i in error.issues if isinstance(i, QueryIssue)]
        return AnswerError("bad_query", " ".join([error.message, *reasons]), error.hint)
    elif isinstance(error, QuestionStopped):
        code = "stopped"
    elif isinstance(error, ConfigurationError):
        code = "configuration"
    elif isinstance(error, ServiceDownError):
        code = "service_down"
    elif isinstance(error, WarehouseError):
        code = "timeout" if "took longer" in error.message else "warehouse"
    else:
        code = "internal"
    return AnswerError(code, error.message, error.hint)


@contextmanager
def _timed(timings: dict[str, float], stage: str) -> Iterator[None]:
    current().enter(stage)
    started = time.perf_counter()
    try:
        yield
    finally:
        timings[stage] = _milliseconds(started)


def _milliseconds(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)
