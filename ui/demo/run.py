"""Asks the demonstration's questions and compares each answer with its gold SQL."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from translator.answer import Answer, Status
from translator.questions.gold import render_refs, same_rows
from translator.questions.question import VerifiedQuestion
from translator.questions.read import read_questions

if TYPE_CHECKING:
    from semantic.project import Project
    from translator.settings import Settings


QUESTIONS_FILE = Path("questions") / "demo.yml"
_ROWS = 100_000


class DemoRun:
    """One translator, kept open for all questions."""

    def __init__(self, project: Project, settings: Settings) -> None:
        from translator.opening import open_translator

        self.translator = open_translator(project, settings)
        self._file = project.project_dir / QUESTIONS_FILE
        self._timeout = settings.statement_timeout_seconds

    def questions(self) -> tuple[VerifiedQuestion, ...]:
        """The questions of the demonstration."""
        return read_questions([self._file], self.translator.catalog.grains)

    def ask(self, question: VerifiedQuestion) -> Answer:
        """The answer to one question."""
        return self.translator.ask(question.text, as_of=question.as_of)

    def is_right(self, question: VerifiedQuestion, answer: Answer) -> bool:
        """Whether the answer has the rows of the gold SQL, or the expected status."""
        if question.expect.sql is None:
            return answer.status.value == question.expect.status
        if answer.status is not Status.ANSWERED:
            return False
        sql = render_refs(question.expect.sql, self.translator.catalog.models)
        return same_rows(
            self.translator.warehouse.execute(sql, _ROWS, self._timeout).rows, answer.rows
        )

    def ask_all(self, questions: Sequence[VerifiedQuestion]) -> int:
        """Print every question with its answer and verdict; the number of wrong ones."""
        from ui.render.answer import render_answer

        wrong = 0
        for number, question in enumerate(questions, 1):
            answer = self.ask(question)
            right = self.is_right(question, answer)
            wrong += not right
            typer.secho(f"\n{'─' * 78}\n{number}. {question.text}\n", fg="cyan", bold=True)
            render_answer(answer)
            kind = (
                "gold SQL" if question.expect.sql else f"expected status {question.expect.status}"
            )
            verdict = f"✓ same as {kind}" if right else f"✗ differs from {kind}"
            typer.secho(verdict, fg="green" if right else "red")
        typer.secho(f"\n{len(questions) - wrong} of {len(questions)} right", bold=True)
        return wrong
