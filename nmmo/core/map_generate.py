"""Generated maps, without a world that is played."""

from __future__ import annotations

from nmmo.core import _engine
from nmmo.core.config import Config
from nmmo.core.dtypes import world_dtypes
from nmmo.core.outputs import made_outputs
from nmmo.core.tile_words import Words

__all__ = ["generated_words"]


def generated_words(config: Config, seed: int) -> Words:
    """Return the words of the map that a world generates from a seed.

    Raises
    ------
    nmmo.MapError
        If the map has too little room.
    """
    world = _engine.EngineWorld()
    world._open(config, made_outputs(config, 1, False), world_dtypes(config), 1)
    try:
        world._begin(seed)
        return world.map()
    finally:
        world.close()
