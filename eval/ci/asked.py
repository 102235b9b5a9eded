"""Asks one question for the gate, keeping the whole answer beside the verdict."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from eval.case import Case
from eval.ci.base import MOST_ROWS, BaseAnswer, rows_digest
from eval.ci.plans import PlanData
from eval.evaluators.context import Evaluation
from eval.judge import EVALUATORS, Judge
from eval.outcome import Outcome, Score, plain_rows
from semantic.errors import ServiceDownError
from translator.answer import Answer
from translator.pipeline import Translator


@dataclass(frozen=True)
class Ran:
    """What came of asking a question once."""

    id: str
    text: str
    outcome: Outcome
    answer: Answer
    seconds: float

    def as_base(self, plan: PlanData) -> BaseAnswer:
        """The form that is stored and compared."""
        rows = plain_rows(self.answer.rows)
        return BaseAnswer(
            id=self.id,
            text=self.text,
            status=self.outcome.status,
            verdict=self.outcome.verdict.value,
            reason=self.outcome.reason,
            plan=plan,
            columns=tuple((c.name, c.role, c.format) for c in self.answer.columns),
            rows=rows[:MOST_ROWS],
            row_count=len(rows),
            digest=rows_digest(rows),
        )


class _Kept:
    """An evaluator that gives no score and keeps the answer. Safe to use from several threads."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}

    def evaluate(self, evaluation: Evaluation) -> Iterable[Score]:
        """Keep the answer."""
        self.answers[evaluation.case.key] = evaluation.answer
        return ()


class Asker:
    """Asks with the embedded planner: the same question gives the same plan every time."""

    def __init__(self, translator: Translator) -> None:
        """Judge as the evaluation does."""
        self._kept = _Kept()
        self._judge = Judge(translator, "embedded", (*EVALUATORS, self._kept))

    def ask(self, case: Case) -> Ran:
        """Ask it.

        Raises:
            ServiceDownError: the warehouse cannot be reached.
        """
        started = time.perf_counter()
        outcome = self._judge.judge(case)
        answer = self._kept.answers.pop(case.key)
        if answer.error is not None and answer.error.code == "service_down":
            raise ServiceDownError(answer.error.message, answer.error.hint)
        return Ran(case.question.id, outcome.text, outcome, answer, time.perf_counter() - started)
