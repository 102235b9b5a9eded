"""Figures over cases: intervals, calibration, and whether one run is better than another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A share with its interval. `n` is the number of cases, `low`..`high` the 95 % interval."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class ReliabilityBin:
    """Answers whose confidence lies in low..high: the mean of it, and how many were right."""

    low: float
    high: float
    confidence: float
    right: float
    n: int


@dataclass(frozen=True)
class Calibration:
    """How far the confidence is the share of right answers.

    `brier` is the mean squared difference between confidence and right (1) or wrong (0): 0 is
    perfect, 0.25 is what a coin's 0.5 gives (Brier 1950). `error` is the expected calibration
    error: the mean distance between confidence and share of right answers in the bins, weighted by
    their size.
    """

    brier: float
    error: float
    bins: tuple[ReliabilityBin, ...]


@dataclass(frozen=True)
class Comparison:
    """Two runs over the same cases. `p_value` is of McNemar's exact test, two-sided (1947)."""

    both_right: int
    only_first: int
    only_second: int
    neither: int
    p_value: float


def share(values: Sequence[bool], groups: Sequence[str], seed: int = 0) -> Estimate | None:
    """The share of True with a 95 % percentile bootstrap interval; None of nothing.

    Whole groups are drawn: paraphrases and repeats of one question are not independent.
    """
    import numpy

    if not values:
        return None
    by_group: dict[str, list[bool]] = {}
    for value, group in zip(values, groups, strict=True):
        by_group.setdefault(group, []).append(value)
    right = numpy.array([sum(v) for v in by_group.values()], dtype=float)
    sizes = numpy.array([len(v) for v in by_group.values()], dtype=float)
    draws = numpy.random.default_rng(seed).integers(len(right), size=(2_000, len(right)))
    shares = right[draws].sum(axis=1) / sizes[draws].sum(axis=1)
    low, high = numpy.quantile(shares, [0.025, 0.975])
    return Estimate(sum(values) / len(values), float(low), float(high), len(values))


def calibration(
    confidences: Sequence[float], right: Sequence[bool], bins: int = 10
) -> Calibration | None:
    """Calibration of confidences (0..1) against what was right, in bins of equal width."""
    if not confidences:
        return None
    pairs = list(zip(confidences, right, strict=True))
    found = []
    for index in range(bins):
        low, high = index / bins, (index + 1) / bins
        inside = [p for p in pairs if low <= p[0] < high or (p[0] == 1.0 and index == bins - 1)]
        if inside:
            n = len(inside)
            found.append(
                ReliabilityBin(
                    low, high, sum(c for c, _ in inside) / n, sum(r for _, r in inside) / n, n
                )
            )
    brier = sum((c - r) ** 2 for c, r in pairs) / len(pairs)
    error = sum(b.n * abs(b.confidence - b.right) for b in found) / len(pairs)
    return Calibration(brier, error, tuple(found))


def compare(first: Mapping[str, bool], second: Mapping[str, bool]) -> Comparison:
    """Two runs by what was right, over the cases (keys) that both have."""
    from scipy.stats import binomtest

    common = first.keys() & second.keys()
    only_first = sum(first[k] and not second[k] for k in common)
    only_second = sum(second[k] and not first[k] for k in common)
    both = sum(first[k] and second[k] for k in common)
    differing = only_first + only_second
    p_value = float(binomtest(only_first, differing, 0.5).pvalue) if differing else 1.0
    return Comparison(both, only_first, only_second, len(common) - both - differing, p_value)
