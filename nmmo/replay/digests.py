"""Digests, by which two states of a world are compared: one number for each section."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.content import names
from nmmo.core.reader import WorldReader

SECTIONS: Final[tuple[str, ...]] = tuple(names("section"))
"""Parts of the state, in the order of the digests: clock, players, monsters, tiles, market."""


def section_hashes(world: WorldReader) -> NDArray[np.uint64]:
    """Return the hashes of the whole state, uint64 [5]: from every field, so a hundred times slower than digests."""
    hashes = world.hash()
    return np.array([hashes[name] for name in SECTIONS], np.uint64)


def differing(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> tuple[str, ...]:
    """Return the sections in which digests or hashes differ."""
    return tuple(name for name, same in zip(SECTIONS, (one == other).tolist(), strict=True) if not same)
