"""Whether something marks a noun as what the answer is broken down by, and what does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from translator.planning.embedded.cues import RankCue
from translator.planning.embedded.reading import Clues
from translator.planning.embedded.text import Token
from translator.planning.embedded.zones import Zone


class Marker(StrEnum):
    """How a noun is marked. The order is that of certainty."""

    EACH = "each"
    """ "each region", "for every region"."""
    BY = "by"
    """ "by region", "per region"."""
    TOP = "top"
    """ "top 5 regions", "the region with the most …"."""
    ASKED = "asked"
    """ "which regions"."""
    LISTED = "listed"
    """ "list all regions", "names of the regions"."""
    COLUMN = "column"
    """Among the columns listed."""
    AND = "and"
    """After a comma or "and", with nothing else."""
    AGENT = "agent"
    """ "made by customers": does something, and is no grouping."""
    ORDER = "order"
    """ "sorted by region"."""
    NONE = "none"


GROUP_FIT: Mapping[Marker, float] = {
    Marker.EACH: 0.25,
    Marker.BY: 0.25,
    Marker.TOP: 0.25,
    Marker.ASKED: 0.2,
    Marker.LISTED: 0.15,
    Marker.COLUMN: -0.05,
    Marker.AND: -0.2,
    Marker.ORDER: -0.4,
    Marker.AGENT: -0.5,
    Marker.NONE: -0.9,
}
"""What speaks for a grouping, by how the noun is marked."""

_ASKERS = frozenset(["which", "what", "whose"])
_EACH = frozenset(["each", "every"])
_PASSED = frozenset(
    ["the", "a", "an", "our", "their", "its", "your", "my", "of", "these", "those", "all", "any"]
    + ["different", "single", "individual", "distinct", "unique", "one", "following", "various"]
    + ["respective", "top", "best", "calendar", "other", "new", "&", "(", "most", "s"]
)
_JOINTS = frozenset([",", "and", "&", "or", "/"])
_RELATIVES = frozenset(["who", "that", "which", "with", "whose", "having", "where"])
_PLACES = frozenset({"top", "bottom", "number", "leading", "foremost", "topmost", "last"})
"""First words of superlatives that stand before what is ranked, not before the figure."""
_ORDERED = frozenset(["sorted", "ordered", "order", "sort", "ranked", "arranged", "sorting"])
_LISTERS = frozenset(
    ["list", "names", "name", "show", "find", "display", "return", "give", "rank", "identify"]
)
_BREAKING = frozenset(["broken", "break", "split", "grouped", "group", "sliced", "segmented"])


def group_marker(clues: Clues, start: int, end: int, is_noun: Callable[[int], bool]) -> Marker:
    """What marks the noun at tokens [start, end).

    Args:
        clues: the question.
        start: first token of the noun.
        end: index after its last token.
        is_noun: whether a token belongs to some name of a dimension or entity, which a list of
            groupings ("by region and channel") runs over.
    """
    tokens = clues.phrasing.tokens
    zone = clues.zones[start]
    joined = False
    if _singled_out(clues, start, end):
        return Marker.TOP
    if _picked_out(clues, start, end):
        return Marker.LISTED
    index = start - 1
    while index >= 0 and start - index < 12:
        found = _at(clues, index, start, joined)
        if found is not None:
            return found
        token = tokens[index]
        if token.lower in _JOINTS:
            joined = True
        elif not (
            token.lower in _PASSED
            or (joined and (is_noun(index) or clues.weights[index] <= 0.15))
            or (index == start - 1 and is_noun(index))
        ):
            break
        index -= 1
    if zone in {Zone.TAIL, Zone.LEAD}:
        return Marker.COLUMN
    before = tokens[start - 1].lower if start else ""
    return Marker.AND if before in _JOINTS else Marker.NONE


def _at(clues: Clues, index: int, start: int, joined: bool) -> Marker | None:
    """What the word at `index` makes of a noun that starts at `start` behind it."""
    tokens = clues.phrasing.tokens
    token = tokens[index]
    for span in clues.cues.groups:
        if span.end == index + 1:
            return _grouped(tokens, span.start, index, joined)
    if token.lower in _EACH:
        return Marker.EACH
    if token.lower in _ASKERS and not joined:
        return Marker.ASKED
    for rank in clues.cues.ranks:
        if (
            rank.span.end == index + 1
            and not joined
            and _selects(rank, index == start - 1, tokens[rank.span.start : rank.span.end])
        ):
            return Marker.TOP
        if rank.counted == index:
            return Marker.TOP
    listing = token.lower in _LISTERS or (
        token.lower == "all" and (index == 0 or tokens[index - 1].lower in _LISTERS)
    )
    if listing and index <= 5 and not joined:
        return Marker.LISTED
    return None


def _selects(rank: RankCue, adjacent: bool, words: tuple[Token, ...]) -> bool:
    """Whether the noun behind a superlative is what is ranked ("top 5 makes", "best paid staff").

    In "the most orders" and "the highest price" it is what is measured.
    """
    if rank.limit is not None:
        return rank.counted is None
    first = next((t.lower for t in words if t.lower != "the"), "")
    return adjacent and (rank.quantity is not None or first in _PLACES)


def _grouped(tokens: tuple[Token, ...], start: int, index: int, joined: bool) -> Marker:
    word = tokens[index].lower
    before = tokens[start - 1] if start else None
    if word in _EACH:
        return Marker.EACH
    if word == "by" and before is not None:
        if before.lower in _ORDERED:
            return Marker.ORDER
        done = before.lower.endswith(("ed", "en", "ade", "ought", "old", "aid"))
        noun = tokens[index + 1] if index + 1 < len(tokens) else before
        one = noun.lower == noun.lemma and not noun.lower.endswith("s")  # "sold by brand"
        if before.lower not in _BREAKING and before.lower != before.lemma and done and not one:
            return Marker.AGENT
    return Marker.BY


def _picked_out(clues: Clues, start: int, end: int) -> bool:
    """For "customers with more than 8 orders", "stores that have no returns"."""
    tokens = clues.phrasing.tokens
    if end >= len(tokens) or tokens[end].lower not in _RELATIVES | {"without", "w/o"}:
        return False
    told = [i for i in range(start) if clues.weights[i] > 0.3]
    if (told and told != [start - 1]) or clues.times_before(start):
        return False
    asked = [
        a.span.start
        for a in clues.cues.aggregations
        if a.kind in {"count", "sum"} and any(t.is_word for t in tokens[a.span.end :])
    ]
    if any(begin > end for begin in asked):
        return False  # "stores without parking: how many sales": the figure is of all of them
    conditions = [c.span.start for c in clues.cues.comparisons]
    conditions += [s.start for s in clues.cues.never]
    return any(0 <= begin - end <= 4 for begin in conditions)


def _singled_out(clues: Clues, start: int, end: int) -> bool:
    """For "the customer who made the most orders"."""
    tokens = clues.phrasing.tokens
    if not clues.cues.ranks or end >= len(tokens):
        return False
    before = tokens[start - 1].lower if start else ""
    following = next((r for r in clues.cues.ranks if r.span.start >= end), None)
    return (
        following is not None
        and tokens[end].lower in _RELATIVES
        and before in {"the", "which", "what", "find", "return", "show", "list"}
        and following.span.start - end <= 8
    )
