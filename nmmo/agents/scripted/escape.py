"""Getting away: the step after which the fewest blows fall."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.observation_reader import ObservationReader
from nmmo.agents.pathfinding import NORTH_EAST_SOUTH_WEST, Pathfinder
from nmmo.agents.scripted.enemies import Enemies

__all__ = ["flee", "step_back"]

_DIRECTIONS: Final = NORTH_EAST_SOUTH_WEST.astype(np.int64)
_ENDS: Final = np.concatenate([np.zeros((1, 2), np.int64), _DIRECTIONS, 2 * _DIRECTIONS])
"""Where one ends by waiting, by each move, by each run: in the order of the actions."""
_RUN_PRICE: Final = 1.0  # in health: stamina is wanted later
_WAY_OUT: Final = 4.0  # in health: what the way to calm ground is worth
_IMPOSSIBLE: Final = 1e6


def flee(
    observed: ObservationReader,
    enemies: Enemies,
    paths: Pathfinder,
    passable: NDArray[Any],
    direction: NDArray[Any],
    who: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the best move of agents that are in danger.

    A monster moves or strikes, never both in a tick. So a player that keeps one step ahead of a swordsman takes no
    blow, while one who shoots must be left behind by more than its reach.

    Parameters
    ----------
    passable : [view_rows + 2, n]
        Where one can walk.
    direction : [n]
        The way to calm ground; -1 for none.
    who : int64 [m]
        The agents concerned.

    Returns
    -------
    action : int64 [m]
        0 to 8: wait, move or run.
    hopeless : bool [m]
        No step is better than standing still.
    """
    monsters, limits = enemies.monsters, enemies.rules.number
    m, ends = len(who), len(_ENDS)
    number = np.full(passable.shape[1], -1)
    number[who] = np.arange(m)
    chosen = ((number[monsters.owner] >= 0) & enemies.threatens).nonzero()[0]
    row, column = monsters.row[chosen, None], monsters.column[chosen, None]
    distance = np.maximum(abs(row - _ENDS[:, 0]), abs(column - _ENDS[:, 1]))
    reach = np.where(monsters.style[chosen] == 0, limits.MELEE_RANGE, limits.SHOT_RANGE)[:, None]
    # A blow falls if one ends in reach; else the nearer, the sooner the next.
    price = enemies.blow[chosen, None] * ((distance <= reach) + 0.4 / np.maximum(distance, 1))
    prices = np.zeros((m, ends))
    np.add.at(prices, number[monsters.owner[chosen]], price)
    prices[:, 5:] += _RUN_PRICE
    ground = passable[:, who]
    for turn, (down, right) in enumerate(_DIRECTIONS.tolist()):
        near = paths.has(ground, down, right)
        prices[~near, 1 + turn] = _IMPOSSIBLE
        far = near & paths.has(ground, 2 * down, 2 * right) & (observed.stamina[who] >= limits.RUN_STAMINA)
        prices[~far, 5 + turn] = _IMPOSSIBLE
    led = (direction[who] >= 0).nonzero()[0]
    prices[led, 1 + direction[who[led]]] -= _WAY_OUT
    prices[led, 5 + direction[who[led]]] -= _WAY_OUT
    best = prices.argmin(axis=1)
    return best, prices[:, 0] <= prices[np.arange(m), best]


def step_back(
    observed: ObservationReader, enemies: Enemies, paths: Pathfinder, passable: NDArray[Any], who: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the run of agents that shoot from a swordsman beside them: it comes after, and is shot at meanwhile.

    Returns
    -------
    action : int64 [m]
        A run.
    able : bool [m]
        It leaves the monster's reach, and that of no other swordsman is entered.
    """
    action, hopeless = flee(observed, enemies, paths, passable, np.full(passable.shape[1], -1), who)
    return action, ~hopeless & (action >= enemies.rules.action.run)
