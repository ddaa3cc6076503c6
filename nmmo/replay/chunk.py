"""Some ticks of a replay: what was done in them, what happened, and digests of what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nmmo.replay.columns import described, dtype_of, joined_columns, split_columns
from nmmo.replay.compression import compressed, compressed_symbols
from nmmo.replay.header import MOST_TICK, Header
from nmmo.replay.packing import Fields, pack

CHUNK_TICKS: Final = 128
"""The most ticks of a chunk, and as many as a crash can lose."""

SECTION_COUNT: Final = 5
RESPAWNS_KEY: Final = "rebirths"
"""As format 1 names the calls of ``World.respawn`` in a file; another key would be another format."""
EVENTS_WANTED: Final = 2**18
"""A chunk ends early once it has so many events, so that no chunk needs much memory."""


class RespawnCall(NamedTuple):
    """One call of ``World.respawn`` during a recording."""

    tick: int
    """Ticks that had been played then."""
    slots: NDArray[np.bool_]
    """[n_players]: for whom."""


@dataclass
class Chunk:
    """The ticks ``start`` + 1 to ``start`` + ``ticks`` of an episode.

    Attributes
    ----------
    start
        Ticks played before the first of them.
    actions
        uint8 [ticks, n_players].
    tokens
        uint8 [ticks, n_players], or None without speech.
    digests
        uint64 [k, 5]: row i after tick ``start`` + i + 1. k is ``ticks``, or one less where the last state
        of an episode could not be looked at.
    hashes
        uint64 [5] of the whole state after the last tick, or None where it was not looked at.
    respawns
        Calls of ``World.respawn`` before one of these ticks, or after the last tick of the replay.
    events
        None where they were not recorded; otherwise all of these ticks in order, as the engine's records.
        Those of ``start`` itself are what happened at the beginning and in calls of ``World.respawn``.
    """

    start: int
    actions: NDArray[np.uint8]
    tokens: NDArray[np.uint8] | None
    digests: NDArray[np.uint64]
    hashes: NDArray[np.uint64] | None = None
    respawns: list[RespawnCall] = field(default_factory=list)
    events: NDArray[np.void] | None = None

    @property
    def ticks(self) -> int:
        """How many."""
        return len(self.actions)

    @property
    def stop(self) -> int:
        """Ticks played after the last of them."""
        return self.start + len(self.actions)

    def step_actions(self, row: int) -> NDArray[np.uint8]:
        """Return what ``World.step`` takes for one of the ticks."""
        if self.tokens is None:
            return self.actions[row : row + 1].reshape(-1)
        return np.stack([self.actions[row], self.tokens[row]], axis=1)

    def packed(self) -> bytes:
        """Return the record's payload."""
        values: dict[str, Any] = {
            "start": self.start,
            "ticks": self.ticks,
            "actions": compressed_symbols(self.actions.T),
            "digests": self.digests.astype("<u8", copy=False).tobytes(),
        }
        if self.tokens is not None:
            values["tokens"] = compressed_symbols(self.tokens.T)
        if self.hashes is not None:
            values["hashes"] = self.hashes.astype("<u8", copy=False).tobytes()
        if self.respawns:
            values[RESPAWNS_KEY] = [
                [call.tick, np.packbits(call.slots, bitorder="little").tobytes()] for call in self.respawns
            ]
        if self.events is not None:
            values["event_fields"] = described(self.events.dtype)
            values["event_count"] = len(self.events)
            values["events"] = compressed(joined_columns(self.events))
        return pack(values)


def chunk_span(fields: Fields) -> tuple[int, int]:
    """Return the ticks played before a chunk, and after it."""
    start = fields.integer("start", 0, MOST_TICK)
    return start, start + fields.integer("ticks", 0, CHUNK_TICKS)


def read_chunk(payload: bytes, offset: int, header: Header) -> Chunk:
    """Read a chunk from the record's payload, without the events.

    Raises
    ------
    nmmo.replay.DamagedError
        If it contradicts itself or the header.
    """
    fields = Fields(payload, offset)
    start, stop = chunk_span(fields)
    ticks = stop - start
    speech = header.vocabulary > 0
    digests = fields.raw("digests")
    row = SECTION_COUNT * 8
    if len(digests) not in (ticks * row, max(ticks - 1, 0) * row):
        raise fields.damaged(f"'digests' has {len(digests):,} bytes for {ticks} ticks")
    return Chunk(
        start=start,
        actions=_read_choices(fields, "actions", ticks, header.n_players),
        tokens=_read_choices(fields, "tokens", ticks, header.n_players) if speech else None,
        digests=_words(digests).reshape(-1, SECTION_COUNT),
        hashes=_words(fields.sized("hashes", row)) if "hashes" in fields else None,
        respawns=_read_respawns(fields, start, stop, header.n_players),
    )


def _read_choices(fields: Fields, name: str, ticks: int, n_players: int) -> NDArray[np.uint8]:
    flat = np.frombuffer(fields.unpacked(name, ticks * n_players), np.uint8)
    return np.ascontiguousarray(flat.reshape(n_players, ticks).T)


def _words(data: bytes) -> NDArray[np.uint64]:
    return np.frombuffer(data, "<u8").astype(np.uint64, copy=False)


def _read_respawns(fields: Fields, start: int, stop: int, n_players: int) -> list[RespawnCall]:
    if RESPAWNS_KEY not in fields:
        return []
    found: list[RespawnCall] = []
    for entry in fields.array(RESPAWNS_KEY):
        if not (isinstance(entry, list) and len(entry) == 2):
            raise fields.damaged("a call of respawn is not a pair")
        tick, bits = entry
        if type(tick) is not int or not (found[-1].tick if found else start) <= tick <= stop:
            raise fields.damaged("a call of respawn is not in order, or outside of its chunk")
        if not isinstance(bits, bytes) or len(bits) != (n_players + 7) // 8:
            raise fields.damaged("a call of respawn has no bit for each slot")
        slots = np.unpackbits(np.frombuffer(bits, np.uint8), count=n_players, bitorder="little")
        found.append(RespawnCall(tick, slots.view(np.bool_)))
    return found


def read_events(payload: bytes, offset: int, header: Header) -> NDArray[np.void] | None:
    """Return the events of a chunk, from the record's payload; None where they were not recorded.

    Returns
    -------
    structured ndarray
        With the fields that the engine which recorded them had: at least ``tick`` and ``kind``.

    Raises
    ------
    nmmo.replay.DamagedError
        If they contradict themselves or the header.
    """
    fields = Fields(payload, offset)
    if "events" not in fields:
        return None
    start, stop = chunk_span(fields)
    dtype = dtype_of(fields.array("event_fields"), fields.damaged)
    if dtype.names is None or not {"tick", "kind"} <= set(dtype.names):
        raise fields.damaged("events without a tick or a kind")
    count = fields.integer("event_count", 0, EVENTS_WANTED + header.most_events_in_a_tick)
    events = split_columns(fields.unpacked("events", count * dtype.itemsize), dtype)
    ticks = events["tick"].astype(np.int64)
    if count and (ticks[0] < start or ticks[-1] > stop or np.any(np.diff(ticks) < 0)):
        raise fields.damaged("events are not in order, or outside of their chunk")
    return events
