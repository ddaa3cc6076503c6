"""Where bodies are drawn between two ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.render.scene import Scene

__all__ = ["Positions"]

HOP: Final = 0.09
"""How high bodies hop when they walk, in tiles."""
MAX_GLIDE: Final = 2
"""How far bodies glide within a tick, in tiles; a body that came farther is drawn at its new place at once."""

Field = NDArray[np.float32]


@dataclass(frozen=True)
class Positions:
    """Places of all players and monsters, numbered as entities: players first.

    Attributes
    ----------
    rows, columns : ndarray of float32, shape [n]
        In tiles.
    lifts : ndarray of float32, shape [n]
        How high each is above the ground, in tiles.
    players
        The number of players.
    """

    rows: Field
    columns: Field
    lifts: Field
    players: int

    @classmethod
    def between(cls, previous: Scene | None, scene: Scene, fraction: float) -> Positions:
        """Return the places at a fraction (0 to 1) of the way from the previous scene to this one."""
        me = scene.players["self"]
        of_players = _between(previous.players["self"] if previous else None, me, fraction)
        of_monsters = _between(previous.monsters if previous else None, scene.monsters, fraction)
        rows, columns, lifts = (np.concatenate(parts) for parts in zip(of_players, of_monsters, strict=True))
        return cls(rows, columns, lifts, len(me))

    def of(self, scene: Scene, entity: int) -> tuple[float, float] | None:
        """Return row and column of an entity; None where it has no body."""
        if scene.position_of(entity) is None:
            return None
        return float(self.rows[entity]), float(self.columns[entity])


def _between(previous: NDArray[Any] | None, bodies: NDArray[Any], fraction: float) -> tuple[Field, Field, Field]:
    """Return rows, columns and lifts of bodies with fields "row" and "column"."""
    to_row, to_column = bodies["row"].astype(np.float32), bodies["column"].astype(np.float32)
    if previous is None or fraction >= 1.0 or len(previous) != len(bodies):
        return to_row, to_column, np.zeros_like(to_row)
    from_row, from_column = previous["row"].astype(np.float32), previous["column"].astype(np.float32)
    near = (np.abs(to_row - from_row) <= MAX_GLIDE) & (np.abs(to_column - from_column) <= MAX_GLIDE)
    share = np.where(near, np.float32(fraction), np.float32(1.0))
    walks = near & ((to_row != from_row) | (to_column != from_column))
    lift = np.where(walks, np.float32(HOP * math.sin(math.pi * fraction)), np.float32(0))
    return from_row + (to_row - from_row) * share, from_column + (to_column - from_column) * share, lift
