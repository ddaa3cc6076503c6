"""Pictures of maps, for people.

Terrain in the colours of its biomes, lit from the north-west; lines where danger rises; symbols for nodes
where there is room; a legend below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from nmmo.core.arguments import as_integer
from nmmo.core.map_paint import (
    DANGER_COLOURS,
    GROUND_COLOURS,
    NODE_COLOURS,
    Colour,
    colour_of,
)
from nmmo.core.tile_words import BIOMES, FIRST_NODE, GROUNDS, NODES, TIERS, Words

Field = NDArray[np.float32]

MOST_SCALE: Final = 32
MOST_PIXELS: Final = 1 << 24
BAND_PIXELS: Final = 1 << 20  # drawn at once
REACH: Final = 16  # tiles around that a tile's pixels may depend on: two blurs of radius 5, and some
USUAL_SIDE: Final = 1024  # pixels of a picture whose scale nobody chose
SYMBOL_SCALE: Final = 4  # nodes are drawn from here on
SAND, DIRT, STONE, WATER = (GROUNDS.index(name) for name in ("sand", "dirt", "stone", "water"))

PAPER: Final[Colour] = (250, 247, 240)
INK: Final[Colour] = (52, 48, 44)
FAINT: Final[Colour] = (120, 113, 105)
MARGIN: Final = 14
TEXT: Final = 13
LINE: Final = 26
SWATCH: Final = 13
LEAST_LEGEND: Final = 420


def draw(words: Words, digest: str, scale: int | None, title: str | None) -> Image.Image:
    """Return the picture; ``Map.preview`` explains."""
    height, width = words.shape
    if scale is None:
        scale = min(16, max(1, round(USUAL_SIDE / max(height, width))))
    scale = as_integer(scale, "scale", 1, MOST_SCALE)
    if height * width * scale * scale > MOST_PIXELS:
        raise ValueError(
            f"scale = {scale} makes a picture of {height * scale} x {width * scale} pixels; it may have {MOST_PIXELS:,}"
        )
    picture = Image.new("RGB", (width * scale, height * scale))
    rows = max(REACH, BAND_PIXELS // (width * scale * scale))
    for row in range(0, height, rows):
        picture.paste(_band(words, scale, row, min(row + rows, height)), (0, row * scale))
    if scale >= SYMBOL_SCALE:
        _nodes(picture, words, scale)
    legend = _legend(max(picture.width, LEAST_LEGEND), f"{height} x {width} tiles", digest, scale, title)
    whole = Image.new("RGB", (legend.width, picture.height + legend.height), PAPER)
    whole.paste(picture, ((legend.width - picture.width) // 2, 0))
    whole.paste(legend, (0, picture.height))
    return whole


@dataclass(frozen=True)
class _Tiles:
    """Some rows of a map."""

    first_row: int
    ground: NDArray[np.uint8]
    biome: NDArray[np.uint8]
    danger: NDArray[np.uint8]


def _band(words: Words, scale: int, first: int, end: int) -> Image.Image:
    """Return the picture of some rows. Drawn in bands, a large map takes little memory."""
    top, bottom = max(0, first - REACH), min(len(words), end + REACH)
    words = words[top:bottom]
    tiles = _Tiles(
        top,
        (words >> 2 & 63).astype(np.uint8),
        (words & 3).astype(np.uint8),
        (words >> 20).astype(np.uint8),
    )
    terrain = _terrain(tiles, scale)
    _danger(terrain, tiles, scale)
    terrain = terrain[(first - top) * scale : (end - top) * scale]
    return Image.fromarray(np.clip(terrain + 0.5, 0, 255).astype(np.uint8))


# ---- fields -----------------------------------------------------------------------------------------


def _blurred(field: NDArray[Any], radius: int, passes: int = 2) -> Field:
    """Return box means over a square; the rim continues outward."""
    made = field.astype(np.float32)
    size = 2 * radius + 1
    for _ in range(passes):
        for axis in (0, 1):
            rim = [(0, 0), (0, 0)]
            rim[axis] = (radius + 1, radius)
            sums = np.cumsum(np.pad(made, rim, mode="edge"), axis=axis, dtype=np.float64)
            high, low = (sums[size:], sums[:-size]) if axis == 0 else (sums[:, size:], sums[:, :-size])
            made = ((high - low) / size).astype(np.float32)
    return made


def _enlarged(field: NDArray[Any], scale: int) -> Field:
    """Return a field of tiles as one of pixels, smooth between the middles of tiles."""
    made = np.ascontiguousarray(field, np.float32)
    if scale == 1:
        return made
    height, width = made.shape
    image = Image.fromarray(made).resize((width * scale, height * scale), Image.Resampling.BICUBIC)
    return np.asarray(image)


def _grain(first_row: int, height: int, width: int) -> Field:
    """Return a random number 0..1 for each place, the same in every picture."""
    row, column = np.ogrid[first_row : first_row + height, :width]
    mixed = row.astype(np.uint32) * np.uint32(0x9E3779B1)
    mixed = mixed ^ (column.astype(np.uint32) * np.uint32(0x85EBCA77))
    mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(0x2C1B3C6D)
    mixed ^= mixed >> np.uint32(13)
    return (mixed >> np.uint32(8)).astype(np.float32) / np.float32(1 << 24)


# ---- terrain ----------------------------------------------------------------------------------------


def _terrain(tiles: _Tiles, scale: int) -> Field:
    """Return ground, biomes and light, float32 [height, width, 3] of pixels."""
    ground, biome = tiles.ground, tiles.biome
    stone, water = _blurred(ground == STONE, 2), _blurred(ground == WATER, 2)
    range_, basin = _blurred(ground == STONE, 5), _blurred(ground == WATER, 5)
    grains = _grain(tiles.first_row, *ground.shape)
    swell, crags = (_blurred(grains, radius) - np.float32(0.5) for radius in (2, 1))
    relief = 2.2 * stone + 3.4 * range_ - 1.5 * water - 1.2 * basin
    relief += (2.2 * swell + 6.5 * crags * np.minimum(stone, range_ * 2)) * (1 - water)

    kinds = _kinds(ground, scale)
    colours = _base_colours(kinds, biome, scale)
    sea = kinds == WATER

    depth = np.clip(_enlarged(0.5 * (water + basin), scale) * 1.25 - 0.25, 0, 1)[..., None]
    deep = colours * np.array([0.52, 0.62, 0.78], np.float32)
    shallow = colours * np.float32(0.8) + np.array([196, 226, 222], np.float32) * np.float32(0.2)
    colours = np.where(sea[..., None], shallow + (deep - shallow) * depth, colours)

    height = np.clip(_enlarged(range_, scale) * 1.6 - 0.55, 0, 1)[..., None]  # peaks are bare and bright
    peak = np.array([236, 238, 242], np.float32)
    rock = colours * np.float32(0.86)
    colours = np.where((kinds == STONE)[..., None], rock + (peak - rock) * (0.42 * height), colours)

    south, east = np.gradient(_enlarged(relief, scale))
    light = np.clip((south + east) * np.float32(0.40 * scale), -0.36, 0.30)  # from the north-west
    light = np.where(sea, light * np.float32(0.12), light)
    grain = _grain(tiles.first_row * scale, *kinds.shape) - np.float32(0.5)
    light += grain * np.where(sea, 0.015, np.where(kinds == STONE, 0.10, 0.06)).astype(np.float32)
    colours = np.where(light[..., None] > 0, colours + (255 - colours) * (light[..., None] * 0.8),
                       colours * (1 + light[..., None]))  # fmt: skip
    return _with_coast(colours.astype(np.float32), sea)


def _kinds(ground: NDArray[np.uint8], scale: int) -> NDArray[np.uint8]:
    """Return the kind of ground of each pixel, with rounded borders."""
    if scale == 1:
        return ground
    best = np.full((ground.shape[0] * scale, ground.shape[1] * scale), -1, np.float32)
    kinds = np.zeros(best.shape, np.uint8)
    for kind in np.unique(ground):
        here = ground == kind
        near = _enlarged(0.5 * here + 0.5 * _blurred(here, 1, 1), scale)  # blurred alone, paths would vanish
        closer = near > best
        best[closer] = near[closer]
        kinds[closer] = kind
    return kinds


def _base_colours(kinds: NDArray[np.uint8], biome: NDArray[np.uint8], scale: int) -> Field:
    """Return the palette's colours, with biomes running into each other."""
    table = np.zeros((len(GROUNDS), len(BIOMES), 3), np.float32)
    for colour, (_, number) in GROUND_COLOURS.items():
        table[number >> 2, number & 3 if number >> 2 else slice(None)] = colour
    colours = np.zeros((*kinds.shape, 3), np.float32)
    total = np.zeros(kinds.shape, np.float32)
    for number in np.unique(biome):
        share = np.clip(_enlarged(_blurred(biome == number, 2), scale), 0, 1)
        colours += table[kinds, number] * share[..., None]
        total += share
    colours /= total[..., None]
    return colours


