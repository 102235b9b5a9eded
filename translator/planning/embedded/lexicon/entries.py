"""What the lexicon says about a word or phrase: small frozen payloads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RelationKind = Literal["synonym", "abbreviation", "verb_noun", "derivation", "place", "code"]
VerbRole = Literal["event", "state", "attribute"]
WordClass = Literal[
    "function",
    "filler",
    "request",
    "question",
    "aggregation",
    "superlative",
    "comparative",
    "negation",
    "ordering",
    "instruction",
]
AggregationKind = Literal[
    "count",
    "count_distinct",
    "sum",
    "average",
    "median",
    "max",
    "min",
    "distinct",
    "share",
    "rate",
    "ratio",
    "per",
    "running_total",
    "moving_average",
    "change",
]
Direction = Literal["asc", "desc"]
Operator = Literal[">", ">=", "<", "<=", "=", "!=", "between", "~"]
PlaceKind = Literal["country", "state", "continent", "region"]


@dataclass(frozen=True)
class Related:
    """A phrase that may stand for the one asked about. `strength` is 0..1."""

    phrase: str
    strength: float
    kind: RelationKind


@dataclass(frozen=True)
class Aggregation:
    """The aggregation that a phrase asks for, and how surely (0..1)."""

    kind: AggregationKind
    strength: float


@dataclass(frozen=True)
class Superlative:
    """An extreme: the order that brings it to the top, and what is compared if the word says so.

    `quantity` is a lemma such as `price`, `date`, `duration`, `age`, `count`, or None ("highest").
    "fastest" is `asc` of `duration`: the smallest duration comes first.
    """

    direction: Direction
    quantity: str | None


@dataclass(frozen=True)
class Comparative:
    """A comparison with a value or another thing, and what is being compared if the word says so.

    `~` means "about". For dates, "older than" is an earlier date: see `quantity`.
    """

    operator: Operator
    quantity: str | None


@dataclass(frozen=True)
class Ordering:
    """An instruction about the order of the rows.

    `direction` and `quantity` are None where the words leave it open.
    """

    direction: Direction | None
    quantity: str | None


Payload = Aggregation | Superlative | Comparative | Ordering | None


@dataclass(frozen=True)
class PhraseEntry:
    """Class and payload of a phrase of the closed classes."""

    word_class: WordClass
    payload: Payload = None


@dataclass(frozen=True)
class PhraseMatch:
    """A phrase found among tokens: positions are half-open."""

    start: int
    end: int
    entry: PhraseEntry


@dataclass(frozen=True)
class Place:
    """A country, state or province, continent or business region."""

    kind: PlaceKind
    name: str
    codes: tuple[str, ...] = ()
    """ISO-2 and ISO-3 for countries, postal codes for states, none for others."""
    demonyms: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    """ISO-2 codes of the countries in a continent or region; for a state, its country."""

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every way the place may be written as a value, the name first."""
        return (self.name, *self.aliases, *self.codes)


@dataclass(frozen=True)
class Currency:
    """A currency with its ISO code, symbols and names."""

    code: str
    symbols: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Unit:
    """A unit of measure and the quantity it measures (`weight`, `duration`, `distance`, ...)."""

    name: str
    quantity: str


@dataclass(frozen=True)
class Verb:
    """A verb and its nouns. `event` verbs happen at a time, `attribute` verbs measure."""

    lemma: str
    role: VerbRole
    nouns: tuple[Related, ...]
