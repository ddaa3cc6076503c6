"""Student's interval, against tables and against counting."""

from __future__ import annotations

import statistics

import numpy as np
import pytest

from nmmo.agents.statistics import estimate, student_quantile

# Two-sided 95% points of Student's t, from printed tables.
TABLE = {
    1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 9: 2.262, 10: 2.228,
    15: 2.131, 30: 2.042, 60: 2.000, 120: 1.980,
}  # fmt: skip


@pytest.mark.parametrize(("freedom", "point"), TABLE.items())
def test_the_points_of_the_tables(freedom, point):
    assert student_quantile(freedom) == pytest.approx(point, abs=6e-4)


def test_other_confidences_and_the_limit():
    assert student_quantile(4, 0.99) == pytest.approx(4.604, abs=6e-4)
    assert student_quantile(1, 0.5) == pytest.approx(1.0)  # of Cauchy's distribution, the quartile
    assert student_quantile(100_000) == pytest.approx(statistics.NormalDist().inv_cdf(0.975), abs=1e-4)


def test_estimates():
    found = estimate([1.0, 2.0, 3.0, 4.0])
    assert (found.mean, found.n) == (2.5, 4)
    assert found.half_width == pytest.approx(3.182 * statistics.stdev([1, 2, 3, 4]) / 2, abs=1e-3)
    assert estimate([5.0, None, 7.0]) == estimate([5.0, 7.0])
    assert estimate([3.0]).half_width is None
    assert (estimate([None]).mean, estimate([]).n) == (None, 0)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    samples = np.random.default_rng(0).normal(10, 3, (4000, 5))
    found = [estimate(sample.tolist()) for sample in samples]
    held = sum(abs(one.mean - 10) <= one.half_width for one in found)
    assert 0.94 < held / len(found) < 0.96
