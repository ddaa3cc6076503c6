"""Rendering of environments as pictures: ``render_mode`` "rgb_array" and "human"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nmmo.core.reader import WorldReader

if TYPE_CHECKING:
    from nmmo.render.drawing.picture import Painter
    from nmmo.render.window.picture_window import PictureWindow

__all__ = ["EnvRenderer"]


class EnvRenderer:
    """Draws one environment's worlds. What draws is imported with the first picture."""

    def __init__(self) -> None:
        self._painters: dict[int, Painter] = {}
        self._screen: PictureWindow | None = None

    def picture(self, world: WorldReader, slot: int, number: int = 0) -> NDArray[np.uint8]:
        """Return the surroundings of a slot in world ``number``: uint8 [720, 1280, 3], fresh.

        Raises
        ------
        ImportError
            If pygame-ce is not installed; the message says how to.
        """
        from nmmo.render.drawing.picture import Painter

        if number not in self._painters:
            self._painters[number] = Painter()
        return self._painters[number].paint(world, slot=slot)

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
