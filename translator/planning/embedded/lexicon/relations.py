"""Which words may stand for which: groups and stars of phrases, read once, joined when asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from translator.planning.embedded.lexicon.entries import Related, RelationKind
from translator.planning.embedded.lexicon.reading import lines, weighted

# Two members of a group are related through its head; below this the link says too little.
WEAKEST = 0.35
# Meeting through a third word is a little less sure than the product of both links.
THROUGH_HEAD = 0.95

Members = Sequence[tuple[str, float, bool]]
"""(phrase, strength, one-way) as written in a data file."""


class Group(NamedTuple):  # made by the thousand while loading: cheaper than a frozen dataclass
    """A phrase and those that may stand for it. In a star, members are related to the head only."""

    kind: RelationKind
    head: str
    members: Members
    star: bool = False


def read_groups(name: str, kind: RelationKind, *, star: bool = False) -> list[Group]:
    """A file of `head: member/strength, >one-way member` lines."""
    groups = []
    for line in lines(name):
        head, _, members = line.partition(":")
        groups.append(Group(kind, head, weighted(members), star))
    return groups


def vocabulary(groups: Sequence[Group]) -> set[str]:
    """Every single word of the groups, as written."""
    words = {group.head for group in groups}
    words.update([phrase for group in groups for phrase, _, _ in group.members])
    return {word for word in words if " " not in word}


@dataclass
class Relations:
    """An index from phrase, each word as its lemma, to the groups it is in."""

    groups: list[Group] = field(default_factory=list)
    by_phrase: dict[str, list[int]] = field(default_factory=dict)

    def add(self, group: Group, lemma_phrase: Callable[[str], str]) -> None:
        """Add a group, its phrases brought to lemmas: files keep the spelling people read."""
        head = lemma_phrase(group.head)
        number = len(self.groups)
        index = self.by_phrase
        index.setdefault(head, []).append(number)
        seen = {head}
        members = []
        for phrase, strength, one_way in group.members:
            phrase = lemma_phrase(phrase)
            if phrase not in seen:  # "paid" and "paying" are one lemma: the first one counts
                seen.add(phrase)
                members.append((phrase, strength, one_way))
                if not one_way:
                    index.setdefault(phrase, []).append(number)
        self.groups.append(Group(group.kind, head, members, group.star))

    def related(self, phrase: str) -> tuple[Related, ...]:
        """Everything the groups of a phrase relate it to, strongest first."""
        best: dict[str, Related] = {}
        for number in self.by_phrase.get(phrase, ()):
            group = self.groups[number]
            for other, strength in _others(group, phrase):
                known = best.get(other)
                if other != phrase and (known is None or known.strength < strength):
                    best[other] = Related(other, round(strength, 3), group.kind)
        return tuple(sorted(best.values(), key=lambda r: (-r.strength, r.phrase)))


def _others(group: Group, phrase: str) -> list[tuple[str, float]]:
    if phrase == group.head:
        return [(other, strength) for other, strength, _ in group.members]
    own = next(strength for other, strength, _ in group.members if other == phrase)
    found = [(group.head, own)]
    if not group.star:
        for other, strength, one_way in group.members:
            joint = own * strength * THROUGH_HEAD
            if not one_way and joint >= WEAKEST:
                found.append((other, joint))
    return found
