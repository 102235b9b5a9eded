"""Logistic models whose weights have the sign that their features mean.

A doubt may never speak for a candidate, however few examples there are: without that, a hundred
features and some hundred questions gave a certainty of no use on projects left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from translator.planning.embedded.fitting.examples import Example
from translator.planning.embedded.judgement import Judgement, Logistic, top_features

# What speaks for a candidate; every other feature speaks against it.
_FOR = frozenset(
    ["metric_gain", "metric_fit", "group_sure", "group_asked", "lead", "odds_gap"]
    + ["quantity_match"]
)
# Kinds of queries: between the candidates of one question they may speak either way, and they say
# nothing about how sure the best one is.
_KINDS = frozenset(
    ["is_list", "list_columns", "change", "share", "rank_in_group", "running", "having", "absence"]
    + ["long_question", "metrics_more", "group_column", "filters", "not", "sentences", "anchored"]
    + ["filter_boolean", "filter_negated", "limit", "limit_one", "groups", "time_grain", "period"]
    + ["metric_inner", "group_hops", "filter_hops", "group_boolean", "date_group", "date_parts"]
    + ["filter_lower", "group_value"]
)
# Log-odds that some doubts take away before any example is seen: what is rare among the examples
# is no less wrong. Half of it for certainty, where doubts add up.
_EXPECTED = {
    "counts_itself": -2.0,
    "group_rivals": -0.7,
    "left_again": -1.0,
    "left_most": -1.5,
    "lost_bound": -3.0,
    "lost_change": -1.0,
    "lost_not": -2.0,
    "lost_number": -1.5,
    "lost_rank": -1.5,
    "lost_share": -1.5,
    "lost_versus": -1.5,
    "marked_lost": -1.0,
    "metric_beaten": -1.5,
    "metric_dropped": -3.0,
    "metric_guess": -3.0,
    "metric_unsaid": -2.0,
    "quantity_conflict": -1.5,
    "quantity_match": 0.7,
    "score_gap": -2.0,
    "unexplained": -2.5,
}
_EXPECTED_OF_CERTAINTY = 0.5
_RANKING_PRIOR, _CERTAINTY_PRIOR = 10.0, 20.0
_KINDS_PRIOR = 50.0
_CALIBRATION_PRIOR = 1.0
_SMALL = 5e-4

Array = Any  # numpy's arrays, whose shapes its types do not tell


def fit(data: Sequence[Example]) -> Judgement:
    """The ranking of candidates and the certainty of the best, from examples."""
    names = sorted({k for e in data for values, _ in e.candidates for k in values})
    ranking = fit_ranking(data, names)
    return Judgement(ranking, _fit_certainty(ranking, data, names))


def fit_ranking(data: Sequence[Example], names: Sequence[str]) -> Logistic:
    """Weights under which the right candidates of a question win (conditional logit)."""
    telling = [e for e in data if 0 < sum(right for _, right in e.candidates) < len(e.candidates)]
    values = np.array([[v.get(n, 0.0) for n in names] for e in telling for v, _ in e.candidates])
    right = np.array([float(r) for e in telling for _, r in e.candidates])
    sizes = [len(e.candidates) for e in telling]
    starts = np.cumsum([0, *sizes[:-1]])
    question = np.repeat(np.arange(len(sizes)), sizes)
    scale = _scale(values)
    inputs = values / scale
    expected = _expected(names) * scale
    prior = np.array([_KINDS_PRIOR if n in _KINDS else _RANKING_PRIOR for n in names])

    def loss(weights: Array) -> tuple[float, Array]:
        odds = inputs @ weights
        share = np.exp(odds - np.maximum.reduceat(odds, starts)[question])
        share /= np.add.reduceat(share, starts)[question]
        won = np.add.reduceat(share * right, starts)
        slope = inputs.T @ (share - share * right / won[question])
        away = weights - expected
        return (
            float(-np.log(won + 1e-12).sum() + 0.5 * prior @ (away * away)),
            slope + prior * away,
        )

    found = _minimise(loss, len(names), [_bounds(n, _KINDS) for n in names]) / scale
    return Logistic(0.0, dict(zip(names, found.tolist(), strict=True)))


def _fit_certainty(ranking: Logistic, data: Sequence[Example], names: Sequence[str]) -> Logistic:
    tops = [top(ranking, e) for e in data if e.candidates]
    chosen = [n for n in (*names, "odds_gap", "lead", "spread") if n not in _KINDS]
    values = np.array([[v.get(n, 0.0) for n in chosen] for v, _ in tops])
    right = np.array([float(r) for _, r in tops])
    middle, scale = values.mean(axis=0), _scale(values)
    inputs = np.hstack([np.ones((len(values), 1)), (values - middle) / scale])
    penalty = np.full(len(chosen) + 1, _CERTAINTY_PRIOR)
    penalty[0] = 0.0
    bounds = [(None, None), *(_bounds(n, frozenset()) for n in chosen)]
    expected = np.concatenate([[0.0], _expected(chosen) * scale * _EXPECTED_OF_CERTAINTY])
    loss = _logistic_loss(inputs, right, penalty, expected)
    found = _minimise(loss, len(penalty), bounds)
    weights = found[1:] / scale
    intercept = float(found[0] - weights @ middle)
    return Logistic(intercept, dict(zip(chosen, weights.tolist(), strict=True)))


def calibrate(judgement: Judgement, odds: Sequence[float], right: Sequence[bool]) -> Judgement:
    """The same judgement with a confidence that is the share of right answers (Platt).

    `odds` are log-odds of the best candidates of questions to projects that were left out, and
    whether they were right.
    """
    inputs = np.column_stack([np.ones(len(odds)), np.array(odds)])
    penalty = np.array([0.0, _CALIBRATION_PRIOR])
    target = np.array([float(r) for r in right])
    shift, slope = _minimise(
        _logistic_loss(inputs, target, penalty, np.zeros(2)), 2, [(None, None), (0.0, None)]
    ).tolist()
    certainty = judgement.certainty
    weights = {n: w * slope for n, w in certainty.weights.items()}
    return Judgement(judgement.ranking, Logistic(certainty.intercept * slope + shift, weights))


def top(ranking: Logistic, example: Example) -> tuple[Mapping[str, float], bool]:
    """Features of the candidate ranked first, and whether it is right."""
    ranked = sorted(example.candidates, key=lambda c: -ranking.log_odds(c[0]))
    return top_features(ranking, [values for values, _ in ranked]), ranked[0][1]


def _expected(names: Sequence[str]) -> Array:
    return np.array([_EXPECTED.get(n, 0.0) for n in names])


def _logistic_loss(inputs: Array, right: Array, penalty: Array, expected: Array) -> Any:
    def loss(weights: Array) -> tuple[float, Array]:
        guess = 1 / (1 + np.exp(-np.clip(inputs @ weights, -30, 30)))
        fit = right * np.log(guess + 1e-12) + (1 - right) * np.log(1 - guess + 1e-12)
        away = weights - expected
        slope = inputs.T @ (guess - right) + penalty * away
        return float(-fit.sum() + 0.5 * penalty @ (away * away)), slope

    return loss


def _minimise(loss: Any, size: int, bounds: Sequence[tuple[float | None, float | None]]) -> Array:
    from scipy.optimize import minimize

    options = {"maxiter": 400}
    return minimize(
        loss, np.zeros(size), jac=True, method="L-BFGS-B", bounds=bounds, options=options
    ).x


def _bounds(name: str, free: frozenset[str]) -> tuple[float | None, float | None]:
    if name in free:
        return None, None
    return (0.0, None) if name in _FOR else (None, 0.0)


def _scale(values: Array) -> Array:
    scale = values.std(axis=0)
    scale[scale < 1e-6] = 1.0
    return scale


def table(judgement: Judgement) -> str:
    """The models as the text that `load_judgement` reads."""
    ranking, certainty = judgement.ranking, judgement.certainty
    lines = ["# feature | weight in ranking | weight in certainty. Written by `fitting`."]
    lines.append(f"intercept | {ranking.intercept:.4f} | {certainty.intercept:.4f}")
    for name in sorted({*ranking.weights, *certainty.weights}):
        pair = ranking.weights.get(name, 0.0), certainty.weights.get(name, 0.0)
        if max(map(abs, pair)) >= _SMALL:
            lines.append(f"{name} | {pair[0]:.4f} | {pair[1]:.4f}")
    return "\n".join(lines) + "\n"
