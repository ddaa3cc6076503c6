"""Maps as painted images: the palette, reading and writing layers, and filling in what is not painted.

A map is painted in up to three layers of the same size, one pixel per tile: ground (with biomes), danger, nodes.
Colours are exact. What is filled in follows the same ways as the engine's generator, from raw words of PCG64,
whose sequence numpy guarantees, and in whole numbers: the same everywhere.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nmmo.core.arguments import as_integer, as_seed
from nmmo.core.errors import MapError
from nmmo.core.map_check import DANGER_SHARES
from nmmo.core.tile_words import (
    BIOMES,
    FIRST_NODE,
    GROUNDS,
    MOST_SIDE,
    NODES,
    TIERS,
    WALKABLE,
    Words,
    check_side,
    made_words,
)

if TYPE_CHECKING:
    from PIL.Image import Image

Source: TypeAlias = str | os.PathLike[str] | NDArray[np.uint8]
Colour: TypeAlias = tuple[int, int, int]
Palette: TypeAlias = Mapping[Colour, tuple[str, int]]  # colour -> what it is called, what it stands for

FORMATS: Final = ("PNG", "BMP", "GIF")  # that keep colours as they were painted
MOST_DENSITY: Final = 1024
DEFAULT_DENSITY: Final = 8
CRYSTAL_REACH: Final = 4  # tiles from a crystal to a tile of another biome
STREWING_ORDER: Final = ("fish", "ore", "crystal", "tree", "herb")  # what has fewest places chooses first
NOISE_LAYERS: Final = ((64, 256), (31, 80), (13, 24))  # spacing in 64ths of the largest, weight


def _colour(code: int) -> Colour:
    return code >> 16, code >> 8 & 0xFF, code & 0xFF


_GROUND_CODES: Final = {  # spring, summer, autumn, winter
    "grass": (0x6DB04E, 0xA9B04A, 0xB98A3E, 0xC9D8D6),
    "sand": (0xE2D29A, 0xEBCB82, 0xDCC096, 0xE4E2D4),
    "dirt": (0x9A7650, 0xB07A46, 0x8C6144, 0x9A948C),
    "stone": (0x7E8285, 0x97806C, 0x7D7076, 0x8D9AA8),
    "water": (0x3F8FC4, 0x2FA3B5, 0x4A7FA8, 0x7DB4D6),
}
_DANGER_CODES: Final = (0xFFF3C4, 0xFDD07A, 0xF79A4B, 0xDC5237, 0x8E1B2E)
_NODE_CODES: Final = {  # the colour of tier 5; lower tiers are paler
    "ore": 0x4A4A52,
    "tree": 0x14532D,
    "crystal": 0x7E22CE,
    "herb": 0xBE185D,
    "fish": 0x1D4ED8,
}

VOID: Final[Colour] = (0, 0, 0)


def _paler(code: int, tier: int) -> Colour:
    """Return the colour of a node's kind for a tier: an eighth of the way to white for each tier below the fifth."""
    red, green, blue = (part + (255 - part) * (TIERS - tier) // 8 for part in _colour(code))
    return red, green, blue


GROUND_COLOURS: Final[Palette] = {
    VOID: ("void", 0),
    **{
        _colour(code): (f"{BIOMES[biome]} {kind}", GROUNDS.index(kind) * 4 + biome)
        for kind, codes in _GROUND_CODES.items()
        for biome, code in enumerate(codes)
    },
}
DANGER_COLOURS: Final[Palette] = {_colour(code): (f"danger {tier}", tier) for tier, code in enumerate(_DANGER_CODES, 1)}
NODE_COLOURS: Final[Palette] = {
    VOID: ("no node", 0),
    **{
        _paler(_NODE_CODES[kind], tier): (f"{kind} of tier {tier}", FIRST_NODE + number | tier << 8)
        for number, kind in enumerate(NODES)
        for tier in range(1, TIERS + 1)
    },
}
LAYERS: Final[Mapping[str, Palette]] = {
    "ground": GROUND_COLOURS,
    "danger": DANGER_COLOURS,
    "nodes": NODE_COLOURS,
}


def colour_of(palette: Palette, number: int) -> Colour:
    """Return the colour that stands for something."""
    return next(colour for colour, (_, stands_for) in palette.items() if stands_for == number)


# ---- images to numbers and back ---------------------------------------------------------------------


def _pixels(source: Source, layer: str) -> NDArray[np.uint8]:
    """Return an image as uint8 [height, width, 4]."""
    if isinstance(source, (str, os.PathLike)):
        return _pixels_of_file(source)
    given = np.asarray(source)
    if given.dtype != np.uint8 or given.ndim != 3 or given.shape[2] not in (3, 4):
        raise MapError(f"{layer}: an image is uint8 [height, width, 3 or 4]; got {given.dtype.name} {given.shape}")
    check_side("height", given.shape[0])
    check_side("width", given.shape[1])
    if given.shape[2] == 4:
        return given
    return np.concatenate([given, np.full((*given.shape[:2], 1), 255, np.uint8)], axis=2)


def _pixels_of_file(path: str | os.PathLike[str]) -> NDArray[np.uint8]:
    from PIL import Image, UnidentifiedImageError

    name = os.fspath(path)
    try:
        with warnings.catch_warnings(), open(path, "rb") as file:
            warnings.simplefilter("ignore")  # of images that are too large: refused below, by their size
            with Image.open(file, formats=FORMATS) as image:
                check_side("height", image.height)
                check_side("width", image.width)
                return np.asarray(image.convert("RGBA"))
    except MapError as error:
        raise MapError(f"{name}: {error}") from None
    except UnidentifiedImageError:
        raise MapError(f"{name}: this is not an image that keeps exact colours ({', '.join(FORMATS)})") from None
    except Image.DecompressionBombError:
        raise MapError(f"{name}: the image is larger than a map, {MOST_SIDE} x {MOST_SIDE}") from None
    except (FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, MemoryError) as error:
        raise MapError(f"{name}: the image is damaged: {error}") from None  # pillow raises all of these


def _numbers(source: Source, layer: str) -> NDArray[np.uint32]:
    """Return what the pixels of a layer stand for, uint32 [height, width]."""
    palette = LAYERS[layer]
    name = os.fspath(source) if isinstance(source, (str, os.PathLike)) else layer
    pixels = _pixels(source, layer)
    alpha = pixels[..., 3]
    codes = pixels[..., 0].astype(np.uint32) << 16 | pixels[..., 1].astype(np.uint32) << 8 | pixels[..., 2]
    if VOID in palette:
        codes[alpha == 0] = 0
        alpha = np.where(alpha == 0, 255, alpha)
    if (alpha < 255).any():
        row, column = _first(alpha < 255)
        raise MapError(f"{name}: the pixel in row {row}, column {column} is partly transparent")
    found, places = np.unique(codes, return_inverse=True)
    numbers = np.zeros(len(found), np.uint32)
    for index, code in enumerate(found.tolist()):
        meaning = palette.get(_colour(code))
        if meaning is None:
            row, column = _first(codes == code)
            near = _nearest(palette, _colour(code))
            raise MapError(
                f"{name}: the pixel in row {row}, column {column} is #{code:06x}, which means nothing; "
                f"the nearest colour that does is #{bytes(near).hex()}, {palette[near][0]}"
            )
        numbers[index] = meaning[1]
    meanings: NDArray[np.uint32] = numbers[places.reshape(codes.shape)]
    return meanings


def _nearest(palette: Palette, wanted: Colour) -> Colour:
    def distance(colour: Colour) -> int:
        return sum((one - other) ** 2 for one, other in zip(colour, wanted, strict=True))

    return min(palette, key=distance)


def _first(mask: NDArray[np.bool_]) -> tuple[int, int]:
    row, column = np.unravel_index(np.argmax(mask), mask.shape)
    return int(row), int(column)


def painted_layer(words: Words, layer: str) -> Image:
    """Return a layer of a map as an image, one pixel per tile."""
    from PIL import Image

    if layer not in LAYERS:
        raise ValueError(f"there is no layer {layer!r}; there are {', '.join(LAYERS)}")
    numbers = {
        "ground": np.where(words >> 2 & 63, words & 0xFF, 0),  # void is of no biome here
        "danger": words >> 20,
        "nodes": words >> 8 & 0xFFF,
    }[layer]
    colours = np.zeros((1 << 12, 3), np.uint8)
    for colour, (_, number) in LAYERS[layer].items():
        colours[number] = colour
    return Image.fromarray(colours[numbers])


def map_from_images(
    ground: Source,
    danger: Source | int | None,
    nodes: Source | None,
    seed: int,
    densities: Mapping[str, int],
) -> Words:
    """Return the words of a painted map; ``Map.from_image`` explains."""
    number = as_seed(seed)
    wanted = _wanted(densities)
    grounds = _numbers(ground, "ground")
    kind, biome = (grounds >> 2).astype(np.uint8), (grounds & 3).astype(np.uint8)
    walkable = np.isin(kind, WALKABLE)
    if danger is None:
        dangers = drawn_danger(walkable, number)
    elif isinstance(danger, (str, os.PathLike, np.ndarray)):
        dangers = _same_size(_numbers(danger, "danger"), grounds, "danger").astype(np.uint8)
    else:
        dangers = np.full(kind.shape, as_integer(danger, "danger", 1, TIERS), np.uint8)
    if nodes is None:
        things, tiers = strewn_nodes(kind, biome, dangers, number, wanted)
    else:
        painted = _same_size(_numbers(nodes, "nodes"), grounds, "nodes")
        things, tiers = (painted & 0xFF).astype(np.uint8), (painted >> 8).astype(np.uint8)
    return made_words(kind, biome, things, tiers, dangers)


def _same_size(layer: NDArray[np.uint32], ground: NDArray[np.uint32], name: str) -> NDArray[np.uint32]:
    if layer.shape != ground.shape:
        sizes = [f"{height} x {width}" for height, width in (ground.shape, layer.shape)]
        raise MapError(f"the ground is {sizes[0]} pixels (rows x columns), the image of {name} {sizes[1]}")
    return layer


def _wanted(densities: Mapping[str, int]) -> dict[str, int]:
    wanted = dict.fromkeys(NODES, DEFAULT_DENSITY)
    for name, density in densities.items():
        kind = name.removesuffix("_density")
        if kind not in wanted or kind == name:
            raise TypeError(f"unknown density {name!r}; there are {', '.join(f'{node}_density' for node in NODES)}")
        wanted[kind] = as_integer(density, name, 0, MOST_DENSITY)
    return wanted


# ---- what is not painted ----------------------------------------------------------------------------


def _draws(seed: int, purpose: int, count: int) -> NDArray[np.uint64]:
    """Return numbers of 64 random bits; each purpose has its own."""
    drawn: NDArray[np.uint64] = np.random.PCG64([seed, purpose]).random_raw(max(1, count))
    return drawn[:count]


def _noise(height: int, width: int, spacing: int, seed: int, purpose: int) -> NDArray[np.int64]:
    """Return random values 0..65535 on a grid of points, smoothly blended between them."""
    rows, columns = height // spacing + 2, width // spacing + 2
    grid = (_draws(seed, purpose, rows * columns) >> np.uint64(48)).astype(np.int64).reshape(rows, columns)

    def between(length: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        cell, step = np.divmod(np.arange(length), spacing)
        part = (2 * step + 1) * 512 // spacing  # of 1024
        return cell, part * part * (3 * 1024 - 2 * part) >> 20  # flat at the points, so no edges show

    row, down = between(height)
    column, right = between(width)
    lines = grid[:, column] * (1024 - right) + grid[:, column + 1] * right >> 10
    return lines[row] * (1024 - down[:, None]) + lines[row + 1] * down[:, None] >> 10


def drawn_danger(walkable: NDArray[np.bool_], seed: int) -> NDArray[np.uint8]:
    """Return smooth regions of danger 1..5 that cover the walkable ground in the shares of generated maps."""
    height, width = walkable.shape
    largest = min(max(min(height, width) * 5 // 16, 12), 96)
    field = np.zeros(walkable.shape, np.int64)
    for layer, (spacing, weight) in enumerate(NOISE_LAYERS):
        field += weight * _noise(height, width, max(3, largest * spacing // 64), seed, layer)
    if not walkable.any():
        return np.ones(walkable.shape, np.uint8)
    ordered = np.sort(field[walkable])
    shares = np.cumsum([round(100 * share) for share in DANGER_SHARES])[:-1]
    bounds = ordered[np.minimum(len(ordered) * shares // 100, len(ordered) - 1)]
    return (1 + np.searchsorted(bounds, field, "right")).astype(np.uint8)


def _around(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return tiles with one of the mask's among themselves and their eight neighbours."""
    tall = np.pad(mask, ((1, 1), (0, 0)))
    tall = tall[:-2] | tall[1:-1] | tall[2:]
    wide = np.pad(tall, ((0, 0), (1, 1)))
    return wide[:, :-2] | wide[:, 1:-1] | wide[:, 2:]


def _near_border(kind: NDArray[np.uint8], biome: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return tiles from which some tile straight ahead, a few steps on, is of another biome."""
    of = np.pad(np.where(kind > 0, biome, 255), CRYSTAL_REACH, constant_values=255)
    near = np.zeros(kind.shape, np.bool_)
    middle = slice(CRYSTAL_REACH, -CRYSTAL_REACH)
    ahead, behind = slice(2 * CRYSTAL_REACH, None), slice(None, -2 * CRYSTAL_REACH)
    for there in (of[ahead, middle], of[behind, middle], of[middle, ahead], of[middle, behind]):
        near |= (there != 255) & (there != biome)
    return near


def strewn_nodes(
    kind: NDArray[np.uint8],
    biome: NDArray[np.uint8],
    danger: NDArray[np.uint8],
    seed: int,
    densities: Mapping[str, int],
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return nodes where they belong, as many as wanted per 1,024 walkable tiles: object numbers and tiers.

    The places of each kind, in reading order, are cut into as many equal parts as there are nodes to place,
    and one tile of each part is drawn: an exact number, spread more evenly than independent draws would.
    """
    free = np.isin(kind, WALKABLE)
    walkable = int(free.sum())
    grass = kind == GROUNDS.index("grass")
    belongs = {
        "ore": _around(kind == GROUNDS.index("stone")),
        "tree": grass,
        "crystal": _near_border(kind, biome),
        "herb": grass,
        "fish": _around(kind == GROUNDS.index("water")),
    }
    things, tiers = np.zeros(kind.shape, np.uint8), np.zeros(kind.shape, np.uint8)
    for purpose, name in enumerate(STREWING_ORDER):
        places = np.flatnonzero(belongs[name] & free)
        count = min(len(places), walkable * densities[name] // 1024)
        if not count:
            continue
        bounds = np.arange(count + 1) * len(places) // count
        draws = _draws(seed, 100 + purpose, count)
        parts = np.diff(bounds).astype(np.uint64)
        offsets = (draws >> np.uint64(32)) * parts >> np.uint64(32)
        chosen = places[bounds[:-1] + offsets.astype(np.int64)]
        lower = np.zeros(count, np.int64)  # tiers below the danger: as many ones as the draw ends in
        ones = draws & np.uint64(0xFFFFFFFF)
        for bit in range(TIERS):
            lower += (ones & np.uint64((2 << bit) - 1)) == np.uint64((2 << bit) - 1)
        things.ravel()[chosen] = FIRST_NODE + NODES.index(name)
        tiers.ravel()[chosen] = np.maximum(1, danger.ravel()[chosen].astype(np.int64) - lower)
        free.ravel()[chosen] = False
    return things, tiers
