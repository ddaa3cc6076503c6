"""The agent plays, and plays the same game again when it is given the same seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import nmmo
from nmmo.agents import Match, load_agent, seat_agents, setting_of

FOLDER = Path(__file__).parent
CONFIG = nmmo.Config.preset("small")


def played(seed: int, ticks: int = 50) -> list[list[int]]:
    """Return the actions of every tick of a game in which the agent has all slots."""
    with nmmo.World(CONFIG, seed) as world:
        world.reset()
        match = Match(world, seat_agents([load_agent(FOLDER, setting_of(CONFIG), trust=True)], CONFIG))
        return [match.step().tolist() for _ in range(ticks)]


def test_it_acts() -> None:
    assert np.unique(played(0)).size > 2  # more than waiting


def test_the_seed_decides() -> None:
    assert played(1) == played(1)
    assert played(1) != played(2)
