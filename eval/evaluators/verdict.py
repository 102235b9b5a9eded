"""The verdict of a case, from its expectation, its status and its result."""

from __future__ import annotations

from collections.abc import Iterable

from eval.evaluators.context import Evaluation
from eval.outcome import Score, Verdict
from translator.answer import Status

_WITHOUT_ANSWER = {Status.CLARIFY: Verdict.ASKED_BACK, Status.UNSUPPORTED: Verdict.REFUSED}


def verdict_of(evaluation: Evaluation, scores: Iterable[Score]) -> tuple[Verdict, str]:
    """The verdict and its reason."""
    answer, expect = evaluation.answer, evaluation.case.question.expect
    if answer.status is Status.ERROR:
        said = answer.error.message if answer.error else "no answer"
        return Verdict.FAILED, said
    if expect.status is not None:
        if answer.status.value == expect.status:
            return Verdict.RIGHT, f"{expect.status}, as expected"
        if answer.status is Status.ANSWERED:
            return Verdict.WRONG, f"answered, where {expect.status} was expected"
        return _WITHOUT_ANSWER[answer.status], f"{answer.status.value}, expected {expect.status}"
    if answer.status is not Status.ANSWERED:
        return _WITHOUT_ANSWER[answer.status], f"{answer.status.value}, an answer was expected"
    match = next((s for s in scores if s.name == "result_subset"), None)
    if match is None:
        return Verdict.FAILED, "there is no gold result to compare with"
    return (Verdict.RIGHT if match.value else Verdict.WRONG), match.reason
