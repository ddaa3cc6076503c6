"""What is drawn besides the world itself."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["DrawOptions"]


@dataclass
class DrawOptions:
    """What is drawn besides the world itself.

    Attributes
    ----------
    selected
        The entity that is marked: a slot, or the number of players + the number of a monster.
    danger, heat, view
        Layers: danger, where players walked, what the selected player sees.
    heat_map : ndarray of float32, shape [height, width], or None
        How much players walked on each tile.
    linger
        Ticks for which hits, deaths and other events stay visible.
    labels
        Whether numbers and levels stand over heads, where there is room.
    moment
        Seconds, for what moves by itself, such as light on water. None: a quarter of a second per tick.
    """

    selected: int | None = None
    danger: bool = False
    heat: bool = False
    view: bool = False
    heat_map: NDArray[np.float32] | None = field(default=None, repr=False)
    linger: float = 2.0
    labels: bool = True
    moment: float | None = None
