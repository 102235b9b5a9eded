"""Which figures of an answer differ from the base."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from eval.ci.base import BaseAnswer
from eval.ci.finding import Figure
from translator.questions.gold import same_rows

_SHOWN = 3


def same_values(old: BaseAnswer, new: BaseAnswer) -> bool:
    """Whether both have the same rows, whatever their columns are called."""
    if old.row_count != new.row_count:
        return False
    if old.row_count > len(old.rows):
        return old.digest == new.digest
    return same_rows(old.rows, new.rows)


def differing(old: BaseAnswer, new: BaseAnswer) -> tuple[tuple[Figure, ...], int]:
    """The first figures that differ, and how many more there are."""
    found = list(_figures(old, new))
    found.sort(key=lambda f: -_weight(f))
    return tuple(found[:_SHOWN]), max(0, len(found) - _SHOWN)


def _figures(old: BaseAnswer, new: BaseAnswer) -> Iterator[Figure]:
    before, after = _by_dimensions(old), _by_dimensions(new)
    pairs = list(_paired_metrics(old, new))
    if not pairs:  # a list of values: which ones came and went
        for key in dict.fromkeys((*before, *after)):
            if (key in before) != (key in after):
                label = ", ".join(key)
                yield Figure(label, "listed" if key in before else None, _listed(key in after))
        return
    for key in dict.fromkeys((*before, *after)):
        for old_name, new_name, form in pairs:
            was = before.get(key, {}).get(old_name)
            now = after.get(key, {}).get(new_name)
            if not same_rows([(was,)], [(now,)]):
                name = old_name if old_name == new_name else f"{old_name} → {new_name}"
                yield Figure(", ".join((name, *key)), was, now, form)


def _listed(is_there: bool) -> str | None:
    return "listed" if is_there else None


def _paired_metrics(old: BaseAnswer, new: BaseAnswer) -> Iterator[tuple[str, str, str | None]]:
    """Metric columns of both: by name, and the rest in their order."""
    before = [c[0] for c in old.columns if c[1] == "metric"]
    after = {c[0]: c[2] for c in new.columns if c[1] == "metric"}
    left = [name for name in after if name not in before]
    for name in before:
        if name in after:
            yield name, name, after[name]
        elif left:
            other = left.pop(0)
            yield name, other, after[other]


def _by_dimensions(answer: BaseAnswer) -> dict[tuple[str, ...], dict[str, Any]]:
    names = [c[0] for c in answer.columns]
    is_metric = [c[1] == "metric" for c in answer.columns]
    return {_key(row, is_metric): dict(zip(names, row, strict=True)) for row in answer.rows}


def _key(row: Sequence[Any], is_metric: Sequence[bool]) -> tuple[str, ...]:
    return tuple(
        "(empty)" if v is None else str(v) for v, m in zip(row, is_metric, strict=True) if not m
    )


def _weight(figure: Figure) -> float:
    """Larger changes first; what came or went before all."""
    numbers = (int, float)
    if not isinstance(figure.old, numbers) or not isinstance(figure.new, numbers):
        return float("inf")
    return abs(figure.new - figure.old)
