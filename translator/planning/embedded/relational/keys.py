"""How rows of models belong together: keys and relationships that the project declares.

A step goes from a row to the one row that it belongs to, by a `relationships` test, a foreign key
or a foreign entity, and only to a column that is unique by its tests, its constraints or an entity.
No step is guessed from equal names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from semantic.catalog import Entity, EntityType, SemanticCatalog
from translator.planning.embedded.relational.query import Step
from translator.planning.embedded.relational.rows import Rows

_MOST_STEPS = 4
_UNIQUE = frozenset({EntityType.PRIMARY, EntityType.UNIQUE})


class Keys:
    """Steps between the readable models of one project."""

    def __init__(self, catalog: SemanticCatalog, rows: Rows) -> None:
        """Collect them once."""
        self._rows = rows
        self._catalog = catalog
        self._steps: dict[str, list[Step]] = defaultdict(list)
        seen: set[tuple[str, str, str, str]] = set()
        for child, child_column, parent, parent_column in self._declared():
            key = (child, child_column.lower(), parent, parent_column.lower())
            here = rows.physical(child, child_column)
            there = rows.physical(parent, parent_column)
            if here and there and child != parent and key not in seen:
                seen.add(key)
                self._steps[child].append(Step(child, here, parent, there))
        self._paths: dict[str, dict[str, list[tuple[Step, ...]]]] = {}

    def paths(self, model: str) -> dict[str, list[tuple[Step, ...]]]:
        """From each row of a model to the rows it belongs to: the shortest paths by target."""
        known = self._paths.get(model)
        if known is None:
            known = self._paths[model] = self._find(model)
        return known

    def _find(self, model: str) -> dict[str, list[tuple[Step, ...]]]:
        found: dict[str, list[tuple[Step, ...]]] = {model: [()]}
        edge: list[tuple[Step, ...]] = [()]
        for _ in range(_MOST_STEPS):
            grown: dict[str, list[tuple[Step, ...]]] = defaultdict(list)
            for path in edge:
                here = path[-1].parent if path else model
                for step in self._steps.get(here, ()):
                    if step.parent not in found:
                        grown[step.parent].append((*path, step))
            found.update(grown)
            edge = [path for paths in grown.values() for path in paths]
        return found

    def key_of(self, model: str) -> str | None:
        """The one column that identifies a row of the model, if the project tells."""
        node = self._catalog.models[model]
        if len(node.primary_key) == 1:
            return node.primary_key[0]
        return next((e.column for e in self._entities(model) if e.type in _UNIQUE), None)

    def is_unique(self, model: str, column: str) -> bool:
        """Whether a column has no value twice, as the project says."""
        node = self._catalog.models[model]
        known = node.column(column)
        if known is not None and known.unique:
            return True
        if [k.lower() for k in node.primary_key] == [column.lower()]:
            return True
        return any(
            e.type in _UNIQUE and (e.column or "").lower() == column.lower()
            for e in self._entities(model)
        )

    def _entities(self, model: str) -> Iterator[Entity]:
        for semantic_model in self._catalog.semantic_models.values():
            if semantic_model.model == model:
                yield from semantic_model.entities

    def _declared(self) -> Iterator[tuple[str, str, str, str]]:
        models = self._rows.columns
        for name in models:
            for column in self._catalog.models[name].columns:
                target = column.references
                if (
                    target is not None
                    and target.model in models
                    and self.is_unique(target.model, target.column)
                ):
                    yield name, column.name, target.model, target.column
        homes: dict[str, list[Entity]] = defaultdict(list)
        every = [
            (s.model, e)
            for s in self._catalog.semantic_models.values()
            if s.model in models
            for e in s.entities
            if e.column
        ]
        for _, entity in every:
            if entity.type in _UNIQUE:
                homes[entity.name].append(entity)
        for child, entity in every:
            for home in homes.get(entity.name, ()):
                parent = self._catalog.semantic_models[home.semantic_model].model
                if parent != child and entity.column and home.column:
                    yield child, entity.column, parent, home.column