def _with_coast(colours: Field, sea: NDArray[np.bool_]) -> Field:
    """Return a thin dark line on the water's side of every shore."""
    land = ~sea
    near = np.zeros_like(sea)
    near[1:] |= land[:-1]
    near[:-1] |= land[1:]
    near[:, 1:] |= land[:, :-1]
    near[:, :-1] |= land[:, 1:]
    shore = (near & sea)[..., None]
    return np.where(shore, colours * np.array([0.62, 0.70, 0.78], np.float32), colours).astype(np.float32)


# ---- danger and nodes -------------------------------------------------------------------------------


def _danger(terrain: Field, tiles: _Tiles, scale: int) -> None:
    """Tint dangerous ground and draw a line where danger rises by one."""
    level = np.clip(np.floor(_enlarged(_blurred(tiles.danger, 1), scale) + 0.5), 1, TIERS).astype(np.int64)
    ramp = np.array([(0, 0, 0), *DANGER_COLOURS], np.float32)
    tint = np.array([0, 0, 0.04, 0.09, 0.15, 0.21], np.float32)[level][..., None]
    terrain += (ramp[level] - terrain) * tint
    edge = np.zeros(level.shape, np.bool_)
    upper = level.copy()
    for axis in (0, 1):
        ahead, here = [slice(None)] * 2, [slice(None)] * 2
        ahead[axis], here[axis] = slice(1, None), slice(None, -1)
        one, other = level[tuple(ahead)], level[tuple(here)]
        edge[tuple(here)] |= one != other
        upper[tuple(here)] = np.maximum(upper[tuple(here)], one)
    if scale >= 6:  # two pixels wide
        edge[1:] |= edge[:-1].copy()
        edge[:, 1:] |= edge[:, :-1].copy()
    line = ramp[upper] * np.float32(0.78)
    strength = np.float32(0.75 if scale > 1 else 0.5)
    terrain += (line - terrain) * (edge[..., None] * strength)


