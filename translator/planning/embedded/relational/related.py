"""Rows of other models that a question wants to be there, or not, or in some number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from translator.planning.embedded.cues import CompareCue, Span
from translator.planning.embedded.reading import Clues
from translator.planning.embedded.relational.frame import Frame
from translator.planning.embedded.relational.parts import Part, quality
from translator.planning.embedded.relational.query import Step
from translator.planning.embedded.vocabulary import Kind
from translator.query import Operator

_NONE_WORDS = frozenset(
    ["no", "never", "without", "not", "zero", "none", "haven't", "hasn't", "don't", "doesn't"]
    + ["didn't", "havent", "hasnt", "dont", "doesnt", "didnt", "lack", "lacks", "lacking"]
)
_LEADING = frozenset(["with", "who", "that", "which", "whose", "have", "has", "had", "having"])
_REACH = 6
_COUNT_REACH = 3
# What ends a clause about other rows, where something is listed behind it.
_ENDS = frozenset([".", "?", ";", "!", "show", "list", "return", "give", "sorted", "ordered"])
_OBJECTS = frozenset({"a", "an", "any", "the", "of", "in", "from", "for", "to", "at"})
_JOINING = frozenset({"and", "or", "a", "an", "any", "the", "also"})
_TAILS = (("with", "their"), ("with", "its"), ("and", "their"), ("along", "with"), ("and", "show"))


@dataclass(frozen=True)
class Clause:
    """Words [start, end) about rows of another model, and what is wanted of them."""

    start: int
    end: int
    cue: frozenset[int]
    part: Part
    targets: tuple[Target, ...]
    operator: Operator
    count: int


@dataclass(frozen=True)
class Target:
    """The other model: rows of `model` belong to the subject by `path`.

    `about` is the model spoken of; where it is not `model`, rows of `model` belong to it too.
    """

    model: str
    path: tuple[Step, ...]
    about: str


def find_clauses(clues: Clues, parts: Sequence[Part], frame: Frame, subject: Part) -> list[Clause]:
    """Every clause about rows that belong to rows of the frame's model, in their order."""
    found: list[Clause] = []
    taken: set[int] = set(subject.indices)
    for part in parts:
        if part is subject or part.indices & taken:
            continue
        targets = _targets(clues, part, frame)
        if not targets:
            continue
        if not part.of(Kind.ENTITY) and _says_which(part, parts, targets, clues, frame):
            continue  # "without delivered orders": the verb says which orders
        same = found and set(targets) & set(found[-1].targets) and part.end <= found[-1].end
        if same and not part.of(Kind.ENTITY):
            continue  # "2 loans borrowed in 2024": the date of the loans
        if found and _is_object(clues, part, found[-1], frame):
            continue  # who "never borrowed a book" has no loans; the book is but what is borrowed
        wanted = _wanted(clues, part, subject, parts) or _joined(clues, part, found)
        if wanted is None:
            continue
        start, cue, operator, count = wanted
        end = _end(clues, part.end)
        found.append(Clause(start, end, cue, part, targets, operator, count))
    for position, clause in enumerate(found[:-1]):
        following = found[position + 1]
        if clause.end > following.start:
            found[position] = Clause(
                clause.start,
                following.start,
                clause.cue,
                clause.part,
                clause.targets,
                clause.operator,
                clause.count,
            )
    return found


def is_none_span(clues: Clues, span: Span) -> bool:
    """Whether a negation says that something is not there."""
    return any(clues.phrasing.tokens[i].lower in _NONE_WORDS for i in span.indices)


def _targets(clues: Clues, part: Part, frame: Frame) -> tuple[Target, ...]:
    """Models meant by the part whose rows belong to the subject's, nearest first."""
    things: list[tuple[float, str]] = []
    events: list[tuple[float, str]] = []
    for mention in part.meanings:
        home = frame.rows.homes.get(mention.element.key)
        column = frame.rows.column(mention.element.key)
        if mention.element.kind is Kind.ENTITY and home is not None:
            things.append((quality(mention), home))
        elif mention.element.kind is Kind.DIMENSION and column is not None:
            # Who "never ordered" has no orders: the date of what happened tells which rows.
            default = frame.rows.dates.get(column.model)
            if column.kind in {"date", "timestamp"} and _is_event(clues, part):
                events.append((quality(mention) - 0.1 * (column != default), column.model))
    for meant in (things, events):
        found = [
            (fit - 0.1 * len(target.path), target)
            for fit, model in meant
            if model != frame.model and frame.path(model) is None
            for target in _nearest(frame, model)
        ]
        if found:
            best = max(fit for fit, _ in found)
            near = [t for fit, t in sorted(found, key=lambda f: -f[0]) if fit >= best - 0.06]
            return tuple(dict.fromkeys(near))
    return ()


def _is_event(clues: Clues, part: Part) -> bool:
    return clues.phrasing.tokens[part.start].lower.endswith("ed")


