"""Pieces of ground, from which chunks of terrain are composed.

Terrain is drawn on the *dual grid*: a piece covers the square between the middles of four tiles, and what it
shows follows from those four. Borders between kinds of ground therefore run smoothly, with 15 shapes per kind (the
method is known as "dual-grid autotiling"; O. Saadoun, 2022, and others describe it). Kinds are drawn over each
other from water up to stone. Textures repeat every four tiles, which decorations hide.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.enums import GroundKind
from nmmo.render.art.palette import DANGER, GROUND, VOID, darker, lighter, mixed
from nmmo.render.backend import Colour, pygame

__all__ = ["DEEP", "FULL", "PERIOD", "RANKS", "GroundArt"]

Field = NDArray[np.float32]

PERIOD: Final = 4
"""Tiles after which textures repeat."""
FULL: Final = 15
"""The shape of a piece whose four tiles are all of the kind."""
FINE_ZOOM: Final = 24
DEEP: Final = 6
"""Water far from land, as a kind of its own behind the engine's."""

RANKS: Final = np.zeros(28, np.int64)
"""By kind * 4 + biome: a higher rank is drawn over a lower one."""
for _rank, _kind in enumerate(
    (0, DEEP, GroundKind.WATER, GroundKind.SAND, GroundKind.DIRT, GroundKind.GRASS, GroundKind.STONE)
):
    for _biome in range(4):
        RANKS[_kind * 4 + _biome] = _rank * 4 + _biome


def _noise(side: int, cells: int, seed: int) -> Field:
    """Return smooth noise from -1 to 1 that repeats at its border: [side, side]."""
    random = np.random.default_rng(seed)
    grid = random.random((cells, cells), np.float32) * 2 - 1
    at = np.arange(side, dtype=np.float32) * (cells / side)
    low = at.astype(np.int64)
    part = at - low
    part = part * part * (3 - 2 * part)
    high = (low + 1) % cells
    top = grid[low][:, low] * (1 - part) + grid[low][:, high] * part
    bottom = grid[high][:, low] * (1 - part) + grid[high][:, high] * part
    made: Field = (top * (1 - part[:, None]) + bottom * part[:, None]).astype(np.float32)
    return made


def _strewn(side: int, zoom: int, count: int, seed: int, marks: tuple[tuple[int, int, float], ...]) -> Field:
    """Return little marks, each some pixels (row, column, strength) of a tile of 16, strewn over a texture."""
    random = np.random.default_rng(seed)
    made = np.zeros((side, side), np.float32)
    unit = max(1, round(zoom / 20))
    for row, column in random.integers(0, side, (count, 2)):
        for down, right, strength in marks:
            rows = (row + down * unit + np.arange(unit)) % side
            columns = (column + right * unit + np.arange(unit)) % side
            made[np.ix_(rows, columns)] = strength
    return made


def _smooth(field: Field, low: float, high: float) -> Field:
    """Return 0 below, 1 above, and a smooth step in between."""
    part = np.clip((field - np.float32(low)) / np.float32(high - low), 0, 1)
    made: Field = (part * part * (3 - 2 * part)).astype(np.float32)
    return made


