"""Figures against ones worked out by hand or taken from the literature's formulas."""

from __future__ import annotations

import pytest

from eval.statistics import calibration, compare, share


def test_share_of_nothing_is_none() -> None:
    assert share([], []) is None
    assert calibration([], []) is None


def test_an_interval_holds_its_value_and_is_the_same_each_time() -> None:
    values = [True] * 80 + [False] * 20
    groups = [str(i) for i in range(100)]

    estimate = share(values, groups)

    assert estimate == share(values, groups)
    assert estimate is not None
    assert estimate.value == 0.8
    # The normal approximation gives 0.8 ± 1.96 · sqrt(0.8 · 0.2 / 100) = 0.722 … 0.878.
    assert estimate.low == pytest.approx(0.722, abs=0.02)
    assert estimate.high == pytest.approx(0.878, abs=0.02)


def test_repeats_of_a_question_do_not_narrow_the_interval() -> None:
    values = [True] * 8 + [False] * 2
    once = share(values, [str(i) for i in range(10)])
    often = share(
        [v for v in values for _ in range(50)], [str(i) for i in range(10) for _ in range(50)]
    )

    assert once is not None and often is not None
    assert often.high - often.low == pytest.approx(once.high - once.low, abs=0.02)


def test_certain_figures_have_no_width() -> None:
    estimate = share([True] * 5, list("abcde"))

    assert estimate is not None
    assert (estimate.low, estimate.high) == (1.0, 1.0)


def test_calibration_by_hand() -> None:
    found = calibration([0.9, 0.9, 0.1, 1.0], [True, False, False, True])

    assert found is not None
    assert found.brier == pytest.approx((0.01 + 0.81 + 0.01 + 0.0) / 4)
    # Bins: 0.1 (0 of 1 right), 0.9 to 1.0 (mean confidence 2.8 / 3, 2 of 3 right).
    assert [b.n for b in found.bins] == [1, 3]
    assert found.error == pytest.approx(1 / 4 * 0.1 + 3 / 4 * (2.8 / 3 - 2 / 3))


def test_mcnemar_by_hand() -> None:
    first = {str(i): i < 10 for i in range(20)}
    second = {str(i): i >= 9 for i in range(20)} | {"only here": True}

    found = compare(first, second)

    assert (found.both_right, found.only_first, found.only_second, found.neither) == (1, 9, 10, 0)
    # Nearly as many one way as the other: nothing was shown.
    assert found.p_value == pytest.approx(1.0)


def test_a_clear_difference_is_one() -> None:
    first = {str(i): False for i in range(10)}
    second = {str(i): True for i in range(10)}

    # Ten of ten one way: 2 · 0.5 ** 10.
    assert compare(first, second).p_value == pytest.approx(2 * 0.5**10)
    assert compare(first, first).p_value == 1.0
