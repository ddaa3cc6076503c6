"""Light that moves on the water."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from nmmo.core.enums import GroundKind
from nmmo.render.backend import new_surface, pygame
from nmmo.render.drawing.camera import Camera
from nmmo.render.drawing.terrain import tile_numbers
from nmmo.render.scene import Scene

__all__ = ["WaterAnimation"]

MIN_ZOOM: Final = 12
PERIOD: Final = 3.4
"""Seconds from one glint of a tile to its next."""
ONE_IN: Final = 4  # tiles of water
STEPS: Final = 7  # of brightness, up and down again
BRIGHT: Final = 150  # of 255


class WaterAnimation:
    """Draws glints, and keeps their sprites."""

    def __init__(self) -> None:
        self._pictures: dict[int, list[pygame.Surface]] = {}

    def draw(self, target: pygame.Surface, scene: Scene, camera: Camera, moment: float) -> None:
        """Draw the glints of a moment, in seconds, on the water in view."""
        zoom = int(camera.zoom)
        if zoom < MIN_ZOOM:
            return
        first_row, last_row, first_column, last_column = camera.tiles(scene.height, scene.width)
        rows, columns = np.nonzero(scene.ground[first_row:last_row, first_column:last_column] >> 2 == GroundKind.WATER)
        rows, columns = rows + first_row, columns + first_column
        numbers = tile_numbers(rows, columns)
        chosen = numbers % ONE_IN == 0
        rows, columns, numbers = rows[chosen], columns[chosen], numbers[chosen] >> np.uint32(4)
        if not len(rows):
            return
        phase = (numbers % 997 / 997 + moment / PERIOD) % 1.0
        bright = (np.sin(phase * math.pi) ** 2 * STEPS).astype(np.int64)
        # Each appears at its own place within its tile, and drifts east while it shines.
        x = (columns + 0.1 + (numbers >> np.uint32(10)) % 64 / 160 + 0.3 * phase) * zoom - camera.left
        y = (rows + 0.2 + (numbers >> np.uint32(16)) % 64 / 110) * zoom - camera.top
        pictures = self._of(zoom)
        target.fblits(
            [
                (pictures[step - 1], place)
                for step, *place in zip(bright.tolist(), x.tolist(), y.tolist(), strict=True)
                if step
            ],
            pygame.BLEND_PREMULTIPLIED,
        )

    def _of(self, zoom: int) -> list[pygame.Surface]:
        if zoom not in self._pictures:
            self._pictures[zoom] = [_glint(zoom, BRIGHT * step // STEPS) for step in range(1, STEPS + 1)]
        return self._pictures[zoom]


def _glint(zoom: int, alpha: int) -> pygame.Surface:
    """Return two short strokes, one below the other."""
    width, thick = max(4, round(zoom * 0.4)), max(1, round(zoom / 22))
    made = new_surface(width, thick * 4, alpha=True)
    for x, y, length in ((0, 0, width * 2 // 3), (width // 3, thick * 2, width * 2 // 3)):
        made.fill((226, 246, 250, alpha), (x, y, length, thick))
    return made.premul_alpha()
