"""Draws a sprite at a large size, outlines it, and scales it down.

A sprite's canvas is one and a half tiles wide and high; its tile is the lower middle of it, so that heads and
treetops reach over the tile behind. Coordinates: x 0 to 1 from west to east, y 0 to 1 from north to south are
the tile itself; the canvas spans -0.25 to 1.25 and -0.5 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from nmmo.render.art.palette import INK, TIERS, lighter
from nmmo.render.backend import Colour, new_surface, pygame

__all__ = ["CANVAS", "LEFT", "TOP", "SpritePainter", "tier_pips"]

CANVAS: Final = 1.5
LEFT: Final = 0.25
TOP: Final = 0.5
_FINE: Final = 96  # pixels per tile while drawing
_OUTLINE: Final = 0.035

Point = tuple[float, float]
Draw = Callable[[pygame.Surface, tuple[int, int, int, int]], object]
"""Draws a shape on a surface in a colour with alpha."""


class SpritePainter:
    """Draws one sprite."""

    def __init__(self) -> None:
        side = round(_FINE * CANVAS)
        self._under = new_surface(side, side, alpha=True)  # shadow: no outline
        self._body = new_surface(side, side, alpha=True)
        self._over = new_surface(side, side, alpha=True)  # glows and details on the outline
        self._to = self._body

    def under(self) -> SpritePainter:
        """Draw below the outline from now on."""
        self._to = self._under
        return self

    def body(self) -> SpritePainter:
        """Draw what is outlined from now on."""
        self._to = self._body
        return self

    def over(self) -> SpritePainter:
        """Draw above the outline from now on."""
        self._to = self._over
        return self

    @staticmethod
    def _at(point: Point) -> Point:
        return (point[0] + LEFT) * _FINE, (point[1] + TOP) * _FINE

    def _colour(self, colour: Colour, alpha: int) -> tuple[int, int, int, int]:
        return (*colour, alpha)

    def polygon(self, points: Sequence[Point], colour: Colour, alpha: int = 255) -> SpritePainter:
        """Draw a filled polygon."""
        self._shape(colour, alpha, lambda to, fill: pygame.draw.polygon(to, fill, [self._at(p) for p in points]))
        return self

    def ellipse(
        self, x: float, y: float, width: float, height: float, colour: Colour, alpha: int = 255
    ) -> SpritePainter:
        """Draw a filled ellipse, given its centre and half axes."""
        left, top = self._at((x - width, y - height))
        box = pygame.Rect(round(left), round(top), max(1, round(2 * width * _FINE)), max(1, round(2 * height * _FINE)))
        self._shape(colour, alpha, lambda to, fill: pygame.draw.ellipse(to, fill, box))
        return self

    def circle(self, x: float, y: float, radius: float, colour: Colour, alpha: int = 255) -> SpritePainter:
        """Draw a filled circle."""
        return self.ellipse(x, y, radius, radius, colour, alpha)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        colour: Colour,
        alpha: int = 255,
        round_: float = 0.0,
    ) -> SpritePainter:
        """Draw a filled rectangle, given its north-west corner, with rounded corners."""
        left, top = self._at((x, y))
        rect = pygame.Rect(round(left), round(top), max(1, round(width * _FINE)), max(1, round(height * _FINE)))
        radius = round(round_ * _FINE)
        self._shape(colour, alpha, lambda to, fill: pygame.draw.rect(to, fill, rect, border_radius=radius))
        return self

    def stroke(self, points: Sequence[Point], width: float, colour: Colour, alpha: int = 255) -> SpritePainter:
        """Draw a line with round joints and ends."""
        places = [self._at(point) for point in points]
        pixels = max(1, round(width * _FINE))

        def draw(to: pygame.Surface, fill: tuple[int, int, int, int]) -> None:
            for one, other in pairwise(places):
                _thick(to, fill, one, other, pixels)
            for place in places:
                pygame.draw.circle(to, fill, place, pixels / 2)

        self._shape(colour, alpha, draw)
        return self

    def arc(
        self, x: float, y: float, radius: float, start: float, end: float, width: float, colour: Colour
    ) -> SpritePainter:
        """Draw part of a circle; angles in degrees, counterclockwise from the east."""
        steps = max(3, round(abs(end - start) / 12))
        points = []
        for step in range(steps + 1):
            angle = math.radians(start + (end - start) * step / steps)
            points.append((x + radius * math.cos(angle), y - radius * math.sin(angle)))
        return self.stroke(points, width, colour)

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: int = 110) -> SpritePainter:
        """Draw a soft light."""
        rings = 8
        for ring in range(rings):
            self.circle(x, y, radius * (1 - ring / rings), colour, strength // rings)
        return self

    def shadow(self, width: float = 0.32, y: float = 0.9, x: float = 0.5) -> SpritePainter:
        """Draw a body's shadow on the ground."""
        to, self._to = self._to, self._under
        self.ellipse(x, y, width, width * 0.36, (10, 8, 20), 90)
        self._to = to
        return self

    def _shape(self, colour: Colour, alpha: int, draw: Draw) -> None:
        if alpha == 255:
            draw(self._to, self._colour(colour, 255))
            return
        # pygame's shapes replace pixels: a translucent shape needs a surface of its own, which is blended.
        layer = new_surface(*self._to.get_size(), alpha=True)
        draw(layer, self._colour(colour, alpha))
        self._to.blit(layer, (0, 0))

    def finish(self, zoom: int, outline: Colour | None = INK, mirrored: bool = False) -> pygame.Surface:
        """Return the sprite.

        Parameters
        ----------
        zoom
            Pixels per tile.
        outline
            The colour of the line around the body; None draws none.
        mirrored
            Whether west and east are swapped.

        Returns
        -------
        pygame.Surface
            With alpha, one and a half tiles wide and high.
        """
        whole = self._under.copy()
        if outline is not None:
            shape = pygame.mask.from_surface(self._body, 100).to_surface(
                setcolor=(*outline, 255), unsetcolor=(0, 0, 0, 0)
            )
            # A sprite that is drawn small needs a bolder line.
            reach = _FINE * max(_OUTLINE, 0.55 / zoom)
            for step in range(12):
                angle = math.tau * step / 12
                whole.blit(shape, (reach * math.cos(angle), reach * math.sin(angle)))
        whole.blit(self._body, (0, 0))
        whole.blit(self._over, (0, 0))
        if mirrored:
            whole = pygame.transform.flip(whole, True, False)
        side = max(1, round(zoom * CANVAS))
        return smaller(whole, side, side)


