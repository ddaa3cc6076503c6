"""Rendering of environments as pictures: ``render_mode`` "rgb_array" and "human"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nmmo.core.reader import WorldReader

if TYPE_CHECKING:
    from nmmo.render.drawing.picture import Painter
    from nmmo.render.window.picture_window import PictureWindow

__all__ = ["MOST_CENTRED", "EnvRenderer", "picture_size"]

_SIZES = ((4, (1280, 720)), (16, (640, 360)), (64, (320, 180)))
"""Width and height of the pictures of up to so many players at once: about as many pixels in all."""
_MANY = (160, 90)
_TILES_ACROSS = 40
MOST_CENTRED = _SIZES[-1][0]
"""Players up to which each has a picture of its own surroundings."""


def picture_size(count: int) -> tuple[int, int]:
    """Return width and height of each of so many pictures that are shown at once."""
    return next((size for most, size in _SIZES if count <= most), _MANY)


class EnvRenderer:
    """Draws one environment's worlds. What draws is imported with the first picture."""

    def __init__(self) -> None:
        self._painters: dict[tuple[int, int, int], Painter] = {}
        self._screen: PictureWindow | None = None

    def picture(
        self, world: WorldReader, slot: int | None, number: int = 0, size: tuple[int, int] = _SIZES[0][1]
    ) -> NDArray[np.uint8]:
        """Return the surroundings of a slot in world ``number``, or all of the world.

        Returns
        -------
        ndarray of uint8, shape [height, width, 3]
            Fresh. Every size shows as many tiles around a slot.

        Raises
        ------
        ImportError
            If pygame-ce is not installed; the message says how to.
        """
        from nmmo.render.drawing.picture import Painter

        key = number, *size
        if key not in self._painters:
            self._painters[key] = Painter(*size)
        zoom = None if slot is None else size[0] / _TILES_ACROSS
        return self._painters[key].paint(world, slot=slot, zoom=zoom)

    def show(self, world: WorldReader, slot: int) -> None:
        """Show the surroundings of a slot in a window.

        Raises
        ------
        ImportError
            If pygame-ce is not installed.
        nmmo.render.errors.NoDisplay
            If no window can be opened.
        """
        from nmmo.render.window.picture_window import PictureWindow

        if self._screen is None:
            self._screen = PictureWindow()
        self._screen.show(self.picture(world, slot))

    def close(self) -> None:
        """Close the window, if there is one."""
        if self._screen is not None:
            self._screen.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return EnvRenderer, ()  # surfaces and windows are not for other processes
