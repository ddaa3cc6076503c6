"""Snapshots of a game at some of its ticks, kept within bounded memory: any other tick is near one of them."""

from __future__ import annotations

import bisect
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["CACHE_BYTES", "SPACING", "Position", "SnapshotCache", "cache_bytes_for"]

SPACING: Final = 64
"""Ticks between cached snapshots. Keeping one takes as long as playing a dozen ticks, restoring it forty."""
CACHE_BYTES: Final = 64 * 1024 * 1024
"""Memory for cached snapshots: about a hundred of a world of 1,024 agents."""

_WORD: Final = 8  # bytes
_LEAST_STATES: Final = 4


def cache_bytes_for(state_bytes: int) -> int:
    """Return the bytes for a cache of snapshots of so many bytes each: ``CACHE_BYTES``, or four snapshots."""
    return max(CACHE_BYTES, _LEAST_STATES * state_bytes)


class Position(NamedTuple):
    """A position between two ticks of a recording."""

    tick: int
    """Ticks played."""
    entry: int = 0
    """Of the file's timeline: what is to be done next."""
    row: int = 0
    """Ticks played of a chunk that has been begun."""
    respawns: int = 0
    """Calls of respawn done of it."""


class _Difference(NamedTuple):
    position: Position
    words: NDArray[np.uint32]
    """Which 64-bit words of the snapshot differ from those of the first one."""
    values: NDArray[np.uint64]
    """What they are."""

    @property
    def size(self) -> int:
        return self.words.nbytes + self.values.nbytes


class SnapshotCache:
    """Snapshots at evenly spaced ticks, stored as differences from the first one.

    **Eviction.** When the memory is full, the spacing doubles: snapshots whose ticks are no multiples of the new
    spacing are dropped, and later ones are kept half as often. So a game of any length stays covered evenly. The
    first snapshot of all is never dropped.

    Parameters
    ----------
    max_bytes
        How much memory the cache may take, the first snapshot included. If it is too little for four states,
        nothing is kept.
    """

    def __init__(self, max_bytes: int = CACHE_BYTES) -> None:
        self.spacing = SPACING
        """Ticks between snapshots."""
        self._max_bytes = max_bytes
        self._first: NDArray[np.uint64] | None = None
        self._buffer: NDArray[np.uint64]
        self._kept: dict[int, _Difference] = {}
        self._ticks: list[int] = []  # sorted
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, tick: int) -> bool:
        return tick in self._kept

    @property
    def ticks(self) -> list[int]:
        """The ticks of which there are snapshots, ascending."""
        return self._ticks.copy()

    @property
    def size(self) -> int:
        """Bytes of memory that the snapshots take."""
        return self._bytes

    def wants(self, tick: int) -> bool:
        """Return whether the snapshot of a tick should be added: it is one of the evenly spaced, and not there yet."""
        return tick % self.spacing == 0 and tick not in self._kept and self._max_bytes > 0

    def before(self, tick: int) -> Position | None:
        """Return the last cached position before a tick, from which the tick itself is played, with its events."""
        at = bisect.bisect_left(self._ticks, tick)
        return self._kept[self._ticks[at - 1]].position if at else None

    def add(self, position: Position, snapshot: bytes) -> None:
        """Keep a state, given as the engine's snapshot, if there is room for it."""
        length = len(snapshot)
        if length % _WORD or _LEAST_STATES * length > self._max_bytes:
            self._max_bytes = 0  # this world is too large for the cache
            return
        if position.tick in self._kept:
            return
        words = np.frombuffer(snapshot, np.uint64)
        if self._first is None:
            self._first, self._buffer = words, np.empty_like(words)
            self._bytes += 2 * length
        different = np.flatnonzero(words != self._first)
        self._kept[position.tick] = added = _Difference(position, different.astype(np.uint32), words[different])
        bisect.insort(self._ticks, position.tick)
        self._bytes += added.size
        while self._bytes > self._max_bytes:
            self._thin_out()

    def _thin_out(self) -> None:
        self.spacing *= 2
        first = next(iter(self._kept))
        for tick in [tick for tick in self._ticks if tick % self.spacing and tick != first]:
            self._bytes -= self._kept.pop(tick).size
        self._ticks = sorted(self._kept)

    def snapshot(self, tick: int) -> NDArray[np.uint8]:
        """Return the cached state of a tick, as the engine's snapshot: valid until the next is asked for."""
        assert self._first is not None
        kept = self._kept[tick]
        self._buffer[...] = self._first
        self._buffer[kept.words] = kept.values
        return self._buffer.view(np.uint8)
