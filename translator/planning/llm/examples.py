"""Worked examples for a prompt: verified questions of the project that are like the one asked.

A project's verified questions are its test questions (`questions/`). The question itself and its
paraphrases are never among its own examples, so that an evaluation over these questions stays
honest; held-out questions are never used at all.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from semantic.catalog import SemanticCatalog
from semantic.errors import ConfigurationError
from translator.explain import explain
from translator.plan import ModelQuery, Refusal
from translator.planning.embedded.lexicon import Lexicon
from translator.planning.llm.compact import compact
from translator.planning.llm.fence import as_data
from translator.planning.llm.tokens import estimate_tokens
from translator.query import SemanticQuery
from translator.questions.question import VerifiedQuestion
from translator.questions.read import read_questions
from translator.validate import validate

QUESTIONS_FOLDER = "questions"
_MOST_QUESTIONS = 5_000
_MOST_ANSWER = 4_000
"""Characters; the budget of examples leaves out what is as long as that."""
_SAME = 0.9
"""Likeness from which two questions count as the same one."""
_LEAST_INFORMATION = 0.25
_FREE = frozenset({"function", "filler", "request", "question"})
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Example:
    """A question with the document that answers it, both safe to stand in a prompt."""

    question: str
    answer: str
    as_of: date | None = None

    @property
    def tokens(self) -> int:
        """Estimated tokens of it in a prompt."""
        return estimate_tokens(self.question) + estimate_tokens(self.answer) + 12


@dataclass(frozen=True)
class _Verified:
    """An example with what decides when it may be used."""

    example: Example
    words: Counter[str]
    phrasings: tuple[frozenset[str], ...]
    kind: str


class ExampleBook:
    """The examples of one project. Safe to use from several threads."""

    def __init__(
        self,
        questions: Iterable[VerifiedQuestion],
        catalog: SemanticCatalog,
        lexicon: Lexicon,
    ) -> None:
        """Keep what still fits the catalog; a question that names what is gone is left out."""
        self._lexicon = lexicon
        self._catalog = catalog
        self._verified = tuple(v for q in questions if (v := self._verify(q)) is not None)
        counts = Counter(w for v in self._verified for w in v.words)
        total = len(self._verified)
        self._rarity = {word: math.log1p(total / n) for word, n in counts.items()}

    def nearest(self, text: str, most: int, budget: int) -> tuple[Example, ...]:
        """Examples like a question, the most alike last, where a model looks most."""
        asked = self._words(text)
        same = frozenset(_WORD.findall(text.lower()))
        scored = []
        for position, verified in enumerate(self._verified):
            if any(_likeness(same, other) >= _SAME for other in verified.phrasings):
                continue
            scored.append((-self._similarity(asked, verified.words), position, verified))
        chosen: list[Example] = []
        kinds: Counter[str] = Counter()
        for score, _, verified in sorted(scored, key=lambda s: s[:2]):
            if len(chosen) == most or score == 0:
                break
            # The third of one kind teaches little that the second did not.
            if kinds[verified.kind] >= 2 or verified.example.tokens > budget:
                continue
            kinds[verified.kind] += 1
            budget -= verified.example.tokens
            chosen.append(verified.example)
        return tuple(reversed(chosen))

    def _verify(self, question: VerifiedQuestion) -> _Verified | None:
        if question.held_out or question.turns:
            return None
        expect = question.expect
        plan: SemanticQuery | ModelQuery | Refusal
        if expect.query is not None:
            if validate(expect.query, self._catalog):
                return None
            plan = expect.query
            reading = explain(expect.query, self._catalog)
            kind = "+".join(compact(plan, "")) + (
                plan.calculations[0].kind if plan.calculations else ""
            )
        else:
            # SQL by hand answers, but not as a planner should; a status says nothing of why.
            return None
        # Values in it are data, too.
        answer = json.dumps(compact(plan, as_data(reading, 200)), ensure_ascii=False)
        return _Verified(
            Example(as_data(question.text, 300), as_data(answer, _MOST_ANSWER), question.as_of),
            self._words(" ".join((question.text, *question.paraphrases))),
            tuple(
                frozenset(_WORD.findall(text.lower()))
                for text in (question.text, *question.paraphrases)
            ),
            kind,
        )

    def _words(self, text: str) -> Counter[str]:
        found: Counter[str] = Counter()
        for word in _WORD.findall(text.lower()):
            if word.isdigit() or self._lexicon.information(word) < _LEAST_INFORMATION:
                continue
            if self._lexicon.word_class(word) in _FREE:
                continue
            found[self._lexicon.root(word)] = 1
        return found

    def _similarity(self, left: Counter[str], right: Counter[str]) -> float:
        shared = sum(self._rarity.get(w, 0.0) ** 2 for w in left if w in right)
        lengths = [
            math.sqrt(sum(self._rarity.get(w, 1.0) ** 2 for w in words)) for words in (left, right)
        ]
        return shared / (lengths[0] * lengths[1]) if all(lengths) else 0.0


@dataclass(frozen=True)
class GenericExamples:
    """Examples over a catalog that does not exist: they show the form for any project."""

    catalog: str
    examples: tuple[Example, ...]

    @cached_property
    def tokens(self) -> int:
        """Estimated tokens of all of it in a prompt."""
        return estimate_tokens(self.catalog) + sum(e.tokens for e in self.examples)


def generic_examples() -> GenericExamples:
    """The examples that come with MetricSpeak."""
    text = (files("translator.planning.llm") / "templates" / "generic_examples.json").read_text(
        "utf-8"
    )
    content: dict[str, Any] = json.loads(text)
    return GenericExamples(
        content["catalog"],
        tuple(
            Example(e["question"], json.dumps(e["answer"], ensure_ascii=False))
            for e in content["examples"]
        ),
    )


def project_questions(project_dir: Path, catalog: SemanticCatalog) -> Sequence[VerifiedQuestion]:
    """The verified questions of a project; none when it has no folder of them.

    A broken file is for `metricspeak eval` to report; here it must not cost an answer.
    """
    folder = project_dir / QUESTIONS_FOLDER
    if not folder.is_dir():
        return ()
    try:
        return read_questions([folder], catalog.grains)[:_MOST_QUESTIONS]
    except ConfigurationError:
        return ()


def _likeness(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right) if left | right else 1.0
