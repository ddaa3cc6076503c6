"""The state stream: entities and tiles of every tick, which any later engine can show without playing.

A block holds some ticks. Each of its tables is a stack of records, tick by tick; as 32-bit words, each less
the same word a tick before, all ticks of a word of a record side by side: most are then zeros, and compress
away. What lies on the tiles is kept whole now and then, and as changes in between. Fields and enumerations
are described in the block.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.content import names
from nmmo.core.dtypes import observation_dtype
from nmmo.core.reader import WorldReader
from nmmo.core.records import Table, record_dtype
from nmmo.replay.columns import described, dtype_of, joined_columns, split_columns
from nmmo.replay.compression import compressed
from nmmo.replay.header import MOST_TICK, Header
from nmmo.replay.packing import Fields, pack

BLOCK_TICKS: Final = 128
GROUND_BLOCKS: Final = 16
"""Blocks from one that holds all tiles to the next."""
MOST_BLOCK_TICKS: Final = 256
MOST_CHANGES: Final = 2**22
MOST_TABLES: Final = 8
ROWS_AT_ONCE: Final = 32
TILE_BITS: Final = 0xFFFFFF  # of a tile's word: ground, object, tier and danger; the rest is who stands there
CHANGE: Final = np.dtype([("tick", "<u4"), ("tile", "<u4"), ("word", "<u4")])
ENUMERATIONS: Final = (
    "ground",
    "biome",
    "element",
    "skill",
    "object",
    "occupant",
    "equipment",
    "event",
    "cause",
)

Words = NDArray[np.uint32]


def enumerations() -> dict[str, list[str]]:
    """Return the names of this engine's numbers."""
    return {kind: list(names(kind)) for kind in ENUMERATIONS}


