"""Which tests and sources stand behind a model, from the manifest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from semantic.build_models import node_name

_WITH_ROWS = frozenset({"model", "seed", "snapshot", "source"})


@dataclass(frozen=True)
class Test:
    """A test of the project. `tests` are the unique ids of the nodes that it is about."""

    __test__ = False  # not one of pytest's

    unique_id: str
    label: str
    tests: frozenset[str]


class Lineage:
    """Nodes with what they are built from, their tests, and the limits of their sources."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        """Take from the manifest what is needed; it may be let go afterwards."""
        nodes = {
            node["unique_id"]: node
            for group in ("nodes", "sources")
            for node in (manifest.get(group) or {}).values()
            if isinstance(node, Mapping) and node.get("unique_id")
        }
        kept = {i: n for i, n in nodes.items() if n.get("resource_type") in _WITH_ROWS}
        self.names = {unique_id: node_name(node) for unique_id, node in kept.items()}
        self.relations = {
            unique_id: str(node["relation_name"])
            for unique_id, node in kept.items()
            if node.get("relation_name")
        }
        self._parents = {i: tuple(_depends_on(n)) for i, n in kept.items()}
        self._ids: dict[str, list[str]] = {}
        for unique_id, name in self.names.items():
            self._ids.setdefault(name, []).append(unique_id)
        self.tests = tuple(_tests(manifest, nodes, self.names))
        self.limited_sources = frozenset(
            i for i, n in kept.items() if n["resource_type"] == "source" and _has_limit(n)
        )

    def upstream(self, models: Iterable[str]) -> frozenset[str]:
        """Unique ids of models, given by name, and of all that they are built from."""
        waiting = [i for name in models for i in self._ids.get(name, ())]
        found: set[str] = set()
        while waiting:
            unique_id = waiting.pop()
            if unique_id not in found and unique_id in self.names:
                found.add(unique_id)
                waiting.extend(self._parents[unique_id])
        return frozenset(found)

    def tests_of(self, nodes: frozenset[str]) -> tuple[Test, ...]:
        """Tests that are about any of these nodes."""
        return tuple(test for test in self.tests if test.tests & nodes)


def _depends_on(node: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(i) for i in (node.get("depends_on") or {}).get("nodes") or ())


def _tests(
    manifest: Mapping[str, Any], nodes: Mapping[str, Any], names: Mapping[str, str]
) -> Iterator[Test]:
    for unique_id, node in nodes.items():
        if node.get("resource_type") != "test":
            continue
        attached = node.get("attached_node")
        about = [attached] if attached in names else list(_depends_on(node))
        yield Test(unique_id, _label(node, about, names), frozenset(about))
    for unique_id, node in (manifest.get("unit_tests") or {}).items():
        about = list(_depends_on(node))[:1]
        label = f"unit test {node.get('name')}"
        yield Test(str(unique_id), label, frozenset(about))


def _label(node: Mapping[str, Any], about: list[Any], names: Mapping[str, str]) -> str:
    """`unique on dim_stores.store_id`; a test of the project's own by its name."""
    metadata = node.get("test_metadata") or {}
    owner = names.get(str(about[-1])) if about else None
    if not metadata.get("name") or owner is None:
        return str(node.get("name"))
    column = node.get("column_name")
    return f"{metadata['name']} on {owner}" + (f".{column}" if column else "")


def _has_limit(node: Mapping[str, Any]) -> bool:
    criteria = node.get("freshness") or (node.get("config") or {}).get("freshness") or {}
    return any(
        (criteria.get(key) or {}).get("count") is not None for key in ("warn_after", "error_after")
    )
