"""Where players walked lately."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.render.scene import Scene

__all__ = ["Traffic"]

DECAY: Final = np.float32(0.998)
"""The share of the heat that is left after a tick: half of it is left after about 350."""
JUMP: Final = 64
"""A seek over more ticks than this begins a new heat map."""


class Traffic:
    """Gathers the places of players from the scenes that are shown.

    Attributes
    ----------
    heat : ndarray of float32, shape [height, width]
        How much was walked on each tile.
    """

    def __init__(self, height: int, width: int) -> None:
        self.heat: NDArray[np.float32] = np.zeros((height, width), np.float32)
        self._last = -1

    def note(self, scene: Scene) -> None:
        """Take a scene; one that is shown again, or a step back, adds nothing."""
        if abs(scene.tick - self._last) > JUMP:
            self.heat[:] = 0
        elif scene.tick <= self._last:
            return
        self._last = scene.tick
        alive = scene.players["alive"] == 1
        me = scene.players["self"]
        self.heat *= DECAY
        np.add.at(self.heat, (me["row"][alive], me["column"][alive]), np.float32(1.0))
