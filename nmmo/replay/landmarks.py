"""States that a seek came by, kept so that the next seek nearby is short."""

from __future__ import annotations

import bisect
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

LANDMARK_TICKS: Final = 64
"""Ticks between landmarks. Keeping one takes as long as playing a dozen ticks, taking it up again forty."""
LANDMARK_BYTES: Final = 64 * 1024 * 1024
"""Memory for landmarks: about eighty of a world of 1,024 agents."""

_WORD: Final = 8


class Place(NamedTuple):
    """A place between two ticks of a replay."""

    tick: int
    """Ticks played."""
    entry: int
    """Of the replay's program: what is to be done next."""
    row: int
    """Ticks played of a chunk that has been begun."""
    rebirths: int
    """Calls of rebirth done of it."""


@dataclass(frozen=True)
class _Landmark:
    place: Place
    words: NDArray[np.uint32]
    """Which 64-bit words of the snapshot differ from those of the first landmark."""
    values: NDArray[np.uint64]
    """What they are."""

    @property
    def size(self) -> int:
        return self.words.nbytes + self.values.nbytes


class Landmarks:
    """States at some places, as differences from the first of them. The least used make room for others.

    Parameters
    ----------
    most_bytes
        How much memory they may take, the first one included. Too little for four states: none are kept.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._first: NDArray[np.uint64] | None = None
        self._room: NDArray[np.uint64]
        self._kept: OrderedDict[int, _Landmark] = OrderedDict()
        self._ticks: list[int] = []  # sorted
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """Bytes of memory that they take."""
        return self._bytes

    def wanted(self, tick: int) -> bool:
        """Whether a landmark of this tick should be kept."""
        return tick % LANDMARK_TICKS == 0 and tick not in self._kept and self._most_bytes > 0

    def before(self, tick: int) -> Place | None:
        """The last landmark before a tick: going on from there, the tick itself is played, with its events."""
        at = bisect.bisect_left(self._ticks, tick)
        return self._kept[self._ticks[at - 1]].place if at else None

    def keep(self, place: Place, snapshot: bytes) -> None:
        """Keeps a state, in the engine's snapshot, if there is room for it."""
        length = len(snapshot)
        if length % _WORD or 4 * length > self._most_bytes:
            self._most_bytes = 0  # this world is too large for landmarks
            return
        words = np.frombuffer(snapshot, np.uint64)
        if self._first is None:
            self._first, self._room = words, np.empty_like(words)
            self._bytes += 2 * length
        different = np.flatnonzero(words != self._first)
        found = _Landmark(place, different.astype(np.uint32), words[different])
        self._kept[place.tick] = found
        bisect.insort(self._ticks, place.tick)
        self._bytes += found.size
        while self._bytes > self._most_bytes and self._kept:
            tick, dropped = self._kept.popitem(last=False)
            self._ticks.remove(tick)
            self._bytes -= dropped.size

    def snapshot(self, tick: int) -> NDArray[np.uint8]:
        """The state of a landmark, as the engine's snapshot: valid until the next is asked for."""
        assert self._first is not None
        landmark = self._kept[tick]
        self._kept.move_to_end(tick)
        self._room[...] = self._first
        self._room[landmark.words] = landmark.values
        return self._room.view(np.uint8)
