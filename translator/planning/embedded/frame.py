"""What is decided before roles are given out, and over which entities an element is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from semantic.catalog import GroupByElement
from translator.planning.embedded.reading import Clues

Reach = Mapping[str, list[GroupByElement]]


@dataclass(frozen=True)
class Frame:
    """What is already decided when roles are given out."""

    metrics: tuple[str, ...]
    list_of: str | None
    reach: Reach
    focus: frozenset[str]
    """Entities that the question asks for or breaks down by."""
    spoken: frozenset[str]
    """Entities named anywhere."""
    nouns: frozenset[int] = frozenset()
    """Words that wholly name a dimension or an entity."""
    measured: frozenset[int] = frozenset()
    """Words that wholly name a metric, and words of aggregation."""
    wider: tuple[frozenset[int], ...] = ()
    """Names of metrics said in full, of two words and more."""


def pick_path(clues: Clues, elements: list[GroupByElement], frame: Frame) -> GroupByElement:
    """The path whose entities the question names, else the shortest."""
    return best_paths(clues, elements, frame)[0]


def best_paths(clues: Clues, elements: list[GroupByElement], frame: Frame) -> list[GroupByElement]:
    """The paths whose entities the question names, else the shortest; several in equal roles.

    The same attribute may be reached as that of the origin or of the destination, of the manager
    or of the employee: nothing but the question can tell which.
    """
    lemmas = {t.lemma for t in clues.phrasing.tokens}

    def rank(element: GroupByElement) -> tuple[int, int, int]:
        said = sum(
            part in frame.focus or part in frame.spoken or all(w in lemmas for w in part.split("_"))
            for part in element.entity_path
        )
        return (-said, element.hops, len(element.entity_path))

    first = min(elements, key=rank)
    roles = {first.entity_path[-1:]: first}
    for element in elements:
        if rank(element) == rank(first):
            roles.setdefault(element.entity_path[-1:], element)
    return list(roles.values())
