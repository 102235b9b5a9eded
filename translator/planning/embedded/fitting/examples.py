"""Questions as the planner sees them: the features of each candidate, and whether it is right."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from semantic.project import find_project
from translator.opening import open_translator
from translator.pipeline import Translator
from translator.plan import Question
from translator.planning.embedded.planner import EmbeddedPlanner
from translator.query import SemanticQuery
from translator.questions.gold import render_refs, same_rows
from translator.questions.read import read_questions
from translator.settings import embedded_home, load_settings
from translator.warehouse.embedded import ensure_embedded

Rows = tuple[tuple[Any, ...], ...]
_MOST_ROWS = 10_000
_SECONDS = 60.0


@dataclass(frozen=True)
class Example:
    """One question. `candidates` are features and rightness; none is right where it cannot be."""

    project: str
    text: str
    answerable: bool
    candidates: tuple[tuple[Mapping[str, float], bool], ...]


@dataclass(frozen=True)
class _Gold:
    text: str
    as_of: date
    results: tuple[Rows, ...]
    """Results that are right; none where the question must not be answered."""


def examples(entry: Mapping[str, Any]) -> list[Example]:
    """Every question of one entry of the file of projects.

    Args:
        entry: `project_dir`, `questions` (files or folders), and maybe `env`, set before the
            project is opened, and `as_of`.
    """
    os.environ.update({k: str(v) for k, v in (entry.get("env") or {}).items()})
    folder = Path(entry["project_dir"])
    project_found, settings = find_project(folder), load_settings(folder)
    ensure_embedded(project_found, embedded_home(project_found.project_dir, settings))
    translator = open_translator(project_found, settings)
    try:
        planner = translator.planner
        if not isinstance(planner, EmbeddedPlanner):
            raise TypeError("the judgement is fitted with the embedded planner")
        project = str(entry.get("name") or folder.resolve().name)
        return [_example(translator, planner, project, g) for g in _golds(translator, entry)]
    finally:
        translator.close()


def _example(
    translator: Translator, planner: EmbeddedPlanner, project: str, gold: _Gold
) -> Example:
    clues, mentions = planner.read(Question(gold.text, gold.as_of))
    candidates = planner.candidates(clues, mentions)
    found = planner.features(clues, mentions, candidates)
    return Example(
        project,
        gold.text,
        bool(gold.results),
        tuple(
            (values, not c.draft.problems and _is_right(translator, c.query, gold))
            for c, values in zip(candidates, found, strict=True)
        ),
    )


def _is_right(translator: Translator, query: SemanticQuery, gold: _Gold) -> bool:
    if not gold.results:
        return False
    answer = translator.run(query, gold.as_of)
    if answer.status.value != "answered":
        return False
    rows = [tuple(row) for row in answer.rows]
    parts = [
        i for i, c in enumerate(answer.columns) if c.name.endswith(("__share", "__percent_change"))
    ]
    forms = [rows]
    if parts:  # a share is right as 0.25 and as 25
        forms.append([_in_percent(row, parts) for row in rows])
    return any(same_rows(result, form) for result in gold.results for form in forms)


def _in_percent(row: tuple[Any, ...], parts: Sequence[int]) -> tuple[Any, ...]:
    return tuple(float(v) * 100 if i in parts and v is not None else v for i, v in enumerate(row))


def _golds(translator: Translator, entry: Mapping[str, Any]) -> Iterator[_Gold]:
    today = entry.get("as_of") or translator.settings.as_of or date.today()
    for path in map(Path, entry["questions"]):
        if path.suffix == ".jsonl":
            yield from _lines(translator, path, today)
            continue
        for question in read_questions([path], translator.catalog.grains):
            if question.turns:
                continue
            expect, as_of = question.expect, question.as_of or today
            results: tuple[Rows, ...] = ()
            if expect.sql is not None:
                sql = render_refs(expect.sql, translator.catalog.models)
                results = tuple(_results(translator, [sql]))
            elif expect.query is not None:
                answer = translator.run(expect.query, as_of)
                results = (tuple(tuple(row) for row in answer.rows),)
            for text in (question.text, *question.paraphrases):
                yield _Gold(text, as_of, results)


def _lines(translator: Translator, path: Path, today: date) -> Iterator[_Gold]:
    """Questions with gold SQL, one JSON object a line."""
    for line in path.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if len(case.get("turns") or ()) < 2:
            text = case.get("question") or case["turns"][0]
            yield _Gold(text, today, tuple(_results(translator, case.get("gold_sql") or ())))


def _results(translator: Translator, statements: Iterable[str]) -> Iterator[Rows]:
    for sql in statements:
        result = translator.warehouse.execute(sql, _MOST_ROWS, _SECONDS)
        yield tuple(tuple(row) for row in result.rows)
