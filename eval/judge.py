"""Asks one case and judges the answer."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eval.baselines.text_to_sql import NAME as TEXT_TO_SQL
from eval.baselines.text_to_sql import TextToSql
from eval.case import Case
from eval.evaluators.context import Evaluation, Evaluator
from eval.evaluators.query_match import QueryMatch
from eval.evaluators.result_match import ResultMatch
from eval.evaluators.verdict import verdict_of
from eval.outcome import SHOWN_ROWS, Outcome, Table, plain_rows
from semantic.errors import MetricSpeakError
from translator.answer import Answer, Status
from translator.pipeline import Translator
from translator.plan import LlmUsage
from translator.questions.gold import render_refs
from translator.questions.question import VerifiedQuestion
from translator.warehouse.warehouse import Result

_GOLD_ROWS = 100_000
EVALUATORS: tuple[Evaluator, ...] = (ResultMatch(), QueryMatch())


@dataclass(frozen=True)
class Gold:
    """The expected result of a question, or why there is none."""

    result: Result | None = None
    sql: str | None = None
    problem: str | None = None


class Judge:
    """Judges cases against one project. Safe to use from several threads."""

    def __init__(
        self,
        translator: Translator,
        planner: str,
        evaluators: Sequence[Evaluator] = EVALUATORS,
    ) -> None:
        """Keep what is asked and how: a planner's name, or that of a baseline.

        Raises:
            ConfigurationError: a baseline needs a language model, and none is configured.
        """
        self.translator = translator
        self.planner = planner
        self.evaluators = evaluators
        self._gold: dict[str, Gold] = {}
        self._lock = threading.Lock()
        self._baseline = (
            TextToSql(translator, translator.chat_model()) if planner == TEXT_TO_SQL else None
        )

    def judge(self, case: Case) -> Outcome:
        """Ask a case, compare with what is expected. Never raises for a failing answer."""
        answer = self._ask(case)
        gold = self.gold(case.question)
        options = self._options(answer) if gold.result is not None else ()
        evaluation = Evaluation(case, answer, self.translator.catalog, gold.result, options)
        scores = tuple(s for e in self.evaluators for s in e.evaluate(evaluation))
        verdict, reason = verdict_of(evaluation, scores)
        expect = case.question.expect
        return Outcome(
            key=case.key,
            id=case.question.id,
            text=" → ".join((*case.question.turns, case.text)),
            tags=case.question.tags,
            held_out=case.question.held_out,
            expected=expect.status or "answered",
            verdict=verdict,
            reason=gold.problem if gold.problem and answer.status is not Status.ERROR else reason,
            status=answer.status.value,
            planner=answer.planner,
            confidence=answer.confidence,
            governed=answer.governed,
            scores=scores,
            timings_ms=answer.timings_ms,
            usage=_usage(answer.llm_usage),
            explanation=_said(answer),
            query=answer.query.to_dict() if answer.query else None,
            expected_query=expect.query.to_dict() if expect.query else None,
            sql=answer.sql,
            expected_sql=gold.sql,
            got=_table([c.name for c in answer.columns], answer.rows) if answer.rows else None,
            wanted=_table(gold.result.columns, gold.result.rows) if gold.result else None,
            trace_id=answer.trace_id,
        )

    def gold(self, question: VerifiedQuestion) -> Gold:
        """The expected result: of the gold SQL, else of the expected query. Run once a question."""
        with self._lock:
            known = self._gold.get(question.id)
        if known is None:
            known = self._run_gold(question)
            with self._lock:
                self._gold[question.id] = known
        return known

    def _run_gold(self, question: VerifiedQuestion) -> Gold:
        expect, translator = question.expect, self.translator
        where = f"{question.file}:{question.line}"
        try:
            if expect.sql is not None:
                sql = render_refs(expect.sql, translator.catalog.models)
                timeout = translator.settings.statement_timeout_seconds
                return Gold(translator.warehouse.execute(sql, _GOLD_ROWS, timeout), sql)
            if expect.query is not None:
                answer = translator.run(expect.query, question.as_of)
                if answer.error is not None:
                    return Gold(
                        problem=f"{where}: the expected query fails: {answer.error.message}"
                    )
                names = tuple(c.name for c in answer.columns)
                types = tuple(c.type for c in answer.columns)
                return Gold(Result(names, types, answer.rows, answer.truncated), answer.sql)
        except MetricSpeakError as error:
            return Gold(problem=f"{where}: the gold SQL fails: {error.message}")
        return Gold()

    def _ask(self, case: Case) -> Answer:
        question = case.question
        if self._baseline is not None:
            return self._baseline.ask(question.turns, case.text, question.as_of)
        session = uuid.uuid4().hex if question.turns else None
        for turn in question.turns:
            self.translator.ask(turn, question.as_of, self.planner, session)
        return self.translator.ask(case.text, question.as_of, self.planner, session)

    def _options(self, answer: Answer) -> tuple[Result, ...]:
        """What the readings of a question back give; one that fails gives nothing."""
        if answer.clarification is None:
            return ()
        answers = [self.translator.run(o.plan) for o in answer.clarification.options]
        return tuple(
            Result(
                tuple(c.name for c in a.columns), tuple(c.type for c in a.columns), a.rows, False
            )
            for a in answers
            if a.status is Status.ANSWERED
        )


def _usage(usage: LlmUsage | None) -> dict[str, float]:
    """What is known of it, in the names of the report."""
    if usage is None:
        return {}
    known = {
        "llm_calls": usage.calls,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "cost": usage.cost,
    }
    return {name: value for name, value in known.items() if value is not None}


def _said(answer: Answer) -> str | None:
    """What the person reads first."""
    if answer.clarification is not None:
        options = "; ".join(o.label for o in answer.clarification.options)
        return f"{answer.clarification.message} {options}"
    if answer.refusal is not None:
        return answer.refusal.reason
    return answer.explanation


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    return Table(tuple(columns), plain_rows(rows[:SHOWN_ROWS]), len(rows))
