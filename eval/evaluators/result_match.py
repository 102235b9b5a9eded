"""Whether the rows are those of the gold SQL: exactly, or with more columns than asked for."""

from __future__ import annotations

from collections.abc import Iterable

from eval.evaluators.context import Evaluation
from eval.outcome import Score
from translator.answer import Status
from translator.questions.gold import same_rows


class ResultMatch:
    """Scores `result_subset` and `result_exact`, and `option_match` for a question back.

    Subset: every gold column is matched by an answer column such that the rows agree as multisets,
    or as sequences where order matters; the answer may have more columns. Exact: it has none
    more. The numbers agree to six significant digits.
    """

    def evaluate(self, evaluation: Evaluation) -> Iterable[Score]:
        """The scores of one case."""
        gold, answer = evaluation.gold, evaluation.answer
        if gold is None:
            return
        if answer.status is Status.CLARIFY:
            found = any(same_rows(gold.rows, option.rows) for option in evaluation.option_results)
            reason = (
                "an option gives the gold result" if found else "no option gives the gold result"
            )
            yield Score("option_match", float(found), reason)
            return
        if answer.status is not Status.ANSWERED:
            return
        ordered = evaluation.case.question.expect.ordered
        same = same_rows(gold.rows, answer.rows, ordered)
        reason = "same rows as gold" if same else _difference(evaluation)
        yield Score("result_subset", float(same), reason)
        extra = len(answer.columns) - len(gold.columns)
        exact = same and extra == 0
        if same and extra:
            reason = f"{extra} more column{'s' if extra > 1 else ''} than gold"
        yield Score("result_exact", float(exact), reason)


def _difference(evaluation: Evaluation) -> str:
    gold, answer = evaluation.gold, evaluation.answer
    assert gold is not None
    if len(gold.rows) != len(answer.rows):
        return f"{len(answer.rows)} rows, gold has {len(gold.rows)}"
    if len(gold.columns) > len(answer.columns):
        return f"{len(answer.columns)} columns, gold has {len(gold.columns)}"
    if evaluation.case.question.expect.ordered and same_rows(gold.rows, answer.rows):
        return "same rows in another order"
    return "as many rows as gold, with other values"
