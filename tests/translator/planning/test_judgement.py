"""The judgement: doubts that are seen, and a fit whose weights mean what their features mean."""

from __future__ import annotations

from datetime import date

import pytest

from semantic.load import load_catalog
from semantic.project import Project
from translator.plan import Question
from translator.planning.embedded.fitting.examples import Example
from translator.planning.embedded.fitting.models import calibrate, fit, table, top
from translator.planning.embedded.judgement import Judgement, load_judgement, probability
from translator.planning.embedded.planner import EmbeddedPlanner

AS_OF = date(2025, 6, 18)
VALUES = {"visits.traffic_source": ("email", "paid search"), "products.brand": ("O'Neill", "Acme")}


@pytest.fixture(scope="module")
def planner(shop_project: Project) -> EmbeddedPlanner:
    return EmbeddedPlanner(load_catalog(shop_project), VALUES)


def best(planner: EmbeddedPlanner, text: str) -> tuple[dict[str, float], float]:
    """Features of the candidate ranked first, and the confidence in it."""
    clues, mentions = planner.read(Question(text, AS_OF, None))
    found = planner.features(clues, mentions, planner.candidates(clues, mentions))
    ranked = [found[i] for i in planner.judgement.order(found)]
    return ranked[0], planner.judgement.confidence(ranked)


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("revenue of the wombat brand", "left_unknown"),
        ("visits from email, paid search etc.", "values_apart"),
        ("email versus the rest, visits", "contrast_flat"),
        ("revenue by brand 42", "left_number"),
    ],
)
def test_what_the_question_wanted_more_is_a_doubt(
    planner: EmbeddedPlanner, text: str, doubt: str
) -> None:
    values, confidence = best(planner, text)
    assert values[doubt] > 0
    assert confidence < best(planner, "revenue by brand in 2024")[1]


def examples() -> list[Example]:
    """Right is what has no doubt; `noise` says nothing but stands beside right ones more often."""
    found = []
    for i in range(40):
        right = {"left_most": 0.0, "metric_gain": 1.0, "left_unknown": 0.0, "weak_words": i % 2}
        wrong = {"left_most": 0.8, "metric_gain": 0.4, "left_unknown": 1.0, "weak_words": 0.0}
        candidates = ((right, True), (wrong, False)) if i % 4 else ((wrong, False),)
        found.append(Example(f"project {i % 3}", str(i), bool(i % 4), candidates))
    return found


def test_a_doubt_never_speaks_for_a_candidate() -> None:
    judgement = fit(examples())
    for model in (judgement.ranking, judgement.certainty):
        assert model.weights["left_most"] <= 0
        assert model.weights["weak_words"] <= 0  # though the right ones have it more often
        assert model.weights["metric_gain"] >= 0
    for example in examples():
        assert top(judgement.ranking, example)[1] is bool(int(example.text) % 4)


def test_calibrated_confidence_is_the_share_that_is_right() -> None:
    judgement = fit(examples())
    odds = [2.0] * 100 + [-2.0] * 100
    right = [i < 70 for i in range(100)] + [i < 20 for i in range(100)]
    calibrated = calibrate(judgement, odds, right)
    name = max(judgement.certainty.weights, key=lambda n: abs(judgement.certainty.weights[n]))
    slope = calibrated.certainty.weights[name] / judgement.certainty.weights[name]
    shift = calibrated.certainty.intercept - slope * judgement.certainty.intercept
    assert probability(2 * slope + shift) == pytest.approx(0.7, abs=0.03)
    assert probability(-2 * slope + shift) == pytest.approx(0.2, abs=0.03)


def test_the_table_says_what_was_fitted() -> None:
    shipped: Judgement = load_judgement()
    lines = table(shipped).splitlines()
    assert lines[1].startswith("intercept | ")
    named = {line.split(" | ")[0] for line in lines[2:]}
    assert named <= shipped.ranking.weights.keys()
    assert shipped.ranking.weights["left_most"] < 0
