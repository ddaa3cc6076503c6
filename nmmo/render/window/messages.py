"""Messages that stay for a while."""

from __future__ import annotations

import time

from nmmo.render.art.palette import INK, PANEL_EDGE, PAPER
from nmmo.render.backend import new_surface, pygame
from nmmo.render.drawing.text import Text

__all__ = ["Messages"]


class Messages:
    """Shows the latest message."""

    def __init__(self) -> None:
        self._text, self._until = "", 0.0

    def show(self, text: str, seconds: float = 5.0) -> None:
        """Show a message for a while."""
        self._text, self._until = text, time.perf_counter() + seconds

    def draw(self, target: pygame.Surface, text: Text, left: int, right: int, top: int) -> None:
        """Draw the message between two borders, in as many lines as it needs."""
        if not self._text or time.perf_counter() > self._until:
            return
        lines = text.wrapped(self._text, max(right - left - 44, 24))
        made = [text.rendered(line, 18, PAPER) for line in lines]
        step = text.height() + 1
        box = pygame.Rect(0, 0, max(line.get_width() for line in made) + 24, step * len(made) + 10)
        box.midtop = (left + right) // 2, top
        back = new_surface(*box.size, alpha=True)
        pygame.draw.rect(back, (*INK, 232), back.get_rect(), border_radius=6)
        pygame.draw.rect(back, PANEL_EDGE, back.get_rect(), 1, border_radius=6)
        target.blit(back, box)
        for number, line in enumerate(made):
            target.blit(line, line.get_rect(midtop=(box.centerx, box.y + 6 + number * step)))
