"""Snapshots of a game at some of its ticks, kept small: from them any other tick is near."""

from __future__ import annotations

from typing import Final

import numpy as np
import zstandard
from numpy.typing import NDArray

__all__ = ["Keyframes"]

SPACING: Final = 128
"""Ticks from one keyframe to the next; more where a long game would not fit."""
MOST_BYTES: Final = 48 * 1024 * 1024


class Keyframes:
    """A bounded store of snapshots. When it is full, every other one goes, and later ones come half as often.

    A snapshot is kept as its difference from the first: most of a world stays as it was.

    Parameters
    ----------
    most_bytes
        The most memory that the compressed snapshots may take, the first not counted.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.spacing = SPACING
        self._most_bytes = most_bytes
        self._base: NDArray[np.uint8] | None = None
        self._packer = zstandard.ZstdCompressor(level=1)
        self._unpacker = zstandard.ZstdDecompressor()
        self._kept: dict[int, bytes] = {}
        self._bytes = 0

    @property
    def ticks(self) -> list[int]:
        """Of which ticks there are snapshots, ascending."""
        return sorted(self._kept)

    @property
    def size(self) -> int:
        """Bytes that the compressed snapshots take."""
        return self._bytes

    def wants(self, tick: int) -> bool:
        """Whether the snapshot of a tick would be kept and is not there yet."""
        return tick not in self._kept and (not self._kept or tick % self.spacing == 0)

    def put(self, tick: int, snapshot: bytes) -> None:
        """Keep a snapshot. The first of all is never given up."""
        content = np.frombuffer(snapshot, np.uint8)
        if self._base is None:
            self._base = content
        whole = len(content) != len(self._base)
        packed = self._packer.compress((content if whole else content ^ self._base).tobytes())
        self._bytes += len(packed) - len(self._kept.get(tick, b""))
        self._kept[tick] = packed
        first = next(iter(self._kept))
        while self._bytes > self._most_bytes and len(self._kept) > 2:
            self.spacing *= 2
            for old in [old for old in self._kept if old != first and old % self.spacing]:
                self._bytes -= len(self._kept.pop(old))

    def near(self, first: int, last: int) -> int | None:
        """The latest kept tick from first to last; None where there is none."""
        return max((tick for tick in self._kept if first <= tick <= last), default=None)

    def get(self, tick: int) -> bytes:
        """The snapshot of a kept tick."""
        assert self._base is not None
        content = np.frombuffer(self._unpacker.decompress(self._kept[tick]), np.uint8)
        return (content if len(content) != len(self._base) else content ^ self._base).tobytes()
