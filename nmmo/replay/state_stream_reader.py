"""The state stream of an open replay: entities and tiles after any tick that it has."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nmmo.replay.errors import DamagedError, MissingTicksError
from nmmo.replay.header import Header
from nmmo.replay.index import Entry
from nmmo.replay.state_stream import ReadBlock, StateFrame, read_block

__all__ = ["StateStreamReader"]


class StateStreamReader:
    """The blocks of a file's state stream, read when they are asked for.

    Parameters
    ----------
    blocks
        Of the file's index, in the order of the file.
    payload
        Reads what an entry stands for.
    header
        The file's.
    most_bytes
        What a block may hold.

    Raises
    ------
    nmmo.replay.DamagedError
        If two blocks hold the same tick.
    """

    def __init__(
        self, blocks: Sequence[Entry], payload: Callable[[Entry], bytes], header: Header, most_bytes: int
    ) -> None:
        self._blocks = blocks
        self._payload = payload
        self._header = header
        self._most_bytes = most_bytes
        self._cached: tuple[int, ReadBlock] | None = None  # the block that was read last, by its number
        for earlier, later in itertools.pairwise(blocks):
            if later.start <= earlier.stop:
                raise DamagedError("the blocks of the state stream overlap", later.offset)

    @property
    def ticks(self) -> list[tuple[int, int]]:
        """First and last of each block."""
        return [(entry.start, entry.stop) for entry in self._blocks]

    def at(self, tick: int) -> StateFrame:
        """Return entities and tiles after a tick; raise as ``Replay.state``."""
        number = bisect.bisect_right([entry.start for entry in self._blocks], tick) - 1
        if number < 0 or tick > self._blocks[number].stop:
            raise MissingTicksError(f"the file has no recorded state of tick {tick}")
        block = self._block(number)
        players, monsters = block.tables.get("players"), block.tables.get("monsters")
        if players is None or monsters is None:
            raise DamagedError("a block of the state stream lacks a table", self._blocks[number].offset)
        row = tick - block.start
        tiles, names = self._tiles_at(number, tick)
        return StateFrame(tick, players[row], monsters[row], tiles, names)

    def _block(self, number: int) -> ReadBlock:
        if self._cached is None or self._cached[0] != number:
            entry = self._blocks[number]
            block = read_block(self._payload(entry), entry.offset, self._header, self._most_bytes)
            if (block.start, block.stop) != (entry.start, entry.stop):
                raise DamagedError("the index leads to other ticks", entry.offset)
            self._cached = number, block
        return self._cached[1]

    def _tiles_at(self, number: int, tick: int) -> tuple[NDArray[np.uint32], Mapping[str, list[str]]]:
        """Return what lies on the tiles after a tick of a block: from the last block that has them all."""
        whole = number
        while whole >= 0 and not self._blocks[whole].flag:
            whole -= 1
        if whole < 0:
            raise MissingTicksError(f"the file does not say what lies on the tiles at tick {tick}")
        last = self._block(number)
        blocks = [*(self._block(other) for other in range(whole, number)), last]
        self._cached = number, last
        ground = blocks[0].ground
        if ground is None:
            raise DamagedError("a block lacks the tiles that the index promises", self._blocks[whole].offset)
        tiles = ground.copy()
        flat = tiles.reshape(-1)
        for block in blocks:
            changes = block.changes[block.changes["tick"] <= tick]
            flat[changes["tile"]] = changes["word"]  # in order: of several the last stays
        return tiles, blocks[0].names or {}
