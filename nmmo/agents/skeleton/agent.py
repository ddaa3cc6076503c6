"""Fights while it is healthy, and wanders: a first agent to change."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.base import Agent

MOVES = slice(1, 5)  # north, east, south, west
ATTACK_MONSTER = 9
HEALTHY = 60  # of 100


class MyAgent(Agent):
    """Plays any number of slots at once: everything here is an array with one entry for each slot."""

    def reset(self, seed: int, slots: NDArray[np.int64]) -> None:
        super().reset(seed, slots)  # sets self.slots and self.rng
        self.heading = self.rng.integers(0, 4, len(slots))  # memory of its own, by position in slots

    def act(self, rows: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.integer[Any]]:
        seen = rows.view(self.setting.observation)[:, 0]
        everyone = np.arange(len(rows))

        # Walk straight on; turn where the way is blocked, and now and then without a reason.
        open_ways = mask[:, MOVES]
        turn = (open_ways[everyone, self.heading] == 0) | (self.rng.random(len(rows)) < 0.05)
        another = np.argmax(open_ways * self.rng.random(open_ways.shape), axis=1)
        self.heading = np.where(turn, another, self.heading)
        actions = np.where(open_ways[everyone, self.heading] == 1, MOVES.start + self.heading, 0)

        fight = (mask[:, ATTACK_MONSTER] == 1) & (seen["self"]["health"] >= HEALTHY)
        return np.where(fight, ATTACK_MONSTER, actions)
