"""Terrain at near and middle zoom: chunks of ground, composed once and kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.enums import GroundKind
from nmmo.render.art.decorations import DECORATIONS, decoration
from nmmo.render.art.ground import DEEP, FULL, RANKS, GroundArt
from nmmo.render.art.palette import VOID
from nmmo.render.art.sprite_painter import LEFT, TOP
from nmmo.render.backend import new_surface, pygame

__all__ = ["Terrain", "tile_numbers"]

MAX_BYTES: Final = 80 * 1024 * 1024  # of kept chunks
KEPT_ZOOMS: Final = 3
MIN_ZOOM_FOR_DECORATIONS: Final = 12


def _chunk_tiles(zoom: int) -> int:
    """Return the tiles along a chunk's side: chunks have about the same size on the screen at every zoom."""
    return max(8, min(32, 384 // zoom))


def tile_numbers(rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Return a random number for each tile, always the same."""
    mixed = rows.astype(np.uint32) * np.uint32(0x9E3779B1) ^ columns.astype(np.uint32) * np.uint32(0x85EBCA77)
    mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(0x2C1B3C6D)
    mixed ^= mixed >> np.uint32(13)
    return mixed


class Terrain:
    """The ground of one map.

    Parameters
    ----------
    ground : ndarray of uint8, shape [height, width]
        kind * 4 + biome.
    danger : ndarray of uint8, shape [height, width]
        1 to 5.
    """

    def __init__(self, ground: NDArray[np.uint8], danger: NDArray[np.uint8]) -> None:
        self._art: OrderedDict[int, GroundArt] = OrderedDict()
        self._decor: dict[tuple[int, int, int], pygame.Surface] = {}
        self._chunks: OrderedDict[tuple[int, int, int], pygame.Surface] = OrderedDict()
        self._bytes = 0
        self._take(ground, danger)

    def _take(self, ground: NDArray[np.uint8], danger: NDArray[np.uint8]) -> None:
        self.ground, self.danger = ground, danger
        kinds = ground.copy()
        water = ground >> 2 == GroundKind.WATER
        inner = np.pad(water, 2, constant_values=True)
        height, width = ground.shape
        deep = np.logical_and.reduce(
            [
                inner[2 + down : 2 + down + height, 2 + right : 2 + right + width]
                for down in (-2, -1, 0, 1, 2)
                for right in (-2, -1, 0, 1, 2)
                if abs(down) + abs(right) < 4
            ]
        )
        kinds[deep & water] = 4 * DEEP + (ground[deep & water] & 3)
        # A rim around the map: the void, two tiles wide, so that pieces there have four tiles as everywhere.
        self._kinds = np.pad(kinds, 1)
        self._dangers = np.pad(danger, 1, mode="edge")
        self._walkable = (ground >> 2 >= GroundKind.GRASS) & (ground >> 2 <= GroundKind.DIRT)

    def update(self, ground: NDArray[np.uint8], danger: NDArray[np.uint8]) -> None:
        """Take the present ground; what changed is drawn again."""
        if ground.shape == self.ground.shape:
            changed = (ground != self.ground) | (danger != self.danger)
            if not changed.any():
                return
            rows, columns = np.nonzero(changed)
            for key in list(self._chunks):
                zoom, top, left = key
                side = _chunk_tiles(zoom)
                near = (rows >= top * side - 4) & (rows < top * side + side + 4)
                near &= (columns >= left * side - 4) & (columns < left * side + side + 4)
                if near.any():
                    self._bytes -= _bytes_of(self._chunks.pop(key))
        else:
            self._chunks.clear()
            self._bytes = 0
        self._take(ground, danger)

    def draw(
        self,
        target: pygame.Surface,
        zoom: int,
        left: int,
        top: int,
        max_new: int | None = None,
        draw_below: Callable[[], None] | None = None,
    ) -> bool:
        """Draw what lies under a window.

        Parameters
        ----------
        target
            Every pixel is drawn.
        zoom
            Pixels per tile.
        left, top
            The map's pixel at the target's upper left corner.
        max_new
            How many chunks may be made in this call.
        draw_below
            Covers the target where chunks are still to be made; what is there is drawn over it. None: they stay void.

        Returns
        -------
        bool
            Whether all was drawn.
        """
        width, height = target.get_size()
        side = _chunk_tiles(zoom)
        pixels = side * zoom
        rows, columns = self.ground.shape
        if left < 0 or top < 0 or left + width > columns * zoom or top + height > rows * zoom:
            target.fill(VOID)
        blits = []
        made = 0
        whole = True
        for down in range(max(0, top // pixels), min((top + height - 1) // pixels, (rows - 1) // side) + 1):
            for right in range(max(0, left // pixels), min((left + width - 1) // pixels, (columns - 1) // side) + 1):
                key = zoom, down, right
                chunk = self._chunks.get(key)
                if chunk is None:
                    if max_new is not None and made >= max_new:
                        whole = False
                        continue
                    chunk = self._make(zoom, down, right)
                    made += 1
                    self._chunks[key] = chunk
                    self._bytes += _bytes_of(chunk)
                else:
                    self._chunks.move_to_end(key)
                blits.append((chunk, (right * pixels - left, down * pixels - top)))
        if not whole:
            target.fill(VOID)
            if draw_below is not None:
                draw_below()
        target.fblits(blits)
        while self._bytes > MAX_BYTES and len(self._chunks) > len(blits):
            self._bytes -= _bytes_of(self._chunks.popitem(last=False)[1])
        return whole

    def _art_of(self, zoom: int) -> GroundArt:
        if zoom not in self._art:
            self._art[zoom] = GroundArt(zoom)
            if len(self._art) > KEPT_ZOOMS:
                old, _ = self._art.popitem(last=False)
                for key in [key for key in self._decor if key[2] == old]:
                    del self._decor[key]
        self._art.move_to_end(zoom)
        return self._art[zoom]

    def _make(self, zoom: int, down: int, right: int) -> pygame.Surface:
        """Compose a chunk."""
        art = self._art_of(zoom)
        side = _chunk_tiles(zoom)
        first_row, first_column = down * side, right * side
        height = min(side, self.ground.shape[0] - first_row)
        width = min(side, self.ground.shape[1] - first_column)
        chunk = new_surface(width * zoom, height * zoom)
        # Pieces lie between the middles of tiles: piece [0, 0] has its south-eastern tile at the chunk's corner.
        kinds = self._kinds[first_row : first_row + height + 2, first_column : first_column + width + 2]
        half = zoom - zoom // 2
        base: list[tuple[pygame.Surface, tuple[int, int]]] = []
        corners = (kinds[:-1, :-1], kinds[:-1, 1:], kinds[1:, :-1], kinds[1:, 1:])
        ranks = [RANKS[corner] for corner in corners]
        present = sorted(np.unique(kinds).tolist(), key=lambda ground: int(RANKS[ground]))
        begun = np.zeros(corners[0].shape, bool)
        land = _shapes([(corner >> 2 < GroundKind.WATER) & (corner >= 4) for corner in corners])
        wet = np.logical_or.reduce([corner >> 2 >= GroundKind.WATER for corner in corners])
        layers: list[list[tuple[pygame.Surface, tuple[int, int]]]] = [base]
        foamed = False
        for ground in present:
            if not foamed and RANKS[ground] >= RANKS[4 * GroundKind.SAND]:
                layers.append(self._foam(art, land, wet, half))
                foamed = True
            # A kind reaches below everything that is drawn over it, so that no gap is left where three kinds meet.
            shape = _shapes([rank >= RANKS[ground] for rank in ranks])
            over = []
            here = np.logical_or.reduce([corner == ground for corner in corners])
            rows, columns = np.nonzero(here)
            first = ~begun[rows, columns]
            for row, column, bits, lowest in zip(
                rows.tolist(), columns.tolist(), shape[rows, columns].tolist(), first.tolist(), strict=True
            ):
                place = column * zoom - half, row * zoom - half
                if lowest:
                    base.append((art.piece(ground, first_row + row, first_column + column, FULL), place))
                else:
                    over.append((art.piece(ground, first_row + row, first_column + column, bits), place))
            begun |= here
            layers.append(over)
        chunk.fblits(base)
        for layer in layers[1:]:
            chunk.fblits(layer, pygame.BLEND_PREMULTIPLIED)
        self._add_danger(chunk, art, first_row, first_column, height, width, half)
        if zoom >= MIN_ZOOM_FOR_DECORATIONS:
            self._add_decor(chunk, zoom, first_row, first_column, height, width)
        return chunk

    def _foam(
        self, art: GroundArt, land: NDArray[np.uint8], wet: NDArray[np.bool_], half: int
    ) -> list[tuple[pygame.Surface, tuple[int, int]]]:
        rows, columns = np.nonzero(wet & (land > 0))
        zoom = art.zoom
        return [
            (art.foam(shape), (column * zoom - half, row * zoom - half))
            for row, column, shape in zip(rows.tolist(), columns.tolist(), land[rows, columns].tolist(), strict=True)
        ]

    def _add_danger(
        self,
        chunk: pygame.Surface,
        art: GroundArt,
        first_row: int,
        first_column: int,
        height: int,
        width: int,
        half: int,
    ) -> None:
        dangers = self._dangers[first_row : first_row + height + 2, first_column : first_column + width + 2]
        corners = (dangers[:-1, :-1], dangers[:-1, 1:], dangers[1:, :-1], dangers[1:, 1:])
        blits = []
        zoom = art.zoom
        for danger in range(2, int(dangers.max(initial=1)) + 1):
            shape = _shapes([corner >= danger for corner in corners])
            rows, columns = np.nonzero(shape)
            for row, column, bits in zip(rows.tolist(), columns.tolist(), shape[rows, columns].tolist(), strict=True):
                blits.append((art.tint(danger, bits), (column * zoom - half, row * zoom - half)))
        chunk.fblits(blits, pygame.BLEND_PREMULTIPLIED)

    def _add_decor(
        self, chunk: pygame.Surface, zoom: int, first_row: int, first_column: int, height: int, width: int
    ) -> None:
        place = slice(first_row, first_row + height), slice(first_column, first_column + width)
        rows, columns = np.mgrid[first_row : first_row + height, first_column : first_column + width]
        drawn = tile_numbers(rows, columns)
        ground, danger = self.ground[place], self.danger[place].astype(np.int64)
        grass = ground >> 2 == GroundKind.GRASS
        share = np.where(grass, 42, 12)
        chosen = self._walkable[place] & ((drawn >> np.uint32(8)) % 256 < share)
        grim = (drawn >> np.uint32(16)) % 8 < np.clip((danger - 2) * 3, 0, 8)
        chosen &= grass | grim
        blits = []
        for row, column in zip(*(found.tolist() for found in np.nonzero(chosen)), strict=True):
            number = int(drawn[row, column]) % DECORATIONS + (DECORATIONS if grim[row, column] else 0)
            key = int(ground[row, column]) & 3, number, zoom
            if key not in self._decor:
                self._decor[key] = decoration(*key)
            blits.append((self._decor[key], (round((column - LEFT) * zoom), round((row - TOP) * zoom))))
        chunk.fblits(blits, pygame.BLEND_PREMULTIPLIED)


def _shapes(corners: list[NDArray[np.bool_]]) -> NDArray[np.uint8]:
    """Return the shapes of pieces: a bit for each of four corners."""
    made = np.zeros(corners[0].shape, np.uint8)
    for bit, corner in enumerate(corners):
        made |= corner.astype(np.uint8) << np.uint8(bit)
    return made


def _bytes_of(surface: pygame.Surface) -> int:
    return surface.get_width() * surface.get_height() * 4