class GroundArt:
    """All pieces at one zoom, each drawn when it is first used.

    Parameters
    ----------
    zoom
        Pixels per tile.
    """

    def __init__(self, zoom: int) -> None:
        self.zoom = zoom
        self._pieces: dict[tuple[int, int, int, int], pygame.Surface] = {}
        self._textures: dict[int, NDArray[np.uint8]] = {}
        self._tints: dict[tuple[int, int], pygame.Surface] = {}
        self._reliefs: dict[tuple[int, int], tuple[Field, NDArray[np.uint8]]] = {}
        self._foam: dict[int, pygame.Surface] = {}
        self._fields = self._shapes()

    def _shapes(self) -> Field:
        """Return how deep inside each of the 16 shapes a pixel is, [16, zoom, zoom]; the border is at 0.5."""
        zoom = self.zoom
        at = (np.arange(zoom, dtype=np.float32) + np.float32(0.5)) / zoom
        at = at * at * (3 - 2 * at)
        x, y = at[None, :], at[:, None]
        corners = np.stack([(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y])
        rough = 0.055 * _noise(zoom, max(2, min(5, zoom // 4)), 5) + 0.04 * _noise(zoom, max(2, min(9, zoom // 3)), 6)
        fields = np.stack(
            [
                sum(((shape >> bit & 1) * corners[bit] for bit in range(4)), np.zeros((zoom, zoom)))
                for shape in range(16)
            ]
        )
        fields[1:15] += rough
        return fields.astype(np.float32)

    # ---- textures

    def _texture(self, ground: int) -> NDArray[np.uint8]:
        if ground not in self._textures:
            self._textures[ground] = self._make_texture(ground)
        return self._textures[ground]

    def _make_texture(self, ground: int) -> NDArray[np.uint8]:
        """Return a texture, uint8 [PERIOD * zoom, PERIOD * zoom, 3]."""
        kind, biome = ground >> 2, ground & 3
        zoom = self.zoom
        side = PERIOD * zoom
        if kind == 0:
            return np.full((side, side, 3), VOID, np.uint8)
        seed = 100 * kind + biome
        base: Colour = GROUND[4 * GroundKind.WATER + biome] if kind == DEEP else GROUND[ground]
        broad = _noise(side, 6, seed) * 0.6 + _noise(side, min(side, 13), seed + 1) * 0.4
        fine = _noise(side, min(side, PERIOD * 10), seed + 2)
        light = 0.045 * broad + 0.02 * fine
        colours = np.empty((side, side, 3), np.float32)
        if kind in (GroundKind.WATER, DEEP):
            deep = darker(base, 0.3)
            base = mixed(deep, (40, 80, 150), 0.25) if kind == DEEP else mixed(base, (90, 200, 220), 0.12)
            at = np.arange(side, dtype=np.float32) * (2 * np.pi / side)
            bend = _noise(side, 7, seed + 3)
            waves = np.sin(at[:, None] * 9 + 2.6 * bend) * np.sin(at[None, :] * 4 + 1.7 * bend)
            light = 0.03 * waves + 0.10 * _smooth(waves.astype(np.float32), 0.78, 0.98) + 0.02 * broad
        elif kind == GroundKind.GRASS:
            blades = _strewn(
                side, zoom, 150, seed, ((0, 0, 1.0), (-1, 0, 1.0), (-2, 1, 1.0), (-1, 2, 0.8), (0, 2, 0.8))
            )
            dots = _strewn(side, zoom, 90, seed + 9, ((0, 0, 1.0), (0, 1, 1.0)))
            weight = 0.045 if biome == 3 else 0.085
            light = light - weight * blades + 0.07 * dots * (1 - blades)
        elif kind == GroundKind.SAND:
            at = np.arange(side, dtype=np.float32) * (2 * np.pi / side)
            ripples = np.sin(at[:, None] * 14 + 2.2 * _noise(side, 9, seed + 3) + at[None, :])
            light = light + 0.02 * ripples + 0.06 * _strewn(side, zoom, 60, seed, ((0, 0, -1.0), (0, 1, 0.8)))
        elif kind == GroundKind.DIRT:
            stones = _strewn(side, zoom, 70, seed, ((0, 0, 1.0), (0, 1, 1.0), (1, 0, -0.9), (1, 1, -0.9)))
            light = light * 1.3 + 0.08 * stones
        else:  # stone: facets lit from the north-west
            light = self._facets(side, seed) + 0.02 * fine
        red, green, blue = base
        colours[:] = (red, green, blue)
        lit = light[..., None]
        colours = np.where(lit > 0, colours + (255 - colours) * lit * 1.4, colours * (1 + lit * 1.6))
        if kind == GroundKind.STONE:
            snow = np.float32(0.75 if biome == 3 else 0.0)
            cap = _smooth(light, 0.02, 0.1)[..., None] * snow
            colours = colours + (250 - colours) * cap
        made: NDArray[np.uint8] = np.clip(colours + 0.5, 0, 255).astype(np.uint8)
        return made

    def _facets(self, side: int, seed: int) -> Field:
        """Return light on broken rock: each point belongs to the nearest of some peaks, and slopes away from it."""
        random = np.random.default_rng(seed)
        count = 30
        peaks = random.random((count, 2)).astype(np.float32) * side
        slope = random.random((count, 2)).astype(np.float32) - np.float32(0.5)
        at = np.arange(side, dtype=np.float32)
        best = np.full((side, side), 1e9, np.float32)
        second = best.copy()
        light = np.zeros((side, side), np.float32)
        for (row, column), (down, right) in zip(peaks, slope, strict=True):
            dy = np.abs(at - row)
            dx = np.abs(at - column)
            dy, dx = np.minimum(dy, side - dy), np.minimum(dx, side - dx)
            distance = (
                dy[:, None] + dx[None, :] * np.float32(0.9) + np.maximum(dy[:, None], dx[None, :]) * np.float32(0.6)
            )
            nearer = distance < best
            second = np.where(nearer, best, np.minimum(second, distance))
            signed_y = ((at - row + side / 2) % side - side / 2)[:, None]
            signed_x = ((at - column + side / 2) % side - side / 2)[None, :]
            tone = -(signed_y + signed_x) * np.float32(0.16 / self.zoom) + (down + right) * np.float32(0.10)
            light = np.where(nearer, np.clip(tone, -0.17, 0.17), light).astype(np.float32)
            best = np.minimum(best, distance)
        crack = 1 - _smooth((second - best) / np.float32(self.zoom), 0.02, 0.13)
        return (light - 0.13 * crack).astype(np.float32)

    # ---- pieces

    def piece(self, ground: int, row: int, column: int, shape: int) -> pygame.Surface:
        """Return a piece of one kind of ground.

        Parameters
        ----------
        ground
            kind * 4 + biome; kind may be ``DEEP``.
        row, column
            Of the piece; what counts is their place in the texture.
        shape
            Which of its tiles are of the kind: bits for north-west, north-east, south-west, south-east.

        Returns
        -------
        pygame.Surface
            Opaque for ``FULL``, else premultiplied.
        """
        if shape != FULL and self.zoom < FINE_ZOOM:
            row = column = 0  # at this size it is invisible whether the texture of a border fits
        key = ground, row % PERIOD, column % PERIOD, shape
        if key not in self._pieces:
            self._pieces[key] = self._make_piece(*key)
        return self._pieces[key]

    def _make_piece(self, ground: int, row: int, column: int, shape: int) -> pygame.Surface:
        zoom = self.zoom
        pixels = self._texture(ground)[row * zoom : (row + 1) * zoom, column * zoom : (column + 1) * zoom]
        if shape == FULL:
            return _opaque(pixels)
        relief, alpha = self._relief_of(ground >> 2, shape)
        rgba = np.empty((zoom, zoom, 4), np.uint8)
        rgba[..., 3] = alpha
        rgba[..., :3] = np.minimum(pixels * relief, alpha[..., None])
        return _translucent(rgba)

    def _relief_of(self, kind: int, shape: int) -> tuple[Field, NDArray[np.uint8]]:
        """Return what a border does to the texture of a kind: a factor [zoom, zoom, 1], and alpha [zoom, zoom]."""
        if (kind, shape) not in self._reliefs:
            self._reliefs[kind, shape] = self._make_relief(kind, shape)
        return self._reliefs[kind, shape]

    def _make_relief(self, kind: int, shape: int) -> tuple[Field, NDArray[np.uint8]]:
        zoom = self.zoom
        field = self._fields[shape]
        sharp = min(0.2, 1.1 / zoom)
        alpha = _smooth(field, 0.5 - sharp, 0.5 + sharp)
        factor = np.ones_like(field)
        shade = np.zeros_like(field)
        if kind == GroundKind.STONE:  # a wall: lit on its north-western side, with a foot in shadow
            south, east = np.gradient(field, 1 / zoom)
            band = 1 - _smooth(field, 0.55, 0.8)
            factor *= (1 + np.clip(0.16 * (south + east), -0.22, 0.34) * band).clip(0.4, 1.35)
            factor *= 1 - 0.45 * (1 - _smooth(field, 0.5, 0.58))
            shade = 0.42 * _smooth(_moved(field, round(zoom * 0.13), round(zoom * 0.09)), 0.42, 0.56)
        elif kind in (GroundKind.GRASS, GroundKind.DIRT, GroundKind.SAND):
            edge = 0.26 if kind == GroundKind.GRASS else 0.12
            factor *= 1 - edge * (1 - _smooth(field, 0.5, 0.62))
            if kind == GroundKind.GRASS:
                shade = 0.25 * _smooth(_moved(field, max(1, round(zoom * 0.05)), 0), 0.44, 0.54)
        elif kind == GroundKind.WATER:  # over deep water
            alpha = _smooth(field, 0.25, 0.75)
        opaque = np.clip((alpha + shade * (1 - alpha)) * 255 + 0.5, 0, 255).astype(np.uint8)
        return (factor * alpha)[..., None].astype(np.float32), opaque

    def foam(self, shape: int) -> pygame.Surface:
        """Return the wet rim of land, drawn on water before the land; the shape says which tiles are land."""
        if shape not in self._foam:
            field = self._fields[shape]
            wet = 0.5 * _smooth(field, 0.22, 0.5)
            white = 0.75 * _smooth(field, 0.34, 0.38) * (1 - _smooth(field, 0.40, 0.45))
            alpha = np.clip(white + 0.32 * wet, 0, 1)
            rgba = np.empty((self.zoom, self.zoom, 4), np.uint8)
            rgba[..., :3] = (np.array(lighter((150, 220, 226), 0.4)) * alpha[..., None]).astype(np.uint8)
            rgba[..., 3] = alpha * 255
            self._foam[shape] = _translucent(rgba)
        return self._foam[shape]

    def tint(self, danger: int, shape: int) -> pygame.Surface:
        """Return what danger of a tier or more adds to the ground: a shade, and a line where it begins."""
        key = danger, shape
        if key not in self._tints:
            field = self._fields[shape]
            inside = _smooth(field, 0.42, 0.58)
            width = max(0.05, 0.9 / self.zoom)
            line = _smooth(field, 0.5 - width, 0.5) * (1 - _smooth(field, 0.5, 0.5 + width))
            if shape in (0, FULL):
                line = np.zeros_like(field)
            dash = (np.add.outer(np.arange(self.zoom), np.arange(self.zoom)) // max(2, self.zoom // 6) % 2).astype(
                np.float32
            )
            edge = line * (0.25 + 0.45 * dash)
            shade = inside * np.float32(0.075)
            dark = np.array((58, 16, 40), np.float32)
            colour = np.array(DANGER[danger], np.float32) * np.float32(0.9)
            alpha = edge + shade * (1 - edge)
            rgb = colour * edge[..., None] + dark * (shade * (1 - edge))[..., None]
            rgba = np.empty((self.zoom, self.zoom, 4), np.uint8)
            rgba[..., :3] = np.clip(rgb, 0, 255)
            rgba[..., 3] = np.clip(alpha * 255, 0, 255)
            rgba[..., :3] = np.minimum(rgba[..., :3], rgba[..., 3:])
            self._tints[key] = _translucent(rgba)
        return self._tints[key]


def _moved(field: Field, down: int, right: int) -> Field:
    """Return a field shifted to the south-east; its border is repeated."""
    padded = np.pad(field, ((down, 0), (right, 0)), mode="edge")
    return padded[: field.shape[0], : field.shape[1]]


def _opaque(pixels: NDArray[np.uint8]) -> pygame.Surface:
    made = pygame.Surface((pixels.shape[1], pixels.shape[0]), 0, 32)
    pygame.surfarray.blit_array(made, pixels.swapaxes(0, 1))
    return made


def _translucent(rgba: NDArray[np.uint8]) -> pygame.Surface:
    size = rgba.shape[1], rgba.shape[0]
    source = pygame.image.frombuffer(np.ascontiguousarray(rgba).tobytes(), size, "RGBA")
    made = pygame.Surface(size, pygame.SRCALPHA, 32)  # a surface of its own layout, as all others
    made.blit(source, (0, 0), special_flags=pygame.BLEND_PREMULTIPLIED)
    return made
