"""How near each part of the catalog is to a question.

Two signals are added up, both from the embedded planner's index: its mentions (which words of the
question may be which element, synonyms, abbreviations and misspellings included), and the words
that the question shares with everything said about an element: names, synonyms, description, and
the entities and models around it. Unlike the planner it chooses nothing: what is unlikely only
ranks low.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from semantic.catalog import Dimension, GroupByElement, Metric, Model, SemanticCatalog
from translator.plan import Question
from translator.planning.embedded.mentions import Mention
from translator.planning.embedded.planner import EmbeddedPlanner
from translator.planning.embedded.reading import Clues
from translator.planning.embedded.text import identifier_words
from translator.planning.embedded.vocabulary import Kind
from translator.query import SemanticQuery

_NAMED, _AROUND, _DESCRIBED = 1.0, 0.4, 0.4
"""What a shared word is worth in a name or synonym, in the model around, in a description."""
_MENTIONED = 2.0
"""What a full mention is worth, in shared words of full information."""
_RELATED = 0.7
_NAMING = 0.7
"""Part of an entity's mention that the dimension naming it gets."""
_LEAST_INFORMATION = 0.12
_NEAREST, _FAMILY = 2, 0.35
"""Metrics whose relatives come near too, and the part of their score that these get."""
_FROM_BEFORE = 5.0
"""Score of what the question before used."""


@dataclass(frozen=True)
class Ranking:
    """Scores of a question; what has none is not in them.

    `dimensions` and `values` are by dimension key (`semantic_model.dimension`); `values` are the
    stored values that the question seems to speak of, best first.
    """

    metrics: Mapping[str, float]
    dimensions: Mapping[str, float]
    models: Mapping[str, float]
    saved_queries: Mapping[str, float]
    values: Mapping[str, tuple[str, ...]]


@dataclass
class _Index:
    """Words of one kind of thing, with how much each word tells."""

    words: dict[str, dict[str, float]] = field(default_factory=dict)
    postings: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, key: str, weighted: Iterable[tuple[Iterable[str], float]]) -> None:
        found: dict[str, float] = {}
        for words, weight in weighted:
            for word in words:
                found[word] = max(found.get(word, 0.0), weight)
        self.words[key] = found
        for word in found:
            self.postings[word].append(key)

    def scores(self, asked: Mapping[str, float]) -> dict[str, float]:
        """Shared words by their weight, the question's and the rarity of each."""
        scores: defaultdict[str, float] = defaultdict(float)
        total = len(self.words)
        for word, strength in asked.items():
            keys = self.postings.get(word, ())
            if not keys:
                continue
            rarity = math.log1p(total / len(keys))
            for key in keys:
                scores[key] += rarity * strength * self.words[key][word]
        # A long text shares words by chance.
        return {k: s / (1 + 0.05 * math.sqrt(len(self.words[k]))) for k, s in scores.items()}


