"""Ratings against answers that are known: by formula, by hand, by summing over every order."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from nmmo.score.ratings import (
    PRIOR_DEVIATION,
    Leaderboard,
    Rankings,
    bootstrap,
    fit,
    mean_leaderboard,
    plackett_luce_leaderboard,
    rank_ranges,
    top_is_separated,
)
from nmmo.score.tracks import placements, points


def brute_force(ratings, matches):
    """Return the log-likelihood by its definition: every order that a match may hide, one by one."""
    total = 0.0
    for who, got in matches:
        of = dict(zip(who, got, strict=True))
        probability = 0.0
        for order in itertools.permutations(who):
            if any(of[one] < of[other] for one, other in itertools.pairwise(order)):
                continue
            chance, rest = 1.0, list(order)
            for one in order:
                chance *= math.exp(ratings[one]) / sum(math.exp(ratings[other]) for other in rest)
                rest.remove(one)
            probability += chance
        total += math.log(probability)
    return total - ((ratings - ratings.mean()) ** 2).sum() / (2 * PRIOR_DEVIATION**2)


MATCHES = [
    ([0, 1, 2, 3, 4], [5.0, 4.0, 3.0, 2.0, 1.0]),
    ([4, 2, 0], [7.0, 7.0, 1.0]),
    ([3, 1, 0, 2, 4], [2.0, 2.0, 2.0, 1.0, 1.0]),
    ([1, 0], [1.0, 1.0]),
    ([2, 3, 4, 0], [0.0, 3.0, 3.0, 3.0]),
]


@pytest.mark.parametrize("scale", [0.3, 1.0, 4.0])
def test_the_likelihood_sums_over_every_order_that_ties_hide(scale):
    ratings = scale * np.random.default_rng(1).normal(size=5)
    assert Rankings(5, MATCHES).likelihood(ratings) == pytest.approx(brute_force(ratings, MATCHES), abs=1e-6)


def test_the_gradient_is_the_slope_of_the_likelihood():
    rankings, ratings = Rankings(5, MATCHES), np.random.default_rng(2).normal(size=5)
    found = rankings.gradient(ratings[None], np.ones((1, 5)))[0]
    step = 1e-5
    expected = [
        (rankings.likelihood(ratings + step * unit) - rankings.likelihood(ratings - step * unit)) / (2 * step)
        for unit in np.eye(5)
    ]
    assert found == pytest.approx(expected, abs=1e-7)


def test_two_entrants_come_out_as_bradley_and_terry_have_it():
    """30 wins to 10: the odds are 3 to 1, but for the prior."""
    matches = [([0, 1], [1.0, 0.0])] * 30 + [([0, 1], [0.0, 1.0])] * 10
    ratings = fit(Rankings(2, matches))
    half = (ratings[0] - ratings[1]) / 2
    # At the maximum: wins - matches * p = half / deviation**2 (of each of the two).
    chance = 1 / (1 + math.exp(-2 * half))
    assert 30 - 40 * chance == pytest.approx(half / PRIOR_DEVIATION**2, abs=1e-6)
    assert 2 * half == pytest.approx(math.log(3), abs=0.03)


def test_a_winner_of_everything_has_a_finite_rating():
    ratings = fit(Rankings(3, [([0, 1, 2], [3.0, 2.0, 1.0])] * 50))
    assert np.isfinite(ratings).all() and ratings[0] > ratings[1] > ratings[2]
    assert ratings.sum() == pytest.approx(0, abs=1e-9)


def test_ties_alone_tell_nothing():
    assert fit(Rankings(4, [([0, 1, 2, 3], [1.0] * 4)] * 9)) == pytest.approx(np.zeros(4), abs=1e-9)


def test_the_order_of_matches_and_of_rows_means_nothing():
    expected = fit(Rankings(5, MATCHES))
    shuffled = [(who[::-1], got[::-1]) for who, got in reversed(MATCHES)]
    assert fit(Rankings(5, shuffled)) == pytest.approx(expected, abs=1e-8)


def test_replicates_are_the_fits_of_drawn_worlds():
    """A replicate is what a fit of the drawn matches would be, before it is widened."""
    rng = np.random.default_rng(3)
    matches = [(list(range(5)), [float(value) for value in rng.normal(np.arange(5) * 0.3, 1)]) for _ in range(40)]
    rankings = Rankings(5, matches)
    best = fit(rankings)
    replicates = bootstrap(rankings, best, np.random.default_rng(4), 3)
    counts = np.random.default_rng(4).multinomial(40, np.full(40, 1 / 40), 3)
    from nmmo.agents.statistics import student_quantile

    factor = math.sqrt(40 / 39) * student_quantile(39) / 1.959963984540054
    for count, replicate in zip(counts, replicates, strict=True):
        drawn = [match for match, times in zip(matches, count, strict=True) for _ in range(times)]
        assert replicate == pytest.approx(best + factor * (fit(Rankings(5, drawn)) - best), abs=2e-3)


def test_matches_of_one_world_are_drawn_together():
    matches = [([0, 1], [1.0, 0.0])] * 6 + [([0, 1], [0.0, 1.0])] * 6
    together = plackett_luce_leaderboard(2, matches, [0] * 6 + [1] * 6, np.random.default_rng(0))
    apart = plackett_luce_leaderboard(2, matches, list(range(12)), np.random.default_rng(0))
    assert together.high[0] - together.low[0] > 1.5 * (apart.high[0] - apart.low[0])
    assert together.matches.tolist() == [12, 12]


def test_the_intervals_cover_the_truth():
    """60 trials: the mean share covered has a deviation of about 1.5%, so that 88% would be a fault."""
    rng = np.random.default_rng(5)
    covered = []
    for _ in range(60):
        truth = rng.normal(0, 0.7, 8)
        truth -= truth.mean()
        orders = np.argsort(-(truth + rng.gumbel(size=(40, 8))), axis=1)
        rankings = Rankings(8, [(order.tolist(), list(range(8, 0, -1))) for order in orders])
        low, high = np.quantile(bootstrap(rankings, fit(rankings), rng, 200), [0.025, 0.975], axis=0)
        covered.append(((low <= truth) & (truth <= high)).mean())
    assert 0.90 < np.mean(covered) < 0.985


def test_a_mean_score_has_students_interval():
    scores = [3.0, 5.0, 4.0, 6.0, 2.0, 4.0, 5.0, 3.0, 4.0, 4.0] * 3
    board = mean_leaderboard(
        1, [(world, 0, score) for world, score in enumerate(scores)], np.random.default_rng(0), 20000
    )
    from nmmo.agents.statistics import estimate

    exact = estimate(scores)
    assert exact.mean is not None and exact.half_width is not None
    assert board.value[0] == pytest.approx(exact.mean)
    assert (board.high[0] - board.low[0]) / 2 == pytest.approx(exact.half_width, rel=0.05)


def test_the_luck_of_a_world_drops_out_of_differences():
    rng = np.random.default_rng(0)
    luck = rng.normal(0, 10, 30)
    scores = [(world, one, luck[world] + 0.5 * one) for world in range(30) for one in (0, 1)]
    board = mean_leaderboard(2, scores, np.random.default_rng(1))
    assert board.low[1] < board.value[0] < board.high[1]  # alone, neither is known well
    assert board.better()[1, 0] and not board.better()[0, 1]  # but who is better is
    assert board.chance()[1, 0] == 1.0


def test_places_are_ranges_where_nobody_can_tell():
    better = np.zeros((4, 4), bool)
    better[0, 1:] = True
    better[1, 3] = better[2, 3] = True
    assert rank_ranges(better) == [(1, 1), (2, 3), (2, 3), (4, 4)]


def test_separation_asks_for_the_first_places_only():
    values = np.array([3.0, 2.0, 1.0, 0.9])
    noise = np.random.default_rng(0).normal(0, 0.1, (1000, 4))
    board = Leaderboard(values, values, values, values + noise, np.ones(4, np.int64))
    assert top_is_separated(board, 2) and not top_is_separated(board, 3)


@pytest.mark.parametrize(
    ("matches", "message"),
    [
        ([([0, 0], [1.0, 2.0])], "twice"),
        ([([0, 9], [1.0, 2.0])], "0..2"),
        ([([0, 1], [1.0, float("nan")])], "finite"),
    ],
)
def test_nonsense_is_refused(matches, message):
    with pytest.raises(ValueError, match=message):
        Rankings(3, matches)


def test_who_shares_places_shares_points():
    merit = [(9, 2), (9, 1), (5, 0), (5, 0), (1, 0)]
    assert placements(merit) == [1.0, 2.0, 3.5, 3.5, 5.0]
    assert [points(merit, number, 0) for number in range(5)] == [10.0, 6.0, 4.5, 4.5, 3.0]
    assert points(merit, 4, 3) == 4.5
    crowd = [(20 - place, 0) for place in range(8)] + [(0, 0)] * 8
    assert points(crowd, 7, 0) == 1.0 and points(crowd, 8, 0) == 0.0
