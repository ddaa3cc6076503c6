"""Drawing segments."""

from __future__ import annotations

import numpy as np
import torch

from nmmo.train.ppo import sample_segments


def draws(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


SIZES = torch.tensor([[1.0, -4.0, 0.0, 2.0], [1.0, 4.0, 0.0, -2.0]])  # mean absolute advantage 1, 4, 0, 2


def test_frequencies_and_weights_by_hand():
    """With alpha 0.5 the chances are as 1 : 2 : 0 : sqrt 2, nearly."""
    chance = np.sqrt(np.array([1, 4, 0, 2]) + 1e-6)
    chance /= chance.sum()
    counts = np.zeros(4)
    generator = draws(0)
    for _ in range(4000):
        segments, weights = sample_segments(SIZES, 1, 0.5, 1.0, generator)
        counts[segments] += 1
        np.testing.assert_allclose(weights, 1 / (4 * chance[segments]), rtol=1e-5)
    np.testing.assert_allclose(counts / 4000, chance, atol=0.03)


def test_no_segment_twice_and_all_when_all_are_wanted():
    for seed in range(20):
        assert sample_segments(SIZES, 4, 1.0, 0.0, draws(seed))[0].tolist() == [0, 1, 2, 3]
        assert len(set(sample_segments(SIZES, 3, 1.0, 0.0, draws(seed))[0].tolist())) == 3


def test_without_priority_all_are_alike():
    np.testing.assert_allclose(sample_segments(SIZES, 4, 0.0, 1.0, draws(1))[1], 1)


def test_without_correction_all_weigh_the_same():
    np.testing.assert_allclose(sample_segments(SIZES, 3, 1.0, 0.0, draws(1))[1], 1)


def test_half_a_correction_is_the_square_root():
    full, half = (sample_segments(SIZES, 3, 0.7, beta, draws(5))[1] for beta in (1.0, 0.5))
    np.testing.assert_allclose(half, full.sqrt(), rtol=1e-6)


def test_nothing_surprising_is_sampled_evenly():
    counts = np.zeros(4)
    generator = draws(2)
    for _ in range(2000):
        counts[sample_segments(torch.zeros(3, 4), 1, 0.8, 0.5, generator)[0]] += 1
    np.testing.assert_allclose(counts / 2000, 0.25, atol=0.05)


def test_the_generator_decides():
    many = torch.rand(8, 500, generator=draws(9))
    one, same, other = (sample_segments(many, 50, 0.6, 0.4, draws(seed))[0].tolist() for seed in (0, 0, 1))
    assert one == same
    assert one != other
