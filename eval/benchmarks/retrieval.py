"""Measures the LLM planner's prompts: `python -m eval.benchmarks.retrieval [--outside FOLDER]`.

For each project: the estimated tokens of prompts that may have 2,500 (second line: as many as a
window of 8,192 leaves), and the share of questions whose prompt shows every metric (every
dimension) of the query that is known to be right. Projects: the one that is given, those of outside
sets, and a generated catalog of 1,000 metrics over 300 models. Values are not indexed, so names and
descriptions alone have to find the way.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from eval.benchmarks.large_catalog import large_catalog, large_questions
from eval.report.figures import percent
from semantic.artifacts import ensure_artifacts
from semantic.build import build_catalog
from semantic.catalog import SemanticCatalog
from semantic.project import find_project
from translator.plan import Question
from translator.planning.embedded.planner import EmbeddedPlanner
from translator.planning.llm.examples import ExampleBook
from translator.planning.llm.open import settings_window
from translator.planning.llm.prompt import Prompter, Window
from translator.query import GroupByItem, SemanticQuery
from translator.questions.read import read_questions
from translator.settings import LlmSettings

_BUDGET = 2_500
_TODAY = date(2025, 10, 15)
_DIMENSION = re.compile(r"Dimension\(\s*['\"](\w+)['\"](?:[^)]*?entity_path\s*=\s*\[([^\]]*)\])?")


@dataclass(frozen=True)
class Wanted:
    """A question, with the metrics and the dimensions (as `entity__name`) of its right query.

    `before` are the questions before it in the same session.
    """

    text: str
    metrics: frozenset[str]
    items: frozenset[str]
    before: tuple[str, ...] = ()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line a project. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project-dir", type=Path, default=Path("dbt_project"))
    parser.add_argument("--outside", type=Path, help="folder of outside sets")
    parser.add_argument("--budget", type=int, default=_BUDGET, help="tokens of a prompt")
    options = parser.parse_args(arguments)
    print(f"{'project':18} metrics questions  tokens median/most  metrics found  dimensions found")
    catalog = _catalog(options.project_dir)
    _measure(options.project_dir.name, catalog, _own(options.project_dir, catalog), options.budget)
    for folder in sorted(options.outside.glob("*/dbt")) if options.outside else ():
        catalog = _catalog(folder)
        _measure(folder.parent.name, catalog, _references(folder.parent, catalog), options.budget)
    catalog = large_catalog()
    large = [
        Wanted(q.text, frozenset(q.metrics), frozenset(q.items)) for q in large_questions(catalog)
    ]
    _measure("generated", catalog, large, options.budget)
    return 0


def _measure(name: str, catalog: SemanticCatalog, wanted: Sequence[Wanted], budget: int) -> None:
    embedded = EmbeddedPlanner(catalog, {})
    prompter = Prompter(embedded, {}, ExampleBook((), catalog, embedded.lexicon))
    questions = [(w, _question(w, embedded)) for w in wanted]
    for window in (Window(budget, budget), settings_window(LlmSettings(prompt_tokens=budget))):
        _measure_window(name, catalog, prompter, questions, window)


def _measure_window(
    name: str,
    catalog: SemanticCatalog,
    prompter: Prompter,
    questions: Sequence[tuple[Wanted, Question]],
    window: Window,
) -> None:
    tokens, metrics, dimensions = [], [], []
    keys = _dimension_keys(catalog)
    for wanted, question in questions:
        prompt = prompter.prompt(question, window)
        tokens.append(prompt.tokens)
        if wanted.metrics:
            metrics.append(wanted.metrics <= prompt.excerpt.metrics)
        needed = {keys[i] for i in wanted.items if i in keys}
        if needed:
            dimensions.append(needed <= prompt.excerpt.dimensions)
    if not tokens:
        return
    sizes = f"{median(tokens):11,.0f} / {max(tokens):5,}"
    shares = f"{_share(metrics):>13}  {_share(dimensions):>16}"
    print(f"{name:18} {len(catalog.metrics):7} {len(questions):9}  {sizes}  {shares}")


def _question(wanted: Wanted, embedded: EmbeddedPlanner) -> Question:
    """The question with what answered those before it, as far as the embedded planner can."""
    previous = None
    for text in wanted.before:
        plan = embedded.plan(Question(text, _TODAY, previous)).plan
        previous = plan if isinstance(plan, SemanticQuery) else previous
    return Question(wanted.text, _TODAY, previous)


def _dimension_keys(catalog: SemanticCatalog) -> dict[str, str]:
    """Dimension keys by the names that queries have for them."""
    elements = (*catalog.group_bys_by_metric.values(), *catalog.list_group_bys.values())
    return {
        e.qualified_name: e.dimension.key
        for found in elements
        for e in found
        if e.dimension is not None
    }


def _share(found: Sequence[bool]) -> str:
    return percent(sum(found) / len(found)) if found else "–"


def _catalog(project_dir: Path) -> SemanticCatalog:
    with tempfile.TemporaryDirectory(prefix="metricspeak-bench-") as scratch:
        # Parsing needs a profile that renders, and no warehouse; nothing is written beside it.
        names = ("HOST", "USER", "DATABASE")
        os.environ.update({f"BENCH_PG{n}": os.environ.get(f"BENCH_PG{n}", "none") for n in names})
        os.environ["DBT_TARGET_PATH"] = scratch
        os.environ["DBT_LOG_PATH"] = scratch
        return build_catalog(ensure_artifacts(find_project(project_dir)))


def _own(project_dir: Path, catalog: SemanticCatalog) -> list[Wanted]:
    found = []
    for question in read_questions([project_dir / "questions"], catalog.grains):
        query = question.expect.query
        if query is not None:
            items = {g.element_name for g in query.group_by}
            items |= {w.item.element_name for w in query.where}
            for text in (question.text, *question.paraphrases):
                found.append(Wanted(text, frozenset(query.metrics), frozenset(items)))
    return found


def _references(folder: Path, catalog: SemanticCatalog) -> list[Wanted]:
    """Questions of an outside set with the query that its makers checked."""
    found = []
    for entry in _entries(folder):
        reference = entry.get("reference")
        if isinstance(reference, dict) and isinstance(entry.get("question"), str):
            names = [*(reference.get("group_by") or ()), *_filtered(reference.get("where") or ())]
            items = {GroupByItem.parse(name, catalog.grains).element_name for name in names}
            metrics = frozenset(m.lower() for m in reference.get("metrics") or ())
            before = tuple((entry.get("turns") or [])[:-1])
            found.append(Wanted(entry["question"], metrics, frozenset(items), before))
    return found


def _filtered(conditions: Iterable[str]) -> Iterator[str]:
    """Names of the dimensions in MetricFlow's filter texts, with their whole paths."""
    for condition in conditions:
        for name, path in _DIMENSION.findall(condition):
            yield "__".join((*re.findall(r"\w+", path), name))


def _entries(folder: Path) -> Iterator[Mapping[str, Any]]:
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


if __name__ == "__main__":
    sys.exit(main())
