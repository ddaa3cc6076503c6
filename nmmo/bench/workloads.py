"""Workloads: who chooses the actions of a game that is measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

import nmmo
from nmmo.core.content import GROUPS, N_ACTIONS

Chooser = Callable[[NDArray[np.uint8]], NDArray[np.int64]]
"""Takes masks [agents, actions] and returns a possible action for each agent."""

RANDOM: Final = "random possible actions: first a group that has one, then an action of it, each uniformly"
CROWD: Final = (
    "a scripted crowd: half the players are fighters, who attack whenever they can; the other half are "
    "merchants, who never attack and mostly sell, buy, re-price and walk. Each draws a group of actions by "
    "weight among those that are possible, then an action of it"
)

# Weights of the action groups. What is heavy is nearly always done when it is possible, so the world
# decides how often: an attack needs a target in range, a trade needs five ticks without a hit, and so on.
FIGHTER: Final = {
    "attack": 400, "buy": 160, "sell": 80, "move": 40, "use": 40, "price": 40, "run": 10, "wait": 1,
}  # fmt: skip
MERCHANT: Final = {
    "sell": 160, "buy": 160, "move": 80, "price": 80, "use": 20, "run": 10, "wait": 1,
}  # fmt: skip
PRICE_DOWN: Final = 3  # times as likely as up: gold is scarce, and expensive wares would fill the book unsold


def random_possible(seed: int) -> Chooser:
    """Measure the workload ``RANDOM``."""
    generator = np.random.default_rng(seed)
    return lambda mask: nmmo.sample_actions(mask, generator)


class Crowd:
    """The workload ``CROWD``. Integers only, so that a seed gives the same game on every machine.

    Parameters
    ----------
    agents
        Rows of the masks. Even slots are fighters, odd ones merchants.
    seed
        Of the choices.
    """

    def __init__(self, agents: int, seed: int) -> None:
        groups = [group.name for group in GROUPS]
        self._first_of_group = np.array([group.first for group in GROUPS])
        self._action_weights = np.ones(N_ACTIONS, np.int32)
        self._action_weights[nmmo.Action.PRICE_DOWN] = PRICE_DOWN
        self._group_weights = np.empty((agents, len(groups)), np.int32)
        self._group_weights[0::2] = _weights(FIGHTER, groups)
        self._group_weights[1::2] = _weights(MERCHANT, groups)
        self._rows = np.arange(agents)
        self._generator = np.random.default_rng(seed)

    def __call__(self, mask: NDArray[np.uint8]) -> NDArray[np.int64]:
        weights = mask * self._action_weights
        of_group = np.add.reduceat(weights, self._first_of_group, axis=1)
        groups = np.cumsum(self._group_weights * (of_group > 0), axis=1)
        drawn = self._generator.integers(0, groups[:, -1])
        group = np.argmax(groups > drawn[:, None], axis=1)
        drawn = self._generator.integers(0, of_group[self._rows, group])
        before = np.cumsum(of_group, axis=1) - of_group
        drawn += before[self._rows, group]
        chosen: NDArray[np.int64] = np.argmax(np.cumsum(weights, axis=1) > drawn[:, None], axis=1)
        return chosen


def _weights(by_name: Mapping[str, int], groups: list[str]) -> NDArray[np.int32]:
    return np.array([by_name.get(group, 0) for group in groups], np.int32)