class Ranker:
    """Ranks the parts of one catalog. Safe to use from several threads."""

    def __init__(self, embedded: EmbeddedPlanner) -> None:
        """Index every text of the catalog."""
        self._embedded = embedded
        self._catalog: SemanticCatalog = embedded.catalog
        self._metrics, self._dimensions = _Index(), _Index()
        self._models, self._saved = _Index(), _Index()
        self._measured: defaultdict[str, set[str]] = defaultdict(set)
        around = {name: self._around(name) for name in self._catalog.semantic_models}
        for metric in self._catalog.metrics.values():
            near = [w for name in metric.semantic_models for w in around.get(name, ())]
            self._metrics.add(metric.name, self._about(metric, near))
            for measure in metric.measures:
                self._measured[measure].add(metric.name)
        for key, dimension in self._catalog.dimensions.items():
            if not dimension.sensitive:
                self._dimensions.add(key, self._about(dimension, around[dimension.semantic_model]))
        for model in self._catalog.models.values():
            self._models.add(model.name, self._about_model(model))
        for query in self._catalog.saved_queries.values():
            named = self._words(query.name, query.label or "")
            self._saved.add(
                query.name, ((named, _NAMED), (self._words(query.description), _DESCRIBED))
            )

    def rank(self, question: Question, clues: Clues, mentions: Iterable[Mention]) -> Ranking:
        """Score everything for one question that the embedded planner has read."""
        asked = self._asked(clues)
        metrics = defaultdict(float, self._metrics.scores(asked))
        dimensions = defaultdict(float, self._dimensions.scores(asked))
        values: dict[str, dict[str, float]] = defaultdict(dict)
        said: dict[tuple[Kind, str], float] = {}
        for mention in mentions:
            element = mention.element
            worth = sum(clues.weights[i] * s for i, s in mention.tokens)
            score = _MENTIONED * worth * mention.coverage * mention.name.strength
            place = (element.kind, element.key)
            said[place] = max(said.get(place, 0.0), score)
            if element.kind is Kind.VALUE:
                known = values[element.key]
                value = str(element.value).lower() if element.value is True else str(element.value)
                known[value] = max(known.get(value, 0.0), score)
        for (kind, key), score in said.items():
            if kind is Kind.METRIC:
                metrics[key] += score
            elif kind is Kind.ENTITY:
                for dimension in self._embedded.identities.names(key):
                    dimensions[dimension.key] += _NAMING * score
            else:
                dimensions[key] += score
        self._from_before(question, metrics, dimensions)
        self._relatives(metrics)
        models = self._model_scores(asked, metrics, dimensions)
        return Ranking(
            metrics=dict(metrics),
            dimensions=dict(dimensions),
            models=models,
            saved_queries=self._saved.scores(asked),
            values={
                key: tuple(sorted(found, key=lambda v: -found[v])) for key, found in values.items()
            },
        )

    def _asked(self, clues: Clues) -> dict[str, float]:
        """Lemmas of the question and of words related to these, with how much each tells."""
        lexicon = self._embedded.lexicon
        asked: dict[str, float] = {}

        def add(lemma: str, strength: float) -> None:
            asked[lemma] = max(asked.get(lemma, 0.0), strength)

        for token in clues.phrasing.tokens:
            weight = clues.weights[token.index]
            if weight < _LEAST_INFORMATION or token.index in clues.time_tokens:
                continue
            add(token.lemma, weight)
            add(lexicon.root(token.lemma), 0.8 * weight)
            for related in lexicon.related(token.lemma):
                for word in related.phrase.split():
                    if lexicon.information(word) > _LEAST_INFORMATION:
                        add(lexicon.lemma(word), _RELATED * weight * related.strength)
            for expanded in lexicon.expand_abbreviation(token.lower):
                add(lexicon.lemma(expanded), 0.9 * weight)
            verb = lexicon.verb(token.lower)
            for noun in verb.nouns if verb is not None else ():
                add(lexicon.lemma(noun.phrase), _RELATED * weight)
        return asked

    def _from_before(
        self,
        question: Question,
        metrics: defaultdict[str, float],
        dimensions: defaultdict[str, float],
    ) -> None:
        """A follow-up needs what the question before it was about."""
        if not isinstance(question.previous, SemanticQuery):
            return
        before = question.previous
        for name in before.metrics:
            metrics[name] += _FROM_BEFORE
        items = {g.element_name for g in (*before.group_by, *(w.item for w in before.where))}
        for elements in self._elements(before):
            for element in elements:
                if element.qualified_name in items and element.dimension is not None:
                    dimensions[element.dimension.key] += _FROM_BEFORE

    def _relatives(self, metrics: defaultdict[str, float]) -> None:
        """Metrics over the same measures: what the question wants may be a variant of the nearest.

        "Now as a running total" says nothing of what is added up.
        """
        nearest = sorted(metrics, key=lambda m: (-metrics[m], m))[:_NEAREST]
        for name, score in [(m, metrics[m]) for m in nearest]:
            family = {m for n in self._catalog.metrics[name].measures for m in self._measured[n]}
            for relative in family - {name}:
                metrics[relative] += _FAMILY * score

    def _elements(self, query: SemanticQuery) -> list[tuple[GroupByElement, ...]]:
        if query.metrics:
            return [self._catalog.group_bys_by_metric.get(m, ()) for m in query.metrics]
        return list(self._catalog.list_group_bys.values())

    def _model_scores(
        self,
        asked: Mapping[str, float],
        metrics: Mapping[str, float],
        dimensions: Mapping[str, float],
    ) -> dict[str, float]:
        """A model is as near as its own words, and a little as near as what is defined over it."""
        scores = defaultdict(float, self._models.scores(asked))
        for semantic_model in self._catalog.semantic_models.values():
            own = [dimensions.get(d.key, 0.0) for d in semantic_model.dimensions]
            own += [
                score
                for name, score in metrics.items()
                if semantic_model.name in self._catalog.metrics[name].semantic_models
            ]
            scores[semantic_model.model] += 1.0 + max(own, default=0.0)
        return dict(scores)

    def _about(
        self, item: Metric | Dimension, around: Iterable[str]
    ) -> tuple[tuple[Iterable[str], float], ...]:
        meanings = (
            [meaning for _, meaning in item.value_labels] if isinstance(item, Dimension) else []
        )
        return (
            (self._words(item.name, item.label or "", *item.synonyms), _NAMED),
            (self._words(item.description, *meanings), _DESCRIBED),
            (around, _AROUND),
        )

    def _about_model(self, model: Model) -> tuple[tuple[Iterable[str], float], ...]:
        columns = [c for c in model.columns if c.name.lower() not in model.sensitive_columns]
        return (
            (self._words(model.name), _NAMED),
            (self._words(*(c.name for c in columns)), _NAMED / 2),
            (self._words(model.description, *(c.description for c in columns)), _DESCRIBED),
        )

    def _around(self, semantic_model: str) -> frozenset[str]:
        model = self._catalog.semantic_models[semantic_model]
        entity = model.primary_entity or ""
        return self._words(model.name, model.label or "", entity, *model.synonyms)

    def _words(self, *texts: str) -> frozenset[str]:
        """Lemmas and roots of some texts; identifiers are split, abbreviations written out."""
        lexicon = self._embedded.lexicon
        found: set[str] = set()
        for text in texts:
            for word in identifier_words(text):
                for spelled in (word, *lexicon.expand_abbreviation(word)):
                    if lexicon.information(spelled) > _LEAST_INFORMATION:
                        lemma = lexicon.lemma(spelled)
                        found |= {lemma, lexicon.root(lemma)}
        return frozenset(found)