def _symbol(kind: str, tier: int, size: int) -> Image.Image:
    """Return a node's symbol, RGBA; higher tiers are darker and larger."""
    fine = 8 * size
    image = Image.new("RGBA", (fine, fine), (255, 255, 255, 0))
    pen = ImageDraw.Draw(image)
    number = FIRST_NODE + NODES.index(kind) | tier << 8
    fill = (*colour_of(NODE_COLOURS, number), 255)
    rim = (255, 255, 255, 235)
    reach = 0.40 + 0.02 * tier
    width = max(1, round(fine * 0.07))

    def at(*points: tuple[float, float]) -> list[tuple[float, float]]:
        return [(fine * (0.5 + reach * x), fine * (0.5 + reach * y)) for x, y in points]

    def shape(*points: tuple[float, float]) -> None:
        pen.polygon(at(*points), fill=fill)
        pen.line([*at(*points), *at(*points[:2])], fill=rim, width=width, joint="curve")

    if kind == "tree":
        shape((0, -1), (0.85, 0.65), (0.2, 0.65), (0.2, 1), (-0.2, 1), (-0.2, 0.65), (-0.85, 0.65))
    elif kind == "ore":
        shape((-0.35, -0.75), (0.45, -0.75), (0.95, 0.1), (0.6, 0.8), (-0.65, 0.8), (-0.95, 0.05))
    elif kind == "crystal":
        shape((0, -1), (0.62, -0.15), (0, 1), (-0.62, -0.15))
    elif kind == "herb":
        for x, y in ((0, -0.52), (0.52, 0), (0, 0.52), (-0.52, 0)):  # petals
            pen.ellipse(at((x - 0.48, y - 0.48), (x + 0.48, y + 0.48)), fill=fill, outline=rim, width=width)
        pen.ellipse(at((-0.28, -0.28), (0.28, 0.28)), fill=(253, 230, 138, 255))
    else:
        back = ((-1.0, 0.0), (-0.5, -0.5), (0.1, -0.5), (0.5, -0.08), (1.0, -0.55))
        shape(*back, *((x, -y) for x, y in reversed(back[1:])))
    return image.resize((size, size), Image.Resampling.LANCZOS)


