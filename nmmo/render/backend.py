"""pygame, imported only when something is drawn."""

from __future__ import annotations

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # a library prints nothing by itself

try:
    import pygame
    import pygame.font
    import pygame.surfarray
    import pygame.transform
except ImportError as error:
    raise ImportError(
        f"drawing needs pygame-ce, which cannot be imported ({error}): pip install 'nmmo[render]'"
    ) from error

__all__ = ["Colour", "new_surface", "pygame"]

Colour = tuple[int, int, int]

pygame.font.init()  # draws text without a display


def new_surface(width: int, height: int, alpha: bool = False) -> pygame.Surface:
    """Return a surface of 32 bits per pixel that needs no display.

    Surfaces are never converted to the display's format: drawing must work where there is none.
    """
    if alpha:
        return pygame.Surface((max(1, width), max(1, height)), pygame.SRCALPHA, 32)
    return pygame.Surface((max(1, width), max(1, height)), 0, 32)
