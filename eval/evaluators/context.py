"""What evaluators look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from eval.case import Case
from eval.outcome import Score
from semantic.catalog import SemanticCatalog
from translator.answer import Answer
from translator.warehouse.warehouse import Result


@dataclass(frozen=True)
class Evaluation:
    """A case with its answer. `gold` is the expected result, None where a status is expected.

    `option_results` are the results of the options of a clarification, as far as they ran.
    """

    case: Case
    answer: Answer
    catalog: SemanticCatalog
    gold: Result | None = None
    option_results: tuple[Result, ...] = ()


class Evaluator(Protocol):
    """Gives scores to one case."""

    def evaluate(self, evaluation: Evaluation) -> Iterable[Score]:
        """The scores, each with its reason; none where nothing can be said."""
        ...
