"""Tile words, 32 bits a tile: what they may hold, and their parts."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core import content
from nmmo.core.content import NUMBER, names
from nmmo.core.errors import MapError

Words = NDArray[np.uint32]

LEAST_SIDE: Final = 32
MOST_SIDE: Final = 4096
GROUNDS: Final = names("ground")
BIOMES: Final = names("biome")
TIERS: Final = NUMBER.TIERS
NODES: Final = tuple(node.name for node in content.NODES)
FIRST_NODE: Final = NUMBER.FIRST_NODE
WALKABLE: Final = tuple(GROUNDS.index(name) for name in ("grass", "sand", "dirt"))

BLOCK_TILES: Final = 1 << 20  # checked at once: bounds the memory of intermediate results


def made_words(ground: Any, biome: Any, node: Any, tier: Any, danger: Any) -> Words:
    """Return words from their parts, each an integer array of the map's shape or one number.

    ``node`` is 0 or the number of a node's object, ``tier`` that node's.
    """
    parts = (ground, 2), (biome, 0), (node, 8), (tier, 16), (danger, 20)
    words: Words = np.zeros(np.broadcast_shapes(*(np.shape(part) for part, _ in parts)), np.uint32)
    for part, shift in parts:
        words |= np.asarray(part).astype(np.uint32) << np.uint32(shift)
    return words


def check_side(name: str, tiles: int) -> None:
    """Raise MapError unless a map may be that many tiles high or wide."""
    if not LEAST_SIDE <= tiles <= MOST_SIDE:
        raise MapError(f"a map's {name} is {LEAST_SIDE} to {MOST_SIDE} tiles; got {tiles}")


def check_words(words: Words, first_row: int = 0) -> None:
    """Raise MapError for the first word that is not a tile, naming its place and what is wrong with it.

    Parameters
    ----------
    words
        uint32 [rows, width].
    first_row
        Where on the map the rows begin.
    """
    rows = max(1, BLOCK_TILES // words.shape[1])
    for start in range(0, len(words), rows):
        _check_block(words[start : start + rows], first_row + start)


def _check_block(words: Words, first_row: int) -> None:
    ground, node = words & 0xFF, words >> 8 & 0xFF
    tier, danger = words >> 16 & 0xF, words >> 20 & 0xF
    walkable = np.isin(ground >> 2, WALKABLE)
    node_is_right = (node - FIRST_NODE < len(NODES)) & (tier - 1 < TIERS) & walkable  # wraps round below 0
    right = (words >> 24 == 0) & (ground < 4 * len(GROUNDS)) & (danger - 1 < TIERS)
    right &= ((node == 0) & (tier == 0)) | node_is_right
    if right.all():
        return
    row, column = (int(index) for index in np.unravel_index(np.argmin(right), right.shape))
    word = int(words[row, column])
    raise MapError(f"map[{first_row + row}, {column}] = {word:#x} {_wrong(word)}")


def _wrong(word: int) -> str:
    """Return what is wrong with a word that is not a tile."""
    ground, node, tier, danger = word & 0xFF, word >> 8 & 0xFF, word >> 16 & 0xF, word >> 20 & 0xF
    if word >> 24:
        return "has bits beyond the lowest three bytes"
    if ground >= 4 * len(GROUNDS):
        return f"has no known ground: its lowest byte is {ground}, not 0..{4 * len(GROUNDS) - 1}"
    if not 1 <= danger <= TIERS:
        return f"has danger {danger}, not 1..{TIERS}"
    if node == 0:
        return f"has tier {tier} without a node"
    if not FIRST_NODE <= node < FIRST_NODE + len(NODES):
        return f"has object {node}, which is not a ripe node ({FIRST_NODE}..{FIRST_NODE + len(NODES) - 1})"
    if not 1 <= tier <= TIERS:
        return f"has a node of tier {tier}, not 1..{TIERS}"
    return f"has a node on {GROUNDS[ground >> 2]}, where nobody can walk"
