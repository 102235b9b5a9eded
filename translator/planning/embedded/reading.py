"""The typed intermediate form: what each word of a question was taken to be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from semantic.catalog import GroupByElement
from translator.planning.embedded.cues import Cues
from translator.planning.embedded.mentions import Mention
from translator.planning.embedded.text import Phrasing
from translator.planning.embedded.time import TimeMention
from translator.planning.embedded.zones import Zone


class Role(StrEnum):
    """What a mention does in the query."""

    METRIC = "metric"
    GROUP = "group"
    FILTER = "filter"
    ANCHOR = "anchor"
    """A time dimension that a time range belongs to ("signed up in 2025")."""
    NUMERIC = "numeric"
    """A dimension that a comparison with a number belongs to ("over 40 years")."""
    MISSING = "missing"
    """A dimension that has no value ("no diagnosis recorded", "source unknown")."""
    ORDER = "order"
    """What the rows are sorted by ("sorted by hire date")."""
    CONTEXT = "context"
    """Says what is spoken of and adds nothing to the query."""


@dataclass(frozen=True)
class Use:
    """A mention in its role. `element` is the group by element it resolves to, if it does."""

    mention: Mention
    role: Role
    gain: float
    element: GroupByElement | None = None
    negated: bool = False
    marker: str = ""


@dataclass(frozen=True)
class Clues:
    """What was found in a question before any choice between mentions.

    `weights` is the information of each token (0..1); `times` the time expressions.
    """

    phrasing: Phrasing
    cues: Cues
    times: tuple[TimeMention, ...]
    time_tokens: frozenset[int]
    weights: tuple[float, ...]
    zones: tuple[Zone, ...] = ()
    repeated: frozenset[int] = frozenset()
    """Words in lists of columns that say again what is asked for, or only "name" or "code"."""

    def times_before(self, index: int) -> bool:
        """Whether a time expression stands before a token."""
        return any(i < index for i in self.time_tokens)


@dataclass(frozen=True)
class Reading:
    """One way to understand the question. Without metrics it lists the rows of `list_of`."""

    metrics: tuple[str, ...]
    uses: tuple[Use, ...]
    score: float
    list_of: str | None = None

    def explained(self) -> dict[int, float]:
        """Token index → strength of the best mention that explains it."""
        found: dict[int, float] = {}
        for use in self.uses:
            for index, strength in use.mention.tokens:
                found[index] = max(found.get(index, 0.0), strength)
        return found

    def of(self, *roles: Role) -> tuple[Use, ...]:
        """Uses in these roles, in the order of the question."""
        chosen = [u for u in self.uses if u.role in roles]
        return tuple(sorted(chosen, key=lambda u: u.mention.start))
