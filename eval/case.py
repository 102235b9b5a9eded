"""One thing to ask: a test question, one of its paraphrases, one of its repetitions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from translator.questions.question import VerifiedQuestion


@dataclass(frozen=True)
class Case:
    """A question as it is asked once.

    `variant` is 0 for the question's own wording, n for its n-th paraphrase; `repeat` is from 0.
    """

    question: VerifiedQuestion
    text: str
    variant: int = 0
    repeat: int = 0

    @property
    def key(self) -> str:
        """Names the case within and across runs: `id`, `id#1` (paraphrase), `id@1` (repeat)."""
        variant = f"#{self.variant}" if self.variant else ""
        repeat = f"@{self.repeat}" if self.repeat else ""
        return f"{self.question.id}{variant}{repeat}"


def cases_of(questions: Iterable[VerifiedQuestion], repeat: int = 1) -> Iterator[Case]:
    """Every wording of every question, `repeat` times."""
    for question in questions:
        for variant, text in enumerate((question.text, *question.paraphrases)):
            for turn in range(repeat):
                yield Case(question, text, variant, turn)
