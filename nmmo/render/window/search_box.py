"""The box in which a player is searched by slot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nmmo.render.art.palette import ACCENT, PAPER
from nmmo.render.backend import pygame
from nmmo.render.drawing.ui import Ui

__all__ = ["SearchBox"]

MAX_DIGITS: Final = 6


class SearchBox:
    """Takes digits while it is open.

    Parameters
    ----------
    found
        Called with the number that was typed.
    """

    def __init__(self, found: Callable[[int], None]) -> None:
        self._found = found
        self._digits: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it takes keys."""
        return self._digits is not None

    def open(self) -> None:
        """Ask for a slot."""
        self._digits = ""

    def handle_key(self, event: pygame.event.Event) -> None:
        """Take a key: a digit, Backspace, Enter or Escape."""
        digits = self._digits or ""
        if event.key == pygame.K_ESCAPE:
            self._digits = None
        elif event.key == pygame.K_BACKSPACE:
            self._digits = digits[:-1]
        elif event.key in (pygame.K_RETURN, pygame.K_KP_ENTER):
            self._digits = None
            if digits:
                self._found(int(digits))
        elif event.unicode in tuple("0123456789") and len(digits) < MAX_DIGITS:
            self._digits = digits + event.unicode

    def draw(self, ui: Ui, width: int, last_slot: int) -> None:
        """Draw the box at the head of a window of some width."""
        box = pygame.Rect(0, 0, min(360, width - 20), 62)
        box.midtop = width // 2, 52
        inner = ui.panel(box)
        ui.line(f"go to player 0 to {last_slot}, Enter", inner.x, inner.y, ACCENT, "small")
        ui.line(f"{self._digits}_", inner.x, inner.y + 18, PAPER, "large")
