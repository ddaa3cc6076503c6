"""Opens a window, or says why there is none."""

from __future__ import annotations

import os
import sys
from typing import Final

from nmmo.render.backend import pygame
from nmmo.render.errors import NoDisplay

__all__ = ["display_hint", "open_window"]

_INVISIBLE: Final = ("offscreen", "dummy", "evdev")
"""SDL's drivers that show nothing: it chooses them by itself where there is no display."""


def open_window(size: tuple[int, int], flags: int = 0) -> pygame.Surface:
    """Open a window, or change the one that is open.

    Parameters
    ----------
    size
        In pixels.
    flags
        Of ``pygame.display.set_mode``.

    Returns
    -------
    pygame.Surface
        The window's content.

    Raises
    ------
    NoDisplay
        If there is no display. A driver that the user chose with SDL_VIDEODRIVER is accepted.
    """
    try:
        pygame.display.init()
        if pygame.display.get_driver() in _INVISIBLE and not os.environ.get("SDL_VIDEODRIVER"):
            pygame.display.quit()
            raise NoDisplay("no window can be opened: there is no display; render_mode='rgb_array' needs none")
        return pygame.display.set_mode(size, flags)
    except pygame.error as error:
        raise NoDisplay(f"no window can be opened ({error})") from None


def display_hint() -> str:
    """Return what to do where there is no display."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "there is no display here; a video needs none: nmmo view REPLAY --export out.mp4"
    return "a video needs no display: nmmo view REPLAY --export out.mp4"
