"""Holds a model's plan to the question: which of its words found no place in the query.

A model that drops "in 2024" writes a valid query for another question. So its plan is held to what
the embedded planner finds in the same words: periods, values, groupings, negations, ranks, and all
other words that carry meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rapidfuzz.distance import OSA

from semantic.catalog import MetricType, SemanticCatalog
from translator.elements import listing_model, metric_elements, query_elements, query_items
from translator.plan import ModelQuery, Plan, Question
from translator.planning.embedded.mentions import Mention
from translator.planning.embedded.planner import EmbeddedPlanner
from translator.planning.embedded.reading import Clues, Reading, Role, Use
from translator.planning.embedded.time import TimeMention
from translator.planning.embedded.vocabulary import Kind
from translator.query import CalculationKind, Operator, QueryIssue, SemanticQuery

UNUSED_PERIOD, UNUSED_VALUE = "unused_period", "unused_value"
UNUSED_GROUPING = "unused_grouping"
UNUSED = frozenset({UNUSED_PERIOD, UNUSED_VALUE, UNUSED_GROUPING})
"""Kinds of issues for what the question says and the query has not."""
SURELY_ASKED = frozenset({UNUSED_PERIOD, UNUSED_GROUPING})
"""Those of which a model that stays with its query does not know better. A word that is a stored
value may be another word as well."""
_SURE = 0.9
_TELLING = 0.3
_WIDENING = frozenset({"including", "include", "incl", "counting", "even", "plus"})
_PART = 0.4
"""Coverage from which words are a part of a name, such as "team" of "AM team"."""
_LONG = 7
"""Letters of a word that one slip leaves recognisable."""
# A name that fits the words so much better than the query's own takes them away from it.
_FITS_BETTER = 1.3
_NEGATIVE = frozenset({Operator.NE, Operator.NOT_IN, Operator.NOT_CONTAINS, Operator.IS_NULL})
_COMPARING = frozenset({Operator.LT, Operator.LE, Operator.GT, Operator.GE, Operator.EQ})


@dataclass(frozen=True)
class Account:
    """What of a question a plan leaves out.

    `words` carry meaning and are not in the query; None where that cannot be told. `issues` are the
    periods, stored values and groupings that it surely asks for, for the model to mend: a false one
    costs a request, or worse, a filter that nobody asked for.
    """

    words: tuple[str, ...] | None
    issues: tuple[QueryIssue, ...] = ()


class Accountant:
    """Holds plans over one catalog to their questions. Safe to use from several threads."""

    def __init__(self, embedded: EmbeddedPlanner) -> None:
        """Keep the planner whose reading of words is shared."""
        self._embedded = embedded
        self._catalog: SemanticCatalog = embedded.catalog

    def account(self, question: Question, plan: Plan) -> Account:
        """What `plan` leaves out of `question`. SQL over models is not told apart: None."""
        if isinstance(plan, ModelQuery):
            return Account(None)
        if not isinstance(plan, SemanticQuery):
            return Account(())
        clues, mentions = self._embedded.read(question)
        shown = _Shown.of(plan, self._catalog)
        found = (*_used(mentions, shown), *_listed(mentions, shown))
        uses = tuple(Use(m, Role.CONTEXT, 0.0) for m in found)
        used = {i for use in uses for i in use.mention.indices} | shown.cues(clues)
        periods = [t for t in clues.times if not (shown.has_time(t) or shown.names(t))]
        reading = Reading(plan.metrics, uses, 0.0, shown.list_of)
        words = (
            *(t.text.strip() for t in periods),
            *self._embedded.unused(clues, reading, frozenset(used)),
        )
        issues = (
            *(_period_issue(t) for t in periods),
            *self._dropped(mentions, used, clues, shown),
        )
        return Account(tuple(dict.fromkeys(words)), issues)

    def _dropped(
        self, mentions: list[Mention], used: set[int], clues: Clues, shown: _Shown
    ) -> Iterator[QueryIssue]:
        """Stored values and groupings that the question surely names and the query has not."""
        seen: set[int] = set()
        # "The team of each manager" speaks of the team that is shown, not of a plan called "Team".
        attributes = {
            i
            for m in mentions
            if m.element.kind is Kind.DIMENSION and m.coverage >= _PART and shown.has(m)
            for i in m.indices
        }
        for mention in mentions:
            if mention.coverage < _SURE or mention.indices & (used | seen):
                continue
            if not all(clues.weights[i] > _TELLING and s >= _SURE for i, s in mention.tokens):
                continue
            kind, value = mention.element.kind, mention.element.value
            said = clues.phrasing.words(mention.indices)
            dimension = self._catalog.dimensions.get(mention.element.key)
            if dimension is None:
                continue
            if kind is Kind.VALUE and isinstance(value, str):
                if mention.indices & attributes or not shown.could_have(mention.element.key):
                    continue
                if not _same_words(said, mention.name.surface) or _included(mention, clues):
                    continue
                seen |= mention.indices
                message = f"'{said}', a value of {dimension.name}, and the query does not filter"
                yield QueryIssue(UNUSED_VALUE, f"The question says {message} by it.", (value,))
            elif kind is Kind.DIMENSION and _grouped(mention, clues):
                seen |= mention.indices
                message = (
                    f"The question asks for each '{said}', and the query does not group by it."
                )
                yield QueryIssue(UNUSED_GROUPING, message, (dimension.name,))


def _listed(mentions: list[Mention], shown: _Shown) -> Iterator[Mention]:
    """Values of what the query groups by, where two or more are named: each is a row of it."""
    named = [m for m in mentions if m.element.kind is Kind.VALUE and m.element.key in shown.grouped]
    for mention in named:
        if mention.coverage >= _SURE and any(
            m.element.key == mention.element.key and m.element.value != mention.element.value
            for m in named
            if m.coverage >= _SURE and not m.indices & mention.indices
        ):
            yield mention


def _included(mention: Mention, clues: Clues) -> bool:
    """Whether "including the" or its like stands right before: it widens, and is no filter."""
    before = [t.lower for t in clues.phrasing.tokens[max(0, mention.start - 3) : mention.start]]
    return bool(_WIDENING & set(before)) and "not" not in before


def _same_words(said: str, name: str) -> bool:
    """Whether the words are the name's own, but for a plural or a slip of the pen.

    "Closing" is no "closed", "act" no "active": they may mean that, and may mean something else.
    """
    left, right = _letters(said), _letters(name)
    return OSA.distance(left, right) <= (1 if len(right) >= _LONG else 0)


def _letters(text: str) -> str:
    """Its letters and digits, words without the "s" of a plural."""
    words = (re.sub(r"[\W_]", "", word) for word in text.lower().split())
    return "".join(word.removesuffix("s") for word in words)


def _grouped(mention: Mention, clues: Clues) -> bool:
    """Whether "by", "per" or "for each" stands right before, but for words without meaning."""
    return any(
        span.end <= mention.start
        and all(weight < _TELLING for weight in clues.weights[span.end : mention.start])
        for span in clues.cues.groups
    )


def _used(mentions: list[Mention], shown: _Shown) -> Iterator[Mention]:
    """Mentions of what the query has, where nothing else fits their words far better."""
    others = [m for m in mentions if not shown.has(m)]
    for mention in mentions:
        if shown.has(mention) and not any(
            _fit(o) > _FITS_BETTER * _fit(mention) and mention.indices <= o.indices for o in others
        ):
            yield mention


def _fit(mention: Mention) -> float:
    return mention.coverage * min(s for _, s in mention.tokens)


def _period_issue(mention: TimeMention) -> QueryIssue:
    return QueryIssue(
        UNUSED_PERIOD,
        f"The question says '{mention.text.strip()}' ({mention.reading}), and the query has no "
        "time range, time grain or condition on a date for it.",
    )


@dataclass(frozen=True)
class _Shown:
    """What a query has, as far as words can ask for it."""

    query: SemanticQuery
    metrics: frozenset[str]
    dimensions: frozenset[str]
    grouped: frozenset[str]
    reachable: frozenset[str] | None
    values: frozenset[tuple[str, str]]
    entities: frozenset[str]
    cumulative: bool
    list_of: str | None

    @classmethod
    def of(cls, query: SemanticQuery, catalog: SemanticCatalog) -> _Shown:
        elements = query_elements(query, catalog)
        keys: dict[str, str] = {}
        entities: set[str] = set()
        for item in query_items(query):
            element = elements.get(item.element_name)
            entities.update(item.entity_path)
            if element is not None and element.dimension is not None:
                keys[item.element_name] = element.dimension.key
            if element is not None and element.entity is not None:
                entities.add(element.name)
        metrics = {*query.metrics, *(h.metric for h in query.having)}
        found = [catalog.metrics[m] for m in metrics if m in catalog.metrics]
        models = {m for metric in found for m in metric.semantic_models}
        list_of = None if query.metrics else listing_model(query, catalog)
        for name in (*models, *([list_of] if list_of else [])):
            model = catalog.semantic_models.get(name)
            if model is not None and model.primary_entity:
                entities.add(model.primary_entity)
        times = {m.time_dimension for m in found if m.time_dimension}
        return cls(
            query=query,
            metrics=frozenset(metrics),
            dimensions=frozenset({*keys.values(), *times}),
            reachable=frozenset(
                e.dimension.key
                for e in metric_elements(query.metrics, catalog).values()
                if e.dimension is not None
            )
            if query.metrics
            else None,
            grouped=frozenset(
                keys[g.element_name] for g in query.group_by if g.element_name in keys
            ),
            values=frozenset(
                (keys[w.item.element_name], str(v).lower())
                for w in query.where
                if w.item.element_name in keys
                for v in w.values
            ),
            entities=frozenset(entities),
            cumulative=any(
                m.type is MetricType.CUMULATIVE or any(i.offset_window for i in m.inputs)
                for m in found
            ),
            list_of=list_of,
        )

    def has(self, mention: Mention) -> bool:
        """Whether what is mentioned is part of the query."""
        kind, key, value = mention.element.kind, mention.element.key, mention.element.value
        if kind is Kind.METRIC:
            return key in self.metrics
        if kind is Kind.ENTITY:
            return key in self.entities
        if kind is Kind.VALUE and isinstance(value, str):
            return (key, value.lower()) in self.values
        if kind is Kind.VALUE:
            return any(found == key for found, _ in self.values)
        return key in self.dimensions

    def could_have(self, dimension: str) -> bool:
        """Whether a filter by that dimension is possible and not beside the point.

        What the query groups by shows the value among its rows.
        """
        if dimension in self.grouped:
            return False
        return self.reachable is None or dimension in self.reachable

    def names(self, mention: TimeMention) -> bool:
        """Whether a value that the query filters by has these words: "the 2024 campaign"."""
        said = mention.text.strip().lower()
        return any(said in value for _, value in self.values)

    def has_time(self, mention: TimeMention) -> bool:
        """Whether the query has something for a time expression."""
        query = self.query
        dated = any(
            w.item.grain or w.item.date_part or any(isinstance(v, date) for v in w.values)
            for w in query.where
        )
        parts = any(g.grain or g.date_part for g in query.group_by)
        compared = any(c.kind is CalculationKind.PERIOD_OVER_PERIOD for c in query.calculations)
        if mention.kind == "range":
            return query.time_range is not None or dated
        if mention.kind == "grain":
            return parts or bool(query.calculations) or self.cumulative
        if mention.kind in {"comparison", "offset"}:
            return compared or self.cumulative or parts or query.time_range is not None
        if mention.kind == "date_part":
            return parts or dated
        if mention.kind == "exclusion":
            return dated or query.time_range is not None
        return True

    def cues(self, clues: Clues) -> set[int]:
        """Tokens of words that change a result, where the query has what they ask for."""
        query, cues = self.query, clues.cues
        kinds = {c.kind for c in query.calculations}
        operators = {w.operator for w in query.where} | {h.operator for h in query.having}
        ranked = query.limit is not None or bool(query.order_by) or CalculationKind.RANK in kinds
        spans = []
        if operators & _NEGATIVE or any(v is False for w in query.where for v in w.values):
            spans += [*cues.negations, *cues.excluded]
        if operators & _NEGATIVE or query.having:
            spans += cues.never
        if operators & _COMPARING and (query.having or query.where):
            spans += [c.span for c in cues.comparisons]
        if ranked:
            spans += [r.span for r in cues.ranks]
        if CalculationKind.SHARE_OF_TOTAL in kinds:
            spans += cues.share
        if CalculationKind.RUNNING_TOTAL in kinds or self.cumulative:
            spans += cues.running
        if CalculationKind.PERIOD_OVER_PERIOD in kinds or self.cumulative:
            spans += cues.change
        return {i for span in spans for i in span.indices}
