"""The prompt of a question: templates filled with excerpt, examples, dates and conversation."""

from __future__ import annotations

import calendar as month_names
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from semantic.value_index import DimensionValues
from translator.plan import ModelQuery, Question
from translator.planning.embedded.planner import EmbeddedPlanner
from translator.planning.embedded.reading import Clues
from translator.planning.embedded.time import Calendar, find_times
from translator.planning.llm.chat import Message
from translator.planning.llm.compact import compact
from translator.planning.llm.examples import Example, ExampleBook, GenericExamples, generic_examples
from translator.planning.llm.excerpt import Excerpt, estimate_excerpt
from translator.planning.llm.excerpts import Excerpts
from translator.planning.llm.fence import as_data, as_quoted
from translator.planning.llm.grammar import plan_schema
from translator.planning.llm.ranking import Ranker, Ranking
from translator.planning.llm.tokens import estimate_messages, estimate_tokens
from translator.query import QueryIssue

_PERIODS = tuple(
    f"{which} {grain}"
    for grain in ("week", "month", "quarter", "year")
    for which in ("this", "last")
)
_DIALECTS = {"postgres": "PostgreSQL", "duckdb": "DuckDB", "snowflake": "Snowflake"}
_MOST_QUESTION = 2_000
_REPAIR_RESERVE = 900
"""Tokens that a repair adds to a prompt: the first document, and what is wrong with it."""
_REPAIR_DETAILS = ((1_500, 6, 5), (900, 4, 3), (300, 2, 2))
"""Characters of the first document, issues and suggestions that a repair shows: all, else fewer."""
_EXAMPLES_SHARE = 0.12
_MOST_EXAMPLES = 4
_LEAST_CATALOG = 700
_SLACK = 25
_MOST_VALUES = 8
_MID_SIZE = 2.0
"""A catalog of up to this many times what fits is shown as far as it fits: most of it is. Of a
larger one the nearest part in `prompt_tokens` is enough (`eval/benchmarks/retrieval.py`)."""


@dataclass(frozen=True)
class Window:
    """What a prompt may have, in tokens.

    `whole`: a prompt that shows the whole catalog may be this long; what the model's window leaves.
    `nearest`: a prompt that shows the nearest part of a large one.
    """

    whole: int
    nearest: int

    @classmethod
    def of(cls, max_input_tokens: int, max_total_tokens: int, output: int, nearest: int) -> Window:
        """What a model's limits leave, with room for a repair."""
        whole = min(max_input_tokens, max_total_tokens - output) - _REPAIR_RESERVE
        return cls(max(whole, 1), max(min(nearest, whole), 1))


@dataclass(frozen=True)
class Prompt:
    """What is sent, and what of the catalog is in it. `tokens` are estimated."""

    messages: tuple[Message, ...]
    excerpt: Excerpt
    tokens: int
    examples: tuple[Example, ...] = ()


