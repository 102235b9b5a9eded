"""Question in, answer out: plan, validate, compile, run, restate, check."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sqlglot import exp

from semantic.catalog import SemanticCatalog
from semantic.errors import (
    ConfigurationError,
    MetricSpeakError,
    QueryError,
)
from semantic.health import HealthReader
from translator.answer import Answer, Status
from translator.answer_error import OUR_FAULT, answer_error
from translator.artifact.draft import Drafter
from translator.checks import NOT_GOVERNED, planning_checks
from translator.checks.evidence import Gathering
from translator.checks.prover import Prover
from translator.compile.compiler import CompiledSql, Compiler
from translator.compile.model_query_checker import ModelQueryChecker
from translator.explain import explain
from translator.explain_model_query import explain_model_query
from translator.guard import GOVERNED, Access, refusal
from translator.plan import Clarification, ModelQuery, Planned, Planner, Question, Refusal
from translator.planning.llm.parts import LlmParts
from translator.progress import Progress, current, watched
from translator.query import SemanticQuery
from translator.question_text import clean_question
from translator.results import answer_table, model_query_table
from translator.sessions import Sessions
from translator.settings import Settings
from translator.validate import validate
from translator.warehouse.cost import check_cost
from translator.warehouse.warehouse import Result, Warehouse

if TYPE_CHECKING:
    from semantic.value_index import DimensionValues
    from translator.planning.llm.chat import ChatModel
    from translator.planning.llm.show import ShownPrompt

_LOG = logging.getLogger(__name__)


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
            answer = replace(answer, status=Status.ERROR, error=answer_error(error))
        except Exception:
            # A fault of ours: the person gets words, the log gets the traceback.
            _LOG.exception("question failed, trace %s", answer.trace_id)
            answer = replace(answer, status=Status.ERROR, error=OUR_FAULT)
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
            answer = replace(answer, error=answer_error(error))
        except Exception:
            _LOG.exception("query failed, trace %s", answer.trace_id)
            answer = replace(answer, error=OUR_FAULT)
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
            return replace(answer, status=Status.ERROR, error=answer_error(error))
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
        gathering = self._prover.gather_models(compiled)
        try:
            with _timed(timings, "explain"):
                self.model_queries.explain(compiled)
            result = self._execute(compiled.sql, timings)
        except MetricSpeakError as error:
            return replace(answer, status=Status.ERROR, error=answer_error(error))
        columns, rows = model_query_table(result, compiled.tree)
        answer = replace(answer, columns=columns, rows=rows, truncated=result.truncated)
        return self._proven(answer, planned, query, today, gathering, timings, compiled.tree)

    def _proven(
        self,
        answer: Answer,
        planned: Planned,
        query: SemanticQuery | ModelQuery,
        today: date,
        gathering: Gathering | None,
        timings: dict[str, float],
        tree: exp.Query | None = None,
    ) -> Answer:
        with _timed(timings, "checks"):
            proven = self._prover.prove(answer, planned, query, today, gathering, tree)
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
