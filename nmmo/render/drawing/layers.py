"""Layers over the map: danger, where players walked, the fog, what a player sees."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.enums import GroundKind
from nmmo.render.art.palette import DANGER, INK, PAPER
from nmmo.render.backend import new_surface, pygame
from nmmo.render.drawing.camera import Camera
from nmmo.render.drawing.text import Text
from nmmo.render.scene import Scene

__all__ = ["Layers"]

_HEAT: Final = np.array(  # dark violet, magenta, orange, pale yellow: lightness grows with heat
    [(20, 10, 60), (120, 20, 120), (220, 60, 90), (255, 150, 50), (255, 246, 170)], np.float32
)


class Layers:
    """Draws layers; keeps what does not change."""

    def __init__(self) -> None:
        self._danger: tuple[NDArray[np.uint8], pygame.Surface] | None = None
        self._fog: pygame.Surface | None = None

    def draw_ground(
        self,
        target: pygame.Surface,
        scene: Scene,
        camera: Camera,
        danger: bool,
        heat: NDArray[np.float32] | None,
        text: Text,
    ) -> None:
        """Draw what lies on the ground, below all bodies."""
        if danger:
            _stretched(target, camera, self._danger_surface(scene), False)
            if camera.zoom >= 24:
                self._digits(target, scene, camera, text)
        if heat is not None:
            _stretched(target, camera, _heat_surface(heat, camera), True, _window(heat.shape, camera))

    def _danger_surface(self, scene: Scene) -> pygame.Surface:
        if self._danger is None or self._danger[0] is not scene.danger:
            if self._danger is not None and np.array_equal(self._danger[0], scene.danger):
                self._danger = scene.danger, self._danger[1]
            else:
                walkable = np.isin(scene.ground >> 2, (GroundKind.GRASS, GroundKind.SAND, GroundKind.DIRT))
                rgba = np.empty((*scene.danger.shape, 4), np.uint8)
                rgba[..., :3] = np.array(DANGER, np.uint8)[np.minimum(scene.danger, 5)]
                rgba[..., 3] = np.where(walkable, 150, 70)
                self._danger = scene.danger, _rgba(rgba)
        return self._danger[1]

    def _digits(self, target: pygame.Surface, scene: Scene, camera: Camera, text: Text) -> None:
        first_row, last_row, first_column, last_column = camera.tiles(scene.height, scene.width)
        for row in range(first_row, last_row):
            for column in range(first_column, last_column):
                if (row + column) % 2 == 0:
                    x, y = camera.to_screen(row + 0.5, column + 0.5)
                    danger = int(scene.danger[row, column])
                    colour = INK if danger < 4 else PAPER
                    text.draw(target, str(danger), x, y - 6, "small", colour, "middle")

    def draw_fog(self, target: pygame.Surface, scene: Scene, camera: Camera) -> None:
        """Draw the fog, which closes in from the map's border."""
        rows, columns = scene.fog
        if not rows and not columns:
            return
        left, top = camera.to_screen(rows, columns)[0], camera.to_screen(rows, columns)[1]
        right, bottom = camera.to_screen(scene.height - rows, scene.width - columns)
        width, height = target.get_size()
        safe = pygame.Rect(round(left), round(top), max(0, round(right - left)), max(0, round(bottom - top)))
        if self._fog is None or self._fog.get_size() != (width, height):
            self._fog = new_surface(width, height, alpha=True)
        fog = self._fog
        fog.fill((0, 0, 0, 0))
        # Thicker with distance from safe ground, in steps that grow from one tile on.
        for step, alpha in ((0, 70), (1, 95), (2, 120), (4, 146), (8, 170), (14, 190)):
            inner = safe.inflate(round(2 * step * camera.zoom), round(2 * step * camera.zoom))
            _around(fog, inner, (126, 92, 158, alpha))
        target.blit(fog, (0, 0))
        pygame.draw.rect(target, (214, 180, 250), safe.inflate(2, 2), max(1, round(camera.zoom / 12)))

    def draw_view(self, target: pygame.Surface, scene: Scene, camera: Camera, row: float, column: float) -> None:
        """Darken what a player at a row and column does not see."""
        down, right = scene.config.view_row_radius, scene.config.view_column_radius
        x, y = camera.to_screen(row - down, column - right)
        end_x, end_y = camera.to_screen(row + down + 1, column + right + 1)
        seen = pygame.Rect(round(x), round(y), round(end_x - x), round(end_y - y))
        shade = new_surface(*target.get_size(), alpha=True)
        _around(shade, seen, (10, 8, 20, 130))
        target.blit(shade, (0, 0))
        pygame.draw.rect(target, INK, seen.inflate(4, 4), 3)
        pygame.draw.rect(target, PAPER, seen.inflate(2, 2), 1)


def _around(target: pygame.Surface, hole: pygame.Rect, colour: tuple[int, int, int, int]) -> None:
    """Fill everything outside a rectangle."""
    width, height = target.get_size()
    hole = hole.clip(target.get_rect())
    if not hole.width or not hole.height:
        target.fill(colour)
        return
    for box in (
        (0, 0, width, hole.top),
        (0, hole.bottom, width, height - hole.bottom),
        (0, hole.top, hole.left, hole.height),
        (hole.right, hole.top, width - hole.right, hole.height),
    ):
        target.fill(colour, box)


def _window(shape: tuple[int, ...], camera: Camera) -> tuple[int, int, int, int]:
    return camera.tiles(shape[0], shape[1])


def _heat_surface(heat: NDArray[np.float32], camera: Camera) -> pygame.Surface:
    """Return the heat of the tiles in view."""
    first_row, last_row, first_column, last_column = _window(heat.shape, camera)
    part = heat[first_row:last_row, first_column:last_column]
    most = float(heat.max(initial=0.0)) or 1.0
    share = np.log1p(part) / np.log1p(most)
    at = np.clip(share, 0, 1) * (len(_HEAT) - 1)
    low = np.minimum(at.astype(np.int64), len(_HEAT) - 2)
    between = (at - low)[..., None].astype(np.float32)
    rgba = np.empty((*part.shape, 4), np.uint8)
    rgba[..., :3] = _HEAT[low] + (_HEAT[low + 1] - _HEAT[low]) * between
    rgba[..., 3] = np.where(part > 0.02, 70 + 150 * share, 0)
    return _rgba(rgba)


def _rgba(rgba: NDArray[np.uint8]) -> pygame.Surface:
    size = rgba.shape[1], rgba.shape[0]
    return pygame.image.frombuffer(np.ascontiguousarray(rgba).tobytes(), size, "RGBA")


def _stretched(
    target: pygame.Surface,
    camera: Camera,
    tiles: pygame.Surface,
    smooth: bool,
    window: tuple[int, int, int, int] | None = None,
) -> None:
    """Draw a surface of one pixel per tile over the map; ``window``: the tiles that it shows, else all."""
    columns, rows = tiles.get_size()
    if window is None:
        first_row, last_row, first_column, last_column = camera.tiles(rows, columns)
        if last_row <= first_row or last_column <= first_column:
            return
        tiles = tiles.subsurface((first_column, first_row, last_column - first_column, last_row - first_row))
    else:
        first_row, last_row, first_column, last_column = window
        if last_row <= first_row or last_column <= first_column:
            return
    x, y = camera.to_screen(first_row, first_column)
    end_x, end_y = camera.to_screen(last_row, last_column)
    size = max(1, round(end_x - x)), max(1, round(end_y - y))
    scale = pygame.transform.smoothscale if smooth else pygame.transform.scale
    target.blit(scale(tiles, size), (round(x), round(y)))
