"""What changed since a base: dbt's own state method, over the manifest of the base."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semantic.artifacts import MANIFEST, read_manifest
from semantic.errors import ArtifactError
from semantic.parse import DBT_LOCK, run_dbt
from semantic.project import Project

_GROUPS = ("nodes", "sources", "metrics", "semantic_models", "saved_queries", "exposures", "macros")
_NO_DATA = frozenset({"test", "unit_test", "operation", "sql_operation", "analysis"})


@dataclass(frozen=True)
class NodeChange:
    """A node that is not as it was. `how` is in words: `its SQL changed`, `removed`."""

    unique_id: str
    name: str
    resource_type: str
    how: str
    file: str | None = None

    @property
    def sentence(self) -> str:
        """`model fct_orders: its SQL changed`."""
        return f"{self.resource_type.replace('_', ' ')} {self.name}: {self.how}"


@dataclass(frozen=True)
class StateChanges:
    """All that changed against a base manifest, by unique id, with the base manifest itself."""

    base: Mapping[str, Any]
    nodes: Mapping[str, NodeChange]


def changes_since(project: Project, manifest: Mapping[str, Any], state: Path) -> StateChanges:
    """What `state:modified` selects against the manifest in `state`, and what is gone.

    dbt 1.11 takes a metric that is new, or has another filter or other type_params, for unmodified,
    so definitions of the semantic layer are compared here as well. Tests are left out: they change
    no figure.

    Args:
        project: the project as it is now.
        manifest: its manifest.
        state: the folder with the base's `manifest.json`.

    Raises:
        ArtifactError: the base's manifest is missing, cut off or not readable by this dbt.
    """
    base = read_base_manifest(state)
    now, before = _by_id(manifest), _by_id(base)
    found = {}
    for unique_id in dict.fromkeys((*_modified(project, state), *_redefined(now, before))):
        node = now.get(unique_id)
        if node is not None and node.get("resource_type") not in _NO_DATA:
            found[unique_id] = _change(node, _how(node, before.get(unique_id), now, before))
    for unique_id in before.keys() - now.keys():
        node = before[unique_id]
        if node.get("resource_type") not in _NO_DATA:
            found[unique_id] = _change(node, "removed")
    return StateChanges(base, found)


def read_base_manifest(state: Path) -> Mapping[str, Any]:
    """The manifest of a base.

    Raises:
        ArtifactError: it cannot be read.
    """
    hint = (
        "The folder of --state holds the base's artifacts: dbt's target folder of the main "
        "branch, or what `metricspeak ci --store DIR` wrote there."
    )
    try:
        return read_manifest(state / MANIFEST)
    except ArtifactError as error:
        raise ArtifactError(error.message, hint) from None


def _modified(project: Project, state: Path) -> Iterator[str]:
    command = ["--no-write-json", "ls", "--select", "state:modified", "--state", str(state)]
    command += ["--output", "json", "--output-keys", "unique_id"]
    with DBT_LOCK:
        result = run_dbt(project, command)
    if not result.success:
        said = " ".join(str(result.exception or "it gives no reason").split())
        raise ArtifactError(
            f"dbt cannot compare the project with the manifest in {state}: {said}",
            "Make the base's artifacts with the dbt that is installed here.",
        )
    for line in result.result or ():
        yield json.loads(line)["unique_id"]


def _redefined(
    now: Mapping[str, Mapping[str, Any]], before: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    for unique_id, node in now.items():
        old = before.get(unique_id)
        if node.get("resource_type") not in _SEMANTIC:
            continue
        if old is None or any(_plain(node.get(key)) != _plain(old.get(key)) for key in _COMPARED):
            yield unique_id


def _plain(value: Any) -> Any:
    """Without what is empty: versions of dbt differ in which defaults they write out."""
    if isinstance(value, Mapping):
        kept = {key: _plain(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, [], {})}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _by_id(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    adapter = (manifest.get("metadata") or {}).get("adapter_type")
    # dbt's own macros come and go with its version, not with the project.
    own = ("macro.dbt.", f"macro.dbt_{adapter}.")
    return {
        str(unique_id): node
        for group in _GROUPS
        for unique_id, node in (manifest.get(group) or {}).items()
        if not str(unique_id).startswith(own)
    }


def _change(node: Mapping[str, Any], how: str) -> NodeChange:
    name = str(node["name"])
    if node.get("resource_type") == "source":
        name = f"{node.get('source_name')}.{name}"
    file = node.get("original_file_path")
    return NodeChange(
        unique_id=str(node["unique_id"]),
        name=name,
        resource_type=str(node.get("resource_type") or "node"),
        how=how,
        file=str(file) if file else None,
    )


def _how(
    node: Mapping[str, Any],
    old: Mapping[str, Any] | None,
    now: Mapping[str, Mapping[str, Any]],
    before: Mapping[str, Mapping[str, Any]],
) -> str:
    if old is None:
        return "new"
    if node.get("checksum") != old.get("checksum"):
        return "its rows changed" if node.get("resource_type") == "seed" else "its SQL changed"
    macros = [m for m in macros_below(node, now) if _text(now.get(m)) != _text(before.get(m))]
    if macros:
        return f"the macro {macros[0].rpartition('.')[2]} below it changed"
    parts = [key for key in _COMPARED if _plain(node.get(key)) != _plain(old.get(key))]
    if parts:
        return f"its {' and '.join(_COMPARED[key] for key in parts[:3])} changed"
    return "its configuration changed"


_SEMANTIC = frozenset({"metric", "semantic_model", "saved_query"})
_COMPARED = {
    "filter": "filter",
    "type_params": "definition",
    "type": "type",
    "time_granularity": "grain",
    "primary_entity": "primary entity",
    "measures": "measures",
    "dimensions": "dimensions",
    "entities": "entities",
    "model": "model",
    "defaults": "defaults",
    "query_params": "query",
    "depends_on": "dependencies",
    "unrendered_config": "configuration",
    "contract": "contract",
    "label": "label",
    "description": "description",
}


def _text(macro: Mapping[str, Any] | None) -> object:
    return macro.get("macro_sql") if macro is not None else None


def macros_below(node: Mapping[str, Any], nodes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Macros that a node is made with, and those that they call."""
    found: dict[str, None] = {}
    waiting = _macros(node)
    while waiting:
        unique_id = waiting.pop()
        if unique_id in nodes and unique_id not in found:
            found[unique_id] = None
            waiting.extend(_macros(nodes[unique_id]))
    return list(found)


def _macros(node: Mapping[str, Any]) -> list[str]:
    return [str(m) for m in (node.get("depends_on") or {}).get("macros") or ()]


class Graph:
    """What every node of one or several manifests is built from."""

    def __init__(self, manifests: Iterable[Mapping[str, Any]]) -> None:
        """Take the parents of all nodes; those of several manifests together."""
        self._parents: dict[str, set[str]] = {}
        for manifest in manifests:
            for unique_id, node in _by_id(manifest).items():
                below = node.get("depends_on") or {}
                parents = self._parents.setdefault(unique_id, set())
                for key in ("nodes", "macros"):
                    parents.update(str(i) for i in below.get(key) or ())

    def upstream(self, unique_ids: Iterable[str]) -> frozenset[str]:
        """The nodes and all that they are built from: models, seeds, sources, macros."""
        waiting, found = list(unique_ids), set[str]()
        while waiting:
            unique_id = waiting.pop()
            if unique_id not in found:
                found.add(unique_id)
                waiting.extend(self._parents.get(unique_id, ()))
        return frozenset(found)
