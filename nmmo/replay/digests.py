"""What tells two states of a world apart: one number for each section."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core import _engine

SECTIONS: Final[tuple[str, ...]] = tuple(_engine.names("section"))
"""Parts of the state, in the order of the digests: clock, players, monsters, tiles, market."""


def section_hashes(world: _engine.Reader) -> NDArray[np.uint64]:
    """The hashes of the whole state, uint64 [5]: from every field, so a hundred times slower than digests."""
    hashes = world.hash()
    return np.array([hashes[name] for name in SECTIONS], np.uint64)


def differing(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> tuple[str, ...]:
    """The sections in which digests or hashes differ."""
    return tuple(name for name, same in zip(SECTIONS, (one == other).tolist(), strict=True) if not same)
