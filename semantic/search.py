"""Finds what a catalog has under a few words: metrics, dimensions, entities, models, values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from semantic.catalog import SemanticCatalog
from semantic.value_index import DimensionValues

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# What a match in a name, a synonym, a meaning of a value or a description is worth.
_NAME, _SYNONYM, _VALUE, _DESCRIPTION = 1.0, 0.95, 0.8, 0.5
_LEAST_SCORE = 0.4
_KIND_ORDER = ("metric", "dimension", "entity", "saved_query", "semantic_model", "model", "value")
_STOPWORDS = frozenset("a an the of in on for by to and or per is are what which".split())  # noqa: SIM905


@dataclass(frozen=True)
class SearchHit:
    """Something found: `name` is what `catalog show` takes, `matched` the text that matched."""

    kind: str
    name: str
    label: str | None
    description: str
    matched: str
    score: float


@dataclass(frozen=True)
class _Candidate:
    kind: str
    name: str
    label: str | None
    description: str
    texts: tuple[tuple[str, float], ...]


def search_catalog(
    catalog: SemanticCatalog,
    text: str,
    values: Mapping[str, DimensionValues] | None = None,
    limit: int = 20,
) -> tuple[SearchHit, ...]:
    """What matches the words of `text`, best first; misspellings and plurals are forgiven.

    Args:
        catalog: Where to search.
        text: A few words.
        values: Values by dimension key (a `ValueIndex`), to be searched as well.
        limit: The most hits to give back.
    """
    wanted = tuple(word for word in words(text) if word not in _STOPWORDS) or words(text)
    if not wanted:
        return ()
    hits = []
    for candidate in (*_candidates(catalog), *_value_candidates(catalog, values or {})):
        score, matched = max(
            ((weight * _overlap(wanted, words(t)), t) for t, weight in candidate.texts),
            default=(0.0, ""),
        )
        if score >= _LEAST_SCORE:
            hits.append(
                SearchHit(
                    kind=candidate.kind,
                    name=candidate.name,
                    label=candidate.label,
                    description=candidate.description,
                    matched=matched,
                    score=round(score, 3),
                )
            )
    hits.sort(key=lambda hit: (-hit.score, _KIND_ORDER.index(hit.kind), hit.name))
    return tuple(hits[: max(0, limit)])


def _candidates(catalog: SemanticCatalog) -> Iterator[_Candidate]:
    for metric in catalog.metrics.values():
        yield _candidate("metric", metric.name, metric.label, metric.description, metric.synonyms)
    entities: set[str] = set()
    for model in catalog.semantic_models.values():
        for d in model.dimensions:
            meanings = tuple((meaning, _VALUE) for _, meaning in d.value_labels)
            yield _candidate(
                "dimension", d.key, d.label, d.description, d.synonyms, d.name, meanings
            )
        for e in model.entities:
            # An entity is one thing, whichever models it is in; the first with a label speaks.
            if e.name not in entities and (e.label or e.name == model.primary_entity):
                entities.add(e.name)
                yield _candidate("entity", e.name, e.label, e.description, e.synonyms)
        yield _candidate(
            "semantic_model", model.name, model.label, model.description, model.synonyms
        )
    for query in catalog.saved_queries.values():
        yield _candidate("saved_query", query.name, query.label, query.description, ())
    for node in catalog.models.values():
        columns = tuple((column.name, _DESCRIPTION) for column in node.columns)
        yield _candidate("model", node.name, None, node.description, (), node.name, columns)


def _candidate(
    kind: str,
    name: str,
    label: str | None,
    description: str,
    synonyms: tuple[str, ...],
    short_name: str | None = None,
    more: tuple[tuple[str, float], ...] = (),
) -> _Candidate:
    texts = [(short_name or name, _NAME)]
    if label:
        texts.append((label, _NAME))
    texts += [(synonym, _SYNONYM) for synonym in synonyms]
    texts += more
    if description:
        texts.append((description, _DESCRIPTION))
    return _Candidate(kind, name, label, description, tuple(texts))


def _value_candidates(
    catalog: SemanticCatalog, values: Mapping[str, DimensionValues]
) -> Iterator[_Candidate]:
    for key, found in values.items():
        dimension = catalog.dimensions.get(key)
        if dimension is None or dimension.sensitive:
            continue
        for value in found.values:
            yield _Candidate(
                "value",
                key,
                value,
                f"a value of {dimension.label or dimension.name}",
                ((value, _VALUE),),
            )


@lru_cache(maxsize=50_000)
def words(text: str) -> tuple[str, ...]:
    """A text's words in lower case, with names split ("netAmount_sum") and plurals cut."""
    return tuple(_singular(word.lower()) for word in _WORD.findall(_CAMEL.sub(" ", text)))


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _overlap(wanted: tuple[str, ...], present: tuple[str, ...]) -> float:
    """How much of what is wanted is there, and a little how much more is there than that."""
    if not present:
        return 0.0
    found = sum(max(_likeness(word, other) for other in present) for word in wanted) / len(wanted)
    return found * (0.8 + 0.2 * min(1.0, len(wanted) / len(present)))


@lru_cache(maxsize=50_000)
def _likeness(wanted: str, present: str) -> float:
    if wanted == present:
        return 1.0
    if len(wanted) >= 3 and present.startswith(wanted):
        return 0.85
    if abs(len(wanted) - len(present)) > 2 or len(wanted) < 4:
        return 0.0
    ratio = SequenceMatcher(None, wanted, present, autojunk=False).ratio()
    return 0.8 * ratio if ratio >= 0.8 else 0.0