def _nearest(frame: Frame, model: str) -> list[Target]:
    """How rows of `model` belong to the frame's: directly, or by one model between them."""
    straight = frame.keys.paths(model).get(frame.model, [])
    if straight:
        return [Target(model, path, model) for path in straight if len(straight) == 1]
    bridges: list[tuple[int, Target]] = []
    for between in frame.rows.columns:
        paths = frame.keys.paths(between)
        up, over = paths.get(frame.model, []), paths.get(model, [])
        if len(up) == 1 and len(over) == 1 and up[0] and over[0]:
            if any(step.parent == frame.model for step in over[0]):
                continue
            bridges.append((len(up[0]) + len(over[0]), Target(between, up[0], model)))
    least = min((length for length, _ in bridges), default=0)
    nearest = [t for length, t in bridges if length == least]
    return nearest if len(nearest) == 1 else []


def _wanted(
    clues: Clues, part: Part, subject: Part, parts: Sequence[Part]
) -> tuple[int, frozenset[int], Operator, int] | None:
    """Where the clause begins, its cue, and how many rows it wants; None without a cue."""
    compared = _comparison(clues, part)
    if compared is not None:
        number = compared.values[0]
        if number != int(number) or number < 0:
            return None
        start = _lead(clues, compared.span.start)
        return start, compared.span.indices, compared.operator, int(number)
    negated = [
        s
        for s in (*clues.cues.never, *clues.cues.negations)
        if is_none_span(clues, s) and s.start >= subject.start and _before(clues, s, part, parts)
    ]
    if negated:
        indices = frozenset(i for s in negated for i in s.indices)
        return _lead(clues, min(s.start for s in negated)), indices, Operator.EQ, 0
    first = max(subject.end, part.start - _REACH)
    for index in range(part.start - 1, first - 1, -1):
        token = clues.phrasing.tokens[index]
        if token.lower in _LEADING:
            return index, frozenset({index}), Operator.GE, 1
        if token.lower in {",", "and", "or", "by", "per", "each", "of"}:
            return None
    return None


def _says_which(
    part: Part, parts: Sequence[Part], targets: Sequence[Target], clues: Clues, frame: Frame
) -> bool:
    """Whether the thing that an event is about follows it at once."""
    following = next((p for p in parts if p.start == part.end and p.of(Kind.ENTITY)), None)
    return following is not None and bool(set(_targets(clues, following, frame)) & set(targets))


def _is_object(clues: Clues, part: Part, clause: Clause, frame: Frame) -> bool:
    """Whether the part is what the rows of a clause before it belong to: "borrowed a book"."""
    between = {t.lower for t in clues.phrasing.tokens[clause.part.end : part.start]}
    models = {frame.rows.homes.get(m.element.key) for m in part.of(Kind.ENTITY)}
    reached = frame.keys.paths(clause.targets[0].model).keys()
    return bool(models & reached) and between <= _OBJECTS


def _joined(
    clues: Clues, part: Part, found: Sequence[Clause]
) -> tuple[int, frozenset[int], Operator, int] | None:
    """For "a loan and a hold", "without loans or holds": as the clause before it."""
    if not found:
        return None
    tokens = clues.phrasing.tokens[found[-1].part.end : part.start]
    words = {t.lower for t in tokens}
    none = found[-1].operator is Operator.EQ and found[-1].count == 0
    some = found[-1].operator is Operator.GE and found[-1].count == 1
    if words <= _JOINING and ((none and "or" in words) or (some and "and" in words)):
        return tokens[0].index, frozenset(), found[-1].operator, found[-1].count
    return None


def _before(clues: Clues, span: Span, part: Part, parts: Sequence[Part]) -> bool:
    """Whether a negation is about the part: near before it, with no other thing between."""
    if not span.end <= part.start <= span.end + _REACH:
        # "have not" may be part of "have not ordered": the cue then touches the part's own words.
        return False
    between = [p for p in parts if span.end <= p.start and p.end <= part.start]
    if any(p.of(Kind.ENTITY) and not p.of(Kind.VALUE) for p in between):
        return False
    words = {t.lower for t in clues.phrasing.tokens[span.end : part.start]}
    return not words & {",", "and", "or", "but", ";", "."}


def _comparison(clues: Clues, part: Part) -> CompareCue | None:
    return next(
        (
            c
            for c in clues.cues.comparisons
            if c.span.end <= part.start <= c.span.end + _COUNT_REACH
        ),
        None,
    )


def _lead(clues: Clues, start: int) -> int:
    """Where the clause begins: at "who have" or "with" before its cue."""
    while start > 0 and clues.phrasing.tokens[start - 1].lower in _LEADING | {
        "ever",
        "made",
        "placed",
    }:
        start -= 1
    return start


def _end(clues: Clues, start: int) -> int:
    words = [t.lower for t in clues.phrasing.tokens]
    for index in range(start, len(words)):
        if words[index] in _ENDS or tuple(words[index : index + 2]) in _TAILS:
            return index
        if clues.zones and clues.zones[index].value == "tail":
            return index
    return len(words)
