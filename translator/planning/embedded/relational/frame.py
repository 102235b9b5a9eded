"""What can be seen from the rows of one model: its columns and those of rows it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from translator.planning.embedded.mentions import Mention
from translator.planning.embedded.relational.keys import Keys
from translator.planning.embedded.relational.parts import is_ownerless, quality
from translator.planning.embedded.relational.query import Attribute, RowColumn, Step
from translator.planning.embedded.relational.rows import Rows
from translator.planning.embedded.text import identifier_words
from translator.planning.embedded.vocabulary import Element, Kind

_EACH_STEP = 0.1
_EQUAL = 0.06


@dataclass(frozen=True)
class Seen:
    """An attribute that a mention may mean, with how well it fits (0..1)."""

    attribute: Attribute
    mention: Mention
    fit: float


class Frame:
    """The attributes of a model's rows."""

    def __init__(
        self,
        rows: Rows,
        keys: Keys,
        names: Mapping[str, tuple[RowColumn, ...]],
        model: str,
        without: Iterable[str] = (),
    ) -> None:
        """Find what is reached by exactly one shortest path, not through the models `without`."""
        self.rows = rows
        self.keys = keys
        self._names = names
        self.model = model
        self._paths: dict[str, tuple[Step, ...]] = {}
        barred = set(without)
        for target, paths in keys.paths(model).items():
            if len(paths) == 1 and not any(s.parent in barred for s in paths[0]):
                self._paths[target] = paths[0]

    def path(self, model: str) -> tuple[Step, ...] | None:
        """The path to the row of `model` that a row belongs to, if there is one."""
        return self._paths.get(model)

    def attribute(self, element: Element) -> Attribute | None:
        """The attribute of a dimension or value of the picture."""
        column = self.rows.column(element.key)
        if column is None:
            return None
        path = self.path(column.model)
        return None if path is None else Attribute(path, column)

    def seen(self, mentions: Iterable[Mention]) -> list[Seen]:
        """What mentions may mean here: the best, and all that fit as well as it."""
        found: dict[tuple[Attribute, object], Seen] = {}
        for mention in mentions:
            attribute = self.attribute(mention.element)
            if attribute is None:
                continue
            hops = len(attribute.path)
            if hops and is_ownerless(mention):
                continue
            fit = quality(mention) - _EACH_STEP * hops
            key = (attribute, mention.element.value)
            if key not in found or found[key].fit < fit:
                found[key] = Seen(attribute, mention, fit)
        for seen in [s for s in found.values() if s.attribute.path]:
            # A ticket's own "contact channel" may be meant rather than its order's "channel".
            if seen.mention.element.kind is Kind.DIMENSION:
                for attribute in self._alike(seen.mention):
                    key = (attribute, None)
                    found.setdefault(key, Seen(attribute, seen.mention, seen.fit))
        ordered = sorted(found.values(), key=lambda s: -s.fit)
        return [s for s in ordered if s.fit >= ordered[0].fit - _EQUAL]

    def _alike(self, mention: Mention) -> Iterator[Attribute]:
        """Columns of the row itself whose names have the words that were said."""
        said = set(mention.name.terms)
        for dimension in self.rows.picture.semantic_models[self.model].dimensions:
            for text in (dimension.name, dimension.label or "", *dimension.synonyms):
                if said <= set(identifier_words(text)):
                    yield Attribute((), self.rows.columns[self.model][dimension.name])
                    break

    def own(self, name: str) -> Attribute | None:
        """A column of the model itself."""
        column = self.rows.physical(self.model, name)
        return None if column is None else Attribute((), column)

    def identity(self, model: str | None = None) -> tuple[Attribute, ...]:
        """What a row, or the row of `model` that it belongs to, is told by: key and name."""
        model = model or self.model
        path = self.path(model)
        if path is None:
            return ()
        found: list[RowColumn] = []
        key = self.keys.key_of(model)
        column = self.rows.physical(model, key) if key else None
        if column is not None:
            found.append(column)
        found += [c for c in self._names.get(model, ()) if c not in found]
        return tuple(Attribute(path, c) for c in found)

    def date(self) -> Attribute | None:
        """What a period means for these rows, where that is known."""
        column = self.rows.dates.get(self.model)
        return None if column is None else Attribute((), column)

    def dates(self) -> tuple[Attribute, ...]:
        """Every date of a row."""
        return tuple(
            Attribute((), c)
            for c in self.rows.columns[self.model].values()
            if c.kind in {"date", "timestamp"}
        )

    def numbers(self) -> tuple[Attribute, ...]:
        """Every number of a row that is no key; those that have a label, if any do."""
        found = tuple(
            Attribute((), c)
            for c in self.rows.columns[self.model].values()
            if c.kind == "number" and not c.key and not self._points(c)
        )
        return tuple(a for a in found if a.column.label) or found

    def _points(self, column: RowColumn) -> bool:
        return any(
            s.child_column.column == column.column
            for paths in self.keys.paths(self.model).values()
            for path in paths
            for s in path[:1]
        )
