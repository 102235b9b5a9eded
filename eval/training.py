"""Verified questions as chat-format pairs, to fine-tune a small model on planning."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from eval.judge import Judge
from semantic.errors import ConfigurationError
from translator.answer import Status
from translator.explain import explain
from translator.pipeline import Translator
from translator.planning.llm.compact import compact
from translator.planning.llm.fence import as_data
from translator.questions.gold import same_rows
from translator.questions.question import VerifiedQuestion


@dataclass(frozen=True)
class Exported:
    """How many pairs were written, and the ids of the questions that could not be used."""

    pairs: int
    held_out: int
    without_query: tuple[str, ...]
    unverified: tuple[str, ...]


def export_training(
    path: Path, translator: Translator, questions: Iterable[VerifiedQuestion]
) -> Exported:
    """Write one JSON object a line: `messages` of system, user and assistant.

    The prompt is exactly what the LLM planner would send for the question on its day, and the
    assistant's message is the document that it should write. Only questions with an expected query
    are used, whose result is that of their gold SQL where they have both; every paraphrase makes a
    pair of its own. What is held out stays out, and so do follow-ups: their prompt depends on what
    was answered before.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    judge = Judge(translator, "embedded")
    pairs = held_out = 0
    without_query: list[str] = []
    unverified: list[str] = []
    lines: list[str] = []
    for question in questions:
        if question.held_out:
            held_out += 1
        elif question.expect.query is None or question.turns:
            without_query.append(question.id)
        elif not _verified(judge, question):
            unverified.append(question.id)
        else:
            for pair in _pairs(translator, question):
                lines.append(pair)
                pairs += 1
    _write(path, lines)
    return Exported(pairs, held_out, tuple(without_query), tuple(unverified))


def _verified(judge: Judge, question: VerifiedQuestion) -> bool:
    """Whether the expected query runs, with the rows of the gold SQL."""
    assert question.expect.query is not None
    gold = judge.gold(question).result
    answer = judge.translator.run(question.expect.query, question.as_of)
    return (
        gold is not None
        and answer.status is Status.ANSWERED
        and same_rows(gold.rows, answer.rows, question.expect.ordered)
    )


def _pairs(translator: Translator, question: VerifiedQuestion) -> Iterator[str]:
    query = question.expect.query
    assert query is not None
    reading = as_data(explain(query, translator.catalog), 200)
    document = json.dumps(compact(query, reading), ensure_ascii=False)
    for text in (question.text, *question.paraphrases):
        prompt = translator.show_prompt(text, question.as_of)
        messages = [{"role": m.role, "content": m.content} for m in prompt.messages]
        messages.append({"role": "assistant", "content": document})
        yield json.dumps({"messages": messages}, ensure_ascii=False)


def _write(path: Path, lines: Iterable[str]) -> None:
    """Whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, delete=False, encoding="utf-8"
        ) as temporary:
            temporary.writelines(f"{line}\n" for line in lines)
        os.chmod(temporary.name, 0o644)
        Path(temporary.name).replace(path)
    except OSError as error:
        raise ConfigurationError(
            f"Cannot write {path}: {error.strerror or error}.", "Name another file."
        ) from None
