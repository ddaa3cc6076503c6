"""The true global state as one array of fixed size, for methods that train with more than agents see."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from nmmo.core.config import Config
from nmmo.core.content import NUMBER
from nmmo.core.records import Table, record_dtype
from nmmo.core.world import World

__all__ = ["state_bytes", "state_dtype", "state_space"]


@lru_cache(maxsize=16)
def state_dtype(config: Config) -> np.dtype[np.void]:
    """Return the layout of what ``state()`` returns: ``state().view(state_dtype(config))[0]`` reads it by name.

    Parameters
    ----------
    config
        Of the environment, ``env.world.config``.

    Returns
    -------
    numpy.dtype
        Fields: ``tick`` uint32; ``players``, ``monsters`` and ``tiles`` as the tables of ``nmmo.World``;
        ``pieces`` uint8 [height, width], how many pieces lie on a tile; ``n_listings`` uint32, and
        ``listings``, as many as there ever can be, of which the first ``n_listings`` are set.
    """
    plane = (config.height, config.width)
    most_listings = config.n_players * NUMBER.LISTINGS
    return np.dtype(
        [
            ("tick", "<u4"),
            ("players", record_dtype(Table.PLAYER), (config.n_players,)),
            ("monsters", record_dtype(Table.MONSTER), (config.n_monsters,)),
            ("tiles", record_dtype(Table.TILE), plane),
            ("pieces", "u1", plane),
            ("n_listings", "<u4"),
            ("listings", record_dtype(Table.LISTING), (most_listings,)),
        ]
    )


def state_space(config: Config) -> spaces.Box:
    """Return the space of ``state()``: bytes."""
    return spaces.Box(0, 255, (state_dtype(config).itemsize,), np.uint8)


def state_bytes(world: World) -> NDArray[np.uint8]:
    """Return a fresh copy of a world's state: uint8 [size], read by ``state_dtype``."""
    packed = np.zeros(1, state_dtype(world.config))
    state = packed[0]
    state["tick"] = world.tick
    state["players"] = world.players
    state["monsters"] = world.monsters
    state["tiles"] = world.tiles
    lying = world.ground_items
    state["pieces"][lying["row"], lying["column"]] = lying["quantity"]
    listings = world.listings
    state["n_listings"] = len(listings)
    state["listings"][: len(listings)] = listings
    return packed.view(np.uint8)
