"""The catalog's words: what each metric, dimension, entity and value may be called.

Every element has one or more `Name`s (label, synonym, identifier). A name is a tuple of lemmas
with weights: a word that many names share ("account" in a project about accounts) says less than
a rare one, and words of aggregation ("number", "total") say least, because they are matched
against the question's own words of aggregation instead.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from semantic.catalog import Dimension, DimensionType, Entity, Metric, SemanticCatalog
from translator.planning.embedded.described import described_names
from translator.planning.embedded.lexicon import Lexicon
from translator.planning.embedded.text import identifier_words, tokenise
from translator.planning.embedded.value_names import text_names, yes_no_names

AGGREGATION_WORDS = frozenset(
    [
        "number",
        "count",
        "total",
        "sum",
        "average",
        "mean",
        "median",
        "avg",
        "of",
        "the",
        "a",
        "an",
        "in",
        "for",
        "per",
        "by",
        "and",
        "or",
        "to",
        "rate",
        "share",
        "percentage",
        "percent",
        "ratio",
        "maximum",
        "minimum",
        "highest",
        "lowest",
        "distinct",
        "unique",
        "overall",
        "pct",
        "cnt",
        "nbr",
        "num",
        "tot",
        "ttl",
    ]
)
# What names of time dimensions end in: "signed up" says all of "Sign-up date" that matters.
_TIME_WORDS = frozenset(["date", "day", "time", "timestamp", "on", "at"])
# What columns are called for being columns: "field_crop_name", "member_organic_indicator".
_COLUMN_WORDS = frozenset(
    ["name", "text", "indicator", "ind", "flag", "flg", "code", "cd", "nm", "desc", "description"]
    + ["val", "key", "id", "nbr", "col"]
)
# A word in more than this part of all names is the project's prefix and says nothing.
_COMMON = 0.5
# Words that many dimensions are called by: alone they say hardly which one is meant.
GENERIC_WORDS = frozenset(
    ["name", "code", "id", "key", "type", "status", "date", "title", "value", "label", "number"]
)
# What columns that hold keys and codes end in.
KEY_WORDS = frozenset(["code", "cd", "key", "id", "no", "nr", "number"])
# Verbs that say little by themselves: "orders that came through the app".
LIGHT_VERBS = frozenset(
    ["come", "go", "get", "happen", "occur", "take", "give", "see", "need", "want", "look", "bring"]
    + ["put", "exist", "keep", "let", "make", "do", "have", "be", "place", "turn"]
)
_LIGHT = frozenset(
    [
        "of",
        "the",
        "a",
        "an",
        "in",
        "for",
        "per",
        "by",
        "and",
        "or",
        "to",
        "on",
        "with",
        "at",
        "from",
        "as",
        "is",
        "are",
        "be",
        "#",
        "%",
        "/",
        "-",
    ]
)
_SOURCE_STRENGTH = {
    "label": 1.0,
    "synonym": 1.0,
    "name": 0.95,
    "alias": 0.9,
    "expansion": 0.85,
    "description": 0.85,
}


class Kind(StrEnum):
    """What a name can refer to."""

    METRIC = "metric"
    DIMENSION = "dimension"
    ENTITY = "entity"
    VALUE = "value"


@dataclass(frozen=True)
class Element:
    """A thing of the catalog that a question can mention.

    `key`: metric name, dimension key (`semantic_model.dimension`), or entity name. For a value,
    `key` is its dimension's key and `value` what is stored.
    """

    kind: Kind
    key: str
    value: str | bool | None = None


@dataclass(frozen=True)
class Name:
    """One way to call an element: lemmas, each with a weight; `context` may be said too.

    `surface` is the text in lower case, inflections and all.
    """

    element: Element
    terms: tuple[str, ...]
    strength: float
    source: str
    context: tuple[str, ...] = ()
    surface: str = ""


@dataclass(frozen=True)
class Vocabulary:
    """All names, indexed by lemma; `weights` says how much a lemma tells in this catalog (0..1)."""

    names: tuple[Name, ...]
    by_term: Mapping[str, tuple[int, ...]]
    weights: Mapping[str, float]
    description_terms: Mapping[Element, frozenset[str]] = field(default_factory=dict)

    def weight(self, term: str) -> float:
        """How much a lemma says within a name."""
        return self.weights.get(term, 1.0)


def build_vocabulary(
    catalog: SemanticCatalog,
    lexicon: Lexicon,
    values: Mapping[str, Iterable[str]],
) -> Vocabulary:
    """Collect the names of everything in `catalog`; `values` by dimension key."""
    builder = _Builder(catalog, lexicon)
    for metric in catalog.metrics.values():
        builder.add_metric(metric)
    for entity in _entities(catalog).values():
        builder.add_entity(entity)
    for dimension in catalog.dimensions.values():
        builder.add_dimension(dimension)
        builder.add_values(dimension, values.get(dimension.key, ()))
    return builder.build()


def _entities(catalog: SemanticCatalog) -> dict[str, Entity]:
    """Each entity once, as defined where it is primary if it is anywhere."""
    found: dict[str, Entity] = {}
    order = {"primary": 0, "unique": 1, "natural": 2, "foreign": 3}
    for model in catalog.semantic_models.values():
        for entity in model.entities:
            known = found.get(entity.name)
            if known is None or order[entity.type.value] < order[known.type.value]:
                found[entity.name] = entity
    return found


def is_boolean(dimension: Dimension) -> bool:
    """Whether a dimension answers yes or no, by its type or, where that is unknown, its name."""
    kind = (dimension.data_type or "").lower()
    words = identifier_words(dimension.name)
    return (
        kind.startswith("bool")
        or words[:1] in (["is"], ["has"], ["was"])
        or words[-1:] in (["flg"], ["flag"])
    )


def _unlabelled(name: str, label: str | None) -> bool:
    """Whether an element has no label, or one that only repeats its name."""
    return not label or identifier_words(label) == identifier_words(name)


class _Builder:
    def __init__(self, catalog: SemanticCatalog, lexicon: Lexicon) -> None:
        self.catalog = catalog
        self.lexicon = lexicon
        self.names: list[Name] = []
        self.seen: set[tuple[Element, tuple[str, ...]]] = set()
        self.descriptions: dict[Element, frozenset[str]] = {}

    def add_metric(self, metric: Metric) -> None:
        element = Element(Kind.METRIC, metric.name)
        self._describe(element, metric.description)
        self._name(element, metric.label, "label")
        self._identifier(element, metric.name)
        for synonym in metric.synonyms:
            self._name(element, synonym, "synonym")
        if not metric.synonyms and _unlabelled(metric.name, metric.label):
            self._described(element, metric.description)

    def add_entity(self, entity: Entity) -> None:
        element = Element(Kind.ENTITY, entity.name)
        self._name(element, entity.label, "label")
        self._identifier(element, entity.name)
        for synonym in entity.synonyms:
            self._name(element, synonym, "synonym")
        for model in self.catalog.semantic_models.values():
            if model.primary_entity == entity.name and any(
                e.name == entity.name and e.type.value == "primary" for e in model.entities
            ):
                self._name(element, model.label, "alias")
                self._identifier(element, model.name)
                for synonym in model.synonyms:
                    self._name(element, synonym, "synonym")
                self._described(element, model.description)
        self._described(element, entity.description)

    def add_dimension(self, dimension: Dimension) -> None:
        if dimension.sensitive:
            return
        element = Element(Kind.DIMENSION, dimension.key)
        model = self.catalog.semantic_models[dimension.semantic_model]
        context = self._context(model.primary_entity, model.label, model.name)
        self._describe(element, dimension.description)
        self._name(element, dimension.label, "label", context)
        self._identifier(element, dimension.name, context)
        for synonym in dimension.synonyms:
            self._name(element, synonym, "synonym", context)
        if not dimension.synonyms and _unlabelled(dimension.name, dimension.label):
            self._described(element, dimension.description, context)

    def _described(self, element: Element, description: str, context: tuple[str, ...] = ()) -> None:
        for text in described_names(description):
            self._name(element, text, "description", context)

    def add_values(self, dimension: Dimension, values: Iterable[str]) -> None:
        if dimension.sensitive or dimension.type is DimensionType.TIME:
            return
        for value, text, source in text_names(dimension, values, self.lexicon):
            self._name(Element(Kind.VALUE, dimension.key, value), text, source)
        if is_boolean(dimension):
            model = self.catalog.semantic_models[dimension.semantic_model]
            context = self._context(model.primary_entity, model.label, model.name)
            for value, text, source in yes_no_names(dimension, self.lexicon):
                self._name(Element(Kind.VALUE, dimension.key, value), text, source, context)

    def _context(self, *texts: str | None) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for text in texts:
            for word in identifier_words(text or ""):
                for expanded in (word, *self.lexicon.expand_abbreviation(word)):
                    found[self.lexicon.lemma(expanded)] = None
        return tuple(w for w in found if w not in _LIGHT)

    def _describe(self, element: Element, description: str) -> None:
        lemmas = (t.lemma for t in tokenise(description[:400], self.lexicon).tokens if t.is_word)
        self.descriptions[element] = frozenset(
            w for w in lemmas if w not in AGGREGATION_WORDS and len(w) > 2
        )

    def _identifier(self, element: Element, name: str, context: tuple[str, ...] = ()) -> None:
        """An identifier as it stands, and with its abbreviations written out."""
        words = identifier_words(name)
        self._name(element, " ".join(words), "name", context)
        expanded = [self.lexicon.expand_abbreviation(w) for w in words]
        if any(expanded):
            first = [e[0] if e else w for e, w in zip(expanded, words, strict=True)]
            self._name(element, " ".join(first), "expansion", context)

    def _name(
        self,
        element: Element,
        text: str | None,
        source: str,
        context: tuple[str, ...] = (),
    ) -> None:
        if not text:
            return
        if "_" in text and " " not in text:  # a label that only repeats an identifier
            text = " ".join(identifier_words(text))
        terms = tuple(
            t.lemma
            for t in tokenise(text[:120], self.lexicon).tokens
            if t.text[0].isalnum() and t.lower not in _LIGHT
        )
        if context and terms and (element.kind is Kind.VALUE or terms[-1] not in context):
            # "Customer name" is a name; but "Product category" is no product.
            trimmed = tuple(t for t in terms if t not in context)
            terms = trimmed or terms
        if not terms or len(terms) > 8 or (element, terms) in self.seen:
            return
        self.seen.add((element, terms))
        strength = _SOURCE_STRENGTH[source]
        self.names.append(Name(element, terms, strength, source, context, text.lower()))
        if element.kind is not Kind.VALUE:
            for related in self.lexicon.related(" ".join(terms)):
                words = tuple(related.phrase.split())
                if len(words) > 1 and related.strength >= 0.7:
                    variant = tuple(self.lexicon.lemma(w) for w in words if w not in _LIGHT)
                    if variant and (element, variant) not in self.seen:
                        self.seen.add((element, variant))
                        self.names.append(
                            Name(element, variant, strength * related.strength, source, context)
                        )

    def build(self) -> Vocabulary:
        counts: dict[str, set[Element]] = defaultdict(set)
        by_term: dict[str, list[int]] = defaultdict(list)
        for position, name in enumerate(self.names):
            for term in set(name.terms):
                by_term[term].append(position)
                if name.element.kind is not Kind.VALUE:
                    counts[term].add(name.element)
        total = max(len({n.element for n in self.names if n.element.kind is not Kind.VALUE}), 2)
        weights = {
            term: 0.15
            if term in AGGREGATION_WORDS or term in _TIME_WORDS or len(elements) > total * _COMMON
            else max(0.35, 1 - 0.65 * math.log1p(len(elements)) / math.log1p(total))
            for term, elements in counts.items()
        }
        for term in weights:
            if term in _COLUMN_WORDS or (len(term) <= 3 and self.lexicon.unit(term) is not None):
                weights[term] = min(weights[term], 0.3)  # "kg" says nothing beside "weight"
        return Vocabulary(
            tuple(self.names), {t: tuple(p) for t, p in by_term.items()}, weights, self.descriptions
        )
