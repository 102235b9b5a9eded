"""A finding of the linter, and what a rule looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from semantic.catalog import SemanticCatalog
from semantic.places import Place
from translator.artifact.proposal import BridgeProposal


class Severity(StrEnum):
    """How much a finding matters; OFF switches its rule off."""

    OFF = "off"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Fix:
    """What can be written into the entry of the subject: `path` of keys, and the value there."""

    path: tuple[str, ...]
    value: str | bool


@dataclass(frozen=True)
class Problem:
    """What a rule says. `kind` is metric, dimension, entity, measure or semantic_model.

    `name` is the metric's name, or `semantic_model.name` of what a semantic model holds. `bridge`
    is the model that would bring near what is out of reach.
    """

    kind: str
    name: str
    message: str
    hint: str = ""
    fix: Fix | None = None
    bridge: BridgeProposal | None = None


@dataclass(frozen=True)
class Finding:
    """A problem with its rule, its severity as configured, and where it is written."""

    rule: str
    severity: Severity
    problem: Problem
    place: Place | None = None


@dataclass(frozen=True)
class Linted:
    """What rules look at. `values` are those read from the warehouse, by dimension key."""

    catalog: SemanticCatalog
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """A rule: its id, severity unless configured, what it is about, and what finds problems."""

    id: str
    severity: Severity
    summary: str
    find: Callable[[Linted], Iterator[Problem]]
