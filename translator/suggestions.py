"""Names near to one that is not known: by spelling, label and synonym."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from semantic.catalog import GroupByElement, SemanticCatalog

_MOST = 3


def near_metrics(name: str, catalog: SemanticCatalog) -> tuple[str, ...]:
    """Metrics that a wrong name may mean, best first."""
    words = {m.name: (m.name, m.label or "", *m.synonyms) for m in catalog.metrics.values()}
    return nearest(name, words)


def near_items(name: str, elements: Mapping[str, GroupByElement]) -> tuple[str, ...]:
    """Dimensions and entities that a wrong name may mean, best first."""
    words: dict[str, tuple[str, ...]] = {}
    for qualified, element in elements.items():
        about = element.dimension or element.entity
        spoken = (about.label or "", *about.synonyms) if about else ()
        words[qualified] = (qualified, element.name, *spoken)
    return nearest(name, words)


def nearest(name: str, words: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Keys whose words are like `name`, best first."""
    wanted = _plain(name)
    scored = []
    for key, spoken in words.items():
        likeness = max((_likeness(wanted, _plain(w)) for w in spoken if w), default=0.0)
        if likeness >= 0.6:
            scored.append((-likeness, len(key), key))
    return tuple(key for _, _, key in sorted(scored)[:_MOST])


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("_", " ").split())


def _likeness(left: str, right: str) -> float:
    if left == right:
        return 1.0
    return 0.99 * difflib.SequenceMatcher(None, left, right).ratio()
