"""The random baseline: what nmmo.sample_actions would play, with NumPy alone."""

from __future__ import annotations

import numpy as np
import pytest

import nmmo
from nmmo.agents import Match, evaluate, load_agent, seat_agents, setting_of
from nmmo.core.content import N_ACTIONS

CONFIG = nmmo.Config.preset("small")


def agent(seed: int = 0):
    made = load_agent("random", setting_of(CONFIG))
    made.reset(seed, np.arange(1))
    return made


def test_its_groups_are_the_engines():
    groups = [row.group for row in nmmo.ACTION_TABLE]
    starts = [number for number, group in enumerate(groups) if number == 0 or group != groups[number - 1]]
    assert agent().starts.tolist() == starts
    assert len(set(groups)) == len(starts)


def expected_shares(mask: np.ndarray) -> np.ndarray:
    """Return how often each action must come, from the definition."""
    groups = np.array([row.group for row in nmmo.ACTION_TABLE])
    present = set(groups[mask == 1])
    shares = np.zeros(len(mask))
    for action in np.flatnonzero(mask):
        in_group = int(((groups == groups[action]) & (mask == 1)).sum())
        shares[action] = 1 / len(present) / in_group
    return shares


@pytest.mark.parametrize(
    "possible",
    [
        [0],
        [0, 1, 2, 3, 4],
        [0, 4, 5, 9, 10],
        list(range(N_ACTIONS)),
        [0, 2, 8, 22, 23, 24, 46, 47, *range(N_ACTIONS - 3, N_ACTIONS)],
    ],
)
def test_it_draws_in_two_levels(possible):
    mask = np.zeros(N_ACTIONS, np.uint8)
    mask[possible] = 1
    n = 40_000
    actions = agent().act(np.zeros((n, 8), np.uint8), np.broadcast_to(mask, (n, N_ACTIONS)))
    assert set(actions.tolist()) == set(possible)
    shares = np.bincount(actions, minlength=N_ACTIONS) / n
    expected = expected_shares(mask)
    sigma = np.sqrt(expected * (1 - expected) / n)
    assert (np.abs(shares - expected) <= 5 * sigma + 1e-12).all()
    drawn = nmmo.sample_actions(np.broadcast_to(mask, (n, N_ACTIONS)).copy(), np.random.default_rng(1))
    assert (np.abs(np.bincount(drawn, minlength=N_ACTIONS) / n - shares) <= 8 * sigma + 1e-12).all()


def test_only_what_is_possible_on_random_masks():
    rng = np.random.default_rng(5)
    player = agent()
    for density in (0.02, 0.3, 0.9):
        mask = (rng.random((500, N_ACTIONS)) < density).astype(np.uint8)
        mask[:, 0] = 1
        actions = player.act(np.zeros((500, 8), np.uint8), mask)
        assert mask[np.arange(500), actions].all()


def test_it_plays_and_the_seed_decides():
    def hash_of(seed: int) -> dict[str, int]:
        with nmmo.World(CONFIG, 1) as world:
            world.reset()
            match = Match(world, seat_agents([load_agent("random", setting_of(CONFIG))], CONFIG), seeds=[seed])
            for _ in range(40):
                match.step()
            return world.hash()

    assert hash_of(0) == hash_of(0)
    assert hash_of(0) != hash_of(1)


def test_it_plays_every_preset():
    for name in nmmo.Config.PRESETS:
        if name != "huge":
            assert evaluate(["random"], config=nmmo.Config.preset(name), ticks=3, maps=1).results[0].ticks == 3
