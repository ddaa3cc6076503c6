"""The whole map as pixels, for far zoom and for the small map in a corner."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.enums import GroundKind, ObjectKind
from nmmo.render.art.palette import GROUND, VOID, darker
from nmmo.render.backend import new_surface, pygame

__all__ = ["Overview"]

Field = NDArray[np.float32]

MAX_FINE_SIDE: Final = 1024
"""Maps up to this size are drawn with two pixels per tile."""
_NODES: Final = {  # of a ripe node: seen from far above
    ObjectKind.ORE: (70, 64, 78),
    ObjectKind.TREE: (34, 82, 44),
    ObjectKind.CRYSTAL: (190, 110, 236),
    ObjectKind.HERB: (226, 92, 150),
    ObjectKind.FISH: (70, 150, 236),
}


def _blurred(field: Field, radius: int) -> Field:
    """Return the means over a square around each tile."""
    size = 2 * radius + 1
    made = field
    for axis in (0, 1):
        rim = [(0, 0), (0, 0)]
        rim[axis] = (radius + 1, radius)
        sums = np.cumsum(np.pad(made, rim, mode="edge"), axis=axis, dtype=np.float32)
        made = (sums[size:] - sums[:-size] if axis == 0 else sums[:, size:] - sums[:, :-size]) / np.float32(size)
    return made.astype(np.float32)


class Overview:
    """Pictures of one map's ground.

    Parameters
    ----------
    ground, danger, objects : ndarray of uint8, shape [height, width]
        As in a ``Scene``.
    """

    def __init__(self, ground: NDArray[np.uint8], danger: NDArray[np.uint8], objects: NDArray[np.uint8]) -> None:
        self._ground, self._danger = ground, danger
        self.scale = 2 if max(ground.shape) <= MAX_FINE_SIDE else 1
        """Pixels per tile."""
        self.surface = self._draw(objects)
        """The whole map."""
        self._scaled: tuple[tuple[int, int, int, int, int, int], pygame.Surface] | None = None

    def is_of(self, ground: NDArray[np.uint8], danger: NDArray[np.uint8]) -> bool:
        """Return whether this is the ground that was drawn."""
        same = np.array_equal(ground, self._ground) and np.array_equal(danger, self._danger)
        if same:
            self._ground, self._danger = ground, danger
        return same

    def _draw(self, objects: NDArray[np.uint8]) -> pygame.Surface:
        ground, danger = self._ground, self._danger
        kind = ground >> 2
        table = np.zeros((256, 3), np.float32)
        table[:] = VOID
        for number, colour in GROUND.items():
            table[number] = darker(colour, 0.06) if number >> 2 == GroundKind.GRASS else colour
        stone, water = (
            (kind == GroundKind.STONE).astype(np.float32),
            (kind == GroundKind.WATER).astype(np.float32),
        )
        height = 2.4 * _blurred(stone, 1) + 3.2 * _blurred(stone, 4) - 1.2 * _blurred(water, 2)
        south, east = np.gradient(height)
        light = np.clip((south + east) * np.float32(0.38), -0.4, 0.3)
        depth = np.clip(_blurred(water, 4) * 1.3 - 0.35, 0, 1) * water
        random = np.random.default_rng(1).random(ground.shape, np.float32) - np.float32(0.5)
        light = (
            light * (1 - 0.85 * water)
            + random * np.where(water > 0, 0.015, np.where(stone > 0, 0.13, 0.07))
            - 0.34 * depth
        )
        tier = np.clip(danger.astype(np.int64), 1, 5)
        dark = np.array([0, 0, 0.03, 0.07, 0.12, 0.17], np.float32)[tier] * (1 - water)

        flat = table[ground]
        for number, colour in _NODES.items():
            here = objects == number
            flat[here] = flat[here] * np.float32(0.35) + np.array(colour, np.float32) * np.float32(0.65)
        surface = _surface(flat)
        if self.scale == 2:
            surface = pygame.transform.scale2x(surface)  # rounds corners of coasts
            light, dark = (np.repeat(np.repeat(field, 2, 0), 2, 1) for field in (light, dark))
        colours = pygame.surfarray.array3d(surface).swapaxes(0, 1).astype(np.float32)
        light, dark = light[..., None], dark[..., None]
        colours = np.where(light > 0, colours + (255 - colours) * light, colours * (1 + light))
        colours += (np.array((70, 20, 44), np.float32) - colours) * dark
        return _surface(colours)

    def draw(self, target: pygame.Surface, zoom: float, left: int, top: int) -> None:
        """Draw what lies under a window: as ``Terrain.draw``, at any zoom."""
        width, height = target.get_size()
        rows, columns = self._ground.shape
        # The map's pixels that cover the window.
        unit = zoom / self.scale
        first_x, first_y = max(0, int(left // unit)), max(0, int(top // unit))
        last_x = min(columns * self.scale, int((left + width) // unit) + 1)
        last_y = min(rows * self.scale, int((top + height) // unit) + 1)
        target.fill(VOID)
        if last_x <= first_x or last_y <= first_y:
            return
        size = max(1, round((last_x - first_x) * unit)), max(1, round((last_y - first_y) * unit))
        key = first_x, first_y, last_x, last_y, *size
        if self._scaled is None or self._scaled[0] != key:
            part = self.surface.subsurface((first_x, first_y, last_x - first_x, last_y - first_y))
            scaled = pygame.transform.smoothscale(part, size) if unit != 1 else part.copy()
            self._scaled = key, scaled
        target.blit(self._scaled[1], (round(first_x * unit) - left, round(first_y * unit) - top))

    def small(self, width: int, height: int) -> pygame.Surface:
        """Return the whole map, scaled."""
        return pygame.transform.smoothscale(self.surface, (max(1, width), max(1, height)))


def _surface(colours: NDArray[np.float32]) -> pygame.Surface:
    made = new_surface(colours.shape[1], colours.shape[0])
    pixels = np.clip(colours + 0.5, 0, 255).astype(np.uint8)
    pygame.surfarray.blit_array(made, pixels.swapaxes(0, 1))
    return made
