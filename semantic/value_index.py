"""Values of dimensions, as they were read. Apart from the reading: this needs no SQL library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class DimensionValues:
    """Values of one dimension as stored, sorted. Not `complete` where a bound was met."""

    values: tuple[str, ...]
    complete: bool
    indexed_at: str


@dataclass(frozen=True)
class ValueIndex(Mapping[str, DimensionValues]):
    """Values by dimension key (`semantic_model.dimension`).

    `failures` says for each dimension that could not be read why; `warnings` are for the person.
    """

    dimensions: Mapping[str, DimensionValues] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def __getitem__(self, key: str) -> DimensionValues:
        return self.dimensions[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.dimensions)

    def __len__(self) -> int:
        return len(self.dimensions)
