"""Text: pygame's own font, rendered once for each string that is shown."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from nmmo.render.art.palette import INK, PAPER
from nmmo.render.backend import Colour, new_surface, pygame

__all__ = ["SIZES", "Text"]

SIZES: Final = {"small": 15, "normal": 18, "large": 24, "title": 36}
"""Sizes of the default font, in its own units: the letters of "small" are about 10 pixels high."""
_MAX_KEPT: Final = 1500


_fonts: dict[int, pygame.font.Font] = {}


def _font(size: int) -> pygame.font.Font:
    """Return the font of a size. Other libraries call ``pygame.quit()``, which takes all fonts away."""
    try:
        _fonts[size].get_linesize()
    except (KeyError, pygame.error):
        pygame.font.init()
        _fonts[size] = pygame.font.Font(None, size)
    return _fonts[size]


class Text:
    """Draws text."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int, Colour, bool], pygame.Surface] = OrderedDict()

    def rendered(self, text: str, size: int, colour: Colour = PAPER, outlined: bool = False) -> pygame.Surface:
        """Return a line of text as a surface."""
        key = text, size, colour, outlined
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        font = _font(size)
        shown = text.replace("\0", " ")
        made = font.render(shown, True, colour)
        if outlined:
            dark = font.render(shown, True, INK)
            whole = new_surface(made.get_width() + 2, made.get_height() + 2, alpha=True)
            for x, y in ((0, 0), (1, 0), (2, 0), (0, 1), (2, 1), (0, 2), (1, 2), (2, 2)):
                whole.blit(dark, (x, y))
            whole.blit(made, (1, 1))
            made = whole
        self._kept[key] = made
        if len(self._kept) > _MAX_KEPT:
            self._kept.popitem(last=False)
        return made

    def draw(
        self,
        target: pygame.Surface,
        text: str,
        x: float,
        y: float,
        size: str = "normal",
        colour: Colour = PAPER,
        align: str = "left",
        outlined: bool = False,
    ) -> int:
        """Draw a line; x is its left border, middle or right one as ``align`` says. Returns its width."""
        made = self.rendered(text, SIZES[size], colour, outlined)
        width = made.get_width()
        left = x - (width if align == "right" else width / 2 if align == "middle" else 0)
        target.blit(made, (round(left), round(y)))
        return width

    def width(self, text: str, size: str = "normal") -> int:
        """Return how wide a line would be, in pixels."""
        return _font(SIZES[size]).size(text)[0]

    def wrapped(self, text: str, most: int, size: str = "normal") -> list[str]:
        """Return a text as lines of at most so many pixels; a longer word stands alone."""
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and self.width(longer, size) > most:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def height(self, size: str = "normal") -> int:
        """Return how high a line is, in pixels."""
        return _font(SIZES[size]).get_linesize()
