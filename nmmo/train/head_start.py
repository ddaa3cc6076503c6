"""Lives that begin in the middle of a career, for a part of a run: a curriculum, not part of the game.

Whoever begins small sees the dangerous places only after a thousand ticks, weak and untrained, and learns to stay
away. Where some lives begin there, with the levels and things that one comes by on the way, a policy learns
what such places are worth while it still learns how to get to them (starting from states along the way: Florensa
et al., "Reverse curriculum generation for reinforcement learning", 2017, where they are found by search).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import nmmo
from nmmo.agents.rules_numbers import LEVELS_PER_TIER
from nmmo.core.edit import Edit

__all__ = ["HIGHEST", "LOWEST", "HeadStarts"]

LOWEST, HIGHEST = 6, 20
"""Levels from which a career is drawn."""
COMBAT_SPREAD = (-2, 3)
HARVEST_SPREAD = (-3, 2)
"""How far the best skills lie from it, levels."""

STYLES = ("melee", "ranged", "magic")
WEAPONS = ("sword", "bow", "staff")
AMMUNITION = ("whetstone", "arrow", "rune")
PROFESSIONS = ("mining", "woodcutting", "alchemy", "herbalism", "fishing")
TOOLS = ("pickaxe", "axe", "chisel", "sickle", "rod")
ARMOUR = ("helm", "chest", "legs")
GEMS = ("earth_gem", "fire_gem", "air_gem", "water_gem")
FOOD = ("ration", "potion")

BEHIND = 0.5  # chance that a thing is a tier below what its owner may use
NEARER = 0.3  # chance that the place is of one danger less than the score is fit for
TRIES = 8  # places that are tried

_WALKABLE = (1, 2, 3)  # grass, sand, dirt
_OCCUPANT = 7  # bits of a tile's occupant that say whether somebody is there


class HeadStarts:
    """Moves lives ahead, between two ticks.

    Parameters
    ----------
    config
        Of the worlds.
    """

    def __init__(self, config: nmmo.Config) -> None:
        self._world = nmmo.World(config)

    def close(self) -> None:
        """Free its memory."""
        self._world.close()

    def give(self, worlds: nmmo.Worlds, chosen: NDArray[np.bool_], draws: np.random.Generator) -> None:
        """Move some lives ahead; observations follow, and all else that the last tick returned stays.

        Levels, what is worn and carried, and the place change; nothing of it is rewarded.

        Parameters
        ----------
        worlds
            Of this object's configuration.
        chosen
            Whose, bool [worlds, agents]; they must be alive.
        draws
            What each gets is drawn from.
        """
        returned = {
            name: array.copy()
            for name, array in worlds._outputs.items()
            if array is not None and name != "observations"
        }
        seeds, snapshots = worlds._next_seeds(), worlds._snapshots()
        for index in np.flatnonzero(chosen.any(axis=1)):
            self._world.restore(snapshots[index])
            places = _places(self._world.tiles)
            edit = Edit(self._world, observing=False)
            for slot in np.flatnonzero(chosen[index]):
                _give_career(edit, int(slot), places, draws)
            snapshots[index] = self._world.snapshot()
        worlds._restore(snapshots)
        worlds._set_next_seeds(seeds)
        for name, array in returned.items():
            worlds._outputs[name][...] = array


def _places(tiles: NDArray[Any]) -> list[NDArray[np.int64]]:
    """Rows and columns of the tiles, by danger, where somebody can be put."""
    free = np.isin(tiles["ground"] >> 2, _WALKABLE) & (tiles["occupant"] & _OCCUPANT == 0) & (tiles["object"] == 0)
    danger = (tiles["tier"] >> 4) * free
    return [np.argwhere(danger == tier) for tier in range(1, 6)]


def _tier(level: int) -> int:
    return (level - 1) // LEVELS_PER_TIER + 1


def _give_career(edit: Edit, slot: int, places: list[NDArray[np.int64]], draws: np.random.Generator) -> None:
    def chance(share: float) -> bool:
        return bool(draws.random() < share)

    def between(least: int, most: int) -> int:
        return int(draws.integers(least, most + 1))

    def tier_for(level: int) -> int:
        return max(1, _tier(level) - chance(BEHIND))

    edit.clear_inventory(slot)
    career = between(LOWEST, HIGHEST)
    style, profession = between(0, len(STYLES) - 1), between(0, len(PROFESSIONS) - 1)
    combat = max(1, career + between(*COMBAT_SPREAD))
    harvest = max(1, career + between(*HARVEST_SPREAD))
    for skill in STYLES + PROFESSIONS:
        edit.level(slot, skill, between(1, career // 2))
    edit.level(slot, STYLES[style], combat)
    edit.level(slot, PROFESSIONS[profession], harvest)

    edit.give(slot, WEAPONS[style], tier_for(combat), worn=True)
    for piece in ARMOUR:
        if chance(0.75):
            edit.give(slot, piece, tier_for(combat), worn=True)
    if chance(0.5):
        edit.give(slot, GEMS[between(0, len(GEMS) - 1)], tier_for(combat), worn=True)
    if chance(0.7):
        edit.give(slot, AMMUNITION[style], tier_for(combat), between(4, 40), worn=True)
    if chance(0.75):
        edit.give(slot, TOOLS[profession], tier_for(harvest))
    for food in FOOD:
        if chance(0.5):
            edit.give(slot, food, tier_for(harvest), between(1, 4))
    edit.set(slot, gold=between(0, 100))

    danger = max(1, _tier(min(combat, harvest)) - chance(NEARER))
    open_places = places[danger - 1]
    for _ in range(TRIES if len(open_places) else 0):
        row, column = open_places[between(0, len(open_places) - 1)]
        try:
            edit.place_player(slot, int(row), int(column))
        except nmmo.EditError:  # somebody was put there a moment ago
            continue
        return