class StateLayout:
    """Where a world keeps what the state stream copies on every tick.

    Players are copied out of the rows of observation, where the engine has already put them: `self` of each
    row.
    """

    def __init__(self, world: WorldReader) -> None:
        row = observation_dtype(world.config)
        self.players = record_dtype(Table.SELF)
        self.monsters = record_dtype(Table.MONSTER)
        fields = row.fields
        assert fields is not None
        first = fields["self"][1]
        self._columns = slice(first, first + self.players.itemsize)
        self.n_players = world.n_agents
        self.n_monsters = world.config.n_monsters

    def new_block(self) -> StateFrames:
        """Make arrays for the frames of a block."""
        return StateFrames(
            np.empty((BLOCK_TICKS, self.n_players, self.players.itemsize // 4), np.uint32),
            np.empty((BLOCK_TICKS, self.n_monsters, self.monsters.itemsize // 4), np.uint32),
        )

    def player_words(self, world: WorldReader, observed: bool) -> NDArray[np.uint32]:
        """Return the present players, uint32 [n_players, words of a record]."""
        if not observed:
            records = np.ascontiguousarray(world.players["self"])
            return records.view(np.uint32).reshape(self.n_players, -1)
        rows: NDArray[np.uint8] = world.outputs["observations"]
        words: NDArray[np.uint32] = rows[:, self._columns].view(np.uint32)
        return words


@dataclass
class StateFrames:
    """Frames of a block that is being recorded; the words of record r after tick t in [t, r]."""

    players: NDArray[np.uint32]
    monsters: NDArray[np.uint32]
    start: int = 0
    count: int = 0
    tiles: list[tuple[int, NDArray[np.void]]] = field(default_factory=list)
    """What lies on the tiles, where it was looked at: with the tick."""

    def clear(self) -> None:
        """Empty the block for other frames."""
        self.count = 0
        self.tiles = []

    def add(self, layout: StateLayout, world: WorldReader, tick: int, observed: bool) -> None:
        """Copy the present state; ``observed``: the world has the observations of the tick."""
        if self.count == 0:
            self.start = tick
        self.players[self.count] = layout.player_words(world, observed)
        self.monsters[self.count] = world.monsters.view(np.uint32).reshape(self.monsters.shape[1:])
        self.count += 1


class StateEncoder:
    """Makes blocks of frames; knows what lay on the tiles before."""

    def __init__(self, layout: StateLayout) -> None:
        self._layout = layout
        self._words: Words | None = None
        self._blocks = 0

    def block(self, frames: StateFrames) -> StateBlock:
        """Return the block of some frames, at least one."""
        ground = self._words if self._blocks % GROUND_BLOCKS == 0 else None
        changes: list[NDArray[np.void]] = []
        for tick, tiles in frames.tiles:
            words = (tiles.view(np.uint64) & TILE_BITS).astype(np.uint32)
            if self._words is None:
                self._words = ground = words
                continue
            places = np.flatnonzero(words != self._words)
            changed = np.empty(len(places), CHANGE)
            changed["tick"], changed["tile"], changed["word"] = tick, places, words.reshape(-1)[places]
            changes.append(changed)
            self._words = words
        self._blocks += 1
        return StateBlock(
            start=frames.start,
            tables={
                "players": (self._layout.players, frames.players[: frames.count]),
                "monsters": (self._layout.monsters, frames.monsters[: frames.count]),
            },
            ground=ground,
            changes=np.concatenate([np.empty(0, CHANGE), *changes]),
        )


@dataclass
class StateBlock:
    """The states after the ticks ``start`` to ``stop``.

    Attributes
    ----------
    tables
        By name: the dtype of a record, and uint32 [ticks, records, words of a record].
    ground
        uint32 [height, width], the low three bytes of every tile's word, before the block's changes. None: as
        the blocks before left them.
    changes
        What came to lie on which tile (row * width + column) by which tick, in order.
    """

    start: int
    tables: Mapping[str, tuple[np.dtype[Any], NDArray[np.uint32]]]
    ground: Words | None
    changes: NDArray[np.void]

    @property
    def ticks(self) -> int:
        """How many."""
        return len(next(iter(self.tables.values()))[1])

    @property
    def stop(self) -> int:
        """The last of the ticks."""
        return self.start + self.ticks - 1

    def packed(self) -> bytes:
        """Return the record's payload."""
        tables = {}
        for name, (dtype, words) in self.tables.items():
            tables[name] = {
                "fields": described(dtype),
                "rows": words.shape[1],
                "data": compressed(_differences(words)),
            }
        values: dict[str, Any] = {"start": self.start, "ticks": self.ticks, "tables": tables}
        values["change_count"] = len(self.changes)
        values["changes"] = compressed(joined_columns(self.changes))
        if self.ground is not None:
            values["ground"] = compressed(self.ground.astype("<u4", copy=False))
            values["names"] = enumerations()
        return pack(values)


def _differences(words: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return [words of a record, records, ticks], from [ticks, records, words of a record]."""
    ticks, rows, width = words.shape
    found = np.empty((width, rows, ticks), "<u4")
    part = np.empty((ticks, ROWS_AT_ONCE, width), "<u4")
    for first in range(0, rows, ROWS_AT_ONCE):  # few enough for the processor's cache
        now = words[:, first : first + ROWS_AT_ONCE]
        less = part[:, : now.shape[1]]
        less[0] = now[0]
        np.subtract(now[1:], now[:-1], out=less[1:])
        found[:, first : first + ROWS_AT_ONCE] = less.transpose(2, 1, 0)
    return found


def block_span(fields: Fields) -> tuple[int, int]:
    """Return the first and the last tick of a block."""
    start = fields.integer("start", 0, MOST_TICK)
    return start, start + fields.integer("ticks", 1, MOST_BLOCK_TICKS) - 1


@dataclass
class ReadBlock:
    """A block as it was read.

    Attributes
    ----------
    tables
        By name: structured [ticks, records].
    """

    start: int
    stop: int
    tables: dict[str, NDArray[np.void]]
    ground: Words | None
    changes: NDArray[np.void]
    names: dict[str, list[str]] | None


def read_block(payload: bytes, offset: int, header: Header, most_bytes: int) -> ReadBlock:
    """Read it from the record's payload.

    Raises
    ------
    nmmo.replay.DamagedError
        If it contradicts itself or the header, or a table would take more than so many bytes.
    """
    fields = Fields(payload, offset)
    start, stop = block_span(fields)
    tables = {}
    described_tables = fields.mapping("tables")
    if len(described_tables) > MOST_TABLES:
        raise fields.damaged(f"the state stream has {len(described_tables)} tables, more than {MOST_TABLES}")
    for name, entry in described_tables.items():
        if not isinstance(name, str) or not isinstance(entry, dict):
            raise fields.damaged("a table of the state stream is not described")
        tables[name] = _read_table(entry, fields, stop - start + 1, most_bytes)
    count = fields.integer("change_count", 0, MOST_CHANGES)
    changes = split_columns(fields.unpacked("changes", count * CHANGE.itemsize), CHANGE)
    tiles = header.height * header.width
    if count:
        ticks = changes["tick"].astype(np.int64)
        if ticks[0] < start or ticks[-1] > stop or np.any(np.diff(ticks) < 0) or np.any(changes["tile"] >= tiles):
            raise fields.damaged("a change of a tile is not in order, or outside of the block or the map")
    ground = names = None
    if "ground" in fields:
        flat = np.frombuffer(fields.unpacked("ground", tiles * 4), "<u4")
        ground = flat.reshape(header.height, header.width).astype(np.uint32)
    if "names" in fields:
        names = fields.mapping("names")
        for values in names.values():
            if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
                raise fields.damaged("'names' are not lists of strings")
    return ReadBlock(start, stop, tables, ground, changes, names)


def _read_table(entry: dict[Any, Any], fields: Fields, ticks: int, most_bytes: int) -> NDArray[np.void]:
    inner = fields.part(entry)
    dtype = dtype_of(inner.array("fields"), fields.damaged)
    rows = inner.integer("rows", 0, 2**24)
    size = rows * ticks * dtype.itemsize
    if dtype.itemsize % 4 or size > most_bytes:
        raise fields.damaged(f"a table of the state stream has {size:,} bytes, more than {most_bytes:,}")
    width = dtype.itemsize // 4
    found = np.frombuffer(inner.unpacked("data", size), "<u4").reshape(width, rows, ticks)
    words = np.ascontiguousarray(np.cumsum(found, axis=2, dtype=np.uint32).transpose(2, 1, 0))
    return words.view(dtype).reshape(ticks, rows)


@dataclass(frozen=True)
class StateFrame:
    """One tick of a state stream.

    Attributes
    ----------
    tick
        Ticks played.
    players
        Structured [n_players], the fields of ``self`` of an observation: all 0 where there is no body.
    monsters
        Structured [n_monsters], the fields of ``World.monsters``.
    tiles
        uint32 [height, width], the low three bytes of the tiles' words: ground, object, tier | danger << 4.
    names
        The names of the numbers, by enumeration.
    """

    tick: int
    players: NDArray[np.void]
    monsters: NDArray[np.void]
    tiles: Words
    names: Mapping[str, list[str]]