class Prompter:
    """Writes the prompts of one project. Safe to use from several threads."""

    def __init__(
        self,
        embedded: EmbeddedPlanner,
        values: Mapping[str, DimensionValues],
        book: ExampleBook,
    ) -> None:
        """Index the catalog once.

        Args:
            embedded: the embedded planner of the same catalog; its reading of a question is shared.
            values: indexed values, by dimension key.
            book: the project's verified questions.
        """
        self._embedded = embedded
        self._catalog = embedded.catalog
        self._book = book
        self._ranker = Ranker(embedded)
        self._excerpts = Excerpts(self._catalog, values)
        self._generic = generic_examples()

    def prompt(self, question: Question, window: Window) -> Prompt:
        """The prompt of a question, with the whole catalog if that fits."""
        clues, mentions = self._embedded.read(question)
        ranking = self._ranker.rank(question, clues, mentions)
        whole = self._excerpts.whole
        prompt = self._write(question, clues, ranking, whole, self._generic, window.whole)
        if prompt.tokens <= window.whole:
            return prompt
        limit = window.nearest
        if estimate_excerpt(whole) <= _MID_SIZE * window.whole:
            limit = window.whole
        return self._nearest(question, clues, ranking, limit)

    def repair(
        self, prompt: Prompt, answer: str, issues: Sequence[QueryIssue]
    ) -> tuple[Message, ...]:
        """The messages that ask for a better document, with what was wrong.

        They add no more to the prompt than its window was left for them.
        """
        for text, most, suggestions in _REPAIR_DETAILS:
            shown = [
                {
                    "text": as_data(issue.message, 300),
                    "suggestions": [as_data(s, 80) for s in issue.suggestions[:suggestions]],
                }
                for issue in issues[:most]
            ]
            added = (
                Message("assistant", as_data(answer, text)),
                Message("user", _template("repair.j2", issues=shown)),
            )
            if estimate_messages(added) <= _REPAIR_RESERVE:
                break
        return (*prompt.messages, *added)

    def _nearest(self, question: Question, clues: Clues, ranking: Ranking, limit: int) -> Prompt:
        """The nearest part of the catalog, cut until the prompt keeps to its limit."""
        generic = self._few_generic(limit)
        empty = replace(
            self._excerpts.whole, whole=False, groups=(), blocks=(), models=(), saved_queries=()
        )
        frame = self._write(question, clues, ranking, empty, generic, limit)
        budget = max(limit - frame.tokens - _SLACK, _LEAST_CATALOG // 4)
        prompt = frame
        for _ in range(4):
            excerpt = self._excerpts.nearest(ranking, budget)
            prompt = self._write(question, clues, ranking, excerpt, generic, limit)
            over = prompt.tokens - limit
            if over <= 0:
                break
            budget -= over + _SLACK
        return prompt

    def _few_generic(self, limit: int) -> GenericExamples:
        """The first of the general examples, within their share of a small prompt."""
        left = _EXAMPLES_SHARE * limit - estimate_tokens(self._generic.catalog)
        few: list[Example] = []
        for example in self._generic.examples:
            if example.tokens <= left:
                few.append(example)
                left -= example.tokens
        return replace(self._generic, examples=tuple(few))

    def _write(
        self,
        question: Question,
        clues: Clues,
        ranking: Ranking,
        excerpt: Excerpt,
        generic: GenericExamples,
        limit: int,
    ) -> Prompt:
        examples = self._book.nearest(question.text, _MOST_EXAMPLES, int(_EXAMPLES_SHARE * limit))
        shared = {"excerpt": excerpt, "project": as_data(self._catalog.project_name, 80)}
        system = _template(
            "system.j2",
            grains=self._catalog.grains,
            dialect=_DIALECTS.get(self._catalog.adapter_type, self._catalog.adapter_type),
            **shared,
        )
        user = _template(
            "user.j2",
            today=question.as_of,
            week_start=month_names.day_name[self._embedded.calendar.week_start],
            fiscal_start=self._fiscal_start(),
            periods=_periods(question.as_of, self._embedded.calendar),
            time_hints=_time_hints(clues),
            generic=generic if generic.examples else None,
            examples=examples,
            examples_today=next((e.as_of for e in examples if e.as_of), None),
            previous=_previous(question),
            values=self._values(ranking),
            question=as_data(question.text, _MOST_QUESTION),
            **shared,
        )
        messages = (Message("system", system), Message("user", user))
        return Prompt(messages, excerpt, estimate_messages(messages), examples)

    def _fiscal_start(self) -> str:
        month = self._embedded.calendar.fiscal_year_start_month
        return "" if month == 1 else month_names.month_name[month]

    def _values(self, ranking: Ranking) -> list[str]:
        """Values that words of the question match, with the dimension that has them."""
        found = []
        order = sorted(ranking.values, key=lambda k: -ranking.dimensions.get(k, 0.0))
        for key in order:
            dimension = self._catalog.dimensions.get(key)
            if dimension is None or dimension.sensitive:
                continue
            labels = dict(dimension.value_labels)
            for value in ranking.values[key][:3]:
                meaning = f" ({as_data(labels[value], 40)})" if value in labels else ""
                owner = self._catalog.semantic_models[dimension.semantic_model]
                home = owner.primary_entity or owner.name
                found.append(
                    f"{as_data(home, 60)}__{as_data(dimension.name, 60)} = "
                    f"{as_quoted(value, 60)}{meaning}"
                )
        return found[:_MOST_VALUES]


@lru_cache(maxsize=1)
def prompt_version() -> str:
    """Changes when any template, general example or the grammar does."""
    digest = hashlib.blake2b(digest_size=5)
    folder = files("translator.planning.llm") / "templates"
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        if path.name.endswith((".j2", ".json")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    digest.update(json.dumps(plan_schema(), sort_keys=True).encode())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(str(files("translator.planning.llm") / "templates")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # plain text: `fence` has made the data harmless
    )


def _template(name: str, **values: object) -> str:
    return _environment().get_template(name).render(**values).strip()


def _periods(today: date, calendar: Calendar) -> list[str]:
    """Common periods with their days, as the embedded planner reads them."""
    found = []
    for phrase in _PERIODS:
        mention = next((t for t in find_times(phrase, today, calendar) if t.kind == "range"), None)
        if mention is not None and mention.start and mention.end:
            found.append(f"{phrase} {_days(mention.start, mention.end)}")
    return [", ".join(found)] if found else []


def _time_hints(clues: Clues) -> list[str]:
    """What the embedded planner reads the question's own time expressions as."""
    hints = []
    for time in clues.times:
        said = as_quoted(time.text, 60)
        if time.kind == "range" and (time.start or time.end):
            hint = f"{said} is {_days(time.start, time.end)}"
            if time.ambiguous:
                others = [_days(a.start, a.end) for a in time.ambiguous]
                hint += f" (or {' or '.join(others)})"
            hints.append(hint)
        elif time.kind == "comparison" and time.comparison:
            count, grain = time.comparison
            hints.append(f"{said} compares with {count} {grain} earlier")
    return hints[:6]


def _days(start: date | None, end: date | None) -> str:
    last = (end - timedelta(days=1)).isoformat() if end else None
    if start is None:
        return f"until {last}"
    return f"{start.isoformat()} to {last}" if last else f"since {start.isoformat()}"


def _previous(question: Question) -> str:
    before = question.previous
    if before is None:
        return ""
    document = compact(before, "")
    document.pop("reading")
    limit = 1_500 if isinstance(before, ModelQuery) else 1_000
    return as_data(json.dumps(document, ensure_ascii=False), limit)