def _symbol_size(scale: int) -> int:
    return max(7, round(1.5 * scale))


def _nodes(picture: Image.Image, words: Words, scale: int) -> None:
    size = _symbol_size(scale)
    symbols: dict[tuple[int, int], Image.Image] = {}
    node, tiers = words >> 8 & 0xFF, words >> 16 & 0xF
    for row, column in zip(*(places.tolist() for places in np.nonzero(node)), strict=True):
        kind, tier = int(node[row, column]) - FIRST_NODE, int(tiers[row, column])
        if (kind, tier) not in symbols:
            symbols[kind, tier] = _symbol(NODES[kind], tier, size)
        corner = column * scale + (scale - size) // 2, row * scale + (scale - size) // 2
        picture.paste(symbols[kind, tier], corner, symbols[kind, tier])


# ---- the legend -------------------------------------------------------------------------------------


class _Writer:
    """Sets items side by side, and in a new line where the last is full."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.canvas = Image.new("RGB", (width, 40 * LINE), PAPER)
        self.pen = ImageDraw.Draw(self.canvas)
        self.font = ImageFont.load_default(TEXT)
        self.x = MARGIN
        self.y = 10

    def line(self) -> None:
        if self.x > MARGIN:
            self.x = MARGIN
            self.y += LINE

    def item(self, images: list[Image.Image], text: str, colour: Colour = INK, gap: int = 18) -> None:
        """Place images side by side, then words."""
        drawn = sum(image.width for image in images)
        needed = drawn + (6 if images else 0) + round(self.pen.textlength(text, font=self.font))
        if self.x > MARGIN and self.x + needed > self.width - MARGIN:
            self.line()
        for image in images:
            mask = image if image.mode == "RGBA" else None
            self.canvas.paste(image, (self.x, self.y + (LINE - image.height) // 2), mask)
            self.x += image.width
        self.x += 6 if images else 0
        self.pen.text((self.x, self.y + LINE // 2), text, fill=colour, font=self.font, anchor="lm")
        self.x += needed - drawn - (6 if images else 0) + gap

    def done(self) -> Image.Image:
        self.line()
        return self.canvas.crop((0, 0, self.width, self.y + 10))


def _swatch(colour: Colour) -> Image.Image:
    image = Image.new("RGB", (SWATCH, SWATCH), tuple(round(part * 0.75) for part in colour))
    image.paste(colour, (1, 1, SWATCH - 1, SWATCH - 1))
    return image


def _legend(width: int, size: str, digest: str, scale: int, title: str | None) -> Image.Image:
    writer = _Writer(width)
    if title:
        writer.item([], title)
    writer.item([], size, FAINT if title else INK)
    writer.item([], f"digest {digest[:12]}", FAINT)
    writer.line()
    kinds = range(1, len(GROUNDS))
    for biome, name in enumerate(BIOMES):
        writer.item([_swatch(colour_of(GROUND_COLOURS, kind * 4 + biome)) for kind in kinds], name)
    writer.item([], f"({', '.join(GROUNDS[kind] for kind in kinds)})", FAINT)
    writer.line()
    writer.item([], "danger", gap=10)
    for tier in range(1, TIERS + 1):
        writer.item([_swatch(colour_of(DANGER_COLOURS, tier))], str(tier), gap=12)
    writer.item([], "(lines where it rises)", FAINT)
    if scale >= SYMBOL_SCALE:
        writer.line()
        for kind in NODES:
            writer.item([_symbol(kind, 3, 17)], kind)
        writer.item([], "(the darker, the higher the tier)", FAINT)
    return writer.done()
