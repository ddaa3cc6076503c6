"""Advantages, against the definition and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import slow_reference as reference
import torch

from nmmo.train.ppo import compute_advantages


def found(values, rewards, ended=None, bootstrap=None, ratio=None, **options):
    """Return what was found of one row."""
    steps = len(rewards)

    def column(array, default):
        return torch.tensor(array if array is not None else [default] * steps).unsqueeze(1)

    result = compute_advantages(
        torch.tensor(values).unsqueeze(1), column(rewards, 0.0), column(ended, False), column(bootstrap, 0.0),
        column(ratio, 1.0), **{"gamma": 0.5, "gae_lambda": 0.5} | options,
    )  # fmt: skip
    return result[:, 0].tolist()


def test_by_hand():
    # errors: 1 + 0.5 * 4 - 2 = 1, and 2 + 0.5 * 8 - 4 = 2; the first carries a quarter of the second
    assert found([2.0, 4.0, 8.0], [1.0, 2.0]) == [1.5, 2.0]


def test_death_cuts_what_follows():
    # errors: 1 + 0 - 2 = -1, and 2
    assert found([2.0, 4.0, 8.0], [1.0, 2.0], [True, False]) == [-1.0, 2.0]


def test_truncation_counts_the_value_of_the_last_observation_and_nothing_of_the_next_life():
    # errors: 1 + 0.5 * 10 - 2 = 4, and 2
    assert found([2.0, 4.0, 8.0], [1.0, 2.0], [True, False], [10.0, 0.0]) == [4.0, 2.0]


def test_ratios_are_clipped():
    # rho = min(ratio, 1.5): 1.5 * 1, 0.5 * 2; c = min(3, 1.2) carries 0.25 * 1.2 of the second
    assert found([2.0, 4.0, 8.0], [1.0, 2.0], ratio=[3.0, 0.5], rho_clip=1.5, c_clip=1.2) == pytest.approx(
        [1.5 + 0.3 * 1.0, 1.0]
    )


@pytest.mark.parametrize("seed", range(3))
def test_against_the_definition(seed):
    rng = np.random.default_rng(seed)
    steps, rows = 17, 5
    values, rewards = rng.normal(size=(steps + 1, rows)), rng.normal(size=(steps, rows))
    ended, ratio = rng.random((steps, rows)) < 0.2, np.exp(rng.normal(size=(steps, rows)))
    bootstrap = np.where(rng.random((steps, rows)) < 0.5, rng.normal(size=(steps, rows)), 0) * ended
    options = {"gamma": 0.97, "gae_lambda": 0.9, "rho_clip": 1.3, "c_clip": 0.8}
    ours = compute_advantages(*(torch.from_numpy(a) for a in (values, rewards, ended, bootstrap, ratio)), **options)
    theirs = reference.advantages(values, rewards, ended, bootstrap, ratio, *options.values())
    assert ended.any()
    np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-12, atol=1e-12)
