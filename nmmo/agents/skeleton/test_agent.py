"""The agent plays, and plays the same game again when it is given the same seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import nmmo
from nmmo.agents import Cast, load_agent, setting_of

FOLDER = Path(__file__).parent
CONFIG = nmmo.Config.preset("small")


def played(seed: int, ticks: int = 50) -> list[list[int]]:
    """The actions of every tick of a game in which the agent has all slots."""
    with nmmo.World(CONFIG, seed) as world:
        world.reset()
        cast = Cast([load_agent(FOLDER, setting_of(CONFIG), trust=True)], CONFIG)
        cast.reset(world.seed)
        actions = []
        for _ in range(ticks):
            actions.append(cast.act(world).tolist())
            world.step(actions[-1])
        return actions


def test_it_acts() -> None:
    assert np.unique(played(0)).size > 2  # more than waiting


def test_the_seed_decides() -> None:
    assert played(1) == played(1)
    assert played(1) != played(2)
