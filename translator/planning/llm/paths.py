"""Join paths as a prompt shows them, and back: what a model may write for a dimension.

A prompt names a path by its last entity (`district__district_name`), as long as this is clear; the
query needs MetricFlow's whole path (`store__district__district_name`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from semantic.catalog import GroupByElement, SemanticCatalog
from translator.planning.llm.fence import as_data


def prefix(element: GroupByElement) -> str:
    """The entity by which a prompt names the path to a dimension."""
    return element.entity_path[-1] if element.entity_path else element.name


def prefixes(elements: Iterable[GroupByElement]) -> tuple[str, ...]:
    """Prefixes under which dimensions are reached, nearest first.

    Where paths to one entity are equally near, each is named by its last two: only so it is clear
    which is meant.
    """
    paths: dict[str, dict[tuple[str, ...], int]] = {}
    for element in elements:
        if element.dimension is not None and not element.dimension.sensitive:
            found = paths.setdefault(prefix(element), {})
            found[element.entity_path] = min(found.get(element.entity_path, 9), element.hops)
    nearest: dict[str, int] = {}
    for name, found in paths.items():
        least = min(found.values())
        near = [path for path, hops in found.items() if hops == least]
        for path in near:
            nearest["__".join(path[-2:]) if len(near) > 1 else name] = least
    return tuple(sorted(nearest, key=lambda p: (nearest[p], p)))


def owner_prefixes(catalog: SemanticCatalog) -> Mapping[str, tuple[str, ...]]:
    """For each semantic model: prefixes under which its dimensions are reached from anywhere."""
    found: dict[str, dict[str, None]] = {}
    seen = [*catalog.list_group_bys.values(), *catalog.group_bys_by_metric.values()]
    for elements in seen:
        for element in elements:
            if element.dimension is not None:
                known = found.setdefault(element.dimension.semantic_model, {})
                known[prefix(element)] = None
    return {model: tuple(known) for model, known in found.items()}


def candidates(
    parts: Sequence[str], elements: Mapping[str, GroupByElement]
) -> tuple[GroupByElement, ...]:
    """What `parts` (entities, then a name) may mean among `elements`, nearest first.

    The whole path wins; else the path may leave out entities, or name the semantic model or the dbt
    model that has the dimension. Several are returned only if they lie equally near.
    """
    wanted = [p.lower() for p in parts]
    exact = elements.get("__".join(parts)) or next(
        (e for name, e in elements.items() if name.lower() == "__".join(wanted)), None
    )
    if exact is not None:
        return (exact,)
    found = [
        (cost, e)
        for e in elements.values()
        if e.name.lower() == wanted[-1] and (cost := _distance(wanted[:-1], e)) is not None
    ]
    if not found:
        return ()
    nearest = min(cost for cost, _ in found)
    return tuple(e for cost, e in found if cost == nearest)


def _distance(path: Sequence[str], element: GroupByElement) -> tuple[int, int] | None:
    """How far a path as written is from an element's own, None if it is another."""
    own = [p.lower() for p in element.entity_path]
    if list(path) == own[len(own) - len(path) :]:
        return (0, element.hops)
    rest = iter(own)
    if all(p in rest for p in path):
        return (1, element.hops)
    owner = element.dimension.semantic_model if element.dimension else ""
    if len(path) == 1 and path[0] in _owner_names(owner.lower()):
        return (2, element.hops)
    if own and path and path[-1] == own[-1]:
        return (3, element.hops)
    return None


@lru_cache(maxsize=1_000)
def _owner_names(semantic_model: str) -> frozenset[str]:
    plain = semantic_model.removesuffix("s")
    return frozenset({semantic_model, plain, f"dim_{semantic_model}", f"fct_{semantic_model}"})


def shown(name: str) -> str:
    """A name of the project in a prompt: its identifiers are data too."""
    return as_data(name, 120)
