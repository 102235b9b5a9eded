"""The learned judgement: how likely a candidate query is right.

Two logistic models over the same features, in one readable table: the first ranks the candidates of
a question, the second says how likely the best one is right. Both were fitted on questions to
several projects by the package `fitting`, which also says how they do on projects left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("judgement.txt")


_WIDEST = 4.0


@dataclass(frozen=True)
class Logistic:
    """log-odds = intercept + Σ weight · value."""

    intercept: float
    weights: Mapping[str, float]

    def log_odds(self, values: Mapping[str, float]) -> float:
        """Log-odds; features that the model does not know count nothing."""
        weights = self.weights
        return self.intercept + sum(weights.get(k, 0.0) * v for k, v in values.items())

    def probability(self, values: Mapping[str, float]) -> float:
        """Between 0 and 1."""
        return probability(self.log_odds(values))


def probability(log_odds: float) -> float:
    """Between 0 and 1."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


@dataclass(frozen=True)
class Judgement:
    """Ranks candidates, and says how sure the best one is."""

    ranking: Logistic
    certainty: Logistic

    def order(self, candidates: Sequence[Mapping[str, float]]) -> list[int]:
        """Positions of the candidates, likeliest first; equal ones keep their order."""
        odds = [self.ranking.log_odds(c) for c in candidates]
        return sorted(range(len(candidates)), key=lambda i: -odds[i])

    def confidence(self, ranked: Sequence[Mapping[str, float]]) -> float:
        """Probability that the first of the ranked candidates is right."""
        return self.certainty.probability(top_features(self.ranking, ranked))


def top_features(ranking: Logistic, ranked: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The first candidate's features, and how it stands against the others."""
    odds = [ranking.log_odds(c) for c in ranked]
    gap = odds[0] - odds[1] if len(odds) > 1 else _WIDEST
    shares = [math.exp(o - odds[0]) for o in odds]
    total = sum(shares)
    shares = [s / total for s in shares]
    return {
        **ranked[0],
        "odds_gap": min(_WIDEST, gap),
        "lead": shares[0],
        "spread": -sum(s * math.log(s + 1e-9) for s in shares),
    }


@lru_cache(maxsize=1)
def load_judgement() -> Judgement:
    """The shipped models."""
    ranking: dict[str, float] = {}
    certainty: dict[str, float] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        name, first, second = (part.strip() for part in line.split("|"))
        ranking[name], certainty[name] = float(first), float(second)
    return Judgement(
        Logistic(ranking.pop("intercept"), ranking),
        Logistic(certainty.pop("intercept"), certainty),
    )
