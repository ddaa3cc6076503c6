"""One moment of a world, as plain arrays: all that drawing needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nmmo.core.config import Config
from nmmo.core.reader import WorldReader

__all__ = ["Scene", "fog_margins"]


def fog_margins(config: Config, tick: int) -> tuple[int, int]:
    """Return the rows and columns on each side of the map that the fog covers after some ticks."""
    last = tick - 1  # the fog advances at the beginning of a tick
    if not config.fog or last < config.fog_start:
        return 0, 0
    margin = 1 + (last - config.fog_start) // config.fog_period
    rows = max(0, (config.height - config.fog_final + 1) // 2)
    columns = max(0, (config.width - config.fog_final + 1) // 2)
    return min(margin, rows), min(margin, columns)


@dataclass(frozen=True)
class Scene:
    """A world at one tick. The arrays are the scene's own.

    Attributes
    ----------
    tick
        Ticks played.
    config
        Of the world.
    ground, danger, objects, tiers : ndarray of uint8, shape [height, width]
        kind * 4 + biome; 1 to 5; the object of each tile, 0 none; that object's tier.
    players, monsters, ground_items, events : structured ndarray
        As in ``nmmo.World``.
    fog : tuple of int
        Rows and columns on each side that the fog covers.
    """

    tick: int
    config: Config
    ground: NDArray[np.uint8]
    danger: NDArray[np.uint8]
    objects: NDArray[np.uint8]
    tiers: NDArray[np.uint8]
    players: NDArray[np.void]
    monsters: NDArray[np.void]
    ground_items: NDArray[np.void]
    events: NDArray[np.void]
    fog: tuple[int, int]

    @classmethod
    def of(cls, world: WorldReader) -> Self:
        """Return the present moment of a world, or of a replay's frame (``frame.world``)."""
        tiles: NDArray[Any] = world.tiles
        word = tiles["tier"]
        return cls(
            tick=world.tick,
            config=world.config,
            ground=np.ascontiguousarray(tiles["ground"]),
            danger=np.right_shift(word, 4, dtype=np.uint8),
            objects=np.ascontiguousarray(tiles["object"]),
            tiers=np.bitwise_and(word, 15, dtype=np.uint8),
            players=world.players,
            monsters=world.monsters,
            ground_items=world.ground_items,
            events=world.events,
            fog=fog_margins(world.config, world.tick),
        )

    @property
    def height(self) -> int:
        """Rows of tiles."""
        return int(self.ground.shape[0])

    @property
    def width(self) -> int:
        """Columns of tiles."""
        return int(self.ground.shape[1])

    def position_of(self, entity: int) -> tuple[int, int] | None:
        """Return row and column of a player (below the number of players) or a monster; None without a body."""
        slots = len(self.players)
        if 0 <= entity < slots:
            player = self.players[entity]
            return (int(player["self"]["row"]), int(player["self"]["column"])) if player["alive"] else None
        if slots <= entity < slots + len(self.monsters):
            monster = self.monsters[entity - slots]
            return (int(monster["row"]), int(monster["column"])) if monster["alive"] else None
        return None

    def entity_at(self, row: int, column: int) -> int | None:
        """Return who stands on a tile, numbered as in events; None: nobody."""
        me = self.players["self"]
        found = np.flatnonzero((self.players["alive"] == 1) & (me["row"] == row) & (me["column"] == column))
        if len(found):
            return int(found[0])
        monsters = self.monsters
        found = np.flatnonzero((monsters["alive"] == 1) & (monsters["row"] == row) & (monsters["column"] == column))
        return len(self.players) + int(found[0]) if len(found) else None
