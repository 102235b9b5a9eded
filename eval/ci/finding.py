"""What the gate says of each question, and of the whole pull request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from semantic.places import Place
from semantic.state import NodeChange


class Kind(StrEnum):
    """How a question fares against the base.

    BROKEN was right (or has no base) and is not. CHANGED is as right as before, with another plan
    or other figures. STILL_FAILING was not right on the base either; MENDED was not and is now.
    SAME was run, as something below it changed, with the same result. UNAFFECTED was not run.
    REMOVED is a question of the base that is not asked any more.
    """

    BROKEN = "broken"
    CHANGED = "changed"
    NEW = "new"
    STILL_FAILING = "still_failing"
    MENDED = "mended"
    SAME = "same"
    UNAFFECTED = "unaffected"
    REMOVED = "removed"


@dataclass(frozen=True)
class Figure:
    """One value, on the base and now. `label` says which: the metric and the row's dimensions.

    None means that there is no such row.
    """

    label: str
    old: Any
    new: Any
    format: str | None = None


@dataclass(frozen=True)
class Finding:
    """What became of one question.

    `because` names what changed below it, nearest first; `reason` says what is wrong or different;
    `figures` are the values that differ, `more_figures` how many there are beside those. `cause` is
    where the nearest change is written, `file` and `line` where the question is.
    """

    id: str
    text: str
    kind: Kind
    reason: str
    failed: bool = False
    because: tuple[str, ...] = ()
    plan_changes: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    more_figures: int = 0
    cause: Place | None = None
    file: str | None = None
    line: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class NameImpact:
    """A metric or dimension that is gone: what uses it, and what it may be called now.

    `renamed` tells that `nearest` has the same definition; otherwise it is only like it.
    """

    kind: str
    name: str
    nearest: str | None
    renamed: bool
    questions: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What happened, as `The metric revenue is now called net_revenue`."""
        if self.nearest is None:
            return f"The {self.kind} {self.name} is gone."
        if self.renamed:
            return f"The {self.kind} {self.name} is now called {self.nearest}."
        return f"The {self.kind} {self.name} is gone; nearest to it is {self.nearest}."


@dataclass(frozen=True)
class GateReport:
    """The whole result. `notes` say what could not be compared, and why."""

    findings: tuple[Finding, ...]
    changes: tuple[NodeChange, ...] = ()
    impacts: tuple[NameImpact, ...] = ()
    notes: tuple[str, ...] = ()
    has_base: bool = True
    counts: dict[Kind, int] = field(init=False)

    def __post_init__(self) -> None:
        """Count the kinds."""
        counts = {kind: sum(f.kind is kind for f in self.findings) for kind in Kind}
        object.__setattr__(self, "counts", counts)

    @property
    def failed(self) -> bool:
        """Whether the pull request should not be merged as it is."""
        return any(finding.failed for finding in self.findings)

    def of(self, *kinds: Kind) -> tuple[Finding, ...]:
        """Findings of some kinds, those that fail first."""
        return _failed_first(f for f in self.findings if f.kind in kinds)


def _failed_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: not f.failed))