def smaller(surface: pygame.Surface, width: int, height: int) -> pygame.Surface:
    """Return a surface scaled down smoothly. Colours are weighted by alpha, so that edges do not darken."""
    return pygame.transform.smoothscale(surface.premul_alpha(), (width, height))


def _thick(to: pygame.Surface, fill: tuple[int, int, int, int], one: Point, other: Point, pixels: int) -> None:
    across = math.atan2(other[1] - one[1], other[0] - one[0]) + math.pi / 2
    dx, dy = math.cos(across) * pixels / 2, math.sin(across) * pixels / 2
    corners = [
        (one[0] + dx, one[1] + dy),
        (other[0] + dx, other[1] + dy),
        (other[0] - dx, other[1] - dy),
        (one[0] - dx, one[1] - dy),
    ]
    pygame.draw.polygon(to, fill, corners)


def tier_pips(painter: SpritePainter, tier: int) -> None:
    """Draw as many marks at the foot of a sprite as its tier is high."""
    width = 0.11
    left = 0.5 - (tier - 1) * width / 2
    painter.over()
    for number in range(tier):
        x = left + number * width
        painter.polygon([(x, 0.85), (x + 0.055, 0.92), (x, 0.99), (x - 0.055, 0.92)], (20, 16, 24))
        painter.polygon([(x, 0.88), (x + 0.034, 0.92), (x, 0.96), (x - 0.034, 0.92)], lighter(TIERS[tier], 0.25))
