"""Which part of the map is shown, and how large."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

__all__ = ["MIN_TILE_ZOOM", "ZOOMS", "Camera"]

ZOOMS: Final = (6, 8, 12, 16, 24, 32, 48, 64)
"""Pixels per tile at which tiles and sprites are drawn. Below the first, the map is an overview at any scale."""
MIN_TILE_ZOOM: Final = ZOOMS[0]
_OVERVIEW_STEP: Final = 1.41


@dataclass
class Camera:
    """A view of the map.

    Attributes
    ----------
    row, column
        The point of the map in the middle of the view, in tiles.
    zoom
        Pixels per tile.
    width, height
        Of the view, in pixels.
    """

    row: float
    column: float
    zoom: float
    width: int
    height: int

    @property
    def detailed(self) -> bool:
        """Whether tiles and sprites are drawn, rather than an overview."""
        return self.zoom >= MIN_TILE_ZOOM

    @property
    def left(self) -> int:
        """The map's pixel at the left border of the view."""
        return round(self.column * self.zoom - self.width / 2)

    @property
    def top(self) -> int:
        """The map's pixel at the upper border of the view."""
        return round(self.row * self.zoom - self.height / 2)

    def to_screen(self, row: float, column: float) -> tuple[float, float]:
        """Return where a point of the map is in the view: x and y."""
        return column * self.zoom - self.left, row * self.zoom - self.top

    def to_map(self, x: float, y: float) -> tuple[float, float]:
        """Return which point of the map is at a pixel: row and column, in tiles."""
        return (y + self.top) / self.zoom, (x + self.left) / self.zoom

    def tiles(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Return the tiles in view: first row, row behind the last, first column, column behind the last."""
        first_row, first_column = self.to_map(0, 0)
        last_row, last_column = (
            self.to_map(self.width, self.height)[0],
            self.to_map(self.width, self.height)[1],
        )
        return (
            max(0, math.floor(first_row)),
            min(height, math.ceil(last_row) + 1),
            max(0, math.floor(first_column)),
            min(width, math.ceil(last_column) + 1),
        )

    def fit(self, height: int, width: int) -> None:
        """Show the whole map."""
        self.zoom = self.fitting(height, width)
        self.row, self.column = height / 2, width / 2

    def fitting(self, height: int, width: int) -> float:
        """Return the zoom at which the whole map is shown."""
        zoom = min(self.width / width, self.height / height)
        if zoom >= MIN_TILE_ZOOM:
            return float(max(level for level in ZOOMS if level <= zoom))
        return zoom

    def zoom_by(self, steps: int, x: float, y: float, height: int, width: int) -> None:
        """Zoom in or out; the point of the map at pixel x, y stays there.

        Parameters
        ----------
        steps
            How many levels; negative ones zoom out.
        x, y
            A pixel of the view.
        height, width
            Of the map, in tiles.
        """
        row, column = self.to_map(x, y)
        least = min(self.fitting(height, width), float(MIN_TILE_ZOOM))
        for _ in range(abs(steps)):
            if steps > 0:
                higher = [level for level in ZOOMS if level > self.zoom]
                grown = self.zoom * _OVERVIEW_STEP
                self.zoom = float(higher[0]) if higher and grown > MIN_TILE_ZOOM * 0.9 else min(grown, ZOOMS[-1])
            else:
                lower = [level for level in ZOOMS if level < self.zoom]
                self.zoom = float(lower[-1]) if lower else max(least, self.zoom / _OVERVIEW_STEP)
        self.column = column - (x - self.width / 2) / self.zoom
        self.row = row - (y - self.height / 2) / self.zoom
        self.clamp(height, width)

    def clamp(self, height: int, width: int) -> None:
        """Keep some of the map in view."""
        self.row = _kept(self.row, height, self.height / self.zoom)
        self.column = _kept(self.column, width, self.width / self.zoom)


def _kept(middle: float, length: int, seen: float) -> float:
    """Return a middle from which no more than an eighth of the view lies outside of the map."""
    if seen >= length:
        return length / 2
    reach = seen * 3 / 8
    return min(max(middle, min(reach, length / 2)), max(length - reach, length / 2))
