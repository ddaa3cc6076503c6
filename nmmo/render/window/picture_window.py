"""A window that shows pictures, for environments with ``render_mode`` "human"."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nmmo.render.backend import pygame
from nmmo.render.window.display import open_window

__all__ = ["PictureWindow"]


class PictureWindow:
    """A window that opens with the first picture. Once the user closes it, later pictures are not shown.

    Parameters
    ----------
    title
        Of the window.
    """

    def __init__(self, title: str = "nmmo") -> None:
        self._title = title
        self._target: pygame.Surface | None = None
        self._closed = False

    def show(self, pixels: NDArray[np.uint8]) -> None:
        """Show a picture.

        Parameters
        ----------
        pixels : ndarray of uint8, shape [height, width, 3]
            The picture.

        Raises
        ------
        NoDisplay
            If no window can be opened.
        """
        if self._closed:
            return
        size = pixels.shape[1], pixels.shape[0]
        if self._target is None:
            self._target = open_window(size)
            pygame.display.set_caption(self._title)
        for event in pygame.event.get():
            if event.type == pygame.QUIT:
                self.close()
                return
        picture = pygame.image.frombuffer(np.ascontiguousarray(pixels).tobytes(), size, "RGB")
        self._target.blit(picture, (0, 0))
        pygame.display.flip()

    def close(self) -> None:
        """Close the window."""
        self._closed = True
        if self._target is not None:
            self._target = None
            pygame.display.quit()
